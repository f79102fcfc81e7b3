"""Records what this version stores, for the versions after it: run at each release.

    python -m verification.upgrade.record

Every sample of the documentation goes through the real receive path and the real fan-out, over moto, and what is then
in queue, table and bucket is written down as it is.
"""

import base64
import json
import sys
from collections.abc import Callable, Iterator
from typing import Any
from unittest.mock import patch

from gateway import __version__
from inbound_sms.auth.tokens import issue_token
from tests.support.acme.sender import ACME_ENTRY
from tests.support.boto import REGION
from tests.support.expected import Json
from tests.support.faults import failing
from tests.support.providers import ROOT, Registered, compact, registered, rows
from tests.support.queued import Queued, sqs_record
from tests.support.quiet import quietly
from tests.support.signing import SECRET, parameter
from tests.support.world import FUNCTION_TIMEOUT, NOW, World, world
from verification.upgrade.stored import FOLDER, SetAside, Stored, Taken

_LONG = 100 * 365 * 86_400  # a token that is good for as long as anybody asks
_NARROW = 300  # bytes that no event fits into


def recorded(version: str) -> Stored:
    json_with_ids = (each for each in registered() if each.message.startswith(b"{") and each.sender.message.has_id)
    taken = [*_referring(next(json_with_ids))]
    for entry, sample in rows():
        known = {each.id for each in taken}
        new = _taken(entry, f"{entry}/{sample.name}", entry.event(sample=sample))
        taken += [each for each in new if each.id not in known]
    quarantine = []
    for entry in registered():
        quarantine.append(_quarantine(entry, entry.sender.broken[0]))
        quarantine.append(_quarantine(entry, entry.message, max_event_bytes=_NARROW))
    quarantine.append(_conflict())
    parameters = {kind: parameter(ACME_ENTRY.sender, kind, [SECRET]) for kind in ACME_ENTRY.sender.secrets}
    parameters["require"] = parameters["hmac"] | parameters["basic"] | {"require": ["hmac+basic"]}
    parameters["source_ips"] = parameters["basic"] | {"source_ips": ["192.0.2.0/24", "2001:db8::/32"]}
    token = issue_token(SECRET, "acme", "test", "client-1", _LONG)
    tokens = [{"token": token, "key": SECRET, "provider": "acme", "client": "client-1"}]
    return Stored(version, taken, quarantine, parameters, tokens)


def _taken(entry: Registered, name: str, event: Json, **settings: Any) -> Iterator[Taken]:
    """Yield every event of a request, handled by a worker that dies, then by one that publishes it."""
    with world() as aws:
        aws.receiver(entry, **settings).handle(event)
        for document in aws.queued():
            message, key = sqs_record("1", document), {"id": {"S": json.loads(document)["id"]}}
            assert aws.fanout(sns=failing("sns", "PublishBatch"), join=False).handle([message]) == {"1"}
            claimed = aws.dynamodb.get_item(TableName=aws.table, Key=key)["Item"]
            assert aws.fanout(NOW + FUNCTION_TIMEOUT + 2, join=False).handle([message]) == set()
            yield Taken(name, document, claimed, aws.dynamodb.get_item(TableName=aws.table, Key=key)["Item"])


def _referring(entry: Registered) -> Iterator[Taken]:
    it = entry.sender.message
    much = compact(it.identified(it.new(), "large") | {"much": "x" * 2_000})
    return _taken(entry, f"{entry}, with a large payload", entry.event(much), max_event_bytes=2_000)


def _quarantine(entry: Registered, body: bytes, **settings: Any) -> SetAside:
    with world() as aws:
        aws.receiver(entry, **settings).handle(entry.event(body))
        return _set_aside(aws, aws.receiver(entry).recover)


def _conflict() -> SetAside:
    """Record a second text under an id that is taken."""
    with world() as aws:
        assert aws.fanout().handle([Queued().record]) == set()
        assert aws.fanout().handle([Queued(delivery="delivery-2", text="another text").record]) == set()
        return _set_aside(aws, aws.fanout().replay)


def _set_aside(aws: World, replay: Callable[[str], Json]) -> SetAside:
    [(key, body, _)] = aws.quarantined()
    record = aws.s3.get_object(Bucket=aws.bucket, Key=f"{key}/record.json")["Body"].read().decode()
    return SetAside(key, base64.b64encode(body).decode(), record, ids=replay(key).get("event_ids", []))


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / f"{__version__}.json"
    with quietly(), patch.dict("os.environ", AWS_REGION=REGION):
        stored = recorded(__version__)
    stored.write(path)
    sys.stdout.write(f"{path.relative_to(ROOT)}: {len(stored.taken)} events, {len(stored.quarantine)} set aside\n")


if __name__ == "__main__":
    main()
