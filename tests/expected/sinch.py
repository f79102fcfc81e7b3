"""Sinch: what people send us, and what comes here by mistake. Hashes, by another tool: sha256sum of the file."""

from tests.expected import Json, Row, e164, message, unknown, unsure
from tests.expected.sinch_reports import REPORTS
from tests.support.providers import sample

_SINCH: Json = {"source": "/inbound-sms/sinch", "provider": "sinch", "authenticated_by": "basic:sinch"}

_TEXTS = [
    Row(
        "sinch/mo_text_docs.json",
        message(
            id="sinch/01XXXXX21XXXXX119Z8P1XXXXX",
            source="/inbound-sms/sinch",
            subject="+13185551234",
            time="2022-08-24T14:15:22Z",
            provider="sinch",
            message_id="01XXXXX21XXXXX119Z8P1XXXXX",
            sender=e164("16051234567", "+16051234567"),
            recipient=e164("13185551234", "+13185551234"),
            text="This is a test message.",
            sent_at="2022-08-24T14:15:22Z",
            provider_received_at="2022-08-24T14:15:22Z",
            operator_id="string",
            authenticated_by="basic:sinch",
            provider_payload={
                "body": "This is a test message.",
                "from": "16051234567",
                "id": "01XXXXX21XXXXX119Z8P1XXXXX",
                "operator_id": "string",
                "received_at": "2022-08-24T14:15:22Z",
                "sent_at": "2022-08-24T14:15:22Z",
                "to": "13185551234",
                "type": "mo_text",
            },
        ),
    ),
    Row(
        "sinch/mo_text_2021_guide.json",
        message(
            id="sinch/{batch_id}",
            source="/inbound-sms/sinch",
            subject="12345",
            time="2016-07-19T13:09:02.972000Z",
            provider="sinch",
            message_id="{batch_id}",
            sender=e164("123456789", "+123456789"),
            recipient=unsure("12345", "short_code"),
            text="Help",
            provider_received_at="2016-07-19T13:09:02.972000Z",
            authenticated_by="basic:sinch",
            provider_payload={
                "id": "{batch_id}",
                "from": "123456789",
                "to": "12345",
                "body": "Help",
                "type": "mo_text",
                "received_at": "2016-07-19T13:09:02.972Z",
            },
        ),
    ),
    Row(
        "sinch/synthetic/mo_text_sdk_e2e_reconstructed.json",
        message(
            id="sinch/01W4FFL35P4NC4K35SMSBATCH8",
            source="/inbound-sms/sinch",
            subject="+12017777777",
            time="2024-06-06T07:52:37.386000Z",
            provider="sinch",
            message_id="01W4FFL35P4NC4K35SMSBATCH8",
            sender=e164("12015555555", "+12015555555"),
            recipient=e164("12017777777", "+12017777777"),
            text="Hello John! 👋",
            provider_received_at="2024-06-06T07:52:37.386000Z",
            operator_id="311071",
            authenticated_by="basic:sinch",
            provider_payload={
                "body": "Hello John! 👋",
                "from": "12015555555",
                "id": "01W4FFL35P4NC4K35SMSBATCH8",
                "operator_id": "311071",
                "received_at": "2024-06-06T07:52:37.386Z",
                "to": "12017777777",
                "type": "mo_text",
            },
        ),
    ),
]

_BINARIES = [
    Row(
        "sinch/synthetic/mo_binary_concat_part1of2.json",
        message(
            **_SINCH,
            id="sinch/01SYNTH0000000000000000001",
            subject="+46700000000",
            time="2026-01-01T00:00:00Z",
            message_id="01SYNTH0000000000000000001",
            sender=e164("46701234567", "+46701234567"),
            recipient=e164("46700000000", "+46700000000"),
            binary="AEgAZQBsAGwAbwAg",
            udh="0500034f0201",
            concatenation={"reference": 79, "reference_bits": 8, "total": 2, "part": 1},
            provider_received_at="2026-01-01T00:00:00Z",
        ),
    ),
    Row(
        "sinch/synthetic/mo_binary_concat_part2of2.json",
        message(
            **_SINCH,
            id="sinch/01SYNTH0000000000000000003",
            subject="+46700000000",
            time="2026-01-01T00:00:00.250000Z",
            message_id="01SYNTH0000000000000000003",
            sender=e164("46701234567", "+46701234567"),
            recipient=e164("46700000000", "+46700000000"),
            binary="AHcAbwByAGwAZAAg2D3cSw==",
            udh="0500034f0202",
            concatenation={"reference": 79, "reference_bits": 8, "total": 2, "part": 2},
            provider_received_at="2026-01-01T00:00:00.250000Z",
        ),
    ),
    Row(
        "sinch/synthetic/mo_binary_concat_16_bit.json",
        message(
            **_SINCH,
            id="sinch/01SYNTH0000000000000000005",
            subject="+46700000000",
            time="2026-01-01T00:00:00Z",
            message_id="01SYNTH0000000000000000005",
            sender=e164("+46701234567", "+46701234567"),
            recipient=e164("46700000000", "+46700000000"),
            binary="SGk=",
            udh="0C05041583000008041A2B0301",
            concatenation={"reference": 6699, "reference_bits": 16, "total": 3, "part": 1},
            provider_received_at="2026-01-01T00:00:00Z",
        ),
    ),
    Row(
        "sinch/mo_binary_xms_2017.json",
        message(
            **_SINCH,
            id="sinch/b88b4cee-168f-4721-bbf9-cd748dd93b60",
            subject="54321",
            time="2016-12-05T16:24:23.318000Z",
            message_id="b88b4cee-168f-4721-bbf9-cd748dd93b60",
            sender=e164("123456789", "+123456789"),
            recipient=unsure("54321", "short_code"),
            binary="AwE=",
            udh="00010203",
            sent_at="2016-12-03T16:24:23.318000Z",
            provider_received_at="2016-12-05T16:24:23.318000Z",
            operator_id="48271",
        ),
    ),
]

_MEDIA = [
    Row(
        "sinch/mo_media_node.json",
        message(
            **_SINCH,
            id="sinch/01XXXXX21XXXXX119Z8P1XXXXX",
            subject="+13185551234",
            time="2024-01-10T08:49:58.429000Z",
            message_id="01XXXXX21XXXXX119Z8P1XXXXX",
            sender=e164("16051234567", "+16051234567"),
            recipient=e164("13185551234", "+13185551234"),
            text="This is the message",
            title="This is the subject",
            media=[
                {
                    "url": "https://some.s3.example.com/inbounds/image.png",
                    "content_type": "image/png",
                    "status": "Failed",
                    "code": "1",
                }
            ],
            sent_at="2024-01-10T08:49:58.429000Z",
            provider_received_at="2024-01-10T08:49:58.429000Z",
        ),
    ),
    Row(
        "sinch/synthetic/mo_media_two_files.json",
        message(
            **_SINCH,
            id="sinch/01SYNTH0000000000000000004",
            subject="+13185551234",
            time="2024-01-10T08:49:58Z",
            message_id="01SYNTH0000000000000000004",
            sender=e164("16051234567", "+16051234567"),
            recipient=e164("13185551234", "+13185551234"),
            text="Two pictures",
            media=[
                {
                    "url": "https://media.example.invalid/a.png",
                    "content_type": "image/png",
                    "status": "Uploaded",
                    "code": "0",
                },
                {"url": None, "content_type": "video/mp4", "status": "Failed", "code": "2"},
            ],
            provider_received_at="2024-01-10T08:49:58Z",
        ),
    ),
]

_STRAYS = [
    Row(
        "sinch/synthetic/conversation_message_inbound.json",
        unknown(
            **_SINCH,
            id="sinch/sha256:2cb8c5f46557e26ee3fc5bf4e0704d29f91990f1d29b6654934a5769d21f5240",
            note="this looks like a callback of the Sinch Conversation API, whose webhooks are set in the Conversation "
            "app: it came to the URL of sinch and belongs to another URL",
        ),
    ),
    Row(
        "agile-telecom/dlr_sms_universal.json, posted to Sinch's URL",
        unknown(
            **_SINCH,
            id="sinch/sha256:1a77be34dae6df4af41d5851c26bf90c05e7986e54505cbda07f1ce6077a89bf",
            note="this looks like an event webhook of Agile Telecom: it came to the URL of sinch and belongs to the "
            "URL of agile-telecom",
        ),
        body=sample("agile-telecom/dlr_sms_universal.json"),
    ),
]

ROWS = [*_TEXTS, *_BINARIES, *_MEDIA, *_STRAYS, *REPORTS]
