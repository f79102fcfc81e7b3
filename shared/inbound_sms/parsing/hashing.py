"""One hash over several values: an event's id if the provider gives none, and the fingerprint of its content."""

import hashlib


def hash_of(*parts: bytes) -> str:
    """Return the SHA-256 over the values, in hexadecimal; each is prefixed by its length, so no two lists are alike."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(b"%d:" % len(part))
        digest.update(part)
    return digest.hexdigest()
