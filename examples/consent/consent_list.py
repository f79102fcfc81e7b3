"""A list of who may be texted, kept from the gateway's events: a function on a queue, and one call to ask.

    ConsentList(boto3.client("dynamodb"), table).may_text("+16175551212", sender="+15005550006")

One item for each pair of a person and a number of ours; `*` stands for all of ours, where a provider doesn't say which.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from functools import cache
from typing import Any

import boto3

from inbound_sms_subscriber import ConsentChange, Event, InvalidPayload, Message, event_of

ALL_OF_OURS = "*"


@dataclass(frozen=True)
class ConsentList:
    """The list, in a table with the keys `person` and `ours`. Numbers stand as in the message attributes."""

    dynamodb: Any
    table: str

    def record(self, event: Event) -> bool:
        """Put down what an event says; return whether it changed anything, which an older or repeated one doesn't."""
        data = event.data
        if not isinstance(data, Message | ConsentChange) or data.consent is None or data.consent.action == "help":
            return False
        may_text = data.consent.action == "opt_in"
        ours = data.recipient and (data.recipient.number or data.recipient.raw)
        # Some providers' clocks, or zones, are ahead: what they date later than it came must not beat what comes next.
        at = min(event.time, data.received_at).astimezone(UTC).isoformat(timespec="microseconds")
        try:
            self.dynamodb.put_item(
                TableName=self.table,
                Item={
                    "person": {"S": data.sender.number or data.sender.raw},
                    "ours": {"S": ours or ALL_OF_OURS},
                    "may_text": {"BOOL": may_text},
                    "at": {"S": at},
                    "event_id": {"S": event.id},
                },
                # At the same moment the opt-out wins, whichever comes first.
                ConditionExpression=f"attribute_not_exists(person) OR #at {'<' if may_text else '<='} :at",
                ExpressionAttributeNames={"#at": "at"},
                ExpressionAttributeValues={":at": {"S": at}},
            )
        except self.dynamodb.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def may_text(self, person: str, sender: str) -> bool:
        """Return whether a person may be texted from this number of ours: by the latest that was said of either kind.

        Who was never heard of may. Raises what boto3 raises: then don't text.
        """
        gets = [
            {"Get": {"TableName": self.table, "Key": {"person": {"S": person}, "ours": {"S": ours}}}}
            for ours in (sender, ALL_OF_OURS)
        ]
        found = self.dynamodb.transact_get_items(TransactItems=gets)["Responses"]
        said = [(each["Item"]["at"]["S"], not each["Item"]["may_text"]["BOOL"]) for each in found if "Item" in each]
        return not (said and max(said)[1])


@cache
def _list() -> ConsentList:
    return ConsentList(boto3.client("dynamodb"), os.environ["TABLE"])


def handler(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    """Record a batch of the queue; what can't be read or recorded comes again, by itself."""
    failed = []
    for record in event["Records"]:
        try:
            _list().record(event_of(record))
        except InvalidPayload as error:
            print(f"not an event: {error.reason}")
            failed.append(record["messageId"])
        except Exception as error:
            print(f"not recorded: {type(error).__name__}")
            failed.append(record["messageId"])
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}
