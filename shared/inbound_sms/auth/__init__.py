"""Authentication: what a provider's parameter requires, and whether a request satisfies it. Fails closed."""

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Annotated, Literal, Protocol, Self, get_args

from pydantic import BeforeValidator, ConfigDict, Field, PlainValidator, StringConstraints, model_validator

from inbound_sms.errors import AuthenticationError, ConfigurationError, NotConfigured, UnlistedAddress
from inbound_sms.model import Model
from inbound_sms.parsing.request import Request

SchemeName = Literal["basic", "authorization", "header", "hmac", "oauth2", "path_secret"]
_NAMES: tuple[SchemeName, ...] = get_args(SchemeName)

# Schemes that read the same header, which has only one value: no request can satisfy two of them.
_IN_AUTHORIZATION: frozenset[SchemeName] = frozenset({"basic", "authorization", "oauth2"})

# ---- The parameter -------------------------------------------------------------------------------------------------

Secret = Annotated[str, StringConstraints(min_length=1)]
# Spaces around a header's value are insignificant; a blank one would be equal to a header that isn't sent at all.
HeaderSecret = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
# RFC 9110, 5.1: a token, case-insensitive
HeaderName = Annotated[str, StringConstraints(pattern=r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$", to_lower=True)]
# RFC 6749, A.1 and A.2: ASCII. No colon in the id: many clients send it by HTTP Basic unencoded, where a colon ends it
ClientId = Annotated[str, StringConstraints(pattern=r"^[!-9;-~]+$")]
ClientSecret = Annotated[str, StringConstraints(pattern=r"^[ -~]+$")]
# RFC 7518, 3.2: a key for HS256 is at least as long as the hash
SigningKey = Annotated[str, StringConstraints(min_length=32)]
PathSecretValue = Annotated[str, StringConstraints(min_length=16, pattern=r"^[A-Za-z0-9._~-]+$")]


def _split(value: object) -> object:
    if not isinstance(value, str):
        raise ValueError("not a string such as hmac+basic")  # noqa: TRY004 - pydantic locates a ValueError
    return tuple(name.strip() for name in value.split("+"))


Combination = Annotated[tuple[SchemeName, ...], BeforeValidator(_split)]


def _network(value: object) -> IPv4Network | IPv6Network:
    try:
        if isinstance(value, str):
            return ip_network(value)
    except ValueError:
        pass
    raise ValueError("not an IPv4 or IPv6 network")


# Instead of pydantic's IPvAnyNetwork, which imports an e-mail validator: 30 ms of a cold start.
Network = Annotated[IPv4Network | IPv6Network, PlainValidator(_network)]


class _Part(Model):
    model_config = ConfigDict(extra="forbid", frozen=True)


class BasicCredential(_Part):
    """A user and password for HTTP Basic authentication."""

    username: Annotated[str, StringConstraints(pattern="^[^:]+$")]  # RFC 7617: no colon, which ends the user name
    password: Secret = Field(repr=False)


class HeaderCredential(_Part):
    """A header and the value that it must have."""

    name: HeaderName
    value: HeaderSecret = Field(repr=False)


class OAuth2Client(_Part):
    """A client that may fetch tokens."""

    client_id: ClientId
    client_secret: ClientSecret = Field(repr=False)


class OAuth2Secrets(_Part):
    """The clients of our token endpoint; the first key signs tokens, all of them verify."""

    clients: tuple[OAuth2Client, ...] = Field(min_length=1)
    signing_keys: tuple[SigningKey, ...] = Field(min_length=1, repr=False)


class Secrets(_Part):
    """A provider's parameter. Secrets are lists, so that old and new ones are both accepted during a rotation.

    `require` lists combinations of schemes, any of which is sufficient; without it, each scheme with a secret is.
    `accounts` holds the secrets of further accounts with the same provider, by the account's id: a request that claims
    to be from one of them must be authenticated by that account's secrets. An empty `require` or `source_ips` could
    mean everyone or no one, so neither is valid.
    """

    basic: tuple[BasicCredential, ...] = Field(default=(), repr=False)
    authorization: tuple[HeaderSecret, ...] = Field(default=(), repr=False)
    header: tuple[HeaderCredential, ...] = Field(default=(), repr=False)
    hmac: tuple[Secret, ...] = Field(default=(), repr=False)
    oauth2: OAuth2Secrets | None = Field(default=None, repr=False)
    path_secret: tuple[PathSecretValue, ...] = Field(default=(), repr=False)
    require: tuple[Combination, ...] = Field(default=(), min_length=1)
    source_ips: tuple[Network, ...] = Field(default=(), min_length=1)
    authentication: Literal["none"] | None = None
    accounts: "dict[str, Secrets]" = Field(default={}, repr=False)

    def for_account(self, account: str | None) -> "Secrets":
        """Return the secrets of an account, or these if it has none of its own."""
        return self.accounts.get(account or "", self)

    @property
    def path_secrets(self) -> tuple[str, ...]:
        """All path secrets, of every account."""
        return (*self.path_secret, *(secret for each in self.accounts.values() for secret in each.path_secret))

    @property
    def header_names(self) -> frozenset[str]:
        """The names of all headers that carry secrets, of every account."""
        return frozenset(each.name for part in (self, *self.accounts.values()) for each in part.header)

    def holds(self, scheme: str) -> bool:
        """Return whether there is a secret for this scheme."""
        return bool(getattr(self, scheme))

    @model_validator(mode="after")
    def _check_consistency(self) -> Self:
        if any(each.accounts for each in self.accounts.values()):
            raise ValueError("accounts may not contain accounts")
        if self.authentication and (self.require or any(map(self.holds, _NAMES))):
            raise ValueError("authentication none contradicts the secrets beside it")
        for combination in self.require:
            for name in combination:
                if not self.holds(name):
                    raise ValueError(f"require asks for {name}, but there is no secret for it")
            if len(_IN_AUTHORIZATION.intersection(combination)) > 1:
                raise ValueError(f"require asks for {'+'.join(combination)}, which need one header for themselves each")
        return self


# ---- The decision --------------------------------------------------------------------------------------------------


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


def authenticate(request: Request, secrets: Secrets, schemes: Sequence[Scheme], account: str | None = None) -> str:
    """Return how the request was authenticated and, if known, as whom: `basic:alice`, `hmac+basic:alice@account-2`.

    `account` is the one that the request claims to be from; if that has secrets of its own, only those count. Raises
    AuthenticationError, or ConfigurationError if the secrets can't be used with these schemes.

    With `source_ips`, credentials are compared for other addresses, too: valid ones are the provider's, from an address
    that is missing from the list, and somebody should know.
    """
    own = secrets.for_account(account)
    suffix = f"@{account}" if own is not secrets else ""
    if own is secrets and secrets.accounts and not any(map(secrets.holds, _NAMES)) and not secrets.authentication:
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
    offered: dict[SchemeName, Scheme] = {scheme.name: scheme for scheme in schemes}
    for name in {name for combination in combinations for name in combination}:
        if name not in offered:
            raise ConfigurationError(f"require asks for {name}, but this provider authenticates by {_names(schemes)}")
    return [tuple(offered[name] for name in combination) for combination in combinations]


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
