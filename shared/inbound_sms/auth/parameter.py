"""A provider's parameter: the secrets that it holds, and what is required of a request."""

from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated, Literal, Self, get_args

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    StringConstraints,
    model_validator,
)
from pydantic_core import PydanticCustomError

from inbound_sms.model import Model

SchemeName = Literal["basic", "authorization", "header", "hmac", "oauth2", "path_secret", "public_key", "sns_topic"]
SCHEMES: tuple[SchemeName, ...] = get_args(SchemeName)

# Schemes that read the same header, which has only one value: no request can satisfy two of them.
_IN_AUTHORIZATION: frozenset[SchemeName] = frozenset({"basic", "authorization", "oauth2"})

# At least as long as nobody guesses over the network. Of the kinds that some portals limit or make up, not longer.
MIN_SECRET_LENGTH = 8


def _credentials_long_enough(value: str) -> str:
    """Require the length of what follows the scheme: `Bearer x` is as short a secret as `x`."""
    if len(value.partition(" ")[2] or value) < MIN_SECRET_LENGTH:
        message = "Credentials should have at least {min_length} characters"
        raise PydanticCustomError("string_too_short", message, {"min_length": MIN_SECRET_LENGTH})
    return value


Secret = Annotated[str, StringConstraints(min_length=MIN_SECRET_LENGTH)]
# Spaces around a header's value are insignificant; a blank one would be equal to a header that isn't sent at all.
HeaderSecret = Annotated[str, StringConstraints(min_length=MIN_SECRET_LENGTH, strip_whitespace=True)]
Authorization = Annotated[
    str, StringConstraints(min_length=1, strip_whitespace=True), AfterValidator(_credentials_long_enough)
]
# RFC 9110, 5.1: a token, case-insensitive
HeaderName = Annotated[str, StringConstraints(pattern=r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$", to_lower=True)]
# RFC 6749, A.1 and A.2: ASCII. No colon in the id: many clients send it by HTTP Basic unencoded, where a colon ends it
ClientId = Annotated[str, StringConstraints(pattern=r"^[!-9;-~]+$")]
ClientSecret = Annotated[str, StringConstraints(min_length=MIN_SECRET_LENGTH, pattern=r"^[ -~]+$")]
# RFC 7518, 3.2: a key for HS256 is at least as long as the hash
SigningKey = Annotated[str, StringConstraints(min_length=32)]
# What a provider's portal shows, in its own form: no key with which a signature could be trusted is shorter
PublicKey = Annotated[str, StringConstraints(min_length=32, strip_whitespace=True)]
TopicArn = Annotated[
    str, StringConstraints(pattern=r"^arn:(?:aws|aws-cn|aws-us-gov):sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}$")
]
PathSecretValue = Annotated[str, StringConstraints(min_length=16, pattern=r"^[A-Za-z0-9._~-]+$")]


def _split(value: object) -> object:
    if not isinstance(value, str):
        raise ValueError("not a string such as hmac+basic")  # noqa: TRY004 - pydantic locates a ValueError
    return tuple(name.strip().lower() for name in value.split("+"))


# A scheme; where several headers are needed together, the header with this name
Requirement = Annotated[str, StringConstraints(pattern=rf"^(?:{'|'.join(SCHEMES)}|header:[!#$%&'*+.^_`|~0-9a-z-]+)$")]
Combination = Annotated[tuple[Requirement, ...], BeforeValidator(_split)]


def _network(value: object) -> IPv4Network | IPv6Network:
    try:
        if isinstance(value, str):
            return ip_network(value)
    except ValueError:
        pass
    raise ValueError("not an IPv4 or IPv6 network")


# Instead of pydantic's IPvAnyNetwork, which imports an e-mail validator: 30 ms of a cold start.
Network = Annotated[IPv4Network | IPv6Network, PlainValidator(_network)]


class Part(Model):
    """A part of a parameter: what it doesn't know is refused, as it may be a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class BasicCredential(Part):
    """A user and password for HTTP Basic authentication."""

    username: Annotated[str, StringConstraints(pattern="^[^:]+$")]  # RFC 7617: no colon, which ends the user name
    password: Secret = Field(repr=False)


class HeaderCredential(Part):
    """A header and the value that it must have."""

    name: HeaderName
    value: HeaderSecret = Field(repr=False)


class OAuth2Client(Part):
    """A client that may fetch tokens."""

    client_id: ClientId
    client_secret: ClientSecret = Field(repr=False)


class OAuth2Secrets(Part):
    """The clients of our token endpoint; the first key signs tokens, all of them verify."""

    clients: tuple[OAuth2Client, ...] = Field(min_length=1)
    signing_keys: tuple[SigningKey, ...] = Field(min_length=1, repr=False)


class Secrets(Part):
    """A provider's parameter. Secrets are lists, so that old and new ones are both accepted during a rotation.

    `public_key` and `sns_topic` hold no secrets, but decide whose signatures are trusted. A key isn't shown either:
    somebody may have entered the private one.

    `require` lists combinations of schemes, any of which is sufficient; without it, each scheme with a secret is. Where
    several headers are needed together, `header:<name>` stands for each.
    `accounts` holds the secrets of further accounts with the same provider, by the account's id: a request that claims
    to be from one of them must be authenticated by that account's secrets. An empty `require` or `source_ips` could
    mean everyone or no one, so neither is valid.
    """

    basic: tuple[BasicCredential, ...] = Field(default=(), repr=False)
    authorization: tuple[Authorization, ...] = Field(default=(), repr=False)
    header: tuple[HeaderCredential, ...] = Field(default=(), repr=False)
    hmac: tuple[Secret, ...] = Field(default=(), repr=False)
    oauth2: OAuth2Secrets | None = Field(default=None, repr=False)
    path_secret: tuple[PathSecretValue, ...] = Field(default=(), repr=False)
    public_key: tuple[PublicKey, ...] = Field(default=(), repr=False)
    sns_topic: tuple[TopicArn, ...] = ()
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
        """Return whether there is a secret for this scheme, or for the header of this name (`header:<name>`)."""
        scheme, _, header = scheme.partition(":")
        return any(each.name == header for each in self.header) if header else bool(getattr(self, scheme))

    def only_header(self, name: str) -> "Secrets":
        """Return the secrets with no other header than this one."""
        return self.model_copy(update={"header": tuple(each for each in self.header if each.name == name)})

    @model_validator(mode="after")
    def _check_consistency(self) -> Self:
        if any(each.accounts for each in self.accounts.values()):
            raise ValueError("accounts may not contain accounts")
        if self.authentication and (self.require or any(map(self.holds, SCHEMES))):
            raise ValueError("authentication none contradicts the secrets beside it")
        for combination in self.require:
            for name in combination:
                if not self.holds(name):
                    raise ValueError(f"require asks for {name}, but there is no secret for it")
            if len(_IN_AUTHORIZATION.intersection(combination)) > 1:
                raise ValueError(f"require asks for {'+'.join(combination)}, which need one header for themselves each")
        return self
