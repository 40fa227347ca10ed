"""Plain values as YAML 1.2, for people to read. A library would be a dependency for one page."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_PLAIN = re.compile(r"[A-Za-z/](?:[A-Za-z0-9_./ -]|:(?=[^ ]))*[A-Za-z0-9_]")
_NOT_TEXT = frozenset({"true", "false", "yes", "no", "on", "off", "null"})
"""Words that one YAML or another takes for something else than text."""


def as_yaml(thing: Mapping[str, Any]) -> str:
    """Mappings, lists, texts, whole numbers, booleans and None, two spaces a level.

    Any text that is not plainly a text is quoted as in JSON, which YAML reads the same.
    """
    return "\n".join(_mapping(thing)) + "\n"


def _mapping(thing: Mapping[str, Any]) -> Iterator[str]:
    for key, value in thing.items():
        name = _scalar(key)
        if _is_block(value):
            yield f"{name}:"
            yield from (f"  {line}" for line in _block(value))
        else:
            yield f"{name}: {_scalar(value)}"


def _block(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        yield from _mapping(value)
        return
    for item in value:
        if _is_block(item):
            first, *others = _block(item)
            yield f"- {first}"
            yield from (f"  {line}" for line in others)
        else:
            yield f"- {_scalar(item)}"


def _is_block(value: Any) -> bool:
    is_list = isinstance(value, Sequence) and not isinstance(value, str)
    return (is_list or isinstance(value, Mapping)) and len(value) > 0


def _scalar(value: Any) -> str:
    if isinstance(value, str) and _PLAIN.fullmatch(value) and value.lower() not in _NOT_TEXT:
        return value
    # Some readers take these for the end of a line, even within quotes.
    text = json.dumps(value, ensure_ascii=False)
    return re.sub("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]", _escaped, text)


def _escaped(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"
