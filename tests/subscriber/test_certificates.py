"""Which certificates an HTTPS endpoint fetches, keeps and believes."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from threading import Barrier, BrokenBarrierError

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from inbound_sms.sns.fetching import fetch
from inbound_sms_subscriber import AuthenticationError, DependencyUnavailable, SnsEndpoint
from tests.subscriber.conftest import Clock
from tests.support.loopback import Step, answer, hang_up, loopback
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


def post(number: int = 0) -> bytes:
    """Return a post of SNS whose certificate has this number."""
    return posted(signed(notification(TOPIC, EVENT, NOW), url=certificate_url(TOPIC).replace("56e6", f"{number:04}")))


def test_a_certificate_is_fetched_once_and_not_kept_without_end() -> None:
    sns, clock = Sns(), Clock(NOW.timestamp())
    receiver = endpoint(sns, clock)
    for number in range(20):
        clock.now += 10
        for _ in range(3):
            assert receiver.receive(post(number))
    assert (len(sns.asked), len(receiver._certificates._keys)) == (20, 8)


def test_who_comes_at_the_same_moment_shares_one_fetch() -> None:
    asked, another = list[str](), Barrier(2)

    def slow(url: str) -> bytes:
        asked.append(url)
        with suppress(BrokenBarrierError):
            another.wait(0.2)
        return CERTIFICATE

    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(endpoint(slow).receive, [post()] * 16))
    assert len(asked) == 1


# What is where the certificate should be; what comes of a post; how often it is fetched for three of them.
THERE: dict[str, tuple[Step, type[Exception], int]] = {
    "403": (answer(b"", 403), AuthenticationError, 1),
    "404": (answer(b"", 404), AuthenticationError, 1),
    "500": (answer(b"", 500), DependencyUnavailable, 3),
    "redirected": (answer(b"", 302, "Location: /elsewhere"), DependencyUnavailable, 3),
    "hung up": (hang_up, DependencyUnavailable, 3),
    "nothing": (answer(b""), AuthenticationError, 1),
    "over": (answer(certificate(NOW - timedelta(days=2), days=1)), AuthenticationError, 1),
    "not yet": (answer(certificate(NOW + timedelta(days=1))), AuthenticationError, 1),
    "not RSA": (answer(certificate(NOW, key=ec.generate_private_key(ec.SECP256R1()))), AuthenticationError, 1),
}


@pytest.mark.parametrize(("there", "raised", "fetches"), THERE.values(), ids=THERE)
def test_where_there_is_no_certificate_it_is_not_asked_for_again_for_a_minute(
    there: Step, raised: type[Exception], fetches: int
) -> None:
    clock = Clock(NOW.timestamp())
    with loopback(*[there] * fetches, last=answer(CERTIFICATE)) as server:
        receiver = endpoint(lambda _: fetch(server.url), clock)
        for _ in range(3):
            with pytest.raises(raised):
                receiver.receive(post())
        assert len(server.requests) == fetches

        clock.now += 60
        assert receiver.receive(post())


def outcomes(receiver: SnsEndpoint, numbers: range) -> list[str]:
    """Return what came of a post of each certificate."""

    def outcome(number: int) -> str:
        try:
            return "event" if receiver.receive(post(number)) else ""
        except (AuthenticationError, DependencyUnavailable) as error:
            return type(error).__name__

    return [outcome(number) for number in numbers]


def test_forged_posts_that_each_name_another_certificate_cause_few_fetches() -> None:
    sns, clock = Sns(), Clock(NOW.timestamp())
    receiver = endpoint(sns, clock)
    assert receiver.receive(post())

    sns.pem = b""
    assert outcomes(receiver, range(1, 100)) == ["AuthenticationError"] * 9 + ["DependencyUnavailable"] * 90
    assert len(sns.asked) == 10
    assert receiver.receive(post()), "what is known needs no fetch"

    clock.now += 60
    sns.pem = CERTIFICATE
    assert outcomes(receiver, range(99, 101)) == ["event"] * 2, "what had to come again is heard"


def test_what_is_refused_is_not_remembered_without_end() -> None:
    sns, clock = Sns(b""), Clock(NOW.timestamp())
    receiver = endpoint(sns, clock)
    for number in range(300):
        clock.now += 6
        assert outcomes(receiver, range(number, number + 1)) == ["AuthenticationError"]
    assert (len(sns.asked), len(receiver._certificates._refused)) == (300, 256)


def test_a_certificate_that_is_over_is_believed_no_more() -> None:
    clock = Clock(NOW.timestamp())
    receiver = endpoint(Sns(certificate(NOW - timedelta(hours=23), days=1)), clock)
    assert receiver.receive(post())
    clock.now += 3_601
    with pytest.raises(AuthenticationError, match="expired"):
        receiver.receive(post())


def test_without_sns_it_has_to_come_again() -> None:
    def failing(url: str) -> bytes:
        if url.endswith(".pem"):
            return CERTIFICATE
        raise TimeoutError

    with pytest.raises(DependencyUnavailable, match="confirmation of the subscription"):
        endpoint(failing).receive(posted(signed(confirmation(TOPIC, NOW))))


def test_what_is_fetched_is_small() -> None:
    with loopback(answer(b"x" * 65_536), answer(b"x" * 65_537)) as server:
        assert len(fetch(server.url)) == 65_536
        with pytest.raises(ValueError, match="too large"):
            fetch(server.url)
