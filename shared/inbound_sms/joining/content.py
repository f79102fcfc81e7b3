"""What parts say together: their texts in order, or their bytes, decoded where it is known how."""

import base64
from collections.abc import Mapping
from typing import Any


def joined_content(parts: Mapping[int, Mapping[str, Any]]) -> dict[str, str | None]:
    """Return `text` and `binary` of the data of parts, which are in order.

    Bytes are joined before they are decoded, so that a character may be torn between two parts. Where it isn't known
    how to decode them, they stay bytes.
    """
    binary = [part for part in parts.values() if part.get("binary") is not None]
    texts = [part["text"] for part in parts.values() if part.get("text") is not None]
    if binary:
        from inbound_sms.joining.user_data import decoded  # noqa: PLC0415 - few messages are binary

        text = decoded(binary) if len(binary) == len(parts) and not texts else None
        if text is not None:
            return {"text": text, "binary": None}
    data = b"".join(base64.b64decode(part["binary"]) for part in binary)
    return {
        "text": _joined(list(parts.values())) if texts else None,
        "binary": base64.b64encode(data).decode() if binary else None,
    }


def _joined(parts: list[Mapping[str, Any]]) -> str:
    """Join texts, and the halves of characters that were torn between two of them."""
    joined, half = "", None
    for part in parts:
        text, place = part.get("text") or "", part.get("concatenation") or {}
        if half and text and (rest := place.get("begins_with")):
            pair = bytes.fromhex(half + rest).decode("utf-16-be", "replace")
            joined, text = joined[:-1] + pair, text[1:]
        joined += text
        half = place.get("ends_with")
    return joined
