"""Whatever strangers send: the targets of `make fuzz`, for a moment, with inputs near to their samples."""

import pytest

from gateway.simulator import senders
from inbound_sms.errors import InvalidPayload
from verification.fuzz.inputs import inputs
from verification.fuzz.targets import OWNERS, targets, targets_of
from verification.oracle import CANARY

pytestmark = pytest.mark.xdist_group("sources")  # the targets are made once, as that takes long


def check_inputs(owner: str, *, core: int, provider: int) -> None:
    """Run so many inputs through each target of the core, or of a provider: what providers share is the core."""
    for target in targets_of(owner):
        assert {target.run(seed) for seed in target.seeds} >= target.reaches
        for data in inputs(target, provider if owner in senders() else core):
            try:
                target.run(data)
            except Exception as error:
                error.add_note(f"{target.name}: {data!r}")
                raise


@pytest.mark.parametrize("owner", OWNERS)
def test_nothing_comes_of_any_input_but_what_may(owner: str) -> None:
    check_inputs(owner, core=300, provider=100)


# ---- That a fault would be found -------------------------------------------------------------------------------------


def stumbles(*_: object) -> None:
    raise KeyError("a fault of ours")


def quotes(body: bytes, *_: object) -> None:
    raise InvalidPayload(f"not JSON: {body!r}" + "x" * 500)


def quotes_the_canary(*_: object) -> None:
    raise InvalidPayload(f"not JSON: {CANARY}")


@pytest.mark.parametrize(
    ("name", "function", "fault", "told"),
    [
        ("acme parser", "parsing.request.read_json", stumbles, "the parser failed: KeyError"),
        ("acme http", "parsing.request._body", stumbles, "503: it would be sent again"),
        ("form", "parsing.body._urlencoded", stumbles, "a fault of ours"),
        ("fanout", "publishing.message_attributes.printable", stumbles, "a fault of ours"),
        ("acme parser", "parsing.request.read_json", quotes, "a copy of the input"),
        ("acme parser", "parsing.request.read_json", quotes_the_canary, "a text is in the log"),
    ],
)
def test_a_fault_is_found(name: str, function: str, fault: object, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"inbound_sms.{function}", fault)
    target = targets()[name]

    with pytest.raises((AssertionError, KeyError), match=told):
        list(map(target.run, target.seeds))
