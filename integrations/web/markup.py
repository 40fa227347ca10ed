"""HTML that is escaped because of how it is made: a plain text can't become markup."""

from dataclasses import dataclass
from html import escape

_EMPTY = frozenset({"meta", "link", "br", "rect", "circle", "path", "line"})
"""Elements that hold nothing and are not closed by a tag of their own."""


@dataclass(frozen=True, slots=True)
class Html:
    """Markup that `tag` made. Nothing else makes any."""

    source: str


Part = Html | str
"""What stands in an element: markup as it is, a text escaped."""


def tag(name: str, /, *parts: Part, **attributes: str | bool) -> Html:
    """An element. Attributes are named as in HTML, with `_` for `-` and at the end of a Python
    word (`class_`); a true one stands alone, a false or empty one is left out."""
    given = "".join(_attribute(key, value) for key, value in attributes.items())
    if name in _EMPTY:
        closing = "" if name in {"meta", "link", "br"} else "/"
        return Html(f"<{name}{given}{closing}>")
    return Html(f"<{name}{given}>{together(*parts).source}</{name}>")


def together(*parts: Part) -> Html:
    """Parts one after the other."""
    return Html("".join(p.source if isinstance(p, Html) else escape(p) for p in parts))


def _attribute(name: str, value: str | bool) -> str:
    shown = name.rstrip("_").replace("_", "-")
    if value is True:
        return f" {shown}"
    return f' {shown}="{escape(value, quote=True)}"' if value else ""
