"""Sinch SMS REST API (XMS): callbacks.

https://developers.sinch.com/docs/sms/api-reference/sms/tag/Webhooks
"""

from inbound_sms.auth.schemes import Basic, CustomHeader, OAuth2
from inbound_sms.webhook.handler import Provider, webhook

from sinch_callbacks import parse
from sinch_signature import SinchSignature

# ---- How it signs in, and what it wants to hear ----------------------------------------------------------------------
# Sinch docs: 2xx is success, 5xx is retried for up to 45 hours, 429 too; any other 4xx is never retried.

SINCH = Provider(name="sinch", parse=parse, schemes=(Basic(), SinchSignature(), OAuth2(), CustomHeader()))

handler = webhook(SINCH)
