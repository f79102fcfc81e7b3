"""Files are fetched from where a provider's links may lead, and from nowhere else: against a server that misbehaves."""

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from unittest.mock import Mock

import pytest

import media_fetch
from aws_client.deadline import Deadline
from media_fetch import Fetcher, File, addresses_of
from media_links import NotFetched, Source, read_link, source_of
from tests.aws_client.test_connecting import certificate, serving
from tests.support.loopback import Loopback, Peer, Step, answer, dribble, hang, hang_up, loopback, reset, then

FILES, CDN, ELSEWHERE = "files.acme.test", "cdn.acme.test", "elsewhere.acme.test"
SOURCE = Source((FILES,), (CDN,))
LINK = f"https://{FILES}/a/photo%20%31?x=1&y=%2F"
JPEG = b"\xff\xd8\xff\xe0" + b"picture" * 1_000
CREDENTIAL = "Basic c2VjcmV0OnNlY3JldA=="
PUBLIC = "203.0.114.7"


class Net(NamedTuple):
    """A network in which every host is one server, and what was asked of it."""

    server: Loopback
    fetcher: Fetcher
    looked_up: list[str]
    dialled: list[str]

    def fetch(self, *credentials: str, url: str = LINK, seconds: float = 10) -> File:
        return self.fetcher.fetch(url, SOURCE, credentials, Deadline(seconds))


Network = Callable[..., "contextmanager[Net]"]


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return certificate(tmp_path_factory.mktemp("tls"), "acme", "*.acme.test")


@pytest.fixture
def network(paths: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> Network:
    monkeypatch.setattr(media_fetch, "MAX_BYTES", 100_000)

    @contextmanager
    def made(*steps: Step, addresses: tuple[str, ...] = (PUBLIC,)) -> Iterator[Net]:
        looked_up, dialled = list[str](), list[str]()

        def look_up(host: str, _: Deadline) -> tuple[str, ...]:
            looked_up.append(host)
            return addresses

        def dial(address: str, deadline: Deadline) -> socket.socket:
            dialled.append(address)
            return socket.create_connection(("127.0.0.1", server.port), deadline.remaining())

        trust = ssl.create_default_context(cafile=paths[0])
        with loopback(*steps[:-1], last=steps[-1], context=serving(paths)) as server:
            yield Net(server, Fetcher(look_up, dial, trust), looked_up, dialled)

    return made


def redirect(location: str, status: int = 302) -> bytes:
    return answer(b"", status, f"Location: {location}")


def endless(peer: Peer) -> None:
    peer.wfile.write(b"HTTP/1.1 200 X\r\n\r\n")
    while True:
        peer.wfile.write(b"x" * 65_536)


def farewell(peer: Peer) -> None:
    peer.request.unwrap()


CHUNKED = b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\nContent-Type: image/jpeg; q=1\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
UNSIZED = b"HTTP/1.1 200 X\r\n\r\nabc"

GIVEN: dict[str, tuple[tuple[Step, ...], File]] = {
    "a file": ((answer(JPEG, 200, "Content-Type: image/jpeg"),), File(JPEG, "image/jpeg")),
    "in chunks": ((CHUNKED,), File(b"abc", "image/jpeg; q=1")),
    "of no known length, with TLS's farewell": ((then(UNSIZED, farewell),), File(b"abc", None)),
    "after a redirect of its own": ((redirect("/b?z"), answer(JPEG)), File(JPEG, None)),
    "after three redirects": ((*[redirect(f"https://{CDN}/x", 307)] * 3, answer(JPEG)), File(JPEG, None)),
}
# What the server does; why the file isn't there; whether another try would be in vain.
MISSED: dict[str, tuple[tuple[Step, ...], str, bool]] = {
    "silent": ((hang,), "no answer in time", False),
    "a byte at a time": ((dribble(answer(JPEG)),), "no answer in time", False),
    "silent in the middle": ((then(answer(JPEG)[:100], hang),), "no answer in time", False),
    "endless": ((endless,), "too large", True),
    "too large, and says so": ((answer(b"x" * 100_001),), "too large", True),
    "shorter than it says": ((then(answer(JPEG)[:-1], farewell),), "cut off", False),
    "cut off": ((then(answer(JPEG)[:-1], hang_up),), "connection failed: SSLEOFError", False),
    "cut off, of no known length": ((then(UNSIZED, hang_up),), "connection failed: SSLEOFError", False),
    "cut off between chunks": ((then(CHUNKED[:-5], farewell),), "connection failed: IncompleteRead", False),
    "no HTTP": ((b"220 mail.acme.test ESMTP\r\n",), "connection failed", False),
    "reset": ((reset,), "connection failed", False),
    "a bomb": ((answer(JPEG, 200, "Content-Encoding: gzip"),), "compressed", True),
    "nothing": ((answer(b"", 204),), "answered with 204", False),
    "refused": ((answer(b"", 401),), "refused with 401", False),
    "gone": ((answer(b"", 410),), "answered with 410", True),
    "too many requests": ((answer(b"", 429),), "answered with 429", False),
    "sent in a circle": ((redirect("/a"),), "too many redirects", True),
    "sent nowhere": ((answer(b"", 302),), "too many redirects", True),
    "sent to the metadata service": ((redirect("http://169.254.169.254/latest"),), "not https", True),
    "sent there by TLS": ((redirect("https://169.254.169.254/"),), "not listed: 169.254.169.254", True),
    "sent to Lambda's own API": ((redirect("https://127.0.0.1:9001/2018-06-01/runtime"),), "unusual port", True),
    "sent elsewhere": ((redirect(f"https://{ELSEWHERE}/"),), f"not listed: {ELSEWHERE}", True),
    "sent to a file": ((redirect("file:///etc/passwd"),), "can be followed", True),
    "sent with a password": ((redirect(f"https://a:b@{CDN}/"),), "can be followed", True),
    "sent to nonsense": ((redirect("https://[::1"),), "be followed", True),
}


@pytest.mark.parametrize("name", GIVEN)
def test_a_file_is_fetched_whole_with_the_type_that_it_is_given(name: str, network: Network) -> None:
    steps, file = GIVEN[name]
    with network(*steps) as net:
        assert net.fetch() == file
    assert net.server.requests[0].startswith(b"GET /a/photo%20%31?x=1&y=%2F HTTP/1.1\r\nHost: files.acme.test\r\n")


@pytest.mark.parametrize("name", MISSED)
def test_a_server_that_misbehaves_leaves_a_reason_and_no_file(name: str, network: Network) -> None:
    steps, reason, final = MISSED[name]
    seconds = 0.4 if reason == "no answer in time" else 10
    with network(*steps) as net, pytest.raises(NotFetched, match=reason) as missed:
        net.fetch(CREDENTIAL, seconds=seconds)

    assert missed.value.final is final
    assert set(net.looked_up) == {FILES}, "no other host was even looked up"


def test_a_name_is_looked_up_once_and_what_was_checked_is_connected_to(network: Network) -> None:
    with network(redirect(f"https://{CDN}/x"), answer(JPEG), addresses=(PUBLIC, "203.0.114.8")) as net:
        net.fetch()
    assert (net.looked_up, net.dialled) == ([FILES, CDN], [PUBLIC, PUBLIC])


@pytest.mark.parametrize(
    ("url", "steps", "authorized"),
    [
        (LINK, (answer(JPEG),), [True]),
        (LINK, (redirect(f"https://{CDN}/x"), answer(JPEG)), [True, False]),
        (LINK, (redirect("/b"), answer(JPEG)), [True, True]),
        (LINK, (redirect(f"https://{CDN}/x"), redirect(LINK), answer(JPEG)), [True, False, True]),
        (f"https://{CDN}/x", (answer(JPEG),), [False]),
    ],
)
def test_credentials_go_to_the_links_own_host_only_and_to_none_that_is_only_redirected_to(
    url: str, steps: tuple[Step, ...], authorized: list[bool], network: Network
) -> None:
    with network(*steps) as net:
        net.fetch(CREDENTIAL, url=url)
    assert [b"authorization: " in request.lower() for request in net.server.requests] == authorized


def test_of_several_credentials_each_is_tried_while_the_server_refuses(network: Network) -> None:
    with network(answer(b"", 401), answer(b"", 403), answer(JPEG)) as net:
        assert net.fetch("Basic one", "Basic two", "Basic three").content == JPEG
    assert [request.partition(b"Basic ")[2].split()[0] for request in net.server.requests] == [b"one", b"two", b"three"]


@pytest.mark.parametrize(
    "address",
    [
        *("10.0.0.1", "127.0.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255"),
        *("::1", "::ffff:10.0.0.1", "::ffff:203.0.114.7", "64:ff9b::a00:1", "2606:4700::1111"),
    ],
)
def test_no_address_but_a_public_one_is_connected_to(address: str, network: Network) -> None:
    for addresses in ((address,), (PUBLIC, address)):
        with network(answer(JPEG), addresses=addresses) as net, pytest.raises(NotFetched) as missed:
            net.fetch()
        assert missed.value.final
        assert net.dialled == []


@pytest.mark.parametrize(
    "url",
    [
        *("", "photo.jpg", "//files.acme.test/", "http://files.acme.test/", "ftp://files.acme.test/", "data:,x"),
        *("https://files.acme.test:8443/", "https://files.acme.test:99999/", "https://files.acme.test:x/"),
        *("https://files.acme.test@elsewhere.test/", "https://@files.acme.test/", "https://files.acme.test\\@e.test/"),
        *("https://files.ac\tme.test/", "https://files.acme.test\n.e.test/", "https://files.acme.test /"),
        *("https://files.acme.test/\ud800", "https://localhost/", "https://[::1]/"),
        *("https://files.acme.test./", "https://fil\u0435s.acme.test/", "https://2130706433/", "https:///x"),
        "https://files.acme.test/" + "x" * 9_000,
    ],
)
def test_a_link_that_parsers_could_read_in_two_ways_is_not_followed(url: str, network: Network) -> None:
    with network(answer(JPEG)) as net, pytest.raises(NotFetched):
        net.fetch(url=url)
    assert net.looked_up == []


@pytest.mark.parametrize(
    ("host", "patterns", "is_listed"),
    [
        ("a.acme.test", ("*.acme.test",), True),
        ("a.b.acme.test", ("*.acme.test",), True),
        ("acme.test", ("*.acme.test",), False),
        ("evilacme.test", ("*.acme.test",), False),
        ("acme.test.evil.test", ("acme.test", "*.acme.test"), False),
        ("ACME.test", ("acme.test",), True),
    ],
)
def test_which_hosts_a_pattern_means(host: str, patterns: tuple[str, ...], is_listed: bool) -> None:
    assert Source(patterns).trusts(read_link(f"https://{host}/").host) is is_listed


def test_a_server_that_is_not_the_host_gets_no_request(network: Network) -> None:
    with network(answer(JPEG)) as net, pytest.raises(NotFetched, match="SSLCertVerificationError"):
        net.fetcher.fetch("https://a.elsewhere.test/", Source(("a.elsewhere.test",)), (), Deadline(10))
    assert net.server.requests == []


def test_an_operator_adds_hosts_which_get_no_credentials() -> None:
    source = source_of("acme", ("", "other=x.test", " acme=Files.test", "acme=*.cdn.test"))
    assert source == Source((), ("files.test", "*.cdn.test"))


def test_a_name_has_addresses_of_ipv4(monkeypatch: pytest.MonkeyPatch) -> None:
    look_up = Mock(return_value=[(socket.AF_INET, socket.SOCK_STREAM, 6, "", (PUBLIC, 443))])
    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    assert addresses_of(FILES, Deadline(10)) == [PUBLIC]
    look_up.assert_called_once_with(FILES, 443, socket.AF_INET, socket.SOCK_STREAM)
