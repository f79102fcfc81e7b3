"""What to enter in each provider's portal; the page of each in docs/providers/ says more."""

from dataclasses import dataclass

from gateway.operations.installation import Installation

_ENTER = {
    "8x8": "its configuration API, add-webhooks: url, and httpAuthorization as in `authorization` of the parameter",
    "url-networks": "Account, PBX service, Numbers, SMS: the URL, its {secret} replaced by that of `path_secret`",
    "agile-telecom": "give Agile Telecom the URL (callbackUrl, too), its {secret} replaced by that of `path_secret`",
    "sinch": "the callback URL of the service plan; your account manager sets user and password, those in `basic`",
}
_ENTER_TOKEN_URL = {
    "8x8": "or its `oauth` instead of httpAuthorization: this URL, clientId and clientSecret as in `oauth2`",
    "sinch": "or OAuth 2.0 instead of Basic: this URL, user and password as in `oauth2`",
}


@dataclass(frozen=True)
class Portal:
    """A provider's URLs, and where they go. `{secret}` stands for the secret unless that was asked for."""

    provider: str
    url: str
    enter: str
    parameter: str
    token_url: str | None
    enter_token_url: str | None
    headers: dict[str, str]  # what a request on this machine needs besides
    page: str


def portals(installation: Installation) -> list[Portal]:
    """Gives what each provider of an installation has to be told."""
    return [_portal(installation, provider) for provider in installation.providers]


def _portal(installation: Installation, provider: str) -> Portal:
    fetches = provider in _ENTER_TOKEN_URL
    secret = "/{secret}" if "{secret}" in _ENTER.get(provider, "") else ""
    return Portal(
        provider=provider,
        url=installation.deployed.webhook_urls[provider] + secret,
        enter=_ENTER.get(provider, "the URL as its callback"),
        parameter=installation.parameter(provider),
        token_url=installation.deployed.token_url(provider) if fetches else None,
        enter_token_url=_ENTER_TOKEN_URL.get(provider),
        headers=installation.leading_headers(provider),
        page=f"docs/providers/{provider}.md",
    )
