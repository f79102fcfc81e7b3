"""What each provider does: the requests it posts, how it signs in, when it tries again and when it gives up.

Written from the providers' documentation, from their side; it shares no code with the functions that receive.
"""

from gateway.simulate.agreement import Agreement, OAuth2Client
from gateway.simulate.delivery import Attempt, Delivery, Request, deliver, post
from gateway.simulate.patience import Patience, Verdict
from gateway.simulate.provider import FORM, JSON, Provider, new_agreement
from gateway.simulate.providers import PROVIDERS
from gateway.simulate.spoiling import broken, forged

__all__ = [
    "FORM",
    "JSON",
    "PROVIDERS",
    "Agreement",
    "Attempt",
    "Delivery",
    "OAuth2Client",
    "Patience",
    "Provider",
    "Request",
    "Verdict",
    "broken",
    "deliver",
    "forged",
    "new_agreement",
    "post",
]
