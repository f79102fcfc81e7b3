"""One case per provider, for the conformance suite; the module is named like the folder in functions/."""
