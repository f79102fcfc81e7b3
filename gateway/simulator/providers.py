"""The providers, as their documentation shows them: how each signs in and delivers. What they post: callbacks.py."""

from collections.abc import Mapping

from gateway.simulator import patience
from gateway.simulator.provider import Provider

_ALL = (
    Provider(
        name="8x8",
        kind="authorization",
        secret=lambda token: f"Bearer {token}",
        in_events="local-only-8x8-token",
        patience=patience.EIGHT_BY_EIGHT,
        fetches_tokens=True,
    ),
    Provider(
        name="url-networks",
        kind="path_secret",
        secret=str,
        in_events="local-only-url-networks-secret",
        patience=patience.URL_NETWORKS,
    ),
    Provider(
        name="agile-telecom",
        kind="path_secret",
        secret=str,
        in_events="local-only-agile-telecom-secret",
        patience=patience.AGILE_TELECOM,
    ),
    Provider(
        name="sinch",
        kind="basic",
        secret=lambda password: {"username": "sinch", "password": password},
        in_events="local-only-sinch-password",
        patience=patience.SINCH,
        fetches_tokens=True,
    ),
)

PROVIDERS: Mapping[str, Provider] = {provider.name: provider for provider in _ALL}
