"""New connections: look up a name, try its addresses, verify the server; all of it by one deadline."""

import socket
import ssl
from collections.abc import Callable
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, NamedTuple

from aws_client.deadline import Deadline
from aws_client.errors import RequestNotSent
from aws_client.tls import contexts

_MAX_ADDRESSES = 3  # of a name, tried one after the other, each for its share of the time


class Address(NamedTuple):
    """Where a server listens."""

    host: str
    port: int = 443
    tls: bool = True


def open_socket(address: Address, operation: str, deadline: Deadline) -> socket.socket:
    """Connect, and verify the server; raise RequestNotSent, named after the operation."""
    try:
        if not address.tls:
            return _connect(address, deadline)
        refused: ssl.SSLCertVerificationError | None = None
        for context in contexts(address.host):
            try:
                return _secure(_connect(address, deadline), context, address.host.encode("ascii"), deadline)
            except ssl.SSLCertVerificationError as error:
                refused = error
        raise refused or ssl.SSLError("nothing to verify the server by")
    except OSError as error:
        raise RequestNotSent(operation, type(error).__name__) from error


def _secure(plain: socket.socket, context: ssl.SSLContext, host: bytes, deadline: Deadline) -> ssl.SSLSocket:
    try:
        plain.settimeout(deadline.remaining())
        return context.wrap_socket(plain, server_hostname=host)
    except BaseException:
        plain.close()
        raise


def _connect(address: Address, deadline: Deadline) -> socket.socket:
    def look_up() -> Any:  # as bytes, here and for TLS: a str loads the codec of international names, 1 % of a start
        return socket.getaddrinfo(address.host.encode("ascii"), address.port, type=socket.SOCK_STREAM)

    found = in_time(deadline, look_up)[:_MAX_ADDRESSES]
    failure: OSError | None = None
    for number, (family, kind, protocol, _, ip_address) in enumerate(found):
        plain = socket.socket(family, kind, protocol)
        try:
            plain.settimeout(deadline.remaining() / (len(found) - number))
            plain.connect(ip_address)
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError as error:
            plain.close()
            failure = error
        else:
            return plain
    raise failure or OSError("a name without an address")


def in_time(deadline: Deadline, look_up: Callable[[], Any]) -> Any:
    """Return what a look-up returns. The resolver knows no time limit: a look-up that hangs ends in the background."""
    results: SimpleQueue[Any] = SimpleQueue()

    def run() -> None:
        try:
            results.put(look_up())
        except OSError as error:
            results.put(error)
        except UnicodeError:
            results.put(OSError("not a host name"))

    Thread(target=run, daemon=True).start()
    try:
        result = results.get(timeout=deadline.remaining())
    except Empty:
        raise TimeoutError from None
    if isinstance(result, OSError):
        raise result
    return result
