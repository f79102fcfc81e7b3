"""The person's side of the gateway: a local stack to try it on. Never deployed."""
