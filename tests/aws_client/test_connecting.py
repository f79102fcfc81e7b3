"""A new connection to AWS: by one of a name's addresses, in time, and to no server that doesn't prove who it is."""

import select
import socket
import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any
from unittest.mock import Mock, patch

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from aws_client import tls
from aws_client.connecting import Address
from aws_client.connections import Connections
from aws_client.errors import RequestNotSent
from tests.aws_client.test_connections import LIMITS, REQUEST
from tests.support.loopback import answer, loopback

HOST = "sqs.eu-west-1.amazonaws.com"


def addresses(*ports: int) -> Any:
    kind = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
    return lambda *_, **__: [(*kind, ("127.0.0.1", port)) for port in ports]


def test_the_next_address_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    with loopback() as server:
        monkeypatch.setattr(socket, "getaddrinfo", addresses(9, server.port))
        Connections(LIMITS).exchange(Address("sqs.example", 80, tls=False), "Any", REQUEST)
        monkeypatch.setattr(socket, "getaddrinfo", addresses(9, 9, 9, server.port))
        with pytest.raises(RequestNotSent, match=r"^ConnectionRefusedError connect$"):
            Connections(LIMITS).warm(Address("sqs.example", 80, tls=False))

    assert len(server.requests) == 1


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return how long a socket may take for what comes next, in seconds, as each was told in turn."""
    told: list[float] = []

    def settimeout(sock: socket.socket, seconds: float | None) -> None:
        told.append(seconds or 0)
        super(socket.socket, sock).settimeout(seconds)

    monkeypatch.setattr(socket.socket, "settimeout", settimeout)
    return told


def test_each_address_is_tried_for_its_share_of_the_time(waits: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", addresses(9, 9, 9))
    with pytest.raises(RequestNotSent):
        Connections(LIMITS._replace(connect=600)).exchange(Address("a", 80, tls=False), "Any", b"x")
    assert waits == pytest.approx([200, 300, 600], abs=50)


def test_a_look_up_that_hangs_takes_no_longer_than_a_connection_may(monkeypatch: pytest.MonkeyPatch) -> None:
    over = Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: over.wait(20))
    with pytest.raises(RequestNotSent, match="TimeoutError Any"):
        Connections(LIMITS._replace(connect=0.3)).exchange(Address("sqs.example"), "Any", REQUEST)
    over.set()


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (Mock(side_effect=socket.gaierror(-2, "Name or service not known")), "gaierror Any"),
        (Mock(side_effect=UnicodeError("too long")), "OSError Any"),
        (addresses(), "OSError Any"),
    ],
)
def test_a_name_without_an_address(monkeypatch: pytest.MonkeyPatch, found: Any, told: str) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", found)
    with pytest.raises(RequestNotSent, match=f"^{told}$"):
        Connections(LIMITS).exchange(Address("sqs.example"), "Any", REQUEST)


# ---- Who the server is -----------------------------------------------------------------------------------------------


def certificate(folder: Path, issuer: str, host: str = HOST) -> tuple[Path, Path]:
    """Make a certificate that signs itself; return its file and its key's."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, issuer)])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    paths = folder / f"{issuer}.pem", folder / f"{issuer}.key"
    paths[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return paths


def serving(paths: tuple[Path, Path]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*paths)
    return context


Trust = Callable[..., None]


@pytest.fixture
def trust(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Trust]:
    """Return how to make certificates the system's store, with something `before` them; with None, there is none."""

    def forget() -> None:
        tls._of_amazon.cache_clear()
        tls._of_the_system.cache_clear()

    def store(*certificates: tuple[Path, Path], before: bytes | None = b"# a comment\n") -> None:
        bundle = tmp_path / "bundle.pem"
        if before is not None:
            bundle.write_bytes(before + b"".join(path.read_bytes() for path, _ in certificates))
        monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
        monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / "none"))
        forget()

    yield store
    forget()


def send(pool: Connections, port: int, host: str = HOST) -> bytes:
    """Send a request to a host that is a port of this machine."""
    with patch.object(socket, "getaddrinfo", addresses(port)):
        return pool.exchange(Address(host), "Any", REQUEST).body


@pytest.mark.parametrize("issuer", ["Amazon Root CA 9", "Somebody Else"])
def test_a_server_that_the_system_trusts(issuer: str, trust: Trust, tmp_path: Path) -> None:
    """The second is none of Amazon's, although Amazon's are in the store: all of the store is asked then."""
    own, others = certificate(tmp_path, issuer), certificate(tmp_path, "Amazon Root CA 1", "elsewhere.example")
    trust(others, own)
    with loopback(last=answer(b"x" * 100_000), context=serving(own)) as server:
        pool = Connections(LIMITS)
        assert [len(send(pool, server.port)) for _ in range(3)] == [100_000] * 3
        assert len(server.requests) == 3
        assert server.connections == (1 if issuer.startswith("Amazon") else 2), "kept alive"


def test_a_warmed_connection_is_used_although_the_server_said_something_on_it(trust: Trust, tmp_path: Path) -> None:
    """TLS 1.3: session tickets come after the handshake, unasked."""
    own, pool = certificate(tmp_path, "Amazon Root CA 1"), Connections(LIMITS)
    trust(own)
    with loopback(context=serving(own)) as server:
        with patch.object(socket, "getaddrinfo", addresses(server.port)):
            pool.warm(Address(HOST))
        [kept] = pool._idle[Address(HOST)]
        assert kept.sock.version() == "TLSv1.3"  # type: ignore[attr-defined]
        assert select.select([kept.sock], [], [], 20)[0], "they have come"
        send(pool, server.port)
        assert server.connections == 1


@pytest.mark.parametrize(
    ("certified", "host", "is_trusted"),
    [
        (HOST, "sns.eu-west-1.amazonaws.com", True),
        ("elsewhere.example", HOST, True),
        (HOST, HOST, False),
        ("local.example", "local.example", False),
    ],
    ids=["another host", "nobody of AWS", "not trusted", "not trusted, elsewhere"],
)
def test_a_server_that_does_not_prove_who_it_is_hears_nothing(
    certified: str, host: str, is_trusted: bool, trust: Trust, tmp_path: Path
) -> None:
    own, others = certificate(tmp_path, "Amazon Root CA 1", certified), certificate(tmp_path, "Amazon Root CA 2")
    trust(*([own] if is_trusted else []), others)
    with loopback(context=serving(own)) as server, pytest.raises(RequestNotSent, match="SSLCertVerificationError"):
        send(Connections(LIMITS), server.port, host)
    assert server.requests == []


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_old_versions_of_tls_are_refused(trust: Trust, tmp_path: Path) -> None:
    own = certificate(tmp_path, "Amazon Root CA 1")
    trust(own)
    context = serving(own)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    with loopback(context=context) as server, pytest.raises(RequestNotSent, match="SSLError"):
        send(Connections(LIMITS), server.port)


def test_a_handshake_is_bounded(waits: list[float]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf, pytest.raises(RequestNotSent, match="TimeoutError"):
        send(Connections(LIMITS._replace(connect=0.3)), deaf.getsockname()[1])
    assert 0 < max(waits) <= 0.3


def test_for_aws_few_certificates_are_loaded(trust: Trust, tmp_path: Path) -> None:
    amazons = ["Amazon Root CA 1", "Amazon Root CA 4", "Starfield Services Root Certificate Authority - G2"]
    trust(*(certificate(tmp_path, issuer) for issuer in ("Somebody Else", *amazons, "Anybody")))

    assert [context.cert_store_stats()["x509_ca"] for context in tls.contexts(HOST)] == [3, 5]
    assert len(list(tls.contexts("local.example"))) == 1


@pytest.mark.parametrize("store", [b"", b"-----BEGIN CERTIFICATE-----\n=\n-----END CERTIFICATE-----\n", None])
def test_a_store_without_amazons_roots_is_asked_as_a_whole(store: bytes | None, trust: Trust) -> None:
    trust(before=store)
    assert len(list(tls.contexts(HOST))) == 1
