import json
from dataclasses import asdict
from pathlib import Path
from urllib.parse import parse_qsl

import pytest

from gateway.simulate import FORM, JSON, PROVIDERS, new_agreement

SAMPLES = Path(__file__).parents[1] / "samples"


@pytest.mark.parametrize(
    ("provider", "sample"),
    [
        ("8x8", "8x8/inbound_sms.json"),
        ("sinch", "sinch/mo_text_docs.json"),
    ],
)
def test_writes_the_documented_json(provider, sample):
    simulated = PROVIDERS[provider]
    assert simulated.content_type == JSON
    assert json.loads(simulated.write(simulated.documented)) == json.loads((SAMPLES / sample).read_text())


@pytest.mark.parametrize(
    ("provider", "sample"),
    [
        ("url-networks", "url-networks/inbound_sample.form"),
        ("agile-telecom", "agile-telecom/synthetic/inbound_encoded.form"),
    ],
)
def test_writes_the_documented_form_byte_for_byte(provider, sample):
    simulated = PROVIDERS[provider]
    assert simulated.content_type == FORM
    assert simulated.write(simulated.documented).encode() == (SAMPLES / sample).read_bytes()


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_new_message_differs_from_the_documented_one_in_its_identity_only(provider):
    simulated = PROVIDERS[provider]
    new, documented = simulated.new_message(), simulated.documented
    assert new != documented
    assert new.keys() == documented.keys()
    assert len([name for name in new if new[name] != documented[name]]) == 1


@pytest.mark.parametrize(("provider", "field"), [("8x8", "umid"), ("url-networks", "message_id"), ("sinch", "id")])
def test_every_new_message_has_an_id_of_its_own(provider, field):
    messages = [PROVIDERS[provider].new_message() for _ in range(10)]
    assert len({message.get("payload", message)[field] for message in messages}) == 10


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
    first, document = new_agreement(PROVIDERS[provider])
    second, _ = new_agreement(PROVIDERS[provider])
    assert first.secret != second.secret
    assert first.secret == json.loads(document)[kind][0]
    if header:
        assert first.headers["Authorization"].startswith(header)
    else:
        assert first.headers == {}
        assert first.path_secret == first.secret
        assert len(first.path_secret) >= 32


@pytest.mark.parametrize("provider", PROVIDERS)
def test_who_fetches_tokens_is_a_client_that_is_new_every_time(provider):
    agreement, document = new_agreement(PROVIDERS[provider])
    again, _ = new_agreement(PROVIDERS[provider])
    if provider not in {"8x8", "sinch"}:
        assert agreement.client is None
        assert "oauth2" not in json.loads(document)
        return
    assert agreement.client.client_id == f"{provider}-local"
    assert agreement.client.client_secret != again.client.client_secret
    oauth2 = json.loads(document)["oauth2"]
    assert oauth2["clients"] == [asdict(agreement.client)]
    assert len(oauth2["signing_keys"][0]) >= 32


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_credentials_of_the_sample_events_are_accepted_too(provider):
    """So that `sam remote invoke` works with events/ on every local stack."""
    _, document = new_agreement(PROVIDERS[provider])
    event = json.loads((SAMPLES.parents[1] / "events" / f"{provider}-{_SAMPLE_EVENTS[provider]}.json").read_text())
    in_events = PROVIDERS[provider].agree(PROVIDERS[provider].in_events)
    assert in_events.secret in json.loads(document)[in_events.kind]
    assert event.get("pathParameters", {}).get("secret", "") == in_events.path_secret
    assert event["headers"].get("authorization") == in_events.headers.get("Authorization")


_SAMPLE_EVENTS = {
    "8x8": "inbound-sms",
    "url-networks": "inbound-sms",
    "agile-telecom": "inbound-sms",
    "sinch": "mo-text",
}


def test_form_fields_survive_the_way_url_networks_writes_them():
    simulated = PROVIDERS["url-networks"]
    message = {**simulated.documented, "body": "1 + 1 = 2 & 50% \N{EURO SIGN}"}
    assert dict(parse_qsl(simulated.write(message))) == message


@pytest.mark.parametrize("provider", PROVIDERS)
def test_says_another_text_under_the_same_identity(provider):
    simulated = PROVIDERS[provider]
    message = simulated.new_message("first")
    assert "first" in simulated.write(message)
    assert simulated.say(simulated.say(message, "second"), "first") == message
