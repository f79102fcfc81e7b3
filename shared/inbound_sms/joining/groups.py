"""Collects parts in the claims table: one item per group, changed by conditional writes only."""

import json
import math
from dataclasses import dataclass
from typing import Any

from aws_client import AwsError
from inbound_sms.errors import DependencyUnavailable
from inbound_sms.joining.group import UNSURE_SPAN, Group, Standing
from inbound_sms.joining.part import Part
from inbound_sms.publishing.deduplication import ClaimsTable, is_refused, number


@dataclass(frozen=True, slots=True)
class GroupsTable:
    """The groups' items, in the table of claims."""

    claims: ClaimsTable
    join_seconds: float

    def clock(self) -> float:
        """Return the time, in seconds since 1970."""
        return self.claims.clock()

    def standing(self, group: Group, part: Part) -> Standing:
        """Return how a part stands with its group now."""
        return group.standing(part, self.clock(), self.join_seconds)

    def collect(self, part: Part) -> Group:
        """Add a part to its group where it has a place. Return the group. Raises DependencyUnavailable.

        It has none if its number is taken, if nothing more may come in, if it was published with others a moment ago,
        if it arrived so much earlier or later that it must be of another message, or when nobody can tell.
        """
        return self._updated(
            part.key,
            "SET #part = :body, #owner = :me, #opened_at = if_not_exists(#opened_at, :now),"
            " #first_received_at = if_not_exists(#first_received_at, :received_at), #expires_at = :expires_at",
            "attribute_not_exists(#part) AND attribute_not_exists(#closed_at) AND attribute_not_exists(#settled)"
            " AND (attribute_not_exists(#first_received_at) OR #first_received_at BETWEEN :earliest AND :latest)"
            " AND (attribute_not_exists(#unsure_since) OR NOT :received_at BETWEEN #unsure_since AND #unsure_until)",
            {
                "#part": f"part:{part.number}",
                "#settled": f"settled:{part.event.id}",
                **_names("owner", "opened_at", "first_received_at", "closed_at", "expires_at", *UNSURE_SPAN),
            },
            {
                ":body": {"S": part.body},
                ":me": {"S": part.event.id},
                ":now": number(self.clock()),
                ":received_at": number(part.received_at),
                ":earliest": number(part.received_at - self.join_seconds),
                ":latest": number(part.received_at + self.join_seconds),
                ":expires_at": self._expires_at(),
            },
        )

    def close(self, group: Group, owner: str) -> Group:
        """Let nothing more come in, if the group is as it was seen, and have `owner` publish. Return the group.

        Raises DependencyUnavailable.
        """
        return self._updated(
            group.item["id"]["S"],
            "SET #closed_at = :now, #owner = :owner",
            "#owner = :seen AND attribute_not_exists(#closed_at)",
            _names("closed_at", "owner"),
            {":now": number(self.clock()), ":owner": {"S": owner}, ":seen": {"S": group.owner}},
        )

    def owned(self, part: Part) -> Group | None:
        """Return the group that a part has published and not settled; None if it is settled.

        Raises DependencyUnavailable.
        """
        group = self._updated(
            part.key,
            "SET #expires_at = :expires_at",
            "#owner = :me AND #part = :body",
            {"#part": f"part:{part.number}", **_names("owner", "expires_at")},
            {":body": {"S": part.body}, ":me": {"S": part.event.id}, ":expires_at": self._expires_at()},
        )
        return group if self.standing(group, part) is Standing.OWNER else None

    def give_up(self, group: Group, part: Part) -> bool:
        """Collect no message while parts of several arrive, if the group is as it was seen: `part` is of another one.

        Return whether it is given up. Raises DependencyUnavailable.
        """
        first = float(group.item["first_received_at"]["N"])
        return self._replaced(
            {
                "id": {"S": part.key},
                "expires_at": self._expires_at(),
                **{name: group.item[name] for name in ("incomplete_as", *group.settled) if name in group.item},
                "unsure_since": number(min(first, part.received_at) - self.join_seconds),
                "unsure_until": number(max(first, part.received_at) + self.join_seconds),
            },
            "#owner = :seen AND attribute_not_exists(#closed_at)",
            _names("owner", "closed_at"),
            {":seen": {"S": group.owner}},
        )

    def settle(self, group: Group, part: Part, event_id: str) -> None:
        """Make a group ready for the next message: `part` published this one as the event `event_id`.

        Raises DependencyUnavailable. If it is settled already, nothing is changed.
        """
        now = self.clock()
        alive = now - self.claims.dead_after_seconds  # a run that began earlier is dead
        item = {
            "id": {"S": part.key},
            "expires_at": self._expires_at(),
            **{name: group.item[name] for name in UNSURE_SPAN if name in group.item},
            **{name: group.item[name] for name, at in group.settled.items() if at >= alive},
            **{f"settled:{json.loads(body)['id']}": number(now) for body in group.bodies.values()},
        }
        if incomplete := group.incomplete_after(event_id, part.total):
            item["incomplete_as"] = {"S": json.dumps(incomplete)}
        self._replaced(
            item,
            "#owner = :me AND #part = :body",
            {"#part": f"part:{part.number}", "#owner": "owner"},
            {":me": {"S": part.event.id}, ":body": {"S": part.body}},
        )

    def _expires_at(self) -> Any:
        return {"N": str(math.ceil(self.clock() + self.claims.retention_seconds))}

    def _updated(self, key: str, update: str, condition: str, names: dict[str, str], values: dict[str, Any]) -> Group:
        """Update the item, and return it as it then is; as it is if the condition doesn't hold."""
        try:
            response = self.claims.dynamodb.update_item(
                TableName=self.claims.table,
                Key={"id": {"S": key}},
                UpdateExpression=update,
                ConditionExpression=condition,
                ExpressionAttributeNames=names,
                ExpressionAttributeValues=values,
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except AwsError as error:
            if is_refused(error):
                return Group(error.details.get("Item", {}))
            raise DependencyUnavailable("claims table", error) from error
        return Group(response["Attributes"])

    def _replaced(self, item: dict[str, Any], condition: str, names: dict[str, str], values: dict[str, Any]) -> bool:
        """Replace the item, and return whether the condition held."""
        try:
            self.claims.dynamodb.put_item(
                TableName=self.claims.table,
                Item=item,
                ConditionExpression=condition,
                ExpressionAttributeNames=names,
                ExpressionAttributeValues=values,
            )
        except AwsError as error:
            if is_refused(error):
                return False
            raise DependencyUnavailable("claims table", error) from error
        return True


def _names(*names: str) -> dict[str, str]:
    return {f"#{name}": name for name in names}
