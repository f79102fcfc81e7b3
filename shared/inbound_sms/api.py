"""Everything that a provider's src/ imports from the gateway.

A provider consists of a parser and a `Provider`; `webhook` turns them into a Lambda handler. See
docs/adding-a-provider.md.
"""

from inbound_sms.auth import Scheme
from inbound_sms.auth.schemes import Basic, CustomHeader, OAuth2, PathSecret, StaticAuthorization, as_sent
from inbound_sms.auth.secret_store import ParameterCache
from inbound_sms.auth.signature import (
    PublicKeySignature,
    Signature,
    Signed,
    SignedToken,
    Verify,
    base64_key,
    signed_token,
)
from inbound_sms.errors import ConfigurationError, DependencyUnavailable, InvalidPayload
from inbound_sms.events import Concatenation, ConsentAction, Event, Media, Price, Status, StatusCount, SurveyAnswer
from inbound_sms.events.numbers import InternationalNumberField, Number, NumberField, parse_number
from inbound_sms.model import Model
from inbound_sms.observability import set_dimensions
from inbound_sms.parsing.charsets import known_charset
from inbound_sms.parsing.fields import Identifier, Lenient, Payload, Several, base64_of, base64_of_hex, read
from inbound_sms.parsing.hashing import hash_of
from inbound_sms.parsing.items import Ignored, Parsed, each_item, ignored
from inbound_sms.parsing.normalise import (
    delivery_report,
    link_click,
    message,
    opted_out,
    survey_answers,
    unknown,
    with_opt_out,
)
from inbound_sms.parsing.request import Request
from inbound_sms.parsing.times import EpochTime, IsoTime, parse_epoch, parse_iso, parse_local, parse_pattern
from inbound_sms.settings import Charset, Lookup, ProviderSettings, TimeZone
from inbound_sms.webhook.handler import webhook
from inbound_sms.webhook.provider import Provider, Response

__all__ = [
    "Basic",
    "Charset",
    "Concatenation",
    "ConfigurationError",
    "ConsentAction",
    "CustomHeader",
    "DependencyUnavailable",
    "EpochTime",
    "Event",
    "Identifier",
    "Ignored",
    "InternationalNumberField",
    "InvalidPayload",
    "IsoTime",
    "Lenient",
    "Lookup",
    "Media",
    "Model",
    "Number",
    "NumberField",
    "OAuth2",
    "ParameterCache",
    "Parsed",
    "PathSecret",
    "Payload",
    "Price",
    "Provider",
    "ProviderSettings",
    "PublicKeySignature",
    "Request",
    "Response",
    "Scheme",
    "Several",
    "Signature",
    "Signed",
    "SignedToken",
    "StaticAuthorization",
    "Status",
    "StatusCount",
    "SurveyAnswer",
    "TimeZone",
    "Verify",
    "as_sent",
    "base64_key",
    "base64_of",
    "base64_of_hex",
    "delivery_report",
    "each_item",
    "hash_of",
    "ignored",
    "known_charset",
    "link_click",
    "message",
    "opted_out",
    "parse_epoch",
    "parse_iso",
    "parse_local",
    "parse_number",
    "parse_pattern",
    "read",
    "set_dimensions",
    "signed_token",
    "survey_answers",
    "unknown",
    "webhook",
    "with_opt_out",
]
