"""The package that the gateway's Lambda functions share, deployed as a layer.

What a webhook request passes through, in this order:

    webhook/     `handler.WebhookHandler` handles the webhook of every provider: it authenticates a request, has it
                 parsed and stored, and responds. `provider.Provider` is what a provider declares about itself.
                 `ingest.Ingestor` queues the events of a request or quarantines its bytes; `replay` retries those.
    auth/        `authenticate` decides whether a request is accepted. `schemes` checks credentials, and `signature`
                 checks signatures (the provider's folder says what is signed). `secret_store` reads the secrets, and
                 `tokens` issues and verifies access tokens.
    parsing/     `request` and `body` read what was posted, `fields`, `times` and `udh` its values, and `items` the
                 items of a batch; `normalise` builds the events.
    events/      The contract with subscribers: one model per type of event, and how phone numbers are normalised.
    storage/     Where everything is stored before it is acknowledged: events queue, quarantine, large payloads.
    publishing/  What the fan-out does with a queued event: `deduplication.ClaimsTable` decides whether it is a
                 duplicate, `message_attributes` and `email_text` prepare the notification, `publisher` publishes it.

Beside them are `api` (what a provider's folder imports), `settings` (environment variables), `observability` (logs and
metrics), `errors`, `model` and `cold_start`; the AWS client is a package of its own, aws_client. Modules import
downwards only, in the order that tests/unit/test_imports.py lists, and none of them imports a function.

A provider is a folder of its own, functions/<provider>/, and is never named in here; docs/adding-a-provider.md says how
to add one. The Lambda handlers are functions/<provider>/src/<provider>_webhook.py, functions/fanout/fanout.py and
functions/oauth_token/oauth_token.py.
"""

from inbound_sms import cold_start  # noqa: F401 - before everything that is imported after it
