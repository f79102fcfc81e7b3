"""Receives webhooks from Sinch: Powertools' event handler, parser, parameters, Logger, Metrics and Tracer; boto3."""

import base64
import hmac
import os
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Literal

import boto3
from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response, content_types
from aws_lambda_powertools.logging import correlation_paths
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities import parameters
from aws_lambda_powertools.utilities.parser import BaseModel, ValidationError, parse
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import AwareDatetime, Field

logger = Logger()
metrics = Metrics()
tracer = Tracer()
app = APIGatewayHttpResolver()
sqs = boto3.client("sqs")
QUEUE_URL = os.environ["QUEUE_URL"]
PROVIDER_PARAMETER = os.environ["PROVIDER_PARAMETER"]
parameters.get_parameter(PROVIDER_PARAMETER, decrypt=True, transform="json", max_age=300)  # ready before the first call


class InboundMessage(BaseModel):
    """What Sinch posts for a text."""

    type: Literal["mo_text"]
    id: str = Field(min_length=1)
    sender: str = Field(alias="from", min_length=1)
    to: str = Field(min_length=1)
    body: str
    received_at: AwareDatetime | None = None
    sent_at: AwareDatetime | None = None
    operator_id: str | None = None
    client_reference: str | None = None


class Data(BaseModel):
    """The message as subscribers see it."""

    provider: str = "sinch"
    message_id: str
    sender: str
    recipient: str
    text: str
    sent_at: datetime | None
    provider_received_at: datetime | None
    received_at: datetime
    operator_id: str | None
    client_reference: str | None
    provider_payload: dict[str, Any]


class Event(BaseModel):
    """A CloudEvent."""

    specversion: str = "1.0"
    id: str
    source: str = "/inbound-sms/sinch"
    type: str = "inbound-sms.message.received.v1"
    subject: str
    time: datetime
    datacontenttype: str = "application/json"
    data: Data


@tracer.capture_method
def authenticate(header: str | None) -> bool:
    """Compare HTTP Basic credentials with those in Parameter Store."""
    secret = parameters.get_parameter(PROVIDER_PARAMETER, decrypt=True, transform="json", max_age=300)
    expected = base64.b64encode(f"{secret['username']}:{secret['password']}".encode()).decode()
    return hmac.compare_digest((header or "").encode(), f"Basic {expected}".encode())


@tracer.capture_method
def normalise(message: InboundMessage, payload: dict[str, Any]) -> Event:
    """Turn Sinch's message into our event."""
    now = datetime.now(UTC)
    sender, recipient = (
        "+" + number.lstrip("+") if number.lstrip("+").isdigit() else number for number in (message.sender, message.to)
    )
    return Event(
        id=f"sinch/{message.id}",
        subject=recipient,
        time=message.received_at or now,
        data=Data(
            message_id=message.id,
            sender=sender,
            recipient=recipient,
            text=message.body,
            sent_at=message.sent_at,
            provider_received_at=message.received_at,
            received_at=now,
            operator_id=message.operator_id,
            client_reference=message.client_reference,
            provider_payload=payload,
        ),
    )


@tracer.capture_method
def enqueue(event: Event) -> None:
    """Queues an event."""
    sqs.send_message(QueueUrl=QUEUE_URL, MessageBody=event.model_dump_json())


@app.post("/sinch")
def receive() -> Response[str]:
    """Authenticate, validates, normalises and queues one webhook."""
    if not authenticate(app.current_event.headers.get("authorization")):
        metrics.add_metric(name="Refused", unit=MetricUnit.Count, value=1)
        return Response(
            HTTPStatus.UNAUTHORIZED,
            content_types.APPLICATION_JSON,
            '{"status":"refused"}',
            headers={"WWW-Authenticate": "Basic"},
        )
    try:
        message = parse(event=app.current_event.json_body, model=InboundMessage)
    except (ValidationError, ValueError):
        logger.exception("not understood")
        metrics.add_metric(name="Invalid", unit=MetricUnit.Count, value=1)
        return Response(HTTPStatus.BAD_REQUEST, content_types.APPLICATION_JSON, '{"status":"invalid"}')
    event = normalise(message, app.current_event.json_body)
    enqueue(event)
    logger.info("queued", event_id=event.id)
    metrics.add_metric(name="Accepted", unit=MetricUnit.Count, value=1)
    return Response(HTTPStatus.OK, content_types.APPLICATION_JSON, '{"status":"accepted"}')


@logger.inject_lambda_context(correlation_id_path=correlation_paths.API_GATEWAY_HTTP)
@tracer.capture_lambda_handler
@metrics.log_metrics(capture_cold_start_metric=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Return what Lambda calls."""
    return app.resolve(event, context)
