"""Reading JSON that somebody else made: a value of the wrong kind counts as absent."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST_MILLISECONDS = 10**14


def text_at(data: Any, *path: str) -> str:
    """The string at a path, or an empty one."""
    for name in path:
        data = data.get(name) if isinstance(data, Mapping) else None
    return data if isinstance(data, str) else ""


def object_at(data: Any, *path: str) -> Mapping[str, Any]:
    """The object at a path, or an empty one."""
    for name in path:
        data = data.get(name) if isinstance(data, Mapping) else None
    return data if isinstance(data, Mapping) else {}


def objects_at(data: Any, *path: str) -> list[Mapping[str, Any]]:
    """The objects in the list at a path; anything else in it is left out."""
    for name in path:
        data = data.get(name) if isinstance(data, Mapping) else None
    return [item for item in data if isinstance(item, Mapping)] if isinstance(data, list) else []


def number_at(data: Any, *path: str) -> int:
    """The whole number at a path, also when it is written as a string; otherwise 0."""
    for name in path:
        data = data.get(name) if isinstance(data, Mapping) else None
    if isinstance(data, int) and not isinstance(data, bool):
        return data
    return int(data) if isinstance(data, str) and data.isascii() and data.isdigit() else 0


def time_of(text: str) -> datetime | None:
    """A time as Teams writes it (ISO 8601, up to seven decimals), in UTC; None if it is none."""
    try:
        time = datetime.fromisoformat(text)
        return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def time_of_id(message: str) -> datetime | None:
    """When a message was written: in Teams its id is that time in milliseconds since 1970."""
    if not (message.isascii() and message.isdigit() and len(message) <= 14):
        return None
    milliseconds = int(message)
    if milliseconds >= _LATEST_MILLISECONDS:
        return None
    return _EPOCH + timedelta(milliseconds=milliseconds)
