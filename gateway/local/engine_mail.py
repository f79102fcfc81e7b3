"""Starts the local engine (MiniStack 1.5.33) with what its SNS lacks: subscriptions by e-mail. Run by its own Python.

MiniStack takes such subscriptions, and drops what goes to them. Here its SES keeps it, to
be read at `/_ministack/ses/messages`.
"""

import importlib
from typing import Any

_SENDER = "AWS Notifications <no-reply@sns.amazonaws.com>"
_SUBJECT = "AWS Notification Message"  # SNS's own, where the publisher gave none


def main() -> None:
    """Run the engine until it is ended."""
    _deliver_mail(importlib.import_module("ministack.services.sns"), importlib.import_module("ministack.services.ses"))
    importlib.import_module("ministack.app").main()


def _deliver_mail(sns: Any, ses: Any) -> None:
    fan_out = sns._fanout  # noqa: SLF001 - there is no public place to put this

    def with_mail(
        arn: str, msg_id: str, message: str, subject: str, structure: str = "", *more: Any, **rest: Any
    ) -> None:
        fan_out(arn, msg_id, message, subject, structure, *more, **rest)
        attributes = more[0] if more else rest.get("message_attributes")
        topic = sns._topic_by_arn_any_scope(arn)  # noqa: SLF001
        for subscription in topic["subscriptions"] if topic else ():
            text = sns._resolve_message_for_protocol(message, structure, subscription["protocol"])  # noqa: SLF001
            if subscription["protocol"] == "email" and sns._matches_filter_policy(subscription, attributes or {}, text):  # noqa: SLF001
                ses.send_internal_email(_SENDER, [subscription["endpoint"]], subject or _SUBJECT, text)

    sns._fanout = with_mail  # noqa: SLF001


if __name__ == "__main__":
    main()
