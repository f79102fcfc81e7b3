"""What every function of the Inbound SMS Gateway shares; modules import downwards only.

From the bottom: errors, numbers, text, times · settings, events · request, normalise · auth, secrets · queue,
quarantine, claims, topic (AWS, through aws) · receive (ties a provider's webhook together).
"""
