"""Jasmin's own side: https://docs.jasminsms.com/en/latest/apis/http/index.html#receiving-sms-mo"""

from pathlib import Path

from gateway.simulator.sender import Callback, Retries, Sender, Verdict, a_uuid, again_unless

SAMPLES = Path(__file__).parent / "samples"
ID = {"id": a_uuid}


def _read(status: int, body: bytes) -> Verdict:
    """Success is 200 with exactly this body."""
    return again_unless(status == 200 and body == b"ACK/Jasmin")


SENDER = Sender(
    name="jasmin",
    title="Jasmin",
    docs="https://docs.jasminsms.com/en/latest/apis/http/index.html",
    callbacks={
        "message": Callback(SAMPLES / "inbound_mo.form", ID, sender="from", recipient="to", text="content"),
        "message-get": Callback(
            SAMPLES / "synthetic/inbound_mo.query", ID, sender="from", recipient="to", text="content"
        ),
        "report": Callback(SAMPLES / "synthetic/delivery_report.form", ID),
    },
    secrets=("path_secret",),
    retries=Retries(waits=(30, 30, 30), timeout=30, read=_read),
    portal="jcli, httpccm: the URL as url of the connector, its {secret} replaced by that of `path_secret`",
    broken=(b"from=%2B21620203060&to=20203060&content=no+id", "id"),
    methods=("POST", "GET"),
    table={
        "sms": "yes",
        "mms": "-",
        "reports": "yes",
        "other": "quarantined",
        "response": "200 `ACK/Jasmin`",
        "retries": "3 times, every 30 s",
        "id": "`id`",
    },
)
