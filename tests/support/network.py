"""Keeps tests on this machine: names do not resolve, foreign addresses are refused."""

import ipaddress
import socket
from typing import Any

LOCAL_NAMES = {"localhost", "localhost.localdomain", "ip6-localhost", ""}


class NetworkBlocked(RuntimeError):
    """A test tried to reach an address outside this machine. Use a local stand-in."""


def is_local(host: object) -> bool:
    """Whether a host, as given to connect or getaddrinfo, is this machine."""
    if host is None:
        return True
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
    if name in LOCAL_NAMES or name.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(name.split("%", 1)[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _is_literal(host: object) -> bool:
    try:
        ipaddress.ip_address(str(host).split("%", 1)[0])
    except ValueError:
        return False
    return True


def block_foreign_network() -> None:
    """Guard this process's sockets for good; loopback and Unix sockets stay open.

    A foreign name fails to resolve, as on a machine without a network. A foreign address raises
    NetworkBlocked, which is no OSError, so that no retry loop hides it.
    """
    connect, connect_ex = socket.socket.connect, socket.socket.connect_ex
    getaddrinfo = socket.getaddrinfo

    def check(address: Any) -> None:
        if isinstance(address, tuple) and not is_local(address[0]):
            raise NetworkBlocked(f"a test tried to connect to {address[0]}")

    def guarded_connect(self: Any, address: Any, /) -> None:
        check(address)
        connect(self, address)

    def guarded_connect_ex(self: Any, address: Any, /) -> int:
        check(address)
        return connect_ex(self, address)

    def guarded_getaddrinfo(host: Any, *arguments: Any, **options: Any) -> Any:
        if not (is_local(host) or _is_literal(host)):
            raise socket.gaierror(socket.EAI_NONAME, f"tests resolve no foreign names: {host}")
        return getaddrinfo(host, *arguments, **options)

    socket.socket.connect = guarded_connect  # type: ignore[method-assign]
    socket.socket.connect_ex = guarded_connect_ex  # type: ignore[method-assign]
    socket.getaddrinfo = guarded_getaddrinfo
