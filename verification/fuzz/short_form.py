"""The short form of `make fuzz`: more inputs and more bombs for each provider than `make test` has time for."""

import pytest

from verification.fuzz.targets import OWNERS
from verification.fuzz.test_bombs import check_bombs
from verification.fuzz.test_fuzz import check_inputs


@pytest.mark.parametrize("owner", OWNERS)
def test_nothing_comes_of_any_input_but_what_may(owner: str) -> None:
    check_inputs(owner, core=800, provider=150)


@pytest.mark.parametrize("owner", OWNERS)
def test_work_and_memory_grow_no_faster_than_the_body(owner: str) -> None:
    check_bombs(owner, step=6)
