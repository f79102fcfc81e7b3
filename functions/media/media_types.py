"""What kind of file some bytes are, by their beginning."""

_MAGIC = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/bmp"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"%PDF-", "application/pdf"),
    (b"#!AMR", "audio/amr"),
    (b"ID3", "audio/mpeg"),
    (b"\xff\xfb", "audio/mpeg"),
    (b"OggS", "audio/ogg"),
    (b"\x1a\x45\xdf\xa3", "video/webm"),
    (b"PK\x03\x04", "application/zip"),
    (b"\x1f\x8b", "application/gzip"),
    (b"BEGIN:VCARD", "text/vcard"),
    (b"BEGIN:VCALENDAR", "text/calendar"),
    (b"<smil", "application/smil"),
)
_RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}
# ISO 14496-12: `ftyp` and a brand; whatever is not listed is a film.
_BRANDS = {b"heic": "image/heic", b"heix": "image/heic", b"mif1": "image/heic", b"avif": "image/avif"}
_BRANDS |= {b"M4A ": "audio/mp4", b"qt  ": "video/quicktime"}
_PAGES = (b"<!doctype html", b"<html")


def type_of(content: bytes) -> str | None:
    """Return the type of a file whose beginning says what it is; None of any other."""
    if content[4:8] == b"ftyp":
        brand = content[8:12]
        return _BRANDS.get(brand) or ("video/3gpp" if brand.startswith((b"3gp", b"3g2")) else "video/mp4")
    if content[:4] == b"RIFF":
        return _RIFF.get(content[8:12])
    return next((kind for magic, kind in _MAGIC if content.startswith(magic)), None)


def is_page(content: bytes) -> bool:
    """Return whether this is a web page: what many servers send where they have no file, and call it a success."""
    return content[:100].lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(_PAGES)
