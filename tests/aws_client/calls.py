"""The operations that the functions use, with parameters and responses that are hard to get right."""

import json
from typing import Any, NamedTuple

from aws_client import S3, DynamoDb, Sns, Sqs, Ssm

KINDS: dict[str, Any] = {"sqs": Sqs, "s3": S3, "ssm": Ssm, "sns": Sns, "dynamodb": DynamoDb}
ODD = 'ü €😀 "quoted" <&> \\ \n\t + % = ; ~ \x7f \u2028'
QUEUE = "https://sqs.eu-west-1.amazonaws.com/123456789012/events"
NAMES = ("type", "recipient", "opt_out")
ENTRIES = [
    {
        "Id": str(number),
        "Message": ODD + str(number),
        "MessageAttributes": {name: {"DataType": "String", "StringValue": ODD} for name in NAMES[:number]},
    }
    for number in range(1, 4)
]
PUBLISHED = b"""<?xml version="1.0"?>
<PublishBatchResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishBatchResult>
  <Failed><member><Id>2</Id><Code>InternalError</Code><Message>a &lt;text&gt;</Message>
    <SenderFault>false</SenderFault></member></Failed>
  <Successful><member><MessageId>m-1</MessageId><Id>1</Id></member>
    <member><Id>3</Id><MessageId>m-&#x33;</MessageId></member></Successful>
</PublishBatchResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></PublishBatchResponse>"""
CONDITION = {
    "TableName": "claims",
    "ConditionExpression": "attribute_not_exists(#id)",
    "ExpressionAttributeNames": {"#id": "id"},
    "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
}
UPDATE = {
    "TableName": "claims",
    "Key": {"id": {"S": ODD}},
    "UpdateExpression": "SET #a = :a",
    "ExpressionAttributeNames": {"#a": "a"},
    "ExpressionAttributeValues": {":a": {"S": ODD}},
}
BATCH = {"QueueUrl": QUEUE, "Entries": [{"Id": "a", "MessageBody": ODD}, {"Id": "b", "MessageBody": "x"}]}
PARAMETER = {"Parameter": {"Name": "n", "Type": "SecureString", "Value": ODD, "Version": 3}}
OBJECT = {"Bucket": "b-1", "Key": "a/b/body"}
STORED = {"Body": b"\x00\xff", "ContentType": "text/plain"}


class Call(NamedTuple):
    """A call, the body of a response to it, and what the caller is to see of that."""

    service: str
    method: str
    operation: str
    parameters: dict[str, Any]
    body: bytes
    result: dict[str, Any]

    def __str__(self) -> str:
        return self.operation


def in_json(service: str, method: str, operation: str, parameters: dict[str, Any], result: dict[str, Any]) -> Call:
    return Call(service, method, operation, parameters, json.dumps(result).encode(), result)


SEND = in_json("sqs", "send_message", "SendMessage", {"QueueUrl": QUEUE, "MessageBody": ODD},
               {"MessageId": "m", "MD5OfMessageBody": "6b3eb3c5a3b8ba1ba5eb8ccb5bbc4b4c"})  # fmt: skip
READ = in_json("ssm", "get_parameter", "GetParameter", {"Name": "/sms/dev/p", "WithDecryption": True}, PARAMETER)
PUBLISH = Call(
    "sns", "publish_batch", "PublishBatch",
    {"TopicArn": "arn:aws:sns:eu-west-1:1:t", "PublishBatchRequestEntries": ENTRIES}, PUBLISHED,
    {"Successful": [{"Id": "1", "MessageId": "m-1"}, {"Id": "3", "MessageId": "m-3"}],
     "Failed": [{"Id": "2", "Code": "InternalError", "Message": "a <text>", "SenderFault": "false"}]},
)  # fmt: skip
PUT = in_json("dynamodb", "put_item", "PutItem", CONDITION | {"Item": {"id": {"S": ODD}, "n": {"N": "1.500"}}}, {})
FETCH = Call("s3", "get_object", "GetObject", OBJECT, STORED["Body"], STORED)
CALLS = [
    SEND,
    in_json("sqs", "send_message_batch", "SendMessageBatch", BATCH, {
        "Successful": [{"Id": "a", "MessageId": "m", "MD5OfMessageBody": "x"}],
        "Failed": [{"Id": "b", "Code": "C", "SenderFault": False}],
    }),
    READ,
    PUT,
    in_json("dynamodb", "update_item", "UpdateItem", UPDATE, {"Attributes": {"a": {"S": "x"}}}),
    PUBLISH,
    Call("s3", "put_object", "PutObject", OBJECT | STORED, b"", {"ETag": '"x"'}),
    Call("s3", "put_object", "PutObject", OBJECT | STORED | {"IfNoneMatch": "*"}, b"", {"ETag": '"x"'}),
    FETCH,
]  # fmt: skip


def in_xml(code: str) -> bytes:
    error = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>private</Message></Error>"
    return f'<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/">{error}</ErrorResponse>'.encode()


ITEM = {"id": {"S": "ü"}, "n": {"N": "1.5"}}
FAILED_CONDITION = json.dumps({
    "__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException",
    "message": "The conditional request failed",
    "Item": ITEM,
}).encode()  # fmt: skip
# By the code of the error: a call, the status and the body of the response.
FAILURES: dict[str, tuple[Call, int, bytes]] = {
    "ParameterNotFound": (READ, 400, b'{"__type": "ParameterNotFound", "message": "private"}'),
    "AccessDeniedException": (READ, 400, b'{"__type": "a.b#AccessDeniedException"}'),
    "ConditionalCheckFailedException": (PUT, 400, FAILED_CONDITION),
    "QueueDoesNotExist": (SEND, 400, b'{"__type": "com.amazonaws.sqs#QueueDoesNotExist", "message": "p"}'),
    "Throttling": (PUBLISH, 400, in_xml("Throttling")),
    "AuthorizationError": (PUBLISH, 403, in_xml("AuthorizationError")),
    "NoSuchKey": (FETCH, 404, b"<?xml version='1.0'?><Error><Code>NoSuchKey</Code><Key>k</Key></Error>"),
    "PreconditionFailed": (FETCH, 412, b"<Error><Code>PreconditionFailed</Code></Error>"),
    "SlowDown": (FETCH, 503, b"<Error><Code>SlowDown</Code></Error>"),
}
