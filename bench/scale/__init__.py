"""A simulation of the stack under load: what limits first, how deep the queue gets, how long it takes to drain.

Nothing is measured here. What goes in are AWS's published quotas (`quotas`), the template's parameters (`stack`), the
providers' retry schedules (`providers`) and, in one place each, costs (`cost`) and assumed times (`times`).
"""
