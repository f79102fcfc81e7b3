"""Event ids: the same for every retry of the same thing, another for another thing."""

import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.parsing import parse
from tests.support.providers import compact, sample


def loaded(path: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(sample(path))
    return document


def by_length(*parts: str) -> str:
    """What `printf '%d:%s'` of each, in bytes, gives to sha256sum."""
    return hashlib.sha256(b"".join(b"%d:%b" % (len(part.encode()), part.encode()) for part in parts)).hexdigest()


SMS = loaded("8x8/inbound_sms.json")
RECEIPT = loaded("8x8/delivery_receipt_undelivered.json")
CLICK = loaded("8x8/short_url_clicked.json")
SURVEY = loaded("8x8/sms_engage_response.json")
RECIPIENT = loaded("sinch/recipient_delivery_report_sms_2021_guide_string_code.json")
BATCH = loaded("sinch/delivery_report_sms_full_2021_guide.json")
DELIVERY = loaded("agile-telecom/qlara_delivery.json")
OLDER = loaded("agile-telecom/guides_webhooks_delivery.json")
INBOUND = loaded("agile-telecom/synthetic/qlara_inbound_sms.json")
UNHEARD = {"type": "mo_hologram", "id": "1"}

IDS: list[tuple[str, dict[str, Any], str]] = [
    ("8x8", SMS, "9e09ac86-bd74-5465-851d-1eb5a5fdbb9a"),
    (
        "8x8",
        RECEIPT,
        "9e09ac86-bd74-5465-851d-1eb5a5fdbb9a:undelivered:rejected_by_operator:2016-01-01T00:00:00Z",
    ),
    ("8x8", CLICK, "0f6a0c0f-8b67-4a3a-a6c3-7b0ecf0d2b1a"),
    ("8x8", SURVEY, "survey:84e7ee9a-5c41-e811-814c-020897df5459:test-surveyid:2018-04-16T10:00:14Z"),
    ("sinch", loaded("sinch/mo_text_docs.json"), "01XXXXX21XXXXX119Z8P1XXXXX"),
    ("sinch", loaded("sinch/mo_media_node.json"), "01XXXXX21XXXXX119Z8P1XXXXX"),
    ("sinch", RECIPIENT, "{batch_id}:123456789:Delivered:0:2016-10-02T09:34:18.542Z"),
    ("sinch", BATCH, "{batch_id}:" + hashlib.sha256(compact(BATCH)).hexdigest()),
    ("sinch", UNHEARD, "sha256:" + hashlib.sha256(compact(UNHEARD)).hexdigest()),
    (
        "agile-telecom",
        DELIVERY,
        by_length(
            *("DELIVERY", "e76614d1-4ac1-4d94-89f0-d07f1b5a190c", "+393401234567", "3", "", "2026-04-09T10:30:00Z")
        ),
    ),
    ("agile-telecom", OLDER, by_length("msg_1234567890", "+393901234567", "DELIVERED", "2025-04-08T14:30:00Z")),
]


@pytest.mark.parametrize(("provider", "payload", "own_id"), IDS, ids=lambda value: str(value)[:40])
def test_an_event_is_named_by_the_providers_own_id(provider: str, payload: dict[str, Any], own_id: str) -> None:
    assert parse(provider, payload)["id"] == f"{provider}/{own_id}"


def changed(payload: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    copy: dict[str, Any] = json.loads(json.dumps(payload))
    *parents, name = path.split(".")
    inner = copy
    for parent in parents:
        inner = inner[parent]
    inner[name] = value
    return copy


@pytest.mark.parametrize(
    ("provider", "payload", "path"),
    [
        *(
            ("8x8", RECEIPT, f"payload.{name}")
            for name in ("umid", "status.state", "status.detail", "status.timestamp")
        ),
        ("8x8", CLICK, "payload.eventId"),
        *(("8x8", SURVEY, name) for name in ("umid", "surveyId", "surveySubmittedAt")),
        *(("sinch", RECIPIENT, name) for name in ("batch_id", "recipient", "status", "code", "at")),
        *(("sinch", BATCH, name) for name in ("batch_id", "statuses", "total_message_count")),
        *(("agile-telecom", DELIVERY, name) for name in ("messageId", "destination", "statusCode", "timestamp")),
        ("agile-telecom", DELIVERY, "numPart"),
        *(("agile-telecom", OLDER, name) for name in ("messageId", "phoneNumber", "status", "timestamp")),
        *(("agile-telecom", INBOUND, name) for name in ("source", "destination", "text", "timestamp")),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_differs_in_it_is_another_event(provider: str, payload: dict[str, Any], path: str) -> None:
    value: object = [] if path == "statuses" else 2 if path == "total_message_count" else "2"

    assert parse(provider, changed(payload, path, value))["id"] != parse(provider, payload)["id"]


@pytest.mark.parametrize(
    ("payload", "own_id"),
    [
        (changed(RECEIPT, "payload.status", {"state": "sent"}), "9e09ac86-bd74-5465-851d-1eb5a5fdbb9a:sent::"),
        (changed(SURVEY, "surveySubmittedAt", None), "survey:84e7ee9a-5c41-e811-814c-020897df5459:test-surveyid:"),
    ],
)
def test_what_is_missing_leaves_its_place_empty(payload: dict[str, Any], own_id: str) -> None:
    assert parse("8x8", payload)["id"] == f"8x8/{own_id}"


def as_form(fields: list[bytes]) -> bytes:
    names = (b"originator", b"destination", b"date_time", b"text")
    return b"&".join(
        name + b"=" + b"".join(b"%%%02X" % byte for byte in value) for name, value in zip(names, fields, strict=True)
    )


@given(fields=st.lists(st.binary(max_size=12), min_size=4, max_size=4))
def test_a_form_of_agile_telecom_is_named_by_its_four_values_and_their_lengths(fields: list[bytes]) -> None:
    digest = hashlib.sha256(b"".join(b"%d:%b" % (len(value), value) for value in fields)).hexdigest()

    assert (
        parse("agile-telecom", as_form(fields), "application/x-www-form-urlencoded")["id"] == f"agile-telecom/{digest}"
    )


@pytest.mark.parametrize(
    "moved",
    [
        lambda a, b: (a + b[:1], b[1:]),
        lambda a, b: (a[:-1], a[-1:] + b),
        lambda a, b: (b, a),
        lambda a, b: (a + b, b""),
    ],
    ids=["forward", "back", "swapped", "all"],
)
@pytest.mark.parametrize("place", range(3))
def test_a_byte_that_moves_from_one_value_to_the_next_makes_another_message(
    place: int, moved: Callable[[bytes, bytes], tuple[bytes, bytes]]
) -> None:
    fields = [b"393301234567", b"393331234333", b"20260514102301", b"News ON"]
    other = list(fields)
    other[place : place + 2] = moved(*fields[place : place + 2])

    ids = [parse("agile-telecom", as_form(each), "")["id"] for each in (fields, other)]
    assert ids[0] != ids[1]
