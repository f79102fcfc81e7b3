import pytest

from tests.support.watched import WatchedStack
from tests.support.world import World


@pytest.fixture
def stack(aws: World, monkeypatch: pytest.MonkeyPatch) -> WatchedStack:
    return WatchedStack(aws, monkeypatch)
