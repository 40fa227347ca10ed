"""A secret travels only where it may."""

import pytest

from integrations.common.hosts import is_allowed_url, is_loopback_host, is_loopback_url

HOSTS = frozenset({"smba.example", "local.example:8443", "127.0.0.1:5000", "localhost"})


@pytest.mark.parametrize(
    "url",
    [
        "https://smba.example/amer/",
        "https://SMBA.example",
        "https://smba.example:443/",
        "https://local.example:8443/x",
        "http://127.0.0.1:5000/_connector",
        "http://localhost:1234/",
        "https://files.share.example/x",
    ],
)
def test_allowed(url: str) -> None:
    assert is_allowed_url(url, HOSTS, suffixes=(".share.example",))


@pytest.mark.parametrize(
    "url",
    [
        "",
        "x",
        "//smba.example/",
        "http://smba.example/",
        "https://smba.example:8443/",
        "https://local.example/",
        "https://smba.example.evil.example/",
        "https://evil.example/smba.example",
        "https://smba.example@evil.example/",
        "https://u:p@smba.example/",
        "https://smba.example\\@evil.example/",
        "https://smba.example /",
        "https://smba.example\n/",
        "https://[::1/",
        "https://smba.example:x/",
        "http://127.0.0.1:5001/",
        "http://[::1]:5000/",
        "ftp://localhost/",
        "https://share.example/",
        "https://evilshare.example/",
    ],
)
def test_refused(url: str) -> None:
    assert not is_allowed_url(url, HOSTS, suffixes=(".share.example",))


def test_this_machine() -> None:
    for host in ("localhost", "127.0.0.1", "127.8.0.1", "::1", "[::1]", "LOCALHOST"):
        assert is_loopback_host(host)
    for host in ("", "0.0.0.0", "10.0.0.1", "localhost.example", "127.0.0.1.example"):  # noqa: S104 - must be refused
        assert not is_loopback_host(host)
    assert is_allowed_url("http://[::1]:9/", (), any_loopback=True)
    assert not is_allowed_url("http://10.0.0.1/", (), any_loopback=True)
    assert is_loopback_url("http://localhost:1/")
    assert not is_loopback_url("http://localhost.example/")
