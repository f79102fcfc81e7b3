"""Sinch."""

from tests.support.providers import Credentials, ProviderCase, Signed, basic, compact, sample

_AUTHORIZATION: dict[Credentials, dict[str, str]] = {
    "right": {"authorization": basic("sinch", "local-only-sinch-password")},
    "wrong": {"authorization": basic("sinch", "another password")},
    "missing": {},
}

CASE = ProviderCase(
    function="SinchFunction",
    content_type="application/json",
    message=sample("sinch/mo_text_docs.json"),
    unknown=compact({"type": "mo_hologram", "id": "1", "body": "?"}),
    broken=b'{"type": "mo_text", "from": "12015555555", "body": "Hi',
    broken_field=None,
    secrets={"basic": [{"username": "sinch", "password": "local-only-sinch-password"}]},
    sign=lambda credentials: Signed(headers=_AUTHORIZATION[credentials]),
    accepted=(200, "application/json", '{"status":"accepted"}'),
    quarantined=(200, "application/json", '{"status":"quarantined"}'),
    challenge='Basic realm="inbound-sms", charset="UTF-8"',
)
