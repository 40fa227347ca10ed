"""Addresses as people type them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.common.addresses import public_address


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("https://exchange.example.gov", "https://exchange.example.gov"),
        (" https://Exchange.Example.gov/ ", "https://exchange.example.gov"),
        ("HTTPS://exchange.example.gov:8443//", "https://exchange.example.gov:8443"),
        ("https://example.gov/mayors/exchange", "https://example.gov/mayors/exchange"),
        ("https://localhost:8000", "https://localhost:8000"),
    ],
)
def test_what_is_taken(typed: str, address: str) -> None:
    assert public_address(typed) == address


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "exchange.example.gov",
        "http://exchange.example.gov",
        "ftp://exchange.example.gov",
        "https://",
        "https://exchange.example.gov:port",
        "https://exchange.example.gov:99999",
        "https://me:secret@exchange.example.gov",
        "https://exchange.example.gov?a=b",
        "https://exchange.example.gov/?",
        "https://exchange.example.gov#a",
        "https://exchange.example.gov/a b",
        "https://exchange.example.gov/\nX-Header: a",
        "https://exchange.example.gov\\@evil.example",
        "https://exchange..example.gov",
        "https://-a.example",
        "https://exchañge.example",
        "https://" + "a" * 2000,
        "https://{tenant}.example.gov",
        "https://*.example.gov",
    ],
)
def test_what_is_refused_says_what_to_write(typed: str) -> None:
    with pytest.raises(ValueError, match="https://"):
        public_address(typed)


@given(st.text() | st.text().map("https://{}".format))
def test_anything_is_either_taken_or_refused(typed: str) -> None:
    try:
        address = public_address(typed)
    except ValueError:
        return
    assert public_address(address) == address
    assert address.startswith("https://")
