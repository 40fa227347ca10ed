"""What Teams shows for a bot's text: markdown or XML, cleaned to the tags that Teams allows.

Formats: bots/how-to/format-your-bot-messages. Everything that leaves here is safe to put into
a page: only known tags and attributes, only web and image addresses.
"""

from __future__ import annotations

import re
from html import escape, unescape

from integrations.sandbox.teams.compose import blocks_html, inline_html
from integrations.sandbox.teams.model import Json

KEPT: dict[str, tuple[str, ...]] = {
    "at": ("id",),
    "a": ("href", "title"),
    "b": (),
    "blockquote": (),
    "br": (),
    "code": (),
    "codeblock": (),
    "del": (),
    "div": (),
    "em": (),
    "h1": (),
    "h2": (),
    "h3": (),
    "hr": (),
    "i": (),
    "img": ("src", "alt", "title", "width", "height", "itemtype", "itemid"),
    "li": (),
    "ol": ("start",),
    "p": (),
    "pre": (),
    "s": (),
    "span": ("title", "itemtype", "itemid"),
    "strike": (),
    "strong": (),
    "sub": (),
    "sup": (),
    "table": (),
    "tbody": (),
    "td": (),
    "th": (),
    "thead": (),
    "tr": (),
    "u": (),
    "ul": (),
}
EMPTY = frozenset({"br", "hr", "img"})
DROPPED_WITH_CONTENT = frozenset({"script", "style", "iframe", "object", "template"})
LINK = re.compile(r"(?:https?://|mailto:)", re.IGNORECASE)
PICTURE = re.compile(r"(?:https?://|/|data:image/(?:png|jpeg|gif);base64,)", re.IGNORECASE)
TAG = re.compile(r"</?(?:" + "|".join(sorted(KEPT)) + r")(?:\s[^<>]*)?/?>", re.IGNORECASE)
ANY_TAG = re.compile(r"<(?P<closing>/?)(?P<name>[A-Za-z][A-Za-z0-9]*)(?P<attributes>[^<>]*)>")
ATTRIBUTE = re.compile(
    r"(?P<name>[A-Za-z-]+)\s*=\s*(?:\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)'|(?P<bare>[^\s\"'>]+))"
)
ENTITY = re.compile(r"&(?:[A-Za-z]+|#\d+|#x[0-9A-Fa-f]+);")
HELD = re.compile("\ue000(\\d+)\ue001")
MARKDOWN_ESCAPE = re.compile(r"\\([\\`*_{}\[\]()#+\-.!~<>|&])")


class _Cleaner:
    """Keeps the allowed tags, escapes the rest, and closes what was left open."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.open: list[str] = []
        self.dropping = 0

    def tag(self, name: str, attributes: str, *, closing: bool) -> None:
        """Take one tag of the source."""
        if name in DROPPED_WITH_CONTENT:
            self.dropping = max(0, self.dropping + (-1 if closing else 1))
        elif self.dropping or name not in KEPT:
            return
        elif closing:
            self._close(name)
        else:
            self._open(name, attributes)

    def words(self, words: str) -> None:
        """Take the text between two tags."""
        if not self.dropping:
            self.parts.append(escape(unescape(words), quote=False))

    def result(self) -> str:
        """What was kept, well formed."""
        self.parts.extend(f"</{tag}>" for tag in reversed(self.open))
        self.open.clear()
        return "".join(self.parts)

    def _open(self, name: str, attributes: str) -> None:
        written: list[str] = []
        for found in ATTRIBUTE.finditer(attributes):
            attribute = found["name"].lower()
            value = unescape(found["double"] or found["single"] or found["bare"] or "")
            if attribute in KEPT[name] and _address_is_fine(attribute, value):
                written.append(f' {attribute}="{escape(value)}"')
        self.parts.append(f"<{name}{''.join(written)}>")
        if name not in EMPTY:
            self.open.append(name)

    def _close(self, name: str) -> None:
        if name not in self.open:
            return
        last = ""
        while last != name:
            last = self.open.pop()
            self.parts.append(f"</{last}>")


def _address_is_fine(name: str, value: str) -> bool:
    if name == "href":
        return bool(LINK.match(value.strip()))
    if name == "src":
        return bool(PICTURE.match(value.strip()))
    return True


def clean_html(html: str) -> str:
    """The html with only what Teams would show."""
    cleaner = _Cleaner()
    end = 0
    for found in ANY_TAG.finditer(html):
        cleaner.words(html[end : found.start()])
        cleaner.tag(found["name"].lower(), found["attributes"], closing=bool(found["closing"]))
        end = found.end()
    cleaner.words(html[end:])
    return cleaner.result()


def bot_html(activity: Json) -> str:
    """The html that Teams shows for a bot's message."""
    text = str(activity.get("text") or "")
    if not text:
        return ""
    text_format = activity.get("textFormat") or "markdown"
    if text_format == "plain":
        return "".join(f"<p>{escape(line, quote=False)}</p>" for line in text.split("\n"))
    if text_format == "xml":
        return clean_html(text)
    return clean_html(_markdown_html(text))


def _markdown_html(text: str) -> str:
    held: list[str] = []

    def hold(piece: str) -> str:
        held.append(piece)
        return f"\ue000{len(held) - 1}\ue001"

    text = text.replace("\ue000", "").replace("\ue001", "")
    text = MARKDOWN_ESCAPE.sub(lambda found: hold(escape(found.group(1), quote=False)), text)
    text = TAG.sub(lambda found: hold(found.group()), text)
    text = ENTITY.sub(lambda found: hold(found.group()), text)

    def inline(piece: str) -> str:
        return inline_html(piece, lambda words: escape(words, quote=False))

    html = blocks_html(re.sub(r"\n{2,}", "\n", text), inline)
    return HELD.sub(lambda found: held[int(found.group(1))], html)
