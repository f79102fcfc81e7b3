"""The library for subscribers: typed events from whatever SNS delivers, each handled once.

It requires only pydantic; `SnsEndpoint` (HTTPS) requires `cryptography` as well, and `DynamoStore` a DynamoDB client
of boto3. It shares the contract (inbound_sms.events) with the gateway, and how posts of SNS are verified.
"""

from inbound_sms.errors import AuthenticationError, DependencyUnavailable, InvalidPayload
from inbound_sms.events import (
    ConsentChange,
    DeliveryReport,
    Event,
    LinkClick,
    Message,
    SurveyAnswers,
    Unknown,
)
from inbound_sms.events.media import MediaFailed, MediaStored, MissingFile, StoredFile
from inbound_sms_subscriber.dynamodb import DynamoStore
from inbound_sms_subscriber.https import SnsEndpoint
from inbound_sms_subscriber.once import MemoryStore, Running, once
from inbound_sms_subscriber.reading import OtherData, event_of

__all__ = [
    "AuthenticationError",
    "ConsentChange",
    "DeliveryReport",
    "DependencyUnavailable",
    "DynamoStore",
    "Event",
    "InvalidPayload",
    "LinkClick",
    "MediaFailed",
    "MediaStored",
    "MemoryStore",
    "Message",
    "MissingFile",
    "OtherData",
    "Running",
    "SnsEndpoint",
    "StoredFile",
    "SurveyAnswers",
    "Unknown",
    "event_of",
    "once",
]
