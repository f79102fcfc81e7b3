"""What each provider does: the requests it posts, how it signs in, when it tries again and when it gives up.

Written from the providers' documentation, from their side; it shares no code with the functions that receive.
"""

from gateway.simulator.callback import FORM, JSON, Callback
from gateway.simulator.callbacks import CALLBACKS, MESSAGES
from gateway.simulator.delivery import Attempt, Delivery, Request, deliver, new_client, post
from gateway.simulator.patience import Patience, Verdict
from gateway.simulator.provider import Provider, new_secrets
from gateway.simulator.providers import PROVIDERS
from gateway.simulator.signing import OAuth2Client, Signing, signing_by, with_wrong_secrets
from gateway.simulator.spoiling import broken

__all__ = [
    "CALLBACKS",
    "FORM",
    "JSON",
    "MESSAGES",
    "PROVIDERS",
    "Attempt",
    "Callback",
    "Delivery",
    "OAuth2Client",
    "Patience",
    "Provider",
    "Request",
    "Signing",
    "Verdict",
    "broken",
    "deliver",
    "new_client",
    "new_secrets",
    "post",
    "signing_by",
    "with_wrong_secrets",
]
