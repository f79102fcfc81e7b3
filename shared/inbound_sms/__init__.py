"""What every function of the Inbound SMS Gateway shares; modules import downwards only.

From the bottom: cold_start, errors, hashing, models, numbers, text, times, settings, events (the contract) · udh,
documents, request, strays, normalise (from what a provider said to events) · aws (our client of it) · observability,
auth, tokens, schemes, secrets · queue, queued, quarantine, payloads, claims, attributes, email_text, topic (what AWS
keeps for us and hands on) · ingestor, replay, receive (ties a provider's webhook together).
"""

from inbound_sms import cold_start  # noqa: F401 - before all that is imported after it
