"""A socket to listen on, and the address that others call it by."""

import socket

ANY = frozenset({"0.0.0.0", "::"})  # noqa: S104 - compared with, not bound


class CannotListen(Exception):
    """The port can't be had; the text says what to do."""


def listen(host: str, port: int, setting: str) -> socket.socket:
    """A listening socket; raises CannotListen with words that name the setting."""
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=1_024)
    except OSError as error:
        raise CannotListen(
            f"Can't listen on {host}, port {port} ({error.strerror or error}). Perhaps the "
            "exchange runs already, or another program uses the port. Stop it, or set "
            f"{setting} to another port (0 takes a free one)."
        ) from None


def address_of(host: str, listening: socket.socket) -> str:
    """Where the socket is reached: on this machine, or by this machine's name."""
    name = socket.gethostname() if host in ANY else host
    shown = f"[{name}]" if ":" in name else name
    return f"http://{shown}:{listening.getsockname()[1]}"
