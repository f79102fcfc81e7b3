"""Authentication: what a provider's parameter requires, and whether a request satisfies it. Fails closed."""

from collections.abc import Sequence
from ipaddress import ip_address
from typing import NamedTuple, Protocol

from inbound_sms.auth.parameter import SCHEMES, Combination, Network, OAuth2Secrets, SchemeName, Secrets
from inbound_sms.errors import AuthenticationError, ConfigurationError, NotConfigured, UnlistedAddress
from inbound_sms.parsing.request import Request

__all__ = [
    "OAuth2Secrets", "Scheme", "SchemeName", "Secrets", "accepted_combinations", "authenticate", "require_usable",
]  # fmt: skip


class Scheme(Protocol):
    """A way to authenticate."""

    @property
    def name(self) -> SchemeName:
        """The scheme's name, which is also that of its secrets in the parameter."""

    @property
    def challenge(self) -> str | None:
        """The value of WWW-Authenticate for the response to a refused request, if any."""

    def identify(self, request: Request, secrets: Secrets) -> str | None:
        """Return how the request was authenticated and, if known, as whom (for `authenticated_by`); None if it
        wasn't.
        """


class _OneHeader(NamedTuple):
    """Of the headers, the one with this name."""

    scheme: Scheme
    header: str

    @property
    def name(self) -> SchemeName:
        return self.scheme.name

    @property
    def challenge(self) -> str | None:
        return self.scheme.challenge

    def identify(self, request: Request, secrets: Secrets) -> str | None:
        return self.scheme.identify(request, secrets.only_header(self.header))


def authenticate(request: Request, secrets: Secrets, schemes: Sequence[Scheme], account: str | None = None) -> str:
    """Return how the request was authenticated and, if known, as whom: `basic:alice`, `hmac+basic:alice@account-2`.

    `account` is the one that the request claims to be from; if that has secrets of its own, only those count. Raises
    AuthenticationError, or ConfigurationError if the secrets can't be used with these schemes.

    With `source_ips`, credentials are compared for other addresses, too: valid ones are the provider's, from an address
    that is missing from the list, and somebody should know.
    """
    own = secrets.for_account(account)
    suffix = f"@{account}" if own is not secrets else ""
    if own is secrets and secrets.accounts and not any(map(secrets.holds, SCHEMES)) and not secrets.authentication:
        raise AuthenticationError("no secrets for this account")
    combinations = accepted_combinations(own, schemes)
    identity = _identity(request, own, combinations)
    if own.source_ips and not _is_from(own.source_ips, request.source_ip):
        if identity is None or own.authentication == "none":
            raise UnlistedAddress("source address not on the list", _challenges(combinations))
        raise AuthenticationError("source address not on the list, but valid credentials", _challenges(combinations))
    if identity is None:
        raise AuthenticationError("wrong or missing credentials", _challenges(combinations))
    return identity + suffix


def _identity(request: Request, secrets: Secrets, combinations: Sequence[Sequence[Scheme]]) -> str | None:
    """Return how the request was authenticated, by the first combination that it satisfies."""
    if secrets.authentication == "none":
        return "none"
    for combination in combinations:
        identities = [identity for scheme in combination if (identity := scheme.identify(request, secrets))]
        if len(identities) == len(combination):
            return "+".join(identities)
    return None


def require_usable(secrets: Secrets, schemes: Sequence[Scheme]) -> None:
    """Raise ConfigurationError if no request could be authenticated by these secrets."""
    for each in secrets.accounts.values() or (secrets,):
        accepted_combinations(each, schemes)


def accepted_combinations(secrets: Secrets, schemes: Sequence[Scheme]) -> list[tuple[Scheme, ...]]:
    """Return the combinations of schemes of which a request must satisfy one; empty if authentication is off.

    They are those that the parameter requires, or else every single scheme that it holds a secret for. Raises
    NotConfigured if there are none, and ConfigurationError if the provider doesn't offer one of them.
    """
    if secrets.authentication == "none":
        return []
    if secrets.require:
        return _required(secrets.require, schemes)
    single: list[tuple[Scheme, ...]] = [(scheme,) for scheme in schemes if secrets.holds(scheme.name)]
    if not single:
        raise NotConfigured(f"no secret configured: the parameter holds none for {_names(schemes)}")
    return single


def _required(combinations: Sequence[Combination], schemes: Sequence[Scheme]) -> list[tuple[Scheme, ...]]:
    offered: dict[str, Scheme] = {scheme.name: scheme for scheme in schemes}

    def required(requirement: str) -> Scheme:
        name, _, header = requirement.partition(":")
        if name not in offered:
            raise ConfigurationError(f"require asks for {name}, but this provider authenticates by {_names(schemes)}")
        return _OneHeader(offered[name], header) if header else offered[name]

    return [tuple(map(required, combination)) for combination in combinations]


def _names(schemes: Sequence[Scheme]) -> str:
    return " or ".join(scheme.name for scheme in schemes)


def _challenges(combinations: Sequence[tuple[Scheme, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(scheme.challenge for each in combinations for scheme in each if scheme.challenge))


def _is_from(networks: Sequence[Network], source_ip: str) -> bool:
    try:
        address = ip_address(source_ip)
    except ValueError:
        return False
    address = getattr(address, "ipv4_mapped", None) or address  # ::ffff:192.0.2.1 is 192.0.2.1
    return any(address in network for network in networks)
