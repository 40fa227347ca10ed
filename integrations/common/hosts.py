"""Where a secret may be sent: a check of addresses that come from outside."""

import ipaddress
from collections.abc import Collection
from urllib.parse import urlsplit

_DEFAULT_PORTS = {"https": 443, "http": 80}


def is_loopback_host(host: str) -> bool:
    """Whether a host name or address (without a port) means this machine."""
    name = host.strip("[]").lower()
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def is_loopback_url(url: str) -> bool:
    """Whether an address means this machine. False for anything that is no address."""
    split = _split(url)
    return split is not None and is_loopback_host(split[1])


def is_allowed_url(
    url: str, hosts: Collection[str], *, any_loopback: bool = False, suffixes: Collection[str] = ()
) -> bool:
    """Whether a token may travel to this address.

    It must be https and its host one of `hosts` (lower case; one may carry a port, otherwise the
    port is the usual one) or end in one of `suffixes` (`.sharepoint.com`). On this machine http
    will do, for a listed host on any port unless the list names one, or for every address with
    `any_loopback`. Addresses with a user name or odd characters are refused.
    """
    split = _split(url)
    if split is None:
        return False
    scheme, host, port = split
    if is_loopback_host(host):
        return any_loopback or host in hosts or f"{host}:{port}" in hosts
    if scheme != "https":
        return False
    if f"{host}:{port}" in hosts:
        return True
    if port != _DEFAULT_PORTS[scheme]:
        return False
    return host in hosts or any(host.endswith(suffix) for suffix in suffixes)


def _split(url: str) -> tuple[str, str, int] | None:
    if not url.isprintable() or any(letter in url for letter in " \\"):
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname or "@" in parts.netloc:
        return None
    return parts.scheme, parts.hostname, port or _DEFAULT_PORTS[parts.scheme]
