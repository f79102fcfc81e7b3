"""Chaos: AWS and the workers fail while every provider posts."""

from verification.chaos.traffic import Kind, messages
from verification.chaos.trial import Result, Trial


def run(trial: Trial, count: int) -> Result:
    """Play so many messages, then let nothing go wrong any more, and wait for what became of them."""
    sent = messages(count, trial.seed, trial.running.stack)
    with trial.going_on():
        with trial.progress(f"Playing {len(sent):,} messages"):
            trial.traffic.post(sent)
        trial.proxy.plan.over = True
        with trial.progress("Draining the queues"):
            trial.drain()
    believed = trial.traffic.believed
    groups = {kind.value: [each for each in sent if each.kind is kind and each.token in believed] for kind in Kind}
    groups["given up"] = [each for each in sent if each.token not in believed]
    return trial.result({"where each message ended": groups})
