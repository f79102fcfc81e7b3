"""Agile Telecom."""

from tests.support.providers import Credentials, ProviderCase, Signed, compact, sample

_PATH_SECRET: dict[Credentials, str | None] = {
    "right": "local-only-agile-telecom-secret",
    "wrong": "",
    "missing": None,
}

CASE = ProviderCase(
    function="AgileTelecomFunction",
    content_type="application/x-www-form-urlencoded",
    message=sample("agile-telecom/synthetic/inbound_encoded.form"),
    unknown=compact({"eventType": "HOLOGRAM", "messageId": "1"}),
    unknown_content_type="application/json",
    broken=b"originator=%2B393351234567&destination=%2B393331234333&te",
    broken_field="date_time",
    secrets={"path_secret": ["local-only-agile-telecom-secret"]},
    sign=lambda credentials: Signed(path_secret=_PATH_SECRET[credentials]),
    accepted=(200, "text/plain", "+OK"),
    quarantined=(200, "text/plain", "+OK"),
)
