"""When each provider posts again what was not taken: as the simulated one does (gateway/simulator/patience.py)."""

from gateway.simulator import PROVIDERS

# The pauses between its tries, in seconds.
RETRIES = {name: provider.patience.waits for name, provider in PROVIDERS.items()}
