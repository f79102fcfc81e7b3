"""Which certificates an HTTPS endpoint fetches, keeps and believes."""

from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from inbound_sms_subscriber import AuthenticationError, DependencyUnavailable
from inbound_sms_subscriber.fetching import FETCH_ERRORS, fetch
from tests.support.loopback import Step, answer, loopback
from tests.support.queued import Queued
from tests.support.sns_posts import (
    CERTIFICATE,
    NOW,
    TOPIC,
    Sns,
    certificate,
    certificate_url,
    confirmation,
    endpoint,
    notification,
    posted,
    signed,
)

EVENT = Queued("1").document


def test_a_certificate_is_fetched_once_and_not_kept_without_end() -> None:
    sns = Sns()
    receiver = endpoint(sns)
    for number in range(20):
        url = certificate_url(TOPIC).replace("56e6", f"{number:04}")
        for _ in range(3):
            assert receiver.receive(posted(signed(notification(TOPIC, EVENT, NOW), url=url)))

    assert (len(sns.asked), len(receiver._keys)) == (20, 8)


@pytest.mark.parametrize(
    "pem",
    [
        b"",
        b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        certificate(NOW - timedelta(days=2), days=1),
        certificate(NOW + timedelta(days=1)),
        certificate(NOW - timedelta(days=1), key=ec.generate_private_key(ec.SECP256R1())),
    ],
    ids=["nothing", "nonsense", "over", "not yet", "not RSA"],
)
def test_a_certificate_that_is_none_is_refused_and_not_kept(pem: bytes) -> None:
    sns = Sns(pem)
    receiver = endpoint(sns)
    with pytest.raises(AuthenticationError):
        receiver.receive(posted(signed(notification(TOPIC, EVENT, NOW))))

    sns.pem = CERTIFICATE
    assert receiver.receive(posted(signed(notification(TOPIC, EVENT, NOW))))


def test_without_sns_it_has_to_come_again() -> None:
    def nobody(_: str) -> bytes:
        raise TimeoutError

    for post in (notification(TOPIC, EVENT, NOW), confirmation(TOPIC, NOW)):
        with pytest.raises(DependencyUnavailable):
            endpoint(nobody).receive(posted(signed(post)))


@pytest.mark.parametrize(
    ("step", "size"),
    [
        (answer(b"x" * 65_536), 65_536),
        (answer(b"x" * 65_537), None),
        (answer(b"", 302, "Location: /elsewhere"), None),
        (answer(b"x", 404), None),
    ],
    ids=["as large as may be", "larger", "redirected", "not there"],
)
def test_what_is_fetched_is_small_and_from_where_it_was_asked(step: Step, size: int | None) -> None:
    with loopback(step) as server:
        if size is not None:
            assert len(fetch(server.url)) == size
        else:
            with pytest.raises(FETCH_ERRORS):
                fetch(server.url)
