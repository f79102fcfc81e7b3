"""Every crash and every fault at every step of the fan-out and of the webhooks, enumerated."""
