"""When a provider tries again, and how it reads an answer."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum


class Verdict(Enum):
    """What a provider makes of an answer."""

    DELIVERED = "delivered"
    AGAIN = "try again"
    GIVEN_UP = "given up"


@dataclass(frozen=True)
class Patience:
    """The waits before the second, third, ... attempt, and how long it waits for an answer, all in seconds.

    `read` takes status and body of an answer. No answer at all is tried again by every provider.
    """

    waits: tuple[float, ...]
    timeout: float
    read: Callable[[int, bytes], Verdict]


def _again_unless(delivered: bool) -> Verdict:
    return Verdict.DELIVERED if delivered else Verdict.AGAIN


def _reads_8x8(status: int, _body: bytes) -> Verdict:
    """8x8 names 4xx, 5xx and time-outs as failures; that any 2xx is a success is inferred, 3xx is not documented."""
    return _again_unless(200 <= status < 300)


def _reads_url_networks(status: int, _body: bytes) -> Verdict:
    """URL Networks: exactly 200."""
    return _again_unless(status == 200)


def _reads_agile_telecom(status: int, body: bytes) -> Verdict:
    """Agile Telecom: the body, exactly. No page of its names a status; an error that says +OK is taken for an error."""
    return _again_unless(status == 200 and body == b"+OK")


def _reads_sinch(status: int, _body: bytes) -> Verdict:
    """Sinch: 2xx is delivered, 5xx and 429 are tried again. A 4xx never is; nor 3xx, for all we know."""
    if 200 <= status < 300:
        return Verdict.DELIVERED
    return Verdict.AGAIN if status >= 500 or status == 429 else Verdict.GIVEN_UP


# https://developer.8x8.com/connect/docs/webhook-object-structure: 131 s in all, if the intervals follow one another.
# Its time-out is not documented for SMS; its page on WhatsApp says 5 s.
EIGHT_BY_EIGHT = Patience(waits=(1, 10, 30, 90), timeout=5, read=_reads_8x8)

# https://url.net.au/support/help-articles/receive-sms-via-webhook: ten attempts. Their interval and the time-out are
# not documented; a minute and 10 s are guesses.
URL_NETWORKS = Patience(waits=(60,) * 9, timeout=10, read=_reads_url_networks)

# https://agiletelecom.com/documentation/inbound-sms: every 15 minutes, 30 s for an answer. Whether 3 attempts are all
# or come after the first is not clear: the fewer, the harder for us.
AGILE_TELECOM = Patience(waits=(900,) * 2, timeout=30, read=_reads_agile_telecom)

# https://developers.sinch.com/docs/sms/api-reference/sms/tag/Webhooks: 5 s, doubled up to 81920 s; read as intervals
# these are 45 h. Its time-out is not documented; 10 s is a guess.
SINCH = Patience(waits=tuple(5.0 * 2**n for n in range(15)), timeout=10, read=_reads_sinch)
