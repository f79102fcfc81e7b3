"""What a document may say, and what is told of one that is wrong."""

from inbound_sms.errors import ConfigurationError, InvalidPayload
from inbound_sms.events import Event
from inbound_sms.model import Model
from inbound_sms.parsing.items import Item

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import webhook_document
from functions.webhook.fuzz_document import exercise
from tests.support.installed import typing
from verification.oracle import posted
from webhook_document import read_document
from webhook_provider import provider_of
from webhook_settings import Time
from webhook_signing import Hmac, Jwt, SignedAt

SRC = Path(__file__).parent / "src"
LEAST = 'authentication = ["path_secret"]\n[message]\nid = "id"\nfrom = "from"\ntext = "text"\n'
SIGNED = LEAST.replace('["path_secret"]\n', "[]\n") + "[hmac]\n"

WRONG = [
    ("", "message: is missing"),
    ("[message", "not TOML: Expected ']' at the end of a table declaration (at end of document)"),
    (LEAST.replace("text =", "txt ="), "message.txt: there is no such setting"),
    (LEAST.replace("path_secret", "secret"), "authentication.0: Input should be 'path_secret', 'basic'"),
    (LEAST.replace('["path_secret"]', "[]"), "needs authentication, hmac or jwt: nobody could be let in"),
    (LEAST.replace('id = "id"\n', ""), "message: needs either id or identity: without it, no retry"),
    (LEAST + 'identity = ["a"]', "message: needs either id or identity"),
    (LEAST + "retry_seconds = 60", "message: retry_seconds goes with identity"),
    (LEAST + 'time = {field = "t", zone = "Mars/Base"}', "message.time.zone: not a time zone of the IANA database"),
    (LEAST + 'time = {field = "t", format = "%Q"}', "message.time.format: neither iso, nor epoch, nor a pattern"),
    (LEAST + 'time = {field = "t", format = "%H:%M"}', "message.time.format: a pattern without year, month or day"),
    (LEAST + 'time = {field = "t", format = "' + "%Y" * 13 + '"}', "message.time.format: more than 12 directives"),
    (LEAST + "to = 7", "message.to: neither a text nor a list of texts"),
    (LEAST + 'when = [{field = "a"}]', "message.when.0: needs either equals or present"),
    (LEAST + 'binary = {field = "b", charsets = {"8" = "klingon"}}', "message.binary.charsets.8: not a supported"),
    (
        LEAST + '[report]\nid = "id"\nstatus = "s"\nstatuses = {gone = ["x"]}',
        "report.statuses.gone.[key]: Input should",
    ),
    (LEAST + '[report]\nid = "id"\nstatus = "s"\nstatuses = {}', "report or message needs when"),
    (LEAST + "[response]\nstatus = 404", "response.status: Input should be less than or equal to 299"),
    (LEAST + '[response]\ncontent_type = "a\\nb"', "response.content_type: String should match pattern"),
    (SIGNED, "hmac: needs either header or query"),
    (SIGNED + 'header = "x"\nsigned = "{bdy}"', "hmac: signed: {bdy} is none of body, method, path, query, time, url"),
    (SIGNED + 'header = "x"\nsigned = "{url}"', "hmac.signed: needs {body}, as that is what is read"),
    ('methods = ["GET"]\n' + SIGNED + 'header = "x"', "hmac.signed: needs {url} or {query}, as that is what is read"),
    (SIGNED + 'query = "sig"\nsigned = "{url}{body}"', "a signature in the query can't cover the query"),
    (SIGNED + 'header = "x"\nsigned = "{body}{time}"', "hmac: time and {time} in signed go together"),
    (SIGNED + 'header = "x"\ntime = {header = "t"}', "hmac: time and {time} in signed go together"),
    (SIGNED + 'header = "x"\n[jwt]', "hmac and jwt are both signatures"),
]


@pytest.mark.parametrize(("document", "told"), WRONG, ids=[told[:40] for _, told in WRONG])
def test_a_wrong_document_is_refused_and_the_error_names_the_place(document: str, told: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_document(document)
    assert told in str(caught.value)


def outcome(document: str, body: bytes, content_type: str = "application/json") -> Any:
    """Return the data of the events, each of an item for itself, or the field of what is quarantined."""
    try:
        parsed = provider_of("webhook", read_document(document)).parse(posted("webhook", body, content_type))
    except InvalidPayload as error:
        return error.field
    outcomes = [each.outcome if isinstance(each, Item) else each for each in parsed]
    return [
        json.loads(each.to_json())["data"] if isinstance(each, Event) else getattr(each, "field", None)
        for each in outcomes
    ]


ONE: dict[str, Any] = {"id": "1", "from": "4530000000", "text": "Hi"}
MORE = LEAST + 'to = ["to", "us.0.number"]\ninternational = ["from"]\n'
READ = [
    ("", {}, {"message_id": "1", "text": "Hi"}, "the least"),
    ('to = ["to", "us.0.number"]\n', {"us": [{"number": "+1605"}]}, {"recipient": ("+1605", None)}, "of several paths"),
    ('international = ["from"]\n', {}, {"sender": ("4530000000", "+4530000000")}, "digits with a country code"),
    ('international = ["from"]\ninternational_prefix = "00"\n', {"from": "004530000000"},
     {"sender": ("004530000000", "+4530000000")}, "digits with an international prefix"),
    ('international = ["from"]\ninternational_prefix = "00"\n', {}, {"sender": ("4530000000", None)}, "without it"),
    ("", {}, {"sender": ("4530000000", None)}, "digits that may be anything"),
    ('message_id = "other"\n', {"other": 7}, {"message_id": "7"}, "an id for people"),
    ('time = {field = "a.b", format = "%d/%m/%Y %H:%M", zone = "Europe/Rome"}\n', {"a": {"b": "25/10/2026 02:30"}},
     {"provider_received_at": "2026-10-25T01:30:00Z"}, "the second of two hours, as it has come by then"),
    ('time = {field = "t", format = "epoch"}\n', {"t": 1576391654123},
     {"provider_received_at": "2019-12-15T06:34:14.123000Z"}, "milliseconds"),
    ('time = {field = "t", zone = "Europe/Rome"}\n', {"t": "2026-07-01T12:00:00"},
     {"provider_received_at": "2026-07-01T10:00:00Z"}, "ISO 8601 without an offset"),
    ('time = "t"\n', {"t": "soon"}, {"provider_received_at": None}, "no time"),
    ('parts = {reference = "r", total = "n", part = "p"}\n', {"r": "300", "n": 3, "p": "2"},
     {"concatenation": {"reference": 300, "reference_bits": 16, "total": 3, "part": 2}}, "a part"),
    ('parts = {reference = "r", total = "n", part = "p"}\n', {"r": "300", "n": 3, "p": "4"},
     {"concatenation": None}, "a part that can't be"),
    ('udh = "udh"\n', {"udh": "0500034f0202"},
     {"concatenation": {"reference": 79, "reference_bits": 8, "total": 2, "part": 2}}, "a part, by its header"),
    ('media = {field = "m", url = "u", content_type = "type"}\n', {"m": [{"u": "https://a/b", "type": "image/x"}, "c"]},
     {"media": [("https://a/b", "image/x"), ("c", None)]}, "files"),
    ('binary = {field = "b", coding = "c", charsets = {"8" = "utf-16-be"}}\n', {"b": "04160021", "c": 8},
     {"text": "Ж!", "binary": None}, "bytes whose coding is known"),
    ('binary = {field = "b", coding = "c", charsets = {"8" = "utf-16-be"}}\n', {"b": "0416", "c": 4},
     {"text": None, "binary": "BBY="}, "bytes whose coding isn't"),
]  # fmt: skip


def plain(value: Any) -> Any:
    match value:
        case {"raw": raw, "number": number}:
            return raw, number
        case [{"url": _}, *_]:
            return [(each["url"], each["content_type"]) for each in value]
    return value


@pytest.mark.parametrize(("more", "fields", "expected", "_why"), READ, ids=[why for *_, why in READ])
def test_a_message_is_read_as_the_document_says(
    more: str, fields: dict[str, Any], expected: dict[str, Any], _why: str
) -> None:
    [data] = outcome(LEAST + more, json.dumps(ONE | fields).encode())
    assert {name: plain(data[name]) for name in expected} == expected


@pytest.mark.parametrize(
    ("more", "body", "field"),
    [
        ("", b'{"from": "1", "text": "a"}', "id"),
        ("", b'{"id": "\\n", "from": "1", "text": "a"}', "id"),
        ("", b'{"id": {}, "from": "1", "text": "a"}', "id"),
        ("", b'{"id": "1", "text": "a"}', "from"),
        ("", b'{"id": "1", "from": "2"}', "text"),
        ("", b'{"id": "1", "from": "2", "text": ["a"]}', "text"),
        ('when = [{field = "kind", equals = "sms"}]\n', b'{"id": "1", "from": "2", "text": "a"}', "kind"),
    ],
)  # fmt: skip
def test_what_a_message_can_not_do_without_is_named(more: str, body: bytes, field: str) -> None:
    assert outcome(LEAST + more, body) == field


def test_each_item_of_a_batch_is_read_for_itself() -> None:
    body = json.dumps({"results": {"list": [ONE, {"id": "2"}, ONE | {"id": "3"}]}}).encode()
    first, second, third = outcome(f'items = "results.list"\n{LEAST}', body)
    assert (first["message_id"], second, third["message_id"]) == ("1", "from", "3")


def test_what_repeats_after_a_while_is_another_message_where_nothing_else_tells() -> None:
    document = read_document(LEAST.replace('id = "id"', 'identity = ["from", "text"]\nretry_seconds = 60'))
    parse, request = provider_of("webhook", document).parse, posted("webhook", json.dumps(ONE).encode(), "")
    later = [request.received_at.timestamp() + seconds for seconds in (0, 59, 61)]
    ids = [parse(request._replace(received_at=request.received_at.fromtimestamp(at))) for at in later]
    first, same, other = (each[0].id for each in ids)  # type: ignore[union-attr]
    assert first == same != other


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(["id", "%Y%m%d", "iso", "body"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from(["to", "when", "time", "media", "binary", "parts", "header", "signed", "status", "reason"])


@given(st.sampled_from(["message", "report", "hmac", "jwt", "ignore", "response"]), st.dictionaries(NAMES, VALUES))
def test_whatever_a_document_says_it_gives_a_provider_or_an_error_in_words(table: str, said: dict[str, Any]) -> None:
    try:
        text = LEAST + ("" if table == "message" else f"\n[{table}]\n")
        document = read_document(text + "\n".join(f"{name} = {json.dumps(value)}" for name, value in said.items()))
    except ConfigurationError:
        return
    exercise(provider_of("webhook", document))


README = (Path(__file__).parent / "README.md").read_text(encoding="utf-8")


def test_the_page_shows_documents_that_are_right_and_explains_every_setting() -> None:
    assert [read_document(block) for block in re.findall(r"```toml\n(.*?)```", README, re.DOTALL)]
    models = [*vars(webhook_document).values(), Hmac, Jwt, SignedAt, Time]
    parts = [each for each in models if isinstance(each, type) and issubclass(each, Model) and each.model_fields]
    settings = {field.alias or name for each in parts for name, field in each.model_fields.items()}
    assert settings >= {"zone", "from", "max_age_seconds", "empty_errors"}
    assert [name for name in settings if not re.search(rf"\b{name}\b", README)] == []


# ---- gateway providers try -------------------------------------------------------------------------------------------


def trial(tmp_path: Path, body: str, *words: str, name: str = "body.json") -> tuple[int, str]:
    sample, document = tmp_path / name, tmp_path / "own.toml"
    sample.write_text(body)
    document.write_text(f'methods = ["POST", "GET"]\nprobes = ["HEAD"]\n{LEAST}')
    done = typing(["providers", "try", str(document), "--sample", str(sample), *words])
    return done.exit_code, done.output


def test_a_trial_shows_the_event_or_what_is_wrong_and_where(tmp_path: Path) -> None:
    code, said = trial(tmp_path, json.dumps(ONE))
    assert code == 0
    assert '"id": "own/1"' in said
    assert "The provider gets 200 text/plain (an empty body)" in said

    assert trial(tmp_path, "id=1&from=2&text=Hi", name="sample.query")[0] == 0
    assert trial(tmp_path, "", "--method", "GET", "--url", "https://x/y?id=1&from=2&text=Hi")[0] == 0
    for body, words, expected in (
        ('{"id": "1", "from": "2"}', (), "Quarantined: text: is missing"),
        (json.dumps(ONE), ("--method", "PUT"), "405"),
        (json.dumps(ONE), ("--header", "Content-Encoding: br"), "Quarantined: a content encoding other than gzip"),
    ):
        code, said = trial(tmp_path, body, *words)
        assert code == 1
        assert expected in said
    code, said = trial(tmp_path, "", "--method", "HEAD")
    assert (code, "Nothing is stored: a probe" in said) == (0, True)

    wrong = tmp_path / "wrong.toml"
    wrong.write_text(LEAST + "to = 7")
    done = typing(["providers", "try", str(wrong), "--sample", str(wrong)])
    assert (done.exit_code, "message.to: neither a text nor a list of texts" in done.output) == (1, True)
