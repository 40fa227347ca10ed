"""A socket to listen on, and the address that others call it by."""

import errno
import socket

BACKLOG = 1_024
"""Requests that may wait to be accepted: platforms send in bursts."""

ANY = frozenset({"0.0.0.0", "::"})  # noqa: S104 - compared with, not bound


class CannotListen(Exception):
    """The port can't be had; the text says what to do."""


def listen(host: str, port: int, setting: str) -> socket.socket:
    """A listening socket; raises CannotListen with words that name the setting."""
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise CannotListen(_words(error, host, port, setting)) from None


def _words(error: OSError, host: str, port: int, setting: str) -> str:
    what = f"Can't listen on {host}, port {port}"
    if error.errno == errno.EADDRINUSE:
        return (
            f"{what}: the port is in use. Perhaps the exchange runs already. Stop it, or set "
            f"{setting} to another port (0 takes a free one)."
        )
    if error.errno == errno.EACCES:
        return f"{what}: this user may not. Set {setting} to a port above 1023."
    return f"{what}: this machine has no such address. Correct EXCHANGE_HOST."


def address_of(host: str, listening: socket.socket) -> str:
    """Where the socket is reached: on this machine, or by this machine's name."""
    name = socket.gethostname() if host in ANY else host
    shown = f"[{name}]" if ":" in name else name
    return f"http://{shown}:{listening.getsockname()[1]}"
