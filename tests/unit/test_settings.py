"""The environment: what is missing or wrong is named, what is left out has a default."""

from contextlib import nullcontext
from zoneinfo import ZoneInfo

import pytest
from pydantic import Field, ValidationError

from inbound_sms.errors import ConfigurationError
from inbound_sms.settings import Lookup, ProviderSettings, TimeZone, WebhookSettings, provider_settings
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


def test_all_that_is_missing_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in WEBHOOK:
        monkeypatch.delenv(name)

    with pytest.raises(ConfigurationError, match=r"^environment variables: ") as caught:
        WebhookSettings.load()
    assert [name for name in WEBHOOK if f"{name}: Field required" not in str(caught.value)] == []


@pytest.mark.parametrize(("seconds", "accepted"), [(29, False), (30, True), (3_600, True), (3_601, False)])
def test_a_token_lives_for_half_a_minute_to_an_hour(seconds: int, accepted: bool) -> None:
    """As long as the strictest of the providers lets it."""
    with nullcontext() if accepted else pytest.raises(ValidationError, match="token_lifetime_seconds"):
        TokenSettings(parameter_prefix="/", token_providers="acme", token_lifetime_seconds=seconds)


class Signing(ProviderSettings):
    """Settings of a provider whose signatures have a time."""

    signature_window_seconds: float = 172_800


@pytest.mark.parametrize(
    ("days", "window", "accepted"),
    [("7", 172_800, True), ("7", 518_400, True), ("7", 518_401, False), ("3", 172_800, True), ("2", 172_800, False)],
)
def test_a_signature_is_accepted_for_a_day_less_than_its_event_is_remembered(
    monkeypatch: pytest.MonkeyPatch, days: str, window: int, accepted: bool
) -> None:
    monkeypatch.setenv("CLAIM_RETENTION_DAYS", days)
    monkeypatch.setenv("PROVIDER_SETTINGS", f"acme.signature_window_seconds={window}")
    settings = WebhookSettings.load()

    if accepted:
        assert settings.settings_of_provider(Signing, "acme") == Signing(signature_window_seconds=window)
    else:
        both = r"acme\.signature_window_seconds is \d+, but with ClaimRetentionDays \d "
        with pytest.raises(ConfigurationError, match=both):
            settings.settings_of_provider(Signing, "acme")


class Local(ProviderSettings):
    """Settings of a provider whose times have no zone."""

    zone: TimeZone = "UTC"  # type: ignore[assignment]  # validated


def test_a_setting_that_is_a_time_zone_has_to_name_one() -> None:
    assert provider_settings(Local, "acme", "") == Local()
    assert provider_settings(Local, "acme", "acme.zone=Europe/Rome") == Local(zone=ZoneInfo("Europe/Rome"))
    for name in ("Mars/Olympus_Mons", "Europe", "europe/../../etc/passwd", ""):
        with pytest.raises(ConfigurationError, match=r"^ProviderSettings: acme\.zone: .*not a time zone of the IANA"):
            provider_settings(Local, "acme", f"acme.zone={name}")


class Mapped(ProviderSettings):
    """Settings of a provider that names our numbers by ids of its own."""

    channels: Lookup = Field(default={})


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        ("", {}),
        ("a-1:+4530000000", {"a-1": "+4530000000"}),
        (" a : +45 30 ; b:1008; ", {"a": "+45 30", "b": "1008"}),
        ("a:b:c", {"a": "b:c"}),
        *((value, None) for value in ("a", "a:", ":b", "a:1;b")),
    ],
)
def test_a_setting_that_is_a_lookup_has_names_and_what_they_mean(value: str, meant: dict[str, str] | None) -> None:
    if meant is not None:
        assert provider_settings(Mapped, "acme", f"acme.channels={value}") == Mapped(channels=meant)
        return
    with pytest.raises(ConfigurationError, match=r"^ProviderSettings: acme\.channels: .*not a list of name:value"):
        provider_settings(Mapped, "acme", f"acme.channels={value}")
