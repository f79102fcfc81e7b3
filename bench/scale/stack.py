"""The stack's parameters, read from template.yaml: the simulation runs with what would be deployed."""

from dataclasses import dataclass
from typing import Self

from bench.template import evaluate, template


@dataclass(frozen=True, slots=True)
class Stack:
    """What the template makes of its parameters in one region."""

    throttle_rate: int
    throttle_burst: int
    batch_size: int
    batch_window: int
    concurrency: int | None  # MaximumConcurrency of the fan-out's event source; None with provisioned pollers
    pollers: tuple[int, int] | None  # at least and at most; None: Lambda's own
    warm_writes: int
    visibility_timeout: int
    max_receives: int
    memory: int  # MB of each function
    fair: bool = True  # whether events carry their provider as message group: the code's doing (EventQueue.send)

    @classmethod
    def deployed(cls, region: str, **parameters: int) -> Self:
        """Read the template as it would be deployed into a region: these parameters, otherwise the defaults."""
        chosen = {name: parameter.get("Default") for name, parameter in template()["Parameters"].items()}
        if unknown := set(parameters) - set(chosen):
            raise ValueError(f"no parameters of the template: {', '.join(sorted(unknown))}")
        chosen |= parameters | {"AWS::Region": region}
        resources = template()["Resources"]
        source = {
            name: evaluate(value, chosen)
            for name, value in resources["FanoutFunction"]["Properties"]["Events"]["Queue"]["Properties"].items()
        }
        throttle = evaluate(resources["Api"]["Properties"]["DefaultRouteSettings"], chosen)
        queue = resources["EventsQueue"]["Properties"]
        pollers = source["ProvisionedPollerConfig"]
        warm = evaluate(resources["ClaimsTable"]["Properties"]["WarmThroughput"], chosen)
        return cls(
            throttle_rate=throttle["ThrottlingRateLimit"],
            throttle_burst=throttle["ThrottlingBurstLimit"],
            batch_size=source["BatchSize"],
            batch_window=source["MaximumBatchingWindowInSeconds"],
            concurrency=source["ScalingConfig"] and source["ScalingConfig"]["MaximumConcurrency"],
            pollers=pollers and (pollers["MinimumPollers"], pollers["MaximumPollers"]),
            warm_writes=warm["WriteUnitsPerSecond"] if warm else 0,
            visibility_timeout=evaluate(queue["VisibilityTimeout"], chosen),
            max_receives=evaluate(queue["RedrivePolicy"]["maxReceiveCount"], chosen),
            memory=template()["Globals"]["Function"]["MemorySize"],
        )
