"""The whole system on this machine: engine, build, deployment, and what is shown of it."""
