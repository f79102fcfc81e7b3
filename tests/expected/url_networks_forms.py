"""URL Networks: missing and damaged times, and multipart forms as common HTTP clients write them."""

from tests.expected import Json, Row, e164, message

_FIELDS = {"service_id": "12345", "from": "+61400000001", "sms_number": "+61480000000"}
_TAIL = {
    "timestamp": "1576391660",
    "webhook_url": "https://example.com/sms/test",
    "webhook_url_fallback": "you@example.com",
}
_COMMON: Json = {
    "source": "/inbound-sms/url-networks/12345",
    "subject": "+61480000000",
    "provider": "url-networks",
    "account": "12345",
    "sender": e164("+61400000001", "+61400000001"),
    "recipient": e164("+61480000000", "+61480000000"),
    "authenticated_by": "path_secret",
}


def _multipart(client: str, content_type: str, message_id: str, text: str) -> Row:
    return Row(
        f"url-networks/synthetic/inbound_multipart_{client}.body",
        message(
            **_COMMON,
            id=f"url-networks/{message_id}",
            time="2019-12-15T06:34:20Z",
            message_id=message_id,
            text=text,
            provider_received_at="2019-12-15T06:34:20Z",
            provider_payload={**_FIELDS, "body": text, "message_id": message_id, **_TAIL},
        ),
        content_type=content_type,
    )


FORMS = [
    Row(
        "url-networks/synthetic/inbound_no_timestamp.form",
        message(
            **_COMMON,
            id="url-networks/297abf7f-99d9-4b7d-9c46-1d7c13687b15",
            time=None,
            message_id="297abf7f-99d9-4b7d-9c46-1d7c13687b15",
            text="Hi",
            provider_payload={**_FIELDS, "body": "Hi", "message_id": "297abf7f-99d9-4b7d-9c46-1d7c13687b15"},
        ),
    ),
    Row(
        "url-networks/synthetic/inbound_damaged_timestamp.form",
        message(
            **_COMMON,
            id="url-networks/297abf7f-99d9-4b7d-9c46-1d7c13687b16",
            time=None,
            message_id="297abf7f-99d9-4b7d-9c46-1d7c13687b16",
            text="Hi",
            provider_payload={
                **_FIELDS,
                "body": "Hi",
                "message_id": "297abf7f-99d9-4b7d-9c46-1d7c13687b16",
                "timestamp": "2019-12-15",
            },
        ),
    ),
    _multipart(
        "curl",
        "multipart/form-data; boundary=------------------------d74496d66958873e",
        "297abf7f-99d9-4b7d-9c46-1d7c13687b17",
        "Caffè 👍",
    ),
    _multipart(
        "php_guzzle",
        "multipart/form-data; boundary=8a7d9c0e5f3b2a1c4d6e8f0a1b2c3d4e5f6a7b8c",
        "297abf7f-99d9-4b7d-9c46-1d7c13687b18",
        "Caffè 👍",
    ),
    _multipart(
        "dotnet",
        'multipart/form-data; boundary="5b1e3f0a-7c2d-4e8f-9a6b-1c2d3e4f5a6b"',
        "297abf7f-99d9-4b7d-9c46-1d7c13687b19",
        "Caffè 👍",
    ),
    # Its two bytes are one letter in UTF-8; the parts say that they are ISO-8859-1.
    _multipart(
        "java_apache",
        "multipart/form-data; boundary=kL9-_vXw3QzT5rYb7NcMp1",
        "297abf7f-99d9-4b7d-9c46-1d7c13687b20",
        "CaffÃ¨ no",
    ),
]
