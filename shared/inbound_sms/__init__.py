"""The package that the gateway's Lambda functions share, deployed as a layer.

What a webhook request passes through, in this order:

    webhook/     `handler.WebhookHandler` is the Lambda handler of every provider: it authenticates a request, has it
                 parsed, stores the result and responds. `provider.Provider` is what a provider declares about itself,
                 `ingest.Ingestor` queues a request's events or quarantines its bytes, `replay` repeats that after a fix.
    auth/        `authenticate` decides whether a request is accepted. `schemes` checks credentials and `signature`
                 signatures (what is signed, the provider's folder says); `secret_store` reads the secrets, and `tokens`
                 issues and verifies access tokens.
    parsing/     From bytes to events: `request` and `body` read what was posted, `fields`, `times` and `udh` its values,
                 `items` batches, and `normalise` builds the events.
    events/      The contract with subscribers: one model per type of event, and how numbers are normalised.
    storage/     What is stored before success is acknowledged: the events queue, the quarantine, large payloads.
    publishing/  What the fan-out does with a queued event: `deduplication.ClaimsTable` decides whether it is a duplicate,
                 `message_attributes` and `email_text` prepare the notification, and `publisher` publishes it.

Beside them: `api` (all that a provider's folder imports), `settings` (environment variables), `observability` (logs and
metrics), `errors`, `model` and `cold_start`. Modules import downwards only, in the order that tests/unit/test_imports.py
lists; nothing here imports a function.

A provider goes into functions/<provider>/, and none is named in here: docs/adding-a-provider.md describes how. The Lambda
handlers are functions/<provider>/src/<provider>_webhook.py, functions/fanout/ and functions/oauth_token/.
"""

from inbound_sms import cold_start  # noqa: F401 - before everything that is imported after it
