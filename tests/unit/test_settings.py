"""The environment: what is missing or wrong is named, what is left out has a default."""

import re
from contextlib import nullcontext
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import Field, ValidationError

from fanout import FanoutSettings
from inbound_sms.errors import ConfigurationError
from inbound_sms.settings import Environment, Lookup, ProviderSettings, TimeZone, WebhookSettings, provider_settings
from oauth_token import TokenSettings

WEBHOOK = {"QUEUE_URL": "https://queue", "QUARANTINE_BUCKET": "bucket", "PAYLOADS_BUCKET": "payloads",
           "PROVIDER_PARAMETER": "/inbound-sms/test/acme"}  # fmt: skip


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in WebhookSettings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in WEBHOOK.items():
        monkeypatch.setenv(name, value)


def test_what_is_left_out_has_a_default() -> None:
    settings = WebhookSettings.load()

    assert {name: getattr(settings, name.lower()) for name in WEBHOOK} == WEBHOOK
    assert (settings.form_fallback_charset, settings.opt_out_words) == ("windows-1252", {"stop"})
    assert settings.max_body_bytes == 262_144
    assert settings.max_event_bytes < 262_144, "the attributes of a notification need room too"


@pytest.mark.parametrize(
    ("name", "value", "meant"),
    [
        ("MAX_BODY_BYTES", "1000", 1_000),
        ("SECRETS_MAX_AGE_SECONDS", "0.5", 0.5),
        ("OPT_OUT_WORDS", "STOP,Stop All , STOP   ALL", {"stop", "stop all"}),
        ("OPT_OUT_WORDS", "STRASSE,Straße", {"strasse"}),
        ("OPT_OUT_WORDS", "STOP,,END,", {"stop", "end"}),  # an empty word would opt out who sends nothing
        ("OPT_OUT_WORDS", " , ", set()),
    ],
)
def test_every_setting_is_read_from_its_variable(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, meant: object
) -> None:
    monkeypatch.setenv(name, value)
    assert getattr(WebhookSettings.load(), name.lower()) == meant


@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        ("FORM_FALLBACK_CHARSET", "klingon", "not a supported charset"),
        ("MAX_BODY_BYTES", "many", "valid integer"),
        ("MAX_BODY_BYTES", "0", "greater than 0"),
        ("SECRETS_MAX_AGE_SECONDS", "nan", "greater than or equal to 0"),
    ],
)
def test_a_wrong_value_is_named_with_what_is_wrong(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, fault: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError, match=f"^environment variables: {name}: .*{fault}"):
        WebhookSettings.load()


@pytest.mark.parametrize(
    ("settings", "needed"),
    [
        (WebhookSettings, {*WEBHOOK}),
        (FanoutSettings, {"CLAIMS_TABLE", "MESSAGES_TOPIC", "DELIVERY_TOPIC", "QUARANTINE_BUCKET", "QUEUE_URL"}),
        (TokenSettings, {"PARAMETER_PREFIX", "TOKEN_PROVIDERS"}),
    ],
)
def test_all_that_is_missing_is_named_at_once(
    monkeypatch: pytest.MonkeyPatch, settings: type[Environment], needed: set[str]
) -> None:
    for name in needed:
        monkeypatch.delenv(name, raising=False)

    with pytest.raises(ConfigurationError, match=r"^environment variables: ") as caught:
        settings.load()
    assert set(re.findall(r"(\w+): Field required", str(caught.value))) == needed


@pytest.mark.parametrize(("seconds", "accepted"), [(29, False), (30, True), (3_600, True), (3_601, False)])
def test_a_token_lives_for_half_a_minute_to_an_hour(seconds: int, accepted: bool) -> None:
    """As long as the strictest of the providers lets it."""
    with nullcontext() if accepted else pytest.raises(ValidationError, match="token_lifetime_seconds"):
        TokenSettings(parameter_prefix="/", token_providers="acme", token_lifetime_seconds=seconds)


# ---- What only one provider has --------------------------------------------------------------------------------------


class OfAcme(ProviderSettings):
    """Settings of a provider that signs the time, writes it without a zone, and names our numbers by ids of its own."""

    signature_window_seconds: float = 172_800
    zone: TimeZone = "UTC"  # type: ignore[assignment]  # validated
    channels: Lookup = Field(default={})


@pytest.mark.parametrize(
    ("days", "window", "accepted"), [(7, 518_400, True), (7, 518_401, False), (3, 172_800, True), (2, 172_800, False)]
)
def test_a_signature_is_accepted_for_a_day_less_than_its_event_is_remembered(
    days: int, window: int, accepted: bool
) -> None:
    chosen = f"acme.signature_window_seconds={window}"
    settings = WebhookSettings.model_construct(claim_retention_days=days, provider_settings=chosen)

    both = r"acme\.signature_window_seconds is \d+, but with ClaimRetentionDays \d "
    with nullcontext() if accepted else pytest.raises(ConfigurationError, match=both):
        assert settings.settings_of_provider(OfAcme, "acme") == OfAcme(signature_window_seconds=window)


@pytest.mark.parametrize(
    ("setting", "meant"),
    [
        ("", {"zone": ZoneInfo("UTC"), "channels": {}}),
        ("acme.zone=Europe/Rome", {"zone": ZoneInfo("Europe/Rome")}),
        ("acme.channels=", {"channels": {}}),
        ("acme.channels= a-1 : +45 30 ; b:1008; ", {"channels": {"a-1": "+45 30", "b": "1008"}}),
        ("acme.channels=a:b:c", {"channels": {"a": "b:c"}}),
    ],
)
def test_a_setting_may_be_a_time_zone_or_names_and_what_they_mean(setting: str, meant: dict[str, Any]) -> None:
    assert provider_settings(OfAcme, "acme", setting) == OfAcme(**meant)


@pytest.mark.parametrize("zone", ["Mars/Olympus_Mons", "Europe", "europe/../../etc/passwd", ""])
def test_a_time_zone_has_to_be_one(zone: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^ProviderSettings: acme\.zone: .*not a time zone of the IANA"):
        provider_settings(OfAcme, "acme", f"acme.zone={zone}")


@pytest.mark.parametrize("channels", ["a", "a:", ":b", "a:1;b"])
def test_each_name_has_to_mean_something(channels: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^ProviderSettings: acme\.channels: .*not a list of name:value"):
        provider_settings(OfAcme, "acme", f"acme.channels={channels}")
