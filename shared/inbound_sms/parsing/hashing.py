"""One hash over several values: an event's id if the provider gives none, and the fingerprint of its content."""

import hashlib
import json


def hash_of(*parts: bytes) -> str:
    """Return the SHA-256 over the values, in hexadecimal; each is prefixed by its length, so no two lists are alike."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(b"%d:" % len(part))
        digest.update(part)
    return digest.hexdigest()


def hash_of_json(value: object) -> str:
    """Return `hash_of` a JSON value, whatever the order of its members."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hash_of(text.encode("utf-8", "surrogatepass"))
