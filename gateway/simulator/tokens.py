"""Fetches an access token as a provider does that was told about our token endpoint."""

from collections.abc import Mapping

import httpx

from gateway.errors import GatewayError
from gateway.simulator.signing import OAuth2Client

_SECONDS = 10.0


def fetch_token(url: str, headers: Mapping[str, str], client: OAuth2Client) -> str:
    """Return a token (RFC 6749, 4.4); raise GatewayError where none is given out."""
    try:
        response = httpx.post(
            url,
            data={"grant_type": "client_credentials"},
            auth=(client.client_id, client.client_secret),
            headers=headers,
            timeout=_SECONDS,
            trust_env=False,
        )
        response.raise_for_status()
        return str(response.json()["access_token"])
    except (httpx.HTTPError, ValueError, KeyError) as error:
        raise GatewayError(f"No token could be fetched from {url}: {error}") from None
