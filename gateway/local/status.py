"""The state of a local stack: whether it runs, where, and what is in its queues."""

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from gateway.local.running import running_process
from gateway.operations.installation import Installation, local_installation
from gateway.operations.queues import number_in
from gateway.operations.stack import STACK_FILE


class State(StrEnum):
    """What a local stack does."""

    RUNNING = "running"
    STARTING = "starting"  # or ending: somebody holds its folder, and serves nothing
    STOPPED = "stopped"


@dataclass(frozen=True)
class Status:
    """A local stack as it is now; of one that isn't running, the state is all there is."""

    state: State
    process: int | None = None
    endpoint: str | None = None
    providers: list[str] = field(default_factory=list)
    waiting: dict[str, int] = field(default_factory=dict)  # queue by queue


def status_of(work: Path) -> Status:
    """Return the state of the local stack of a folder; raises what boto3 raises where it runs and doesn't answer."""
    process = running_process(work)
    if process is None:
        return Status(State.STOPPED)
    if not (work / STACK_FILE).exists():
        return Status(State.STARTING, process)
    installation = local_installation(work)
    endpoint = installation.local.endpoint if installation.local else None
    return Status(State.RUNNING, process, endpoint, installation.providers, waiting_in(installation))


def waiting_in(installation: Installation) -> dict[str, int]:
    """Return about how many messages each queue holds, those under way included."""
    sqs, deployed = installation.client("sqs"), installation.deployed
    urls = deployed.queues.model_dump()
    for name, source in deployed.sources.items():
        key = name.replace("-", "_")
        urls |= {key: source.queue, f"{key}_dead_letters": source.dead_letters}
    return {queue: number_in(sqs, url) for queue, url in urls.items()}
