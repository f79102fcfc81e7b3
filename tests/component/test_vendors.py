"""What a vendor's own package says of signatures, ours say, too. A folder with a vendor.py takes part by itself.

Its `verify(post, secret)` asks the package, given what the parameter holds; `sign`, like that of sender.py, is there if
the package can sign, too. `UNREADABLE` names the callbacks that it can't read.
"""

import base64
import re
from dataclasses import replace
from importlib import import_module
from itertools import product

import pytest

from gateway.simulator.sender import Post
from tests.support.memory import Memory
from tests.support.providers import ROOT, Registered, event_of, those
from tests.support.signing import parameter, sign

FUNCTIONS = ROOT / "functions"
SECRET = base64.b64encode(b"of forty-eight bytes, with which all sign: #1.  ").decode()
OTHER = base64.b64encode(b"of forty-eight bytes, with which none signs #2.  ").decode()


def altered(post: Post) -> Post:
    """Return the request with its first small letter as a capital, or with one more parameter."""
    if post.method == "GET":
        return post.with_url(post.url + "&more=1")
    return replace(post, body=re.sub(rb"[a-z]", lambda letter: letter[0].upper(), post.body, count=1))


@pytest.mark.parametrize("entry", those(lambda entry: (entry.path / "vendor.py").is_file()), ids=str)
def test_a_vendors_package_and_we_let_the_same_in(entry: Registered, memory: Memory) -> None:
    vendor = import_module(f"functions.{entry.path.name}.vendor")
    kind = "hmac" if entry.sender.sign else "public_key"
    accepted = parameter(entry.sender, kind, [SECRET])
    receiver = memory.receiver(entry, accepted)
    names = entry.sender.callbacks.keys() - getattr(vendor, "UNREADABLE", set())

    def as_we_sign(post: Post, secret: str) -> Post:
        return sign(post, entry.sender, kind, secret)

    for signer, name in product(filter(None, (as_we_sign, getattr(vendor, "sign", None))), names):
        right, wrong = (signer(entry.post(callback=name), secret) for secret in (SECRET, OTHER))
        for post, status in ((right, 200), (wrong, 401), (altered(right), 401)):
            assert vendor.verify(post, accepted[kind][0]) == (status == 200), (name, signer)
            assert receiver.handle(event_of(post))["statusCode"] == status, (name, signer)
