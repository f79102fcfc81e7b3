"""A shared key may sign by HMAC-SHA256; what the Auth Token signs by HMAC-SHA1 is in the shared suites."""

import pytest

from functions.twilio.vendor import sign
from tests.support.memory import Memory
from tests.support.parsing import PROVIDERS
from tests.support.providers import event_of

ENTRY = PROVIDERS["twilio"]
KEY = ENTRY.local_secret()


@pytest.mark.parametrize(("key", "status"), [(KEY, 200), (KEY[::-1], 401)], ids=["right", "wrong"])
def test_a_shared_key_signs_by_sha256(key: str, status: int, memory: Memory) -> None:
    post = sign(ENTRY.post(), key, "HMAC_SHA256")

    assert memory.receiver(ENTRY, {"hmac": [KEY]}).handle(event_of(post))["statusCode"] == status
