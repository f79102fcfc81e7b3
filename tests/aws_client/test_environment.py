"""Where AWS is, and who we are there: by the function's environment."""

from typing import Any

import pytest
from botocore.loaders import create_loader
from botocore.regions import EndpointResolver

from aws_client import Sqs
from aws_client.connecting import Address
from aws_client.environment import Endpoint
from aws_client.errors import ConfigurationError
from tests.aws_client.calls import FETCH, KINDS, READ
from tests.aws_client.test_botocore import request_of
from tests.support.clients import made

TRACE = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
AWS = "sqs.eu-west-1.amazonaws.com"
DATA = create_loader()
REGIONS = [
    next(name for name in each["regions"] if "global" not in name)
    for each in DATA.load_data("partitions")["partitions"]
]


@pytest.mark.parametrize(
    ("environment", "sent"),
    [
        ({}, None),
        ({"_X_AMZN_TRACE_ID": TRACE}, None),
        ({"AWS_LAMBDA_FUNCTION_NAME": "f"}, None),
        ({"AWS_LAMBDA_FUNCTION_NAME": "f", "_X_AMZN_TRACE_ID": TRACE}, TRACE),
    ],
)
def test_the_trace_is_sent_on_from_lambda(environment: dict[str, str], sent: str | None, monkeypatch: Any) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert request_of(READ).headers.get("x-amzn-trace-id") == sent


@pytest.mark.parametrize("region", ["us-east-1", "ap-southeast-7", *REGIONS])
def test_where_aws_is_in_every_partition_that_botocore_knows(region: str) -> None:
    resolver = EndpointResolver(DATA.load_data("endpoints"))
    for service, kind in KINDS.items():
        endpoint = made(kind, AWS_REGION=region)._service.endpoint
        host = resolver.construct_endpoint(service, region)["hostname"]
        assert endpoint == Endpoint(Address(host, 443, tls=True), host)


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:4566"}, ("127.0.0.1", 4566, False, "127.0.0.1:4566")),
        ({"AWS_ENDPOINT_URL": "http://localhost/"}, ("localhost", 80, False, "localhost")),
        ({"AWS_ENDPOINT_URL": "https://vpce-1.example:8443"}, ("vpce-1.example", 8443, True, "vpce-1.example:8443")),
        ({"AWS_ENDPOINT_URL": "https://vpce-1.example"}, ("vpce-1.example", 443, True, "vpce-1.example")),
        ({"AWS_ENDPOINT_URL": "http://[::1]:4566"}, ("::1", 4566, False, "[::1]:4566")),
        ({"AWS_ENDPOINT_URL": "http://all", "AWS_ENDPOINT_URL_SQS": "http://one"}, ("one", 80, False, "one")),
        ({"AWS_ENDPOINT_URL_S3": "http://other"}, (AWS, 443, True, AWS)),
        ({"AWS_REGION": "", "AWS_DEFAULT_REGION": "eu-west-1"}, (AWS, 443, True, AWS)),
    ],
)  # fmt: skip
def test_another_endpoint(environment: dict[str, str], expected: tuple[Any, ...]) -> None:
    endpoint = made(Sqs, **environment)._service.endpoint
    assert (*endpoint.address, endpoint.host) == expected


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({"AWS_ENDPOINT_URL": "127.0.0.1:4566"}, "AWS_ENDPOINT_URL"),
        ({"AWS_USE_FIPS_ENDPOINT": "true"}, "AWS_ENDPOINT_URL_SQS as well, or AWS_CLIENT=boto3"),
        ({"AWS_USE_DUALSTACK_ENDPOINT": "True"}, "AWS_ENDPOINT_URL_SQS as well, or AWS_CLIENT=boto3"),
        ({"AWS_ENDPOINT_URL": "ftp://host"}, "AWS_ENDPOINT_URL"),
        ({"AWS_ENDPOINT_URL": "http://host/path"}, "AWS_ENDPOINT_URL"),
        ({"AWS_ENDPOINT_URL": "http://host?query"}, "AWS_ENDPOINT_URL"),
        ({"AWS_ENDPOINT_URL": "http://host#fragment"}, "AWS_ENDPOINT_URL"),
        ({"AWS_ENDPOINT_URL": "http://user:secret@host"}, "AWS_ENDPOINT_URL"),
        ({"AWS_ENDPOINT_URL": "http://host:port"}, "AWS_ENDPOINT_URL"),
        ({"AWS_ENDPOINT_URL": "http://"}, "AWS_ENDPOINT_URL"),
        ({"AWS_REGION": "eu-west-1.example.com/"}, "AWS_REGION"),
        ({"AWS_REGION": "", "AWS_DEFAULT_REGION": ""}, "AWS_REGION"),
        ({"AWS_REGION": "-"}, "AWS_REGION"),
        ({"AWS_ACCESS_KEY_ID": ""}, "AWS_ACCESS_KEY_ID"),
        ({"AWS_SECRET_ACCESS_KEY": ""}, "AWS_SECRET_ACCESS_KEY"),
        ({"AWS_ACCESS_KEY_ID": "", "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://localhost/x"}, "SnapStart"),
    ],
)
def test_a_mistake_in_the_environment_is_named(environment: dict[str, str], named: str) -> None:
    with pytest.raises(ConfigurationError, match=named) as caught:
        made(Sqs, **environment)
    assert "secret@" not in str(caught.value)


@pytest.mark.parametrize(
    ("bucket", "host", "path"),
    [
        ("b-1", "b-1.s3.eu-west-1.amazonaws.com", "/k"),
        ("with.dots", "s3.eu-west-1.amazonaws.com", "/with.dots/k"),
    ],
)
def test_where_a_bucket_is(bucket: str, host: str, path: str) -> None:
    request = request_of(FETCH._replace(parameters={"Bucket": bucket, "Key": "k"}), endpoint=None)
    assert (request.address.host, request.headers["host"], request.target) == (host, host, path)
