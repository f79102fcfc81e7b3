"""Sinch's statuses and codes: every documented one has a meaning, an unheard-of one is published all the same."""

from inbound_sms.events import Status

import json
from pathlib import Path
from typing import Any, get_args

import pytest

from sinch_codes import CODES, SMPP_CODES, STATUSES, meaning_of
from tests.support.parsing import parse

SMPP = json.loads((Path(__file__).parent / "samples/smpp_status_report_error_codes_2021.json").read_bytes())
DOCUMENTED = {0, *range(400, 419)} - {409}  # "Delivery report status codes"; 0 is a success, 409 doesn't exist

EXPECTED = {
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


def reported(**said: Any) -> dict[str, Any]:
    report = {"type": "recipient_delivery_report_sms", "batch_id": "b", "recipient": "46701234567", "status": "Queued"}
    data: dict[str, Any] = parse("sinch", report | said)["data"]
    return data


@pytest.mark.parametrize("write", [str, str.lower, str.upper], ids=["as documented", "lower", "upper"])
def test_statuses_are_read_without_regard_to_case(write: Any) -> None:
    assert {name: reported(status=write(name))["status"] for name in EXPECTED} == EXPECTED


def test_the_statuses_of_a_batch_are_read_in_the_same_way() -> None:
    states = [{"status": name.upper(), "code": "402", "count": 1} for name in EXPECTED]
    report = {"type": "delivery_report_mms", "batch_id": "b", "statuses": states, "total_message_count": len(states)}
    data = parse("sinch", report)["data"]

    assert [each["status"] for each in data["counts"]] == list(EXPECTED.values())
    assert {each["provider_code_meaning"] for each in data["counts"]} == {"Message unroutable"}
    assert data["status"] == "unknown"


def test_the_tables_hold_what_sinch_documents() -> None:
    assert all(name == name.lower() for name in STATUSES)
    assert set(STATUSES.values()) <= set(get_args(Status))
    assert CODES.keys() == DOCUMENTED
    assert {code: (kind.casefold(), what) for code, (kind, what) in SMPP_CODES.items()} == {
        row["code"]: (row["class"].casefold(), row["description"]) for row in SMPP
    }


def test_a_documented_code_has_a_meaning_as_a_number_and_as_text() -> None:
    for code in DOCUMENTED | SMPP_CODES.keys():
        meanings = [reported(code=value)["provider_code_meaning"] for value in (code, str(code))]
        assert meanings == [CODES.get(code) or ": ".join(SMPP_CODES[code])] * 2
        assert meanings[0]


@pytest.mark.parametrize("code", ["409", "999", "-1", "", "soon", "²", "٤٠٢", "0" * 5_000, "402.0", "1e3", None])
def test_another_code_has_no_meaning_and_does_no_harm(code: str | None) -> None:
    assert meaning_of(code) is None
    assert reported(code=code)["status"] == "queued"
