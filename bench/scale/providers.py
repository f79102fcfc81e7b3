"""When each provider posts again what was not taken, by its own side of things (functions/<folder>/sender.py)."""

from gateway.simulator import senders

# The pauses between its tries, in seconds.
RETRIES = {name: sender.retries.waits for name, sender in senders().items()}
