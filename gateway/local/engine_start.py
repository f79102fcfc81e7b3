"""Starts the local engine (MiniStack 1.5.33) with what it lacks. Run by its own Python.

1. Subscriptions by e-mail: MiniStack takes them, and drops what goes to them. Here its SES keeps it, to be read at
   `/_ministack/ses/messages`.
2. Layers that workers share: MiniStack extracts every layer anew for each process that runs a function. Of ours, that
   is a thousand files, and takes longer than to start the process. Here the first one does it for all.
3. Request ids: MiniStack tells a caller another id (`apigw-requestid`) than the function. On AWS they are the same.
"""

import importlib
import tempfile
import zipfile
from contextvars import ContextVar
from pathlib import Path
from threading import Lock
from types import SimpleNamespace
from typing import Any

_EXTRACTING = Lock()
_SENDER = "AWS Notifications <no-reply@sns.amazonaws.com>"
_SUBJECT = "AWS Notification Message"  # SNS's own, where the publisher gave none


def main() -> None:
    """Run the engine until it is ended."""
    _deliver_mail(importlib.import_module("ministack.services.sns"), importlib.import_module("ministack.services.ses"))
    _share_layers(importlib.import_module("ministack.core.lambda_runtime"))
    _tell_request_ids(importlib.import_module("ministack.services.apigateway"))
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


class _SharedArchive(zipfile.ZipFile):
    """An archive that extracts a layer once, and from then on links to that."""

    def extractall(self, path: Any = None, *more: Any, **rest: Any) -> None:
        """Extract what is no layer as usual."""
        folder = Path(path or ".")
        if not folder.name.startswith("layer_"):
            super().extractall(path, *more, **rest)
            return
        content = hash(tuple((member.filename, member.CRC) for member in self.infolist()))
        shared = Path(tempfile.gettempdir()) / f"layer-{content:x}"
        with _EXTRACTING:  # a burst starts several workers at once
            if not shared.exists():
                super().extractall(unfinished := tempfile.mkdtemp())
                Path(unfinished).rename(shared)
        folder.rmdir()
        folder.symlink_to(shared)


def _share_layers(runtime: Any) -> None:
    runtime.zipfile = SimpleNamespace(**{**vars(zipfile), "ZipFile": _SharedArchive})


def _tell_request_ids(gateway: Any) -> None:
    invoke, new_id = gateway._invoke_lambda_proxy, gateway.new_uuid  # noqa: SLF001 - there is no public place for this
    current: ContextVar[str | None] = ContextVar("current", default=None)

    async def telling(*parts: Any, **more: Any) -> tuple[int, dict[str, str], bytes]:
        current.set(request_id := new_id())
        status, headers, body = await invoke(*parts, **more)
        return status, {**headers, "apigw-requestid": request_id}, body

    gateway.new_uuid = lambda: current.get() or new_id()
    gateway._invoke_lambda_proxy = telling  # noqa: SLF001


if __name__ == "__main__":
    main()
