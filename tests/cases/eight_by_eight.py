"""8x8."""

from tests.support.providers import Credentials, ProviderCase, Signed, compact, sample

_AUTHORIZATION: dict[Credentials, dict[str, str]] = {
    "right": {"authorization": "Bearer local-only-8x8-token"},
    "wrong": {"authorization": "Bearer another-token"},
    "missing": {},
}

CASE = ProviderCase(
    function="EightByEightFunction",
    content_type="application/json",
    message=sample("8x8/inbound_sms.json"),
    unknown=compact({"namespace": "SMS", "eventType": "hologram_received", "payload": {"umid": "1"}}),
    broken=compact({"namespace": "SMS", "eventType": "inbound_message_received", "payload": {"body": "no umid"}}),
    broken_field="payload.umid",
    secrets={"authorization": ["Bearer local-only-8x8-token"]},
    sign=lambda credentials: Signed(headers=_AUTHORIZATION[credentials]),
    accepted=(200, "application/json", '{"status":"accepted"}'),
    quarantined=(200, "application/json", '{"status":"quarantined"}'),
)
