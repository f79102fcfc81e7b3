"""46elks's own side: https://46elks.se/docs/receive-sms"""

from pathlib import Path

from gateway.simulator.sender import Callback, Retries, Sender, Verdict, again_unless, an_id

SAMPLES = Path(__file__).parent / "samples"
ID = {"id": an_id(32, "s")}


def _read(status: int, _body: bytes) -> Verdict:
    """Success is 200 to 204; the body of the answer is sent to the person."""
    return again_unless(200 <= status <= 204)


SENDER = Sender(
    name="46elks",
    title="46elks",
    docs="https://46elks.se/docs/receive-sms",
    callbacks={
        "message": Callback(SAMPLES / "inbound_sms.form", ID, sender="from", recipient="to", text="message"),
        "mms": Callback(SAMPLES / "inbound_mms.form", ID, sender="from", recipient="to", text="message"),
        "report": Callback(SAMPLES / "synthetic/delivery_report.form", ID),
        "unknown": Callback({"id": "1", "direction": "outgoing", "state": "success"}, ID, ending=".form"),
    },
    secrets=("basic", "path_secret"),
    # At least five times, and for at least six hours; how long it waits for a response isn't documented.
    retries=Retries(waits=(60, 600, 3_600, 7_200, 10_800), timeout=10, read=_read),
    portal="the number's sms_url and mms_url, and whendelivered of POST /sms: https://user:password@ before the host",
    broken=(b"direction=incoming&from=%2B46706861004&to=%2B46706860000&message=no+id", "id"),
    table={
        "sms": "yes",
        "mms": "yes",
        "reports": "yes",
        "other": "published as unknown",
        "response": "200 with an empty body",
        "retries": "at least 5 times in at least 6 h",
        "id": "`id`",
    },
)
