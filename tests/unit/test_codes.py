"""Statuses and codes of providers: every documented one has a meaning, an unheard-of one is published all the same."""

import json
from typing import Any, get_args

import pytest

from eight_by_eight_codes import ERRORS, STATES, WAVECELL_STATUSES
from inbound_sms.events import Status
from sinch_codes import CODES, SMPP_CODES, STATUSES, meaning_of
from tests.support.parsing import parse
from tests.support.providers import sample

SMPP = json.loads(sample("sinch/smpp_status_report_error_codes_2021.json"))

# Sinch's documentation, "Delivery report status codes"; 0 is a success, 409 doesn't exist.
SINCH_CODES = {0, *range(400, 419)} - {409}
# 8x8's documentation, "Delivery receipts error codes"; 6 doesn't exist.
EIGHT_BY_EIGHT_CODES = set(range(62)) - {6}

SINCH = {
    "Queued": "queued",
    "Dispatched": "sent",
    "Aborted": "failed",
    "Cancelled": "cancelled",
    "Rejected": "rejected",
    "Deleted": "failed",
    "Delivered": "delivered",
    "Failed": "failed",
    "Expired": "expired",
    "Unknown": "unknown",
    "Teleported": "unknown",
    " ": "unknown",
}
EIGHT_BY_EIGHT = {
    "queued": "queued",
    "rejected": "rejected",
    "sent": "sent",
    "delivered": "delivered",
    "undelivered": "failed",
    "read": "read",
    "unknown": "unknown",
    "failed": "failed",
    "ok": "sent",
    "error": "failed",
    "teleported": "unknown",
}
WAVECELL = {
    "RECEIVED FOR PROCESSING": "queued",
    "SENT": "sent",
    "DELIVERED TO CARRIER": "sent",
    "DELIVERED TO DEVICE": "delivered",
    "REJECTED BY DEVICE": "failed",
    "REJECTED BY CARRIER": "rejected",
    "TRASHED": "failed",
    "READ": "read",
    "TELEPORTED": "unknown",
}
AGILE = {"SENT": "sent", "DELIVERED": "delivered", "ERROR": "failed", "EXPIRED": "expired", "TELEPORTED": "unknown"}


def sinch(**said: Any) -> dict[str, Any]:
    report = {"type": "recipient_delivery_report_sms", "batch_id": "b", "recipient": "46701234567", "status": "Queued"}
    data: dict[str, Any] = parse("sinch", report | said)["data"]
    return data


def eight_by_eight(**status: Any) -> dict[str, Any]:
    envelope = {"namespace": "SMS", "eventType": "outbound_message_status_changed"}
    payload = {"umid": "u", "status": {"state": "sent"} | status}
    data: dict[str, Any] = parse("8x8", envelope | {"payload": payload})["data"]
    return data


def wavecell(status: str) -> dict[str, Any]:
    data: dict[str, Any] = parse("8x8", {"eventType": "outboundMessageDelivery", "umid": "u", "status": status})["data"]
    return data


def agile(**said: Any) -> dict[str, Any]:
    data: dict[str, Any] = parse("agile-telecom", said)["data"]
    return data


@pytest.mark.parametrize("write", [str, str.lower, str.upper], ids=["as documented", "lower", "upper"])
def test_statuses_are_read_without_regard_to_case(write: Any) -> None:
    assert {name: sinch(status=write(name))["status"] for name in SINCH} == SINCH
    assert {name: eight_by_eight(state=write(name))["status"] for name in EIGHT_BY_EIGHT} == EIGHT_BY_EIGHT
    assert {name: wavecell(write(name))["status"] for name in WAVECELL} == WAVECELL
    assert {name: agile(messageId="1", status=write(name))["status"] for name in AGILE} == AGILE


def test_what_the_provider_wrote_stands_beside_the_status() -> None:
    assert sinch(status="TELEPORTED", code=9999)["provider_status"] == "TELEPORTED"
    assert sinch(status="TELEPORTED", code=9999)["provider_code"] == "9999"
    assert eight_by_eight(state="Sent", detail="delivered_to_carrier")["provider_status"] == "Sent:delivered_to_carrier"


def test_the_statuses_of_a_batch_are_read_in_the_same_way() -> None:
    states = [{"status": name.upper(), "code": "402", "count": 1} for name in SINCH]
    report = {"type": "delivery_report_mms", "batch_id": "b", "statuses": states, "total_message_count": len(SINCH)}
    data = parse("sinch", report)["data"]

    assert [each["status"] for each in data["counts"]] == list(SINCH.values())
    assert {each["provider_code_meaning"] for each in data["counts"]} == {"Message unroutable"}
    assert data["status"] == "unknown"


@pytest.mark.parametrize("table", [STATES, STATUSES, WAVECELL_STATUSES], ids=["8x8", "sinch", "wavecell"])
def test_tables_are_looked_up_in_lower_case_and_know_our_statuses_only(table: dict[str, str]) -> None:
    assert all(name == name.lower() for name in table)
    assert set(table.values()) <= set(get_args(Status))


@pytest.mark.parametrize(("code", "status"), [(3, "delivered"), ("3", "delivered"), (6, "failed"), (7, "unknown")])
def test_agile_telecoms_status_codes(code: object, status: str) -> None:
    data = agile(eventType="DELIVERY", channel="SMS", messageId="1", statusCode=code)

    assert (data["status"], data["provider_code"]) == (status, str(code))


@pytest.mark.parametrize("said", [{}, {"statusCode": None}, {"statusCode": "soon"}])
def test_a_delivery_of_agile_telecom_without_a_code_is_published(said: dict[str, Any]) -> None:
    data = agile(eventType="DELIVERY", channel="SMS", messageId="1", **said)

    assert (data["status"], data["provider_code"]) == ("unknown", None)


def test_a_read_of_agile_telecom_is_read_whatever_its_code() -> None:
    assert agile(eventType="READ", channel="RCS", messageId="1", statusCode=6)["status"] == "read"


def test_the_tables_hold_what_the_providers_document() -> None:
    assert CODES.keys() == SINCH_CODES
    assert ERRORS.keys() == EIGHT_BY_EIGHT_CODES
    assert all([*CODES.values(), *ERRORS.values()])


def test_the_operators_codes_are_those_of_sinchs_table() -> None:
    documented = {row["code"]: (row["class"].casefold(), row["description"]) for row in SMPP}

    assert {code: (kind.casefold(), what) for code, (kind, what) in SMPP_CODES.items()} == documented


@pytest.mark.parametrize("code", sorted(SINCH_CODES | SMPP_CODES.keys()))
def test_a_documented_code_of_sinch_has_a_meaning_as_a_number_and_as_text(code: int) -> None:
    meanings = [sinch(code=value)["provider_code_meaning"] for value in (code, str(code))]

    assert meanings[0]
    assert meanings == [CODES.get(code) or ": ".join(SMPP_CODES[code])] * 2


@pytest.mark.parametrize("code", sorted(ERRORS))
def test_a_documented_code_of_8x8_has_a_meaning_as_a_number_and_as_text(code: int) -> None:
    assert [eight_by_eight(errorCode=value)["provider_code_meaning"] for value in (code, str(code))] == [
        ERRORS[code]
    ] * 2


@pytest.mark.parametrize("code", ["409", "999", "-1", "", "soon", "²", "٤٠٢", "0" * 5_000, "402.0", "1e3", None])
def test_another_code_has_no_meaning_and_does_no_harm(code: str | None) -> None:
    assert meaning_of(code) is None
    assert sinch(code=code)["status"] == "queued"
    assert eight_by_eight(errorCode=code)["status"] == "sent"


@pytest.mark.parametrize("code", [6, 62, -1, 10**30])
def test_another_code_of_8x8_is_published_without_a_meaning(code: int) -> None:
    data = eight_by_eight(errorCode=code)

    assert (data["provider_code"], data["provider_code_meaning"]) == (str(code), None)
