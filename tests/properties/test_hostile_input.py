"""Whatever is posted, it becomes events or goes into the quarantine with a reason; nothing else happens.

`make fuzz` looks longer, and where the code branches: tests/fuzz/.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.properties.hostile import requests
from tests.support.oracle import posted, take
from tests.support.providers import Registered, registered


@pytest.mark.parametrize("entry", registered(), ids=lambda entry: entry.provider.name)
@given(data=st.data())
def test_any_bytes_give_events_or_a_reason(entry: Registered, data: st.DataObject) -> None:
    body, content_type = data.draw(requests(entry))
    take(entry.provider, posted(entry.provider.name, body, content_type))
