"""Long texts that come in parts: collecting the parts, and making one event of them (docs/decisions/joining.md)."""
