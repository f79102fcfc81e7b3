import json
from pathlib import Path
from urllib.parse import parse_qsl

import pytest

from gateway.simulator import FORM, JSON, MESSAGES, PROVIDERS, new_secrets, signing_by

SAMPLES = Path(__file__).parents[1] / "samples"


@pytest.mark.parametrize(
    ("provider", "sample"),
    [
        ("8x8", "8x8/inbound_sms.json"),
        ("sinch", "sinch/mo_text_docs.json"),
    ],
)
def test_writes_the_documented_json(provider, sample):
    message = MESSAGES[provider]
    assert message.content_type == JSON
    assert json.loads(message.write(message.documented)) == json.loads((SAMPLES / sample).read_text())


@pytest.mark.parametrize(
    ("provider", "sample"),
    [
        ("url-networks", "url-networks/inbound_sample.form"),
        ("agile-telecom", "agile-telecom/synthetic/inbound_encoded.form"),
    ],
)
def test_writes_the_documented_form_byte_for_byte(provider, sample):
    message = MESSAGES[provider]
    assert message.content_type == FORM
    assert message.write(message.documented).encode() == (SAMPLES / sample).read_bytes()


@pytest.mark.parametrize(
    ("provider", "kind", "header"),
    [
        ("8x8", "authorization", "Bearer "),
        ("url-networks", "path_secret", None),
        ("agile-telecom", "path_secret", None),
        ("sinch", "basic", "Basic "),
    ],
)
def test_agrees_on_a_secret_that_is_new_every_time(provider, kind, header):
    first, second = (new_secrets(PROVIDERS[provider]) for _ in range(2))
    assert first[kind][0] != second[kind][0]
    signing = signing_by(first, fetch)
    if header:
        assert signing.headers["Authorization"].startswith(header)
    else:
        assert signing.headers == {}
        assert signing.path_secret == first[kind][0]
        assert len(signing.path_secret) >= 32


def fetch(_client):
    pytest.fail("no token is needed")


@pytest.mark.parametrize("provider", PROVIDERS)
def test_who_fetches_tokens_is_a_client_that_is_new_every_time(provider):
    first, second = (new_secrets(PROVIDERS[provider]) for _ in range(2))
    if provider not in {"8x8", "sinch"}:
        assert "oauth2" not in first
        return
    [client], [again] = (document["oauth2"]["clients"] for document in (first, second))
    assert client["client_id"] == f"{provider}-local"
    assert client["client_secret"] != again["client_secret"]
    assert len(first["oauth2"]["signing_keys"][0]) >= 32


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_credentials_of_the_sample_events_are_accepted_too(provider):
    """So that `sam remote invoke` works with events/ on every local stack."""
    simulated = PROVIDERS[provider]
    event = json.loads((SAMPLES.parents[1] / "events" / f"{provider}-{_SAMPLE_EVENTS[provider]}.json").read_text())
    in_events = simulated.secret(simulated.in_events)
    assert in_events in new_secrets(simulated)[simulated.kind]
    signing = signing_by({simulated.kind: [in_events]}, fetch)
    assert event.get("pathParameters", {}).get("secret", "") == signing.path_secret
    assert event["headers"].get("authorization") == signing.headers.get("Authorization")


_SAMPLE_EVENTS = {
    "8x8": "inbound-sms",
    "url-networks": "inbound-sms",
    "agile-telecom": "inbound-sms",
    "sinch": "mo-text",
}


def test_form_fields_survive_the_way_url_networks_writes_them():
    it = MESSAGES["url-networks"]
    message = {**it.documented, "body": "1 + 1 = 2 & 50% \N{EURO SIGN}"}
    assert dict(parse_qsl(it.write(message))) == message


@pytest.mark.parametrize("provider", PROVIDERS)
def test_says_another_text_under_the_same_identity(provider):
    it = MESSAGES[provider]
    message = it.filled(it.new(), text="first")
    assert "first" in it.write(message)
    second = it.filled(message, text="second")
    assert second != message
    assert it.filled(second, text="first") == message
