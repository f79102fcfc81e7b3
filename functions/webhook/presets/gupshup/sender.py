"""Gupshup's own side: https://docs.gupshup.io/docs/sms-api-setting-a-response-sms-to-marketing-call-to-actions"""

import secrets
from pathlib import Path

from gateway.simulator.sender import Callback, Retries, Sender, Verdict, again_unless, marked

SAMPLES = Path(__file__).parent / "samples"


def _a_time(_number: int) -> str:
    """Make another time, as odd as the documented one."""
    return f"13{secrets.randbelow(10**9):09}"


def _callback(sample: str) -> Callback:
    identity = {"timestamp": _a_time, "content": marked("Test Nagpur")}
    return Callback(SAMPLES / sample, identity, sender="msisdn", recipient="phonecode", text="content")


def _read(status: int, _body: bytes) -> Verdict:
    """Take 2xx for success: a guess, as no page says it."""
    return again_unless(200 <= status < 300)


SENDER = Sender(
    name="gupshup",
    title="Gupshup",
    docs="https://docs.gupshup.io/docs/sms-api-setting-a-response-sms-to-marketing-call-to-actions",
    callbacks={
        "message": _callback("synthetic/inbound_keyword.form"),
        "message-get": _callback("inbound_keyword_get.query"),
    },
    secrets=("path_secret",),
    # Neither its retries nor its time-out are documented: one more attempt after a minute, and 10 s, are guesses.
    retries=Retries(waits=(60,), timeout=10, read=_read),
    portal="the keyword's URL: ours, its {secret} replaced by that of `path_secret`",
    broken=(b"phonecode=9220092200&msisdn=9812348765&content=no+time", "timestamp"),
    methods=("GET", "POST"),
    table={
        "sms": "yes",
        "mms": "-",
        "reports": "-",
        "other": "quarantined",
        "response": "200 with an empty body",
        "retries": "not documented",
        "id": "hash of sender, recipient, text and `timestamp`",
    },
)
