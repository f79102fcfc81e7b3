"""The own side of a second provider, beside the first: on a local stack both have the same document."""

from dataclasses import replace

from functions.webhook.own.webhook import sender

SENDER = replace(sender.SENDER, name="webhook-2", title="Webhook 2")
