"""URL Networks."""

from tests.support.providers import Credentials, ProviderCase, Signed, sample

_PATH_SECRET: dict[Credentials, str | None] = {
    "right": "local-only-url-networks-secret",
    "wrong": "local-only-url-networks-secreT",
    "missing": None,
}

CASE = ProviderCase(
    function="UrlNetworksFunction",
    content_type="application/x-www-form-urlencoded",
    message=sample("url-networks/inbound_sample.form"),
    unknown=None,  # URL Networks documents one kind of request only
    broken=b"service_id=12345&from=61400000001&sms_number=61480000000&body=Te",
    broken_field="message_id",
    secrets={"path_secret": ["local-only-url-networks-secret"]},
    sign=lambda credentials: Signed(path_secret=_PATH_SECRET[credentials]),
    accepted=(200, "text/plain", "OK"),
    quarantined=(200, "text/plain", "quarantined"),
)
