"""What a download of media takes; apart, as no webhook needs it."""

from base64 import b64encode

from pydantic import Field

from inbound_sms.auth.parameter import Authorization, BasicCredential, Part


class MediaSecrets(Part):
    """The parameter below a provider's own: what a download of media takes. Each is tried where those before fail."""

    basic: tuple[BasicCredential, ...] = Field(default=(), repr=False)
    authorization: tuple[Authorization, ...] = Field(default=(), repr=False)

    @property
    def values(self) -> tuple[str, ...]:
        """The values of the header Authorization."""
        pairs = (f"{each.username}:{each.password}".encode() for each in self.basic)
        return (*("Basic " + b64encode(pair).decode() for pair in pairs), *self.authorization)
