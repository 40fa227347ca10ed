"""Reads fields of foreign JSON, in which anything may be missing or of another kind."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Json = Mapping[str, Any]

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def clean(text: str) -> str:
    """The text without what no database takes: NUL and halves of surrogate pairs."""
    return _UNSTORABLE.sub("\ufffd", text)


def text_in(value: Any, key: str) -> str:
    """The text under a key, or an empty one."""
    found = value.get(key) if isinstance(value, Mapping) else None
    return clean(found) if isinstance(found, str) else ""


def number_in(value: Any, key: str, default: int = 0) -> int:
    """The whole number under a key."""
    found = value.get(key) if isinstance(value, Mapping) else None
    return found if isinstance(found, int) and not isinstance(found, bool) else default


def flag_in(value: Any, key: str) -> bool:
    """Whether a key holds true."""
    return isinstance(value, Mapping) and value.get(key) is True


def object_in(value: Any, key: str) -> Json:
    """The object under a key, or an empty one."""
    found = value.get(key) if isinstance(value, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def objects_in(value: Any, key: str) -> Iterator[Json]:
    """The objects in the list under a key."""
    found = value.get(key) if isinstance(value, Mapping) else None
    if isinstance(found, Sequence) and not isinstance(found, str):
        yield from (item for item in found if isinstance(item, Mapping))
