"""What to enter in each provider's portal; the provider's page says more."""

from dataclasses import dataclass

from gateway.operations.installation import Installation
from gateway.paths import shown
from gateway.simulator import Sender, below, pages, senders, with_secret


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
    page: str | None
    more_urls: list[str]  # for its other kinds of callbacks


def portals(installation: Installation) -> list[Portal]:
    """Return what each provider of an installation has to be told."""
    return [_portal(installation, provider) for provider in installation.providers]


def entries(installation: Installation, provider: str, kind: str, name: str, value: str | None) -> dict[str, str]:
    """Return what to type where in a provider's portal: labels and values; without the value, a hint how to see it."""
    portal = _portal(installation, provider)
    secret = "(--show prints it)" if value is None else value
    url = with_secret(portal.url, secret) if kind == "path_secret" else portal.url
    match kind:
        case "basic":
            own = {"user": name, "password": secret}
        case "header":
            own = {name: secret}
        case "authorization":
            own = {"Authorization": secret}
        case "oauth2":
            own = {"token URL": installation.deployed.token_url(provider), "client id": name, "client secret": secret}
        case "hmac":
            own = {"signing secret": secret}
        case _:  # in the URL already, or the provider's own
            own = {}
    return {"URL": url, **own, "where": portal.enter}


def _portal(installation: Installation, provider: str) -> Portal:
    sender = senders().get(provider)
    url, *more = (_url(installation.deployed.webhook_urls[provider], sender, part) for part in _parts(sender))
    oauth2 = sender.oauth2_portal if sender else ""
    return Portal(
        provider=provider,
        url=url,
        enter=sender.portal if sender else "the URL as its callback",
        parameter=installation.parameter(provider),
        token_url=installation.deployed.token_url(provider) if oauth2 else None,
        enter_token_url=oauth2 or None,
        headers=installation.leading_headers(provider),
        page=shown(pages()[provider]) if provider in pages() else None,
        more_urls=more,
    )


def _parts(sender: Sender | None) -> tuple[str, ...]:
    return sender.urls if sender else ("",)


def _url(url: str, sender: Sender | None, part: str) -> str:
    if sender is None:
        return url
    url = below(url, part)
    if sender.secrets[0] == "path_secret":
        url = with_secret(url, "{secret}")
    return url + sender.url_suffix
