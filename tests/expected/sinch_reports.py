"""Sinch: what became of what we sent. Hashes, by another tool: sha256sum of the file."""

from tests.expected import Json, Row, delivery_report, e164, unsure
from tests.support.providers import sample

_SINCH: Json = {"source": "/inbound-sms/sinch", "provider": "sinch", "authenticated_by": "basic:sinch"}


def _count(status: str, provider_status: str, code: str, meaning: str, count: int, *recipients: str) -> Json:
    return {
        "status": status,
        "provider_status": provider_status,
        "provider_code": code,
        "provider_code_meaning": meaning,
        "count": count,
        "recipients": list(recipients),
    }


_OF_A_BATCH = [
    Row(
        "sinch/delivery_report_sms_summary_2021_guide.json",
        delivery_report(
            **_SINCH,
            id="sinch/{batch_id}:408a9b656eee3e9afd1654b83356ec476672bfff134fe0d1b0790ad3258e8dc1",
            subject=None,
            time=None,
            batch_id="{batch_id}",
            status="unknown",
            counts=[
                _count("queued", "Queued", "400", "Queued", 1),
                _count("delivered", "Delivered", "0", "Delivered", 2),
            ],
            total=3,
        ),
    ),
    Row(
        "sinch/delivery_report_sms_full_2021_guide.json",
        delivery_report(
            **_SINCH,
            id="sinch/{batch_id}:cdf1059ceaaf4d9cca21f24310e677c4e0a10200f17a967378cb449418f59e3c",
            subject=None,
            time=None,
            batch_id="{batch_id}",
            status="unknown",
            counts=[
                _count("queued", "Queued", "400", "Queued", 1, "123456789"),
                _count("delivered", "Delivered", "0", "Delivered", 2, "987654321", "123459876"),
            ],
            total=3,
        ),
    ),
    Row(
        "sinch/synthetic/delivery_report_mms_full.json",
        delivery_report(
            **_SINCH,
            id="sinch/01SYNTH0000000000000000007:128e3152bf0e0e4fda30012384279ed4d015d7307e0647c784f6eae31cf780bc",
            subject=None,
            time=None,
            batch_id="01SYNTH0000000000000000007",
            client_reference="ref-2",
            status="delivered",
            counts=[_count("delivered", "DELIVERED", "0", "Delivered", 1, "16051234567")],
            total=1,
        ),
    ),
]

_OF_A_RECIPIENT = [
    Row(
        "sinch/recipient_delivery_report_sms_2021_guide_string_code.json",
        delivery_report(
            **_SINCH,
            id="sinch/{batch_id}:123456789:Delivered:0:2016-10-02T09:34:18.542Z",
            subject="+123456789",
            time="2016-10-02T09:34:18.542000Z",
            batch_id="{batch_id}",
            recipient=e164("123456789", "+123456789"),
            status="delivered",
            provider_status="Delivered",
            provider_code="0",
            provider_code_meaning="Delivered",
            reported_at="2016-10-02T09:34:18.542000Z",
            operator_reported_at="2016-10-02T09:34:18.101000Z",
        ),
    ),
    Row(
        "sinch/synthetic/recipient_delivery_report_sms_aborted_e2e_reconstructed.json",
        delivery_report(
            **_SINCH,
            id="sinch/01W4FFL35P4NC4K35SMSBATCH9:12010000000:Aborted:412:2024-06-06T08:17:15.603Z",
            subject="+12010000000",
            time="2024-06-06T08:17:15.603000Z",
            batch_id="01W4FFL35P4NC4K35SMSBATCH9",
            client_reference="client-ref",
            recipient=e164("12010000000", "+12010000000"),
            status="failed",
            provider_status="Aborted",
            provider_code="412",
            provider_code_meaning="Unprovisioned region",
            reported_at="2024-06-06T08:17:15.603000Z",
        ),
    ),
    Row(
        "sinch/signature_sms_recipient_delivery_report.body",
        delivery_report(
            **_SINCH,
            id="sinch/01JHFFHQ0P99JPPNQPJDV7JTBP:33662162466:Delivered:0:2025-01-13T09:22:40.914Z",
            subject="+33662162466",
            time="2025-01-13T09:22:40.914000Z",
            batch_id="01JHFFHQ0P99JPPNQPJDV7JTBP",
            client_reference="a client reference",
            recipient=e164("33662162466", "+33662162466"),
            status="delivered",
            provider_status="Delivered",
            provider_code="0",
            provider_code_meaning="Delivered",
            reported_at="2025-01-13T09:22:40.914000Z",
            operator_reported_at="2025-01-13T09:22:00Z",
        ),
    ),
    Row(
        "sinch/synthetic/recipient_delivery_report_mms.json",
        delivery_report(
            **_SINCH,
            id="sinch/01SYNTH0000000000000000006:16051234567:REJECTED:415:2026-01-02T03:04:05.678Z",
            subject="+16051234567",
            time="2026-01-02T03:04:05.678000Z",
            batch_id="01SYNTH0000000000000000006",
            client_reference="ref-1",
            sender=e164("13185551234", "+13185551234"),
            recipient=e164("16051234567", "+16051234567"),
            status="rejected",
            provider_status="REJECTED",
            provider_code="415",
            provider_code_meaning="MMS rejected",
            description="no MMS on this phone",
            segments=2,
            encoding="UNICODE",
            operator_id="310260",
            reported_at="2026-01-02T03:04:05.678000Z",
            operator_reported_at="2026-01-02T03:04:00Z",
        ),
    ),
    Row(
        "sinch/recipient_delivery_report_sms_2021_guide_string_code.json, of a state and a code unheard of",
        delivery_report(
            **_SINCH,
            id="sinch/{batch_id}:12345:Teleported:9999:2016-10-02T09:34:18.542Z",
            subject="12345",
            time="2016-10-02T09:34:18.542000Z",
            batch_id="{batch_id}",
            recipient=unsure("12345", "short_code"),
            status="unknown",
            provider_status="Teleported",
            provider_code="9999",
            reported_at="2016-10-02T09:34:18.542000Z",
            operator_reported_at="2016-10-02T09:34:18.101000Z",
        ),
        body=sample("sinch/recipient_delivery_report_sms_2021_guide_string_code.json")
        .replace(b'"123456789"', b'"12345"')
        .replace(b'"0"', b'"9999"')
        .replace(b'"Delivered"', b'"Teleported"'),
    ),
]

REPORTS = [*_OF_A_BATCH, *_OF_A_RECIPIENT]
