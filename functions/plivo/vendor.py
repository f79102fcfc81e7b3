"""Plivo's own package, for the tests alone."""

from urllib.parse import parse_qs

from plivo.utils.signature_v3 import construct_get_url, construct_post_url, get_signature_v3, validate_v3_signature

from gateway.simulator.sender import Post

UNREADABLE = {"get"}  # of a query that isn't ASCII, it fails
NONCE, SIGNATURE = "X-Plivo-Signature-V3-Nonce", "X-Plivo-Signature-Ma-V3"


def _form(post: Post) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(post.body.decode(), keep_blank_values=True).items()}


def verify(post: Post, secret: str) -> bool:
    """Return whether Plivo signed this."""
    nonce, signature = post.headers[NONCE], post.headers[SIGNATURE]
    return bool(validate_v3_signature(post.method, post.url, nonce, secret, signature, _form(post)))


def sign(post: Post, secret: str) -> Post:
    """Sign as Plivo does."""
    make = construct_get_url if post.method == "GET" else construct_post_url
    signature = get_signature_v3(secret.encode(), make(post.url, _form(post)).decode(), b"12345")
    return post.with_header(NONCE, "12345").with_header(SIGNATURE, signature.decode())
