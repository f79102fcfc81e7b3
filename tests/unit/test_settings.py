"""The environment: what is missing or wrong is named, what is left out has a default."""

from zoneinfo import ZoneInfo

import pytest
from pydantic import Field

from fanout import FanoutSettings
from inbound_sms.errors import ConfigurationError
from inbound_sms.settings import Environment, Lookup, ProviderSettings, TimeZone, WebhookSettings, provider_settings
from oauth_token import TokenSettings

WEBHOOK = {"QUEUE_URL": "https://queue", "QUARANTINE_BUCKET": "bucket", "PAYLOADS_BUCKET": "payloads",
           "PROVIDER_PARAMETER": "/inbound-sms/test/acme"}  # fmt: skip
TOKEN = {"PARAMETER_PREFIX": "/inbound-sms/test/", "TOKEN_PROVIDERS": "acme,other"}
FANOUT = {"CLAIMS_TABLE": "claims", "MESSAGES_TOPIC": "m", "DELIVERY_TOPIC": "d", "QUARANTINE_BUCKET": "bucket",
          "QUEUE_URL": "https://queue"}  # fmt: skip
NEEDED: list[tuple[type[Environment], dict[str, str]]] = [
    (WebhookSettings, WEBHOOK), (FanoutSettings, FANOUT), (TokenSettings, TOKEN)
]  # fmt: skip


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for settings, _ in NEEDED:
        for name in settings.model_fields:
            monkeypatch.delenv(name.upper(), raising=False)


def load(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> WebhookSettings:
    for name, value in {**WEBHOOK, **variables}.items():
        monkeypatch.setenv(name, value)
    return WebhookSettings.load()


def test_what_is_left_out_has_a_default(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(monkeypatch, {})

    assert {name: getattr(settings, name.lower()) for name in WEBHOOK} == WEBHOOK
    assert (settings.form_fallback_charset, settings.opt_out_words) == ("windows-1252", {"stop"})
    assert settings.max_body_bytes == 262_144
    assert settings.max_event_bytes < 262_144, "the attributes of a notification need room too"


@pytest.mark.parametrize(
    ("name", "value", "meant"),
    [
        ("FORM_FALLBACK_CHARSET", "iso-8859-15", "iso-8859-15"),
        ("MAX_BODY_BYTES", "1000", 1_000),
        ("MAX_EVENT_BYTES", "900", 900),
        ("SECRETS_MAX_AGE_SECONDS", "0.5", 0.5),
        ("PUBLIC_URL", "https://sms.example.com", "https://sms.example.com"),
        ("PROVIDER_SETTINGS", "acme.x=1", "acme.x=1"),
        ("OPT_OUT_WORDS", "STOP,Stop All , STOP   ALL", {"stop", "stop all"}),
        ("OPT_OUT_WORDS", "STRASSE,Straße", {"strasse"}),
        ("OPT_OUT_WORDS", "STOP,,END,", {"stop", "end"}),  # an empty word would opt out who sends nothing
        ("OPT_OUT_WORDS", " , ", set()),
    ],
)
def test_every_setting_is_read_from_its_variable(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, meant: object
) -> None:
    assert getattr(load(monkeypatch, {name: value}), name.lower()) == meant


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
    with pytest.raises(ConfigurationError, match=f"^environment variables: {name}: .*{fault}"):
        load(monkeypatch, {name: value})


@pytest.mark.parametrize(("settings", "variables"), NEEDED)
def test_a_missing_variable_is_named(
    monkeypatch: pytest.MonkeyPatch, settings: type[Environment], variables: dict[str, str]
) -> None:
    for missing in variables:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        monkeypatch.delenv(missing)
        with pytest.raises(ConfigurationError, match=f"^environment variables: {missing}: Field required$"):
            settings.load()


def test_all_that_is_missing_or_wrong_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAX_BODY_BYTES", "0")

    with pytest.raises(ConfigurationError) as caught:
        WebhookSettings.load()
    assert [name for name in (*WEBHOOK, "MAX_BODY_BYTES") if f"{name}: " not in str(caught.value)] == []


def test_a_token_lives_for_half_a_minute_to_an_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    """As long as the strictest of the providers lets it."""
    for name, value in TOKEN.items():
        monkeypatch.setenv(name, value)
    for seconds in (30, 3600):
        monkeypatch.setenv("TOKEN_LIFETIME_SECONDS", str(seconds))
        assert TokenSettings.load().token_lifetime_seconds == seconds
        assert TokenSettings.load().token_providers == {"acme", "other"}
    for seconds in (29, 3601):
        monkeypatch.setenv("TOKEN_LIFETIME_SECONDS", str(seconds))
        with pytest.raises(ConfigurationError, match=r"^environment variables: TOKEN_LIFETIME_SECONDS: "):
            TokenSettings.load()


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
    chosen = {"CLAIM_RETENTION_DAYS": days, "PROVIDER_SETTINGS": f"acme.signature_window_seconds={window}"}
    settings = load(monkeypatch, chosen)

    if accepted:
        assert settings.settings_of_provider(Signing, "acme") == Signing(signature_window_seconds=window)
    else:
        both = r"acme\.signature_window_seconds is \d+, but with ClaimRetentionDays \d "
        with pytest.raises(ConfigurationError, match=both):
            settings.settings_of_provider(Signing, "acme")


class Local(ProviderSettings):
    """Settings of a provider whose times have no zone."""

    zone: TimeZone = "UTC"  # type: ignore[assignment]  # validated


@pytest.mark.parametrize("name", ["Mars/Olympus_Mons", "Europe", "europe/../../etc/passwd", ""])
def test_a_setting_that_is_a_time_zone_has_to_name_one(name: str) -> None:
    assert provider_settings(Local, "acme", "") == Local()
    assert provider_settings(Local, "acme", "acme.zone=Europe/Rome") == Local(zone=ZoneInfo("Europe/Rome"))
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
