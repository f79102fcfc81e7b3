"""Africa's Talking: its statuses, and how one URL tells its kinds of callbacks apart."""

import pytest

from tests.support.parsing import parse

FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ("Sent", "sent"),
        ("Submitted", "sent"),
        ("Buffered", "queued"),
        ("Rejected", "rejected"),
        ("Success", "delivered"),
        ("Failed", "failed"),
        ("AbsentSubscriber", "failed"),
        ("Expired", "expired"),
        ("SUCCESS", "delivered"),
        ("Teleported", "unknown"),
    ],
)
def test_the_statuses_of_a_delivery_report(said: str, status: str) -> None:
    data = parse("africas-talking", {"id": "ATXid_1", "status": said})["data"]

    assert (data["status"], data["provider_status"]) == (status, said)


@pytest.mark.parametrize(
    ("form", "consent"),
    [
        (b"senderId=Brand&phoneNumber=%2B254711000111", "provider"),
        (b"phoneNumber=%2B254711000111&senderId=21512", "provider"),
        (b"id=1&from=%2B254711000111&text=Stop&senderId=Brand", "keyword"),
        (b"id=1&from=%2B254711000111&text=Hello&senderId=Brand", None),
    ],
)
def test_only_what_has_no_text_is_an_opt_out_by_the_provider(form: bytes, consent: str | None) -> None:
    data = parse("africas-talking", form, FORM)["data"]

    assert (data["consent"] and data["consent"]["decided_by"]) == consent
    assert data["opt_out"] == (consent is not None)
    assert data["sender"]["number"] == "+254711000111"


def test_who_opts_out_from_another_sender_id_has_opted_out_again() -> None:
    forms = (b"senderId=%s&phoneNumber=%%2B254711000111" % sender for sender in (b"Brand", b"Brand2", b"21512"))

    assert len({parse("africas-talking", form, FORM)["id"] for form in forms}) == 3
