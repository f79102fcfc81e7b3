"""When each provider posts again what was not taken, by its own side of things (functions/<folder>/sender.py)."""

from bench.installation import providers
from gateway.simulator import senders

# The pauses between its tries, in seconds.
RETRIES = {name: senders()[name].retries.waits for name in providers().values()}
