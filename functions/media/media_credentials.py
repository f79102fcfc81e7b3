"""What the downloads of a provider's media take, read from Parameter Store."""

from inbound_sms.auth.media import MediaSecrets
from inbound_sms.auth.secret_store import ParameterCache
from inbound_sms.errors import ConfigurationError, NotConfigured
from inbound_sms.model import first_fault

from pydantic import ValidationError


class MediaSecretsStore(ParameterCache[MediaSecrets]):
    """Reads what the downloads of a provider's media take. Most take nothing, and have no parameter."""

    WHAT = "media secrets"

    def parse(self, text: str) -> MediaSecrets:
        try:
            return MediaSecrets.model_validate_json(text)
        except ValidationError as error:
            fault, where = first_fault(error)
            raise ConfigurationError(f"parameter {self.parameter}: {where} {fault}") from None

    def values(self) -> tuple[str, ...]:
        """Return the values of the header Authorization. Raises DependencyUnavailable or ConfigurationError."""
        try:
            return self.get().values
        except NotConfigured:
            return ()
