"""Vonage SMS API: inbound messages and delivery receipts.

https://developer.vonage.com/en/messaging/sms/guides/inbound-sms
https://developer.vonage.com/en/messaging/sms/guides/delivery-receipts
"""

from inbound_sms.api import (
    Concatenation,
    Event,
    Identifier,
    InternationalNumberField,
    IsoTime,
    Lenient,
    Number,
    Parsed,
    PathSecret,
    Payload,
    Price,
    Provider,
    Request,
    Response,
    Signature,
    Status,
    base64_of_hex,
    delivery_report,
    ignored,
    message,
    read,
    unknown,
    webhook,
)
from inbound_sms.parsing.udh import concatenation

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field

from vonage_sms_signature import VonageSmsSettings, signed

# ---- What Vonage sends: a query, a form or a JSON object, as the account is set --------------------------------------

STATUSES: dict[str, Status] = {
    "accepted": "sent",  # by the carrier
    "buffered": "queued",
    "delivered": "delivered",
    "expired": "expired",
    "failed": "failed",
    "rejected": "rejected",
}
CODES = {  # https://api.support.vonage.com/hc/en-us/articles/204014733
    "0": "Delivered",
    "1": "Unknown",
    "2": "Absent subscriber, temporary",
    "3": "Absent subscriber, permanent",
    "4": "Call barred by user",
    "5": "Portability error",
    "6": "Anti-spam rejection",
    "7": "Handset busy",
    "8": "Network error",
    "9": "Illegal number",
    "10": "Illegal message",
    "11": "Unroutable",
    "12": "Destination unreachable",
    "13": "Subscriber age restriction",
    "14": "Number blocked by carrier",
}
_KINDS = frozenset({"text", "unicode", "binary"})
_Count = Annotated[int, Field(ge=0, lt=2**53)]


class Callback(Payload):
    """What all callbacks have in common. Vonage's API specification: numbers are in E.164, without a plus."""

    id: Identifier = Field(alias="messageId")
    account: Lenient[str] = Field(alias="api-key", default=None)
    msisdn: InternationalNumberField = Number()
    to: InternationalNumberField = Number()
    time: IsoTime = Field(alias="message-timestamp", default=None)  # UTC; when Vonage began to push it


class InboundSms(Callback):
    """An inbound message, or one part of it: each part has an id of its own."""

    text: str | None = None
    keyword: Lenient[str] = None
    data: str | None = None  # of a binary message, hexadecimal
    udh: Lenient[str] = None
    reference: Lenient[_Count] = Field(alias="concat-ref", default=None)
    total: Lenient[_Count] = Field(alias="concat-total", default=None)
    part: Lenient[_Count] = Field(alias="concat-part", default=None)  # from 1


class DeliveryReceipt(Callback):
    """What became of a message of ours; `to` is the sender ID that it had."""

    status: str
    code: Lenient[str] = Field(alias="err-code", default=None)
    network: Lenient[str] = Field(alias="network-code", default=None)
    price: Lenient[Decimal] = None
    client_reference: Lenient[str] = Field(alias="client-ref", default=None)


def parse(request: Request) -> list[Parsed]:
    """Read one callback."""
    fields, payload = request.fields()
    payload = {name: value for name, value in payload.items() if name != "sig"}
    if not payload:
        return ignored("a check of the URL")
    if fields.get("status"):
        return [_receipt(request, fields, payload)]
    kind = str(fields.get("type") or "text")
    if kind.lower() not in _KINDS:
        return [unknown(request, payload=payload, provider_type=kind)]
    return [_message(request, fields, payload)]


def _message(request: Request, fields: Mapping[str, Any], payload: Mapping[str, Any]) -> Event:
    sms = read(InboundSms, fields)
    binary = base64_of_hex(sms.data) if sms.data else None
    return message(
        request,
        sms.id,
        account=sms.account,
        message_id=sms.id,
        sender=sms.msisdn,
        recipient=sms.to,
        text=sms.text if binary or sms.data is None else sms.data,  # what isn't hexadecimal is kept as it is
        binary=binary,
        udh=sms.udh,
        concatenation=_concatenation(sms),
        keyword=sms.keyword,
        provider_received_at=sms.time,
        payload=payload,
    )


def _concatenation(sms: InboundSms) -> Concatenation | None:
    """Return which part of which message this is: by `concat-...`, else by the header of a binary message.

    Vonage doesn't say how many bits its reference has, which is the same in all parts.
    """
    reference, total, part = sms.reference, sms.total, sms.part
    if reference is None or total is None or part is None or not 1 <= part <= total:
        return concatenation(sms.udh)
    return Concatenation(reference=reference, reference_bits=8 if reference < 256 else 16, total=total, part=part)


def _receipt(request: Request, fields: Mapping[str, Any], payload: Mapping[str, Any]) -> Event:
    receipt = read(DeliveryReceipt, fields)
    return delivery_report(
        request,
        f"{receipt.id}:{receipt.status}:{receipt.code or ''}",
        account=receipt.account,
        message_id=receipt.id,
        client_reference=receipt.client_reference,
        sender=receipt.to,
        recipient=receipt.msisdn,
        status=STATUSES.get(receipt.status.lower(), "unknown"),
        provider_status=receipt.status,
        provider_code=receipt.code,
        provider_code_meaning=CODES.get(receipt.code or ""),
        operator_id=receipt.network,
        reported_at=receipt.time,
        price=Price(total=receipt.price) if receipt.price is not None else None,
        payload=payload,
    )


# ---- Authentication and responses ------------------------------------------------------------------------------------
# Vonage docs: success is 200 or 204; anything else is sent again for 24 hours. It calls a URL without any parameters to
# check it. Requests are signed only if the account has a signature method.


def url_check(request: Request) -> Response | None:
    """Return the response to a check of the URL, which is called without parameters and without a signature."""
    is_check = request.method in {"GET", "HEAD"} and not request.raw_query and not request.body
    return Response(200) if is_check else None


def account(request: Request) -> str | None:
    """Return the API key of the account that a request claims to be from."""
    key = request.fields().values.get("api-key")
    return key if isinstance(key, str) else None


VONAGE_SMS = Provider(
    name="vonage-sms",
    parse=parse,
    schemes=(PathSecret(), Signature(signed, fields=("sig",))),
    methods=("POST", "GET"),
    preflight=url_check,
    account=account,
    settings=VonageSmsSettings,
)

handler = webhook(VONAGE_SMS)
