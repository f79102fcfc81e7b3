"""The environment: what is missing or wrong is named, what is left out has a default."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from fanout import FanoutSettings
from inbound_sms.errors import ConfigurationError
from inbound_sms.settings import ParseSettings, WebhookSettings
from oauth_token import TokenSettings

RECEIVE = {"QUEUE_URL": "https://queue", "QUARANTINE_BUCKET": "bucket", "PROVIDER_PARAMETER": "/inbound-sms/test/p"}
RECEIVE |= {"PAYLOADS_BUCKET": "payloads"}
TOKEN = {"PARAMETER_PREFIX": "/inbound-sms/test/", "TOKEN_PROVIDERS": "8x8,sinch"}
FANOUT = {"CLAIMS_TABLE": "claims", "MESSAGES_TOPIC": "m", "DELIVERY_TOPIC": "d", "QUARANTINE_BUCKET": "bucket"}
OPTIONAL = ["FORM_FALLBACK_CHARSET", "OPT_OUT_WORDS", "PROVIDER_TIME_ZONE", "MAX_BODY_BYTES", "MAX_EVENT_BYTES"]
OPTIONAL += ["SINCH_SIGNATURE_WINDOW_SECONDS", "TOKEN_LIFETIME_SECONDS"]
OPTIONAL += ["SECRETS_MAX_AGE_SECONDS", "CLAIM_RETENTION_DAYS", "FUNCTION_TIMEOUT_SECONDS"]

WRONG = [
    ("PROVIDER_TIME_ZONE", "Mars/Olympus_Mons", "not a time zone of the IANA database"),
    ("PROVIDER_TIME_ZONE", "Europe", "not a time zone of the IANA database"),
    ("PROVIDER_TIME_ZONE", "europe/../../etc/passwd", "not a time zone of the IANA database"),
    ("PROVIDER_TIME_ZONE", "", "not a time zone of the IANA database"),
    ("FORM_FALLBACK_CHARSET", "klingon", "not a supported charset"),
    ("FORM_FALLBACK_CHARSET", "rot13", "not a supported charset"),
    ("FORM_FALLBACK_CHARSET", "", "not a supported charset"),
    ("MAX_BODY_BYTES", "many", "valid integer"),
    ("MAX_BODY_BYTES", "0", "greater than 0"),
    ("MAX_EVENT_BYTES", "-1", "greater than 0"),
    ("SECRETS_MAX_AGE_SECONDS", "-1", "greater than or equal to 0"),
    ("SECRETS_MAX_AGE_SECONDS", "nan", "greater than or equal to 0"),
    ("SINCH_SIGNATURE_WINDOW_SECONDS", "0", "greater than 0"),
    ("SINCH_SIGNATURE_WINDOW_SECONDS", "nan", "greater than 0"),
]


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*RECEIVE, *TOKEN, *FANOUT, *OPTIONAL):
        monkeypatch.delenv(name, raising=False)


def set_all(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)


def test_what_is_left_out_has_a_default(monkeypatch: pytest.MonkeyPatch) -> None:
    set_all(monkeypatch, RECEIVE)
    settings = WebhookSettings.load()

    assert {name: getattr(settings, name.lower()) for name in RECEIVE} == RECEIVE
    assert settings.form_fallback_charset == "windows-1252"
    assert datetime(2026, 7, 1, tzinfo=settings.provider_time_zone).utcoffset() == timedelta(0)
    assert settings.opt_out_words == {"stop"}
    assert settings.max_body_bytes == 262_144
    assert settings.max_event_bytes < 262_144, "the attributes of a notification need room too"


def test_every_setting_is_read_from_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    set_all(monkeypatch, RECEIVE | {"FORM_FALLBACK_CHARSET": "iso-8859-15", "PROVIDER_TIME_ZONE": "Europe/Rome"})
    set_all(monkeypatch, {"MAX_BODY_BYTES": "1000", "MAX_EVENT_BYTES": "900", "SECRETS_MAX_AGE_SECONDS": "0.5"})
    settings = WebhookSettings.load()

    assert settings.form_fallback_charset == "iso-8859-15"
    assert settings.provider_time_zone == ZoneInfo("Europe/Rome")
    assert (settings.max_body_bytes, settings.max_event_bytes, settings.secrets_max_age_seconds) == (1000, 900, 0.5)


@pytest.mark.parametrize("missing", RECEIVE)
def test_a_missing_variable_is_named(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    set_all(monkeypatch, {name: value for name, value in RECEIVE.items() if name != missing})

    with pytest.raises(ConfigurationError, match=f"^environment variables: {missing}: Field required$"):
        WebhookSettings.load()


@pytest.mark.parametrize("missing", FANOUT)
def test_a_missing_variable_of_the_fanout_is_named(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    set_all(monkeypatch, {name: value for name, value in FANOUT.items() if name != missing})

    with pytest.raises(ConfigurationError, match=f"^environment variables: {missing}: Field required$"):
        FanoutSettings.load()


@pytest.mark.parametrize("missing", ["PARAMETER_PREFIX", "TOKEN_PROVIDERS"])
def test_a_missing_variable_of_the_token_endpoint_is_named(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    set_all(monkeypatch, {name: value for name, value in TOKEN.items() if name != missing})

    with pytest.raises(ConfigurationError, match=f"^environment variables: {missing}: Field required$"):
        TokenSettings.load()


@pytest.mark.parametrize(("seconds", "let_through"), [("29", False), ("30", True), ("3600", True), ("3601", False)])
def test_a_token_lives_as_long_as_sinch_lets_it(
    seconds: str, let_through: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """seed-providers, 4.5: expires_in is 30 to 3600."""
    set_all(monkeypatch, TOKEN | {"TOKEN_LIFETIME_SECONDS": seconds})

    if let_through:
        assert TokenSettings.load().token_lifetime_seconds == int(seconds)
        assert TokenSettings.load().token_providers == {"8x8", "sinch"}
    else:
        with pytest.raises(ConfigurationError, match=r"^environment variables: TOKEN_LIFETIME_SECONDS: "):
            TokenSettings.load()


def test_all_that_is_missing_or_wrong_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    set_all(monkeypatch, {"PROVIDER_TIME_ZONE": "Mars/Olympus_Mons"})

    with pytest.raises(ConfigurationError) as caught:
        WebhookSettings.load()
    for name in (*RECEIVE, "PROVIDER_TIME_ZONE"):
        assert f"{name}: " in str(caught.value)


@pytest.mark.parametrize(("name", "value", "fault"), WRONG)
def test_a_wrong_value_is_named_with_what_is_wrong(
    name: str, value: str, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_all(monkeypatch, RECEIVE | {name: value})

    with pytest.raises(ConfigurationError, match=f"^environment variables: {name}: .*{fault}"):
        WebhookSettings.load()


@pytest.mark.parametrize(
    ("variable", "words"),
    [
        ("STOP", {"stop"}),
        ("STOP,Stop All , STOP   ALL", {"stop", "stop all"}),
        ("STRASSE,Straße", {"strasse"}),
        ("STOP,,END,", {"stop", "end"}),
        (" , ", set()),
        ("", set()),
    ],
)
def test_stop_words_are_a_list_without_case_and_never_hold_an_empty_word(
    variable: str, words: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    set_all(monkeypatch, RECEIVE | {"OPT_OUT_WORDS": variable})

    assert WebhookSettings.load().opt_out_words == words


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        ParseSettings().form_fallback_charset = "utf-8"
