"""Twilio's list of messages, simulated as documented: a message is one event, by webhook and by backfill."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest

from gateway.backfill import basic
from tests.support.listing import ListingApi, backfilled, same_to_the_gateway, webhooks
from tests.support.memory import Memory
from tests.support.providers import registered

TWILIO = next(each for each in registered() if each.provider.name == "twilio")
SINCE, UNTIL = datetime(2026, 11, 1, 12, tzinfo=UTC), datetime(2026, 11, 2, 6, tzinfo=UTC)
ACCOUNT = "/2010-04-01/Accounts/my-TWILIO_ACCOUNT_SID"
MESSAGES = f"{ACCOUNT}/Messages.json"
PAGE = 2


def form_of(kind: str, sid: str) -> dict[str, str]:
    form = dict(parse_qsl(TWILIO.sender.callbacks[kind].documented_body.decode(), keep_blank_values=True))
    return form | {"MessageSid": sid}


FORMS = {
    sid: form_of(kind, sid)
    for sid, kind in {"SM1": "message", "MM2": "mms", "SM3": "opt-out", "SM4": "message", "SM5": "message"}.items()
}


def resource(form: dict[str, str], at: datetime, **fields: Any) -> dict[str, Any]:
    """Return a message as the API lists it."""
    sid = form["MessageSid"]
    return {
        "sid": sid,
        "account_sid": form["AccountSid"],
        "from": form["From"],
        "to": form["To"],
        "body": form.get("Body", ""),
        "num_media": form.get("NumMedia", "0"),
        "num_segments": form.get("NumSegments", "1"),
        "direction": "inbound",
        "date_created": format_datetime(at),
        "date_sent": format_datetime(at) if sid != "SM4" else None,
        "uri": f"{ACCOUNT}/Messages/{sid}.json",
        **fields,
    }


LISTED = [
    *(resource(form, UNTIL - timedelta(hours=2 * n + 1)) for n, form in enumerate(FORMS.values())),
    resource(FORMS["SM1"] | {"MessageSid": "SM6"}, SINCE, direction="outbound-api"),
    resource(FORMS["SM1"] | {"MessageSid": "SM7"}, SINCE, **{"from": "whatsapp:+16175551212"}),
    resource(FORMS["SM1"] | {"MessageSid": "SM8"}, SINCE - timedelta(hours=1)),  # of the same day
]


def answer(path: str, query: dict[str, str]) -> Any:
    if path != MESSAGES:
        sid = path.split("/")[5]
        files = [(FORMS[sid][f"MediaUrl{n}"], FORMS[sid][f"MediaContentType{n}"]) for n in range(2)]
        uris = [(url.removeprefix("https://api.twilio.com"), content_type) for url, content_type in files]
        return {"media_list": [{"uri": f"{uri}.json", "content_type": content_type} for uri, content_type in uris]}
    assert query["PageSize"] == "1000"
    first, last = query["DateSent>"], query["DateSent<"]
    inside = [it for it in LISTED if first <= f"{parsedate_to_datetime(it['date_created']):%Y-%m-%d}" <= last]
    page = int(query.get("Page", 0))
    more = urlencode({**query, "Page": page + 1}) if (page + 1) * PAGE < len(inside) else None
    return {"messages": inside[page * PAGE : (page + 1) * PAGE], "next_page_uri": more and f"{MESSAGES}?{more}"}


def test_a_message_of_the_list_is_the_event_of_its_webhook_with_its_time(
    memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver = memory.receiver(TWILIO)
    posted = webhooks(memory, receiver, [TWILIO.event(urlencode(form).encode()) for form in FORMS.values()])
    api = ListingApi(answer, authorization=basic("my-TWILIO_ACCOUNT_SID", "my-TWILIO_AUTH_TOKEN"))

    tally, got_back = backfilled(memory, receiver, api, (SINCE, UNTIL), monkeypatch)

    assert [event["id"] for event in got_back] == [f"twilio/{sid}" for sid in reversed(FORMS)], "the oldest first"
    assert (tally.found, tally.ignored) == (len(FORMS) + 1, 1), "WhatsApp is not SMS"
    assert all(same_to_the_gateway(event, posted[event["id"]]) for event in got_back)
    assert got_back[-1]["time"] == "2026-11-02T05:00:00Z"
    assert got_back[-2]["data"]["media"] == posted["twilio/MM2"]["data"]["media"]


def test_the_files_of_an_mms_are_asked_for_only_if_it_is_missing(
    memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = ListingApi(answer)
    tally, got_back = backfilled(
        memory, memory.receiver(TWILIO), api, (SINCE, UNTIL), monkeypatch, known=("twilio/MM2",)
    )
    assert (tally.known, len(got_back)) == (1, len(FORMS) - 1)
    assert {path for path, _ in api.asked} == {MESSAGES}
