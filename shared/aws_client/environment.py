"""Where AWS is and who calls it, by the environment that Lambda gives a function."""

import os
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from aws_client.connecting import Address
from aws_client.errors import ConfigurationError
from aws_client.sigv4 import Credentials

# The domains of AWS's partitions, by how the names of their regions begin, as botocore has them (partitions.json).
_DOMAIN = "amazonaws.com"
_DOMAINS = {
    "cn-": "amazonaws.com.cn",
    "eusc-": "amazonaws.eu",
    "us-iso-": "c2s.ic.gov",
    "us-isob-": "sc2s.sgov.gov",
    "us-isof-": "csp.hci.ic.gov",
    "eu-isoe-": "cloud.adc-e.uk",
}
_OTHER_ENDPOINTS = ("AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT")  # of AWS's SDKs


class Endpoint(NamedTuple):
    """Where a service is. `host` is what the Host header says, with the port where it isn't the usual one."""

    address: Address
    host: str
    is_override: bool = False


def credentials_from_environment() -> Credentials:
    """Return what Lambda puts into a function's environment; raise ConfigurationError."""
    access_key, secret_key = os.environ.get("AWS_ACCESS_KEY_ID"), os.environ.get("AWS_SECRET_ACCESS_KEY")
    if access_key and secret_key:
        return Credentials(access_key, secret_key, os.environ.get("AWS_SESSION_TOKEN") or None)
    if "AWS_CONTAINER_CREDENTIALS_FULL_URI" in os.environ:
        raise ConfigurationError("SnapStart is not supported: its functions have no access key in their environment")
    raise ConfigurationError("AWS_ACCESS_KEY_ID or AWS_SECRET_ACCESS_KEY is missing from the environment")


def region_from_environment() -> str:
    """Return the function's region; raise ConfigurationError."""
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    if not region or not region.replace("-", "").isalnum():
        raise ConfigurationError("AWS_REGION is missing from the environment, or is not a region")
    return region


def endpoint_of(service: str, region: str) -> Endpoint:
    """Return AWS_ENDPOINT_URL_<SERVICE>, AWS_ENDPOINT_URL, or AWS's own endpoint; raise ConfigurationError."""
    override = os.environ.get(f"AWS_ENDPOINT_URL_{service.upper()}") or os.environ.get("AWS_ENDPOINT_URL")
    if not override:
        for name in _OTHER_ENDPOINTS:
            if os.environ.get(name, "").lower() == "true":
                raise ConfigurationError(f"{name}: set AWS_ENDPOINT_URL_{service.upper()} as well, or AWS_CLIENT=boto3")
        domain = next((it for prefix, it in _DOMAINS.items() if region.startswith(prefix)), _DOMAIN)
        host = f"{service}.{region}.{domain}"
        return Endpoint(Address(host), host)
    url = urlsplit(override)
    try:
        port = url.port or (443 if url.scheme == "https" else 80)
    except ValueError:
        port = 0
    bare = url.scheme in ("http", "https") and url.path in ("", "/") and not (url.query or url.fragment)
    if not (bare and port and url.hostname and "@" not in url.netloc):
        raise ConfigurationError(f"AWS_ENDPOINT_URL of {service}: must be http(s)://host[:port]")
    return Endpoint(Address(url.hostname, port, url.scheme == "https"), url.netloc, is_override=True)


def trace_header() -> dict[str, str]:
    """Return the header by which Lambda notices functions that call themselves in a circle."""
    trace = os.environ.get("_X_AMZN_TRACE_ID")
    if not trace or "AWS_LAMBDA_FUNCTION_NAME" not in os.environ:
        return {}
    return {"x-amzn-trace-id": quote(trace, safe="-=;:+&[]{}\"',")}
