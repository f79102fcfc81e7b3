"""`gateway subscribe`: subscribes a queue."""

import json
import re
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.cli.common import AsJson, Topic, examples, of_a_gateway, say, say_json
from gateway.errors import GatewayError, WrongUsage
from gateway.operations.installation import Installation
from gateway.operations.subscribing import Wanted, commands, subscribe, try_out

app = typer.Typer()

_QUEUE_ARN = re.compile(r"arn:aws[a-z-]*:sqs:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,80}")


@app.command(
    name="subscribe",
    epilog=examples(
        "gateway subscribe arn:aws:sqs:eu-west-1:123456789012:sales --to +4534735477 --stack inbound-sms-prod"
    ),
)
@of_a_gateway
def subscribe_queue(
    gateway: Installation,
    queue: Annotated[str, typer.Argument(help="The queue's ARN.", metavar="QUEUE_ARN")],
    recipient: Annotated[str | None, typer.Option("--to", help="Only texts to this number: +4534735477.")] = None,
    filter_: Annotated[
        Path | None, typer.Option("--filter", help="A filter policy: examples/filter-policies/.", dir_okay=False)
    ] = None,
    topic: Annotated[Topic, typer.Option(help="The topic to subscribe to.")] = Topic.MESSAGES,
    show: Annotated[bool, typer.Option("--print", help="Only print the commands of the AWS CLI.")] = False,
    test: Annotated[bool, typer.Option(help="Send a test event through the subscription.")] = True,
    as_json: AsJson = False,
) -> None:
    """Subscribe a queue: let SNS in, keep what it can't deliver, filter, and send a test event through.

    What exists is kept or updated, so it is safe to repeat. Exit status: 0 done, 1 an error, or
    the test event didn't come.
    """
    if not _QUEUE_ARN.fullmatch(queue):
        raise WrongUsage(f"{queue} is no ARN of a queue: arn:aws:sqs:eu-west-1:123456789012:sales")
    topics = gateway.deployed.topics
    wanted = Wanted(getattr(topics, topic), queue, _policy(filter_) | ({"recipient": [recipient]} if recipient else {}))
    if show:
        for command in commands(wanted):
            say(command)
        return
    done = list(subscribe(gateway, wanted))
    arrived = try_out(gateway, wanted) if test else None
    if as_json:
        say_json({"done": done, "test_event_arrived": arrived})
    else:
        for line in done:
            say(line)
        say({True: "test event: arrived, and taken out again", None: "test event: not tried"}.get(arrived, ""))
    if arrived is False:
        raise GatewayError("The test event did not come within 20 s: gateway doctor looks at the subscription")


def _policy(file: Path | None) -> dict[str, Any]:
    if file is None:
        return {}
    try:
        policy = json.loads(file.read_text(encoding="utf-8"))
    except ValueError:
        policy = None
    if not isinstance(policy, dict):
        raise WrongUsage(f"{file} is not a filter policy, a JSON object of lists")
    return policy
