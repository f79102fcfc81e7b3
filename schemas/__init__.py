"""What subscribers may rely on, and what writes it; schemas/README.md says more."""
