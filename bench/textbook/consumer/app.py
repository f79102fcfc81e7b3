"""Publishes each queued event once: Powertools' batch processor and idempotency; boto3."""

import os
from typing import Any

import boto3
from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)
from aws_lambda_powertools.utilities.typing import LambdaContext

logger = Logger()
metrics = Metrics()
tracer = Tracer()
processor = BatchProcessor(event_type=EventType.SQS)
persistence = DynamoDBPersistenceLayer(table_name=os.environ["IDEMPOTENCY_TABLE"])
config = IdempotencyConfig(event_key_jmespath="id", expires_after_seconds=7 * 86_400, raise_on_no_idempotency_key=True)
sns = boto3.client("sns")
TOPIC_ARN = os.environ["TOPIC_ARN"]


def record_handler(record: SQSRecord) -> str:
    """Handle one message of the queue."""
    event = record.json_body
    return publish(event=event, document=record.body)


@idempotent_function(data_keyword_argument="event", persistence_store=persistence, config=config)
@tracer.capture_method(capture_response=False)
def publish(event: dict[str, Any], document: str) -> str:
    """Publish an event, once for each id; return SNS's message id."""
    data = event["data"]
    values = {
        "type": event["type"],
        "provider": data["provider"],
        "sender": data["sender"],
        "recipient": data["recipient"],
    }
    attributes = {name: {"DataType": "String", "StringValue": value} for name, value in values.items() if value}
    response = sns.publish(TopicArn=TOPIC_ARN, Message=document, MessageAttributes=attributes)
    logger.info("published", event_id=event["id"])
    metrics.add_metric(name="Published", unit=MetricUnit.Count, value=1)
    return response["MessageId"]


@logger.inject_lambda_context
@tracer.capture_lambda_handler
@metrics.log_metrics(capture_cold_start_metric=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Return what Lambda calls."""
    config.register_lambda_context(context)
    return process_partial_response(event=event, record_handler=record_handler, processor=processor, context=context)
