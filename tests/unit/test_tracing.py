"""The trace of an event: Lambda's own, or one made of the delivery's id; never anything but a valid traceparent."""

import pytest

from inbound_sms.webhook.tracing import traceparent

DELIVERY = "ec077d5e-4ff4-44e9-b764-884f4e84a084"
OWN = "00-ec077d5e4ff444e9b764884f4e84a084-b764884f4e84a084-00"
ROOT, TRACE = "Root=1-5759e988-bd862e3fe1be46a994272793", "5759e988bd862e3fe1be46a994272793"


@pytest.mark.parametrize(
    ("lambdas", "delivery_id", "expected"),
    [
        (f"{ROOT};Parent=53995c3f42cd8ad8;Sampled=1", DELIVERY, f"00-{TRACE}-53995c3f42cd8ad8-01"),
        (f"{ROOT};Parent=53995c3f42cd8ad8;Sampled=0;Lineage=1:a8:0", DELIVERY, f"00-{TRACE}-53995c3f42cd8ad8-00"),
        (f"{ROOT};Sampled=0", DELIVERY, f"00-{TRACE}-b764884f4e84a084-00"),
        ("", DELIVERY, OWN),
        ("Root=1-what-else;Parent=53995c3f42cd8ad8;Sampled=1", DELIVERY, OWN),
        ("", "a record that somebody changed", None),
    ],
)
def test_an_event_names_the_trace_in_which_lambda_ran(
    lambdas: str, delivery_id: str, expected: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", lambdas)
    assert traceparent(delivery_id) == expected
