"""The person's side of the gateway: a local stack, and commands for it and for deployed ones. Never deployed itself."""
