"""The address at which platforms reach us, as somebody typed it."""

import re
from urllib.parse import urlsplit

_HOST = re.compile(
    r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*"
)
_PATH = re.compile(r"(/[A-Za-z0-9._~-]+)*")
_LONGEST = 1_500
"""Platforms take 2,048 characters at least; our own paths come on top."""


def public_address(typed: str) -> str:
    """The address without a slash at its end.

    Raises ValueError with what is wrong and what to write. Both Slack and Teams send only to https.
    """
    text = typed.strip().rstrip("/")
    example = "write the whole address, such as https://exchange.example.gov"
    if not text.isascii() or not text.isprintable() or " " in text or len(text) > _LONGEST:
        raise ValueError(f"{example}, in plain letters, at most {_LONGEST:,} of them")
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018 - raises when the port is none
    except ValueError as error:
        raise ValueError(example) from error
    if parts.scheme == "http":
        raise ValueError("it must begin with https://, because Slack and Teams send to no other")
    if parts.scheme != "https" or "@" in parts.netloc or not _HOST.fullmatch(parts.hostname or ""):
        raise ValueError(example)
    if (
        parts.query
        or parts.fragment
        or "?" in text
        or "#" in text
        or not _PATH.fullmatch(parts.path)
    ):
        raise ValueError(f"{example}, with nothing after the path")
    return f"https://{parts.netloc.lower()}{parts.path}"
