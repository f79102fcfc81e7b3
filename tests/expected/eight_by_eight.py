"""8x8: what people send us. Ids that are hashes, by another tool: sha256sum of the body."""

from tests.expected import Json, Row, e164, filled, message, survey_answers, unknown
from tests.expected.eight_by_eight_reports import REPORTS

_SUBACCOUNT: Json = {
    "source": "/inbound-sms/8x8/SubAccount-1",
    "provider": "8x8",
    "account": "SubAccount-1",
    "authenticated_by": "authorization",
}
_NO_ACCOUNT: Json = {"source": "/inbound-sms/8x8", "provider": "8x8", "authenticated_by": "authorization"}

_MESSAGES = [
    Row(
        "8x8/inbound_sms.json",
        message(
            **_SUBACCOUNT,
            id="8x8/9e09ac86-bd74-5465-851d-1eb5a5fdbb9a",
            subject="+4534735477",
            time="2016-01-01T14:34:56.017000Z",
            message_id="9e09ac86-bd74-5465-851d-1eb5a5fdbb9a",
            sender=e164("+6581968289", "+6581968289"),
            recipient=e164("+4534735477", "+4534735477"),
            text="Test MO message",
            encoding="GSM7",
            segments=2,
            provider_received_at="2016-01-01T14:34:56.017000Z",
            price={"total": "0.0446592", "per_message": "0.0446592", "currency": "EUR"},
            provider_payload={
                "namespace": "SMS",
                "eventType": "inbound_message_received",
                "description": "SMS inbound message",
                "payload": {
                    "umid": "9e09ac86-bd74-5465-851d-1eb5a5fdbb9a",
                    "subAccountId": "SubAccount-1",
                    "timestamp": "2016-01-01T14:34:56.017Z",
                    "source": "+6581968289",
                    "destination": "+4534735477",
                    "body": "Test MO message",
                    "encoding": "GSM7",
                    "smsCount": 2,
                    "price": {"total": 0.0446592, "perSms": 0.0446592, "currency": "EUR"},
                },
            },
        ),
    ),
    Row(
        "8x8/synthetic/inbound_mms_mediaUrls.json",
        message(
            **_SUBACCOUNT,
            id="8x8/9e09ac86-bd74-5465-851d-1eb5a5fdbb9a",
            subject="+12025550199",
            time="2016-01-01T14:34:56.017000Z",
            message_id="9e09ac86-bd74-5465-851d-1eb5a5fdbb9a",
            sender=e164("+12025550123", "+12025550123"),
            recipient=e164("+12025550199", "+12025550199"),
            text="Check this",
            encoding="GSM7",
            segments=2,
            media=[
                {
                    "url": "https://media.example.invalid/a.jpg?sig=x",
                    "content_type": None,
                    "status": None,
                    "code": None,
                },
                {
                    "url": "https://media.example.invalid/b.mp4?sig=y",
                    "content_type": None,
                    "status": None,
                    "code": None,
                },
            ],
            provider_received_at="2016-01-01T14:34:56.017000Z",
            price={"total": "0.0446592", "per_message": "0.0446592", "currency": "EUR"},
        ),
    ),
    Row(
        "8x8/synthetic/inbound_sms_via_chatapps_v3.json",
        message(
            **_SUBACCOUNT,
            id="8x8/8f0e7f7a-0000-4000-8000-000000000001",
            subject="+6512345678",
            time="2026-07-03T01:14:03Z",
            message_id="8f0e7f7a-0000-4000-8000-000000000001",
            sender=e164("+6581968289", "+6581968289"),
            recipient=e164("+6512345678", "+6512345678"),
            text="SMS over ChatApps",
            provider_received_at="2026-07-03T01:14:03Z",
        ),
    ),
    Row(
        "8x8/synthetic/inbound_sms_via_chatapps_v2.json",
        message(
            **_SUBACCOUNT,
            id="8x8/8f0e7f7a-0000-4000-8000-000000000002",
            subject="+6512345678",
            time="2026-01-01T14:34:56.017000Z",
            message_id="8f0e7f7a-0000-4000-8000-000000000002",
            sender=e164("+6581968289", "+6581968289"),
            recipient=e164("+6512345678", "+6512345678"),
            text="Stop",
            opt_out=True,
            provider_received_at="2026-01-01T14:34:56.017000Z",
        ),
    ),
    Row(
        "8x8/synthetic/wavecell_mo_v2.json",
        message(
            **_NO_ACCOUNT,
            id="8x8/9E09AC86-BD74-5465-851D-1EB5A5FDBB9B",
            subject="+6512345678",
            time="2016-01-01T14:34:56.017123Z",
            message_id="9E09AC86-BD74-5465-851D-1EB5A5FDBB9B",
            sender=e164("6581968289", "+6581968289"),
            recipient=e164("6512345678", "+6512345678"),
            text="Hello from the past",
            encoding="GSM7",
            provider_received_at="2016-01-01T14:34:56.017123Z",
        ),
    ),
]

_SURVEYS = [
    Row(
        "8x8/sms_engage_response.json",
        survey_answers(
            **_NO_ACCOUNT,
            id="8x8/survey:84e7ee9a-5c41-e811-814c-020897df5459:test-surveyid:2018-04-16T10:00:14Z",
            subject=None,
            time="2018-04-16T10:00:14Z",
            message_id="84e7ee9a-5c41-e811-814c-020897df5459",
            survey_id="test-surveyid",
            variables={"firstname": "John", "order_nr": "1010101"},
            answers=[
                {
                    "question_id": "3",
                    "question": "Dear [url('FirstName')],<br />\nOrder [url('order_nr')] was found as a duplication, "
                    "please confirm below or your order will be cancelled",
                    "answer_id": "10003",
                    "answer": "Cancel Now",
                },
                {"question_id": "16", "question": "Full Name", "answer_id": None, "answer": "John"},
                {
                    "question_id": "4",
                    "question": "Do you confirm your response?",
                    "answer_id": "10005",
                    "answer": "Yes",
                },
            ],
            started_at="2018-04-16T09:59:48Z",
            submitted_at="2018-04-16T10:00:14Z",
        ),
    )
]


def _chat(path: str, sha256: str) -> Row:
    """A template of ChatApps, of a channel that is no SMS."""
    return Row(
        f"{path}, filled in",
        unknown(
            **_NO_ACCOUNT,
            id=f"8x8/sha256:{sha256}",
            provider_type="ChatApps/inbound_message_received",
            note="a ChatApps message that is not a text on channel sms",
        ),
        body=filled(path),
    )


_OTHERS = [
    _chat("8x8/chatapps_inbound_v2.template.txt", "e5648445c631be0670ad9bc163dcbfba7b49f4014965cdd14fad0dd05149ecbc"),
    _chat(
        "8x8/chatapps_inbound_v3_msisdn_only.template.txt",
        "1f43875898cb13d5d6bd91c61d2465a5df5a35cb3744405b64c89326fb8b48fb",
    ),
    _chat(
        "8x8/chatapps_inbound_v3_whatsapp.template.txt",
        "f34665b87e1789ecbf93881318ac8ffe37efeb9212921991223a31d593d0a75e",
    ),
    Row(
        "8x8/synthetic/chatapps_delivery_receipt.json",
        unknown(
            **_NO_ACCOUNT,
            id="8x8/sha256:20339602d2552ee297ece9122146c405482fd286df5a47a5bf19f7c2711bf46d",
            provider_type="ChatApps/outbound_message_status_changed",
        ),
    ),
]

ROWS = [*_MESSAGES, *_SURVEYS, *_OTHERS, *REPORTS]
