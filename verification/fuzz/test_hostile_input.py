"""Whatever is posted, it becomes events or goes into the quarantine with a reason; nothing else happens.

`make fuzz` looks longer, and where the code branches: verification/fuzz/.
"""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.oracle import posted, take
from tests.support.providers import Registered, registered
from verification.fuzz.hostile import requests

_CPU_SECONDS = 2.0  # for bodies of at most a few kB; a runaway takes minutes


@pytest.mark.parametrize("entry", registered(), ids=lambda entry: entry.provider.name)
@given(data=st.data())
def test_any_bytes_give_events_or_a_reason(entry: Registered, data: st.DataObject) -> None:
    body, content_type = data.draw(requests(entry))
    before = time.process_time()

    take(entry.provider, posted(entry.provider.name, body, content_type))

    assert time.process_time() - before < _CPU_SECONDS
