"""Sinch SMS REST API (XMS): callbacks.

https://developers.sinch.com/docs/sms/api-reference/sms/tag/Webhooks
"""

from inbound_sms.api import Basic, CustomHeader, OAuth2, Provider, webhook

from sinch_callbacks import parse
from sinch_signature import SIGNATURE, SinchSettings

# ---- Authentication and responses ------------------------------------------------------------------------------------
# Sinch docs: 2xx is success; 5xx and 429 are retried for up to 45 hours; any other 4xx is never retried.

SINCH = Provider(
    name="sinch", parse=parse, schemes=(Basic(), SIGNATURE, OAuth2(), CustomHeader()), settings=SinchSettings
)

handler = webhook(SINCH)
