"""When each provider posts again what was not taken, by its own side of things (functions/<folder>/sender.py)."""

from gateway.simulator import senders
from gateway.template import providers_of_profile

# The pauses between its tries, in seconds.
RETRIES = {name: senders()[name].retries.waits for name in providers_of_profile().values()}
