"""Who is let in: what a provider's parameter asks for, and whether a request satisfies it. Fails closed."""

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Annotated, Literal, Protocol, Self, get_args

from pydantic import BeforeValidator, ConfigDict, Field, PlainValidator, StringConstraints, model_validator

from inbound_sms.errors import AuthenticationError, ConfigurationError
from inbound_sms.model import Model
from inbound_sms.parsing.request import Request

SchemeName = Literal["basic", "authorization", "header", "hmac", "oauth2", "path_secret"]
_NAMES: tuple[SchemeName, ...] = get_args(SchemeName)

# Those that read the same header, which holds one value: no request can satisfy two of them.
_IN_AUTHORIZATION: frozenset[SchemeName] = frozenset({"basic", "authorization", "oauth2"})

# ---- The parameter -------------------------------------------------------------------------------------------------

Secret = Annotated[str, StringConstraints(min_length=1)]
# Spaces around a header's value mean nothing; a blank one would let in whoever sends no header at all.
HeaderSecret = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
# RFC 9110, 5.1: a token, whatever its case
HeaderName = Annotated[str, StringConstraints(pattern=r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$", to_lower=True)]
# RFC 6749, A.1 and A.2: ASCII; no colon in the id, because HTTP Basic as many clients send it ends there
ClientId = Annotated[str, StringConstraints(pattern=r"^[!-9;-~]+$")]
ClientSecret = Annotated[str, StringConstraints(pattern=r"^[ -~]+$")]
# RFC 7518, 3.2: a key of HS256 is at least as long as its hash
SigningKey = Annotated[str, StringConstraints(min_length=32)]
PathSecretValue = Annotated[str, StringConstraints(min_length=16, pattern=r"^[A-Za-z0-9._~-]+$")]


def _parts(value: object) -> object:
    if not isinstance(value, str):
        raise ValueError("not a text such as hmac+basic")  # noqa: TRY004 - pydantic reports a ValueError with its place
    return tuple(part.strip() for part in value.split("+"))


Combination = Annotated[tuple[SchemeName, ...], BeforeValidator(_parts)]


def _network(value: object) -> IPv4Network | IPv6Network:
    try:
        if isinstance(value, str):
            return ip_network(value)
    except ValueError:
        pass
    raise ValueError("not an IPv4 or IPv6 network")


# In place of pydantic's IPvAnyNetwork, which imports the means to validate mail addresses, 30 ms of a cold start.
Network = Annotated[IPv4Network | IPv6Network, PlainValidator(_network)]


class _Part(Model):
    model_config = ConfigDict(extra="forbid", frozen=True)


class BasicCredential(_Part):
    """A user and password of HTTP Basic authentication."""

    username: Annotated[str, StringConstraints(pattern="^[^:]+$")]  # RFC 7617: no colon, it ends the user's name
    password: Secret = Field(repr=False)


class HeaderCredential(_Part):
    """A header and the value that it has to have."""

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
    """A provider's parameter. Lists, so that the old and the new secret are both accepted during a rotation.

    `accounts` holds the secrets of further accounts at the same provider, by the account's id: whoever says to be from
    one of them has to prove it by its secrets. An empty `require` or `source_ips` could mean everybody or nobody, so it
    is refused.
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

    def of(self, account: str | None) -> "Secrets":
        """Return the secrets of an account, or these where it has none of its own."""
        return self.accounts.get(account or "", self)

    @property
    def path_secrets(self) -> tuple[str, ...]:
        """Every secret that may stand in a URL's path, of any account."""
        return (*self.path_secret, *(secret for each in self.accounts.values() for secret in each.path_secret))

    @property
    def header_names(self) -> frozenset[str]:
        """The names of the headers that carry secrets, of any account."""
        return frozenset(each.name for part in (self, *self.accounts.values()) for each in part.header)

    def holds(self, scheme: str) -> bool:
        """Tells whether there is a secret for this scheme."""
        return bool(getattr(self, scheme))

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if any(each.accounts for each in self.accounts.values()):
            raise ValueError("accounts may not hold accounts")
        if self.authentication and (self.require or any(map(self.holds, _NAMES))):
            raise ValueError("authentication none contradicts the secrets beside it")
        for combination in self.require:
            for name in combination:
                if not self.holds(name):
                    raise ValueError(f"require asks for {name}, but there is no secret for it")
            if len(_IN_AUTHORIZATION.intersection(combination)) > 1:
                raise ValueError(f"require asks for {'+'.join(combination)}, which need one header for themselves each")
        return self


# ---- Letting in ----------------------------------------------------------------------------------------------------


class Scheme(Protocol):
    """A way to authenticate."""

    @property
    def name(self) -> SchemeName:
        """Its name, and that of its secrets in the parameter."""

    @property
    def challenge(self) -> str | None:
        """The value of WWW-Authenticate that a refused request gets, if any."""

    def identify(self, request: Request, secrets: Secrets) -> str | None:
        """Gives how (and where known, who) the request proved to be, for `authenticated_by`; None: it didn't."""


def authenticate(request: Request, secrets: Secrets, schemes: Sequence[Scheme], account: str | None = None) -> str:
    """Return how and who the request proved to be; raises AuthenticationError or ConfigurationError.

    `account` is the one that the request says it is from; its own secrets count, where it has any.
    """
    own = secrets.of(account)
    suffix = f"@{account}" if own is not secrets else ""
    if own is secrets and secrets.accounts and not any(map(secrets.holds, _NAMES)) and not secrets.authentication:
        raise AuthenticationError("an account without secrets")
    ways = ways_in(own, schemes)
    if own.source_ips and not _is_from(own.source_ips, request.source_ip):
        raise AuthenticationError("source address not on the list", _challenges(ways))
    if own.authentication == "none":
        return "none" + suffix
    for way in ways:
        proofs = [proof for scheme in way if (proof := scheme.identify(request, own))]
        if len(proofs) == len(way):
            return "+".join(proofs) + suffix
    raise AuthenticationError("wrong or missing credentials", _challenges(ways))


def require_usable(secrets: Secrets, schemes: Sequence[Scheme]) -> None:
    """Raise ConfigurationError where nobody could authenticate by these secrets."""
    for part in secrets.accounts.values() or (secrets,):
        ways_in(part, schemes)


def ways_in(secrets: Secrets, schemes: Sequence[Scheme]) -> list[tuple[Scheme, ...]]:
    """Gives the combinations of a provider's schemes that let in, each by itself; raises ConfigurationError.

    Those that the parameter requires; else every scheme that has a secret.
    """
    if secrets.authentication == "none":
        return []
    if secrets.require:
        return _required(secrets.require, schemes)
    ways: list[tuple[Scheme, ...]] = [(scheme,) for scheme in schemes if secrets.holds(scheme.name)]
    if not ways:
        raise ConfigurationError(f"no secret configured: the parameter holds none for {_names(schemes)}")
    return ways


def _required(combinations: Sequence[Combination], schemes: Sequence[Scheme]) -> list[tuple[Scheme, ...]]:
    offered: dict[SchemeName, Scheme] = {scheme.name: scheme for scheme in schemes}
    for name in {name for combination in combinations for name in combination}:
        if name not in offered:
            raise ConfigurationError(f"require asks for {name}, but this provider signs in by {_names(schemes)}")
    return [tuple(offered[name] for name in combination) for combination in combinations]


def _names(schemes: Sequence[Scheme]) -> str:
    return " or ".join(scheme.name for scheme in schemes)


def _challenges(ways: Sequence[tuple[Scheme, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(scheme.challenge for way in ways for scheme in way if scheme.challenge))


def _is_from(networks: Sequence[Network], source_ip: str) -> bool:
    try:
        address = ip_address(source_ip)
    except ValueError:
        return False
    address = getattr(address, "ipv4_mapped", None) or address  # ::ffff:192.0.2.1 is 192.0.2.1
    return any(address in network for network in networks)
