"""The HTML that Teams makes of what people type, as a body.

Tolerant: unknown elements count for their text, broken nesting for what can be made of it. Nothing
in it is trusted: only web and mail addresses become links.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser

from typing_extensions import override

from core.text import (
    Block,
    Body,
    CodeBlock,
    Emoji,
    Hyperlink,
    ListItem,
    Paragraph,
    Quote,
    Span,
    Text,
)
from integrations.common.emoji import name_of

MentionOf = Callable[[str, str], tuple[Span, ...]]
"""Gives what stands in place of a mention: takes its index (or id) and the name shown."""

_MENTION = "http://schema.skype.com/Mention"
_EMOJI = "http://schema.skype.com/Emoji"
_SPACE = re.compile(r"[ \t\n\r\f]+")
_STYLES = {
    "b": "bold", "strong": "bold", "h1": "bold", "h2": "bold", "h3": "bold", "th": "bold",
    "i": "italic", "em": "italic",
    "s": "strike", "strike": "strike", "del": "strike",
    "code": "code",
}  # fmt: skip
_BREAKS = frozenset({"p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "tr", "table", "section"})
_SILENT = frozenset({"script", "style", "head", "title"})
_VOID = frozenset({"br", "hr", "img", "attachment", "emoji", "customemoji"})
_MOST_DEPTH = 8


@dataclass(frozen=True, slots=True)
class InlineImage:
    """An image that stands in the text."""

    url: str
    alt_text: str = ""


@dataclass(slots=True)
class Converted:
    """What the HTML held: its text, its images, and the ids of attachments it refers to."""

    body: Body
    images: list[InlineImage] = field(default_factory=list)
    attachments: list[str] = field(default_factory=list)


def from_html(html: str, mention: MentionOf) -> Converted:
    """Turn Teams' HTML into a body. Pure, never raises."""
    reader = _Reader(mention)
    reader.feed(html)
    reader.close()
    reader.end_block()
    return Converted(tuple(reader.blocks), reader.images, reader.attachments)


def is_safe_link(url: str) -> bool:
    """Whether an address may be clicked: web and mail only."""
    return url.lower().startswith(("http://", "https://", "mailto:")) and url.isprintable()


@dataclass(slots=True)
class _List:
    ordered: bool
    next_number: int = 1


class _Reader(HTMLParser):
    def __init__(self, mention: MentionOf) -> None:
        super().__init__(convert_charrefs=False)
        self.mention = mention
        self.blocks: list[Block] = []
        self.images: list[InlineImage] = []
        self.attachments: list[str] = []
        self._spans: list[Span] = []
        self._styles: dict[str, int] = {"bold": 0, "italic": 0, "strike": 0, "code": 0}
        self._quotes = 0
        self._silent = 0
        self._lists: list[_List] = []
        self._item: bool = False
        self._pre: list[str] | None = None
        self._capture: tuple[str, str, list[str]] | None = None
        self._nested = 0
        self._cells = 0

    # What the parser calls

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if self._silent or tag in _SILENT:
            self._silent += tag in _SILENT
            return
        if self._capture is not None:
            self._nested += tag == self._capture[0]
            if tag in {"img", "emoji", "customemoji"}:
                self._capture[2].append(given.get("alt", ""))
            return
        if self._pre is not None:
            if tag == "br":
                self._pre.append("\n")
            return
        self._open(tag, given)

    @override
    def handle_endtag(self, tag: str) -> None:
        if self._silent:
            self._silent -= tag in _SILENT
        elif self._capture is not None:
            self._end_capture(tag)
        elif self._pre is not None:
            if tag in {"pre", "codeblock"}:
                self._end_pre()
        else:
            self._close(tag)

    @override
    def handle_data(self, data: str) -> None:
        if self._silent:
            return
        if self._capture is not None:
            self._capture[2].append(_SPACE.sub(" ", data))
        elif self._pre is not None:
            self._pre.append(data)
        else:
            self._add_text(_SPACE.sub(" ", data))

    @override
    def handle_entityref(self, name: str) -> None:
        text = unescape(f"&{name};")
        self._add_letter(" " if text == "\xa0" else text)

    @override
    def handle_charref(self, name: str) -> None:
        text = unescape(f"&#{name};")
        self._add_letter(" " if text == "\xa0" else text)

    # Elements

    def _open(self, tag: str, given: Mapping[str, str]) -> None:
        if tag in _BREAKS:
            self._break()
            self._cells = 0
        elif tag in {"td", "th"} and self._spans:
            self._add_letter(" | ")
        if tag in _STYLES:
            self._styles[_STYLES[tag]] += 1
        elif tag == "a":
            self._capture = ("a", given.get("href", ""), [])
        elif tag == "at":
            self._capture = ("at", given.get("id", ""), [])
        elif tag == "span":
            self._open_span(given)
        elif tag in {"img", "emoji", "customemoji"}:
            self._add_image(tag, given)
        elif tag in {"pre", "codeblock"}:
            self.end_block()
            self._pre = []
        else:
            self._open_structure(tag, given)

    def _open_structure(self, tag: str, given: Mapping[str, str]) -> None:
        if tag == "br":
            self._add_letter("\n")
        elif tag == "hr":
            self.end_block()
            self.blocks.append(Paragraph((Text("———"),)))
        elif tag == "blockquote":
            self.end_block()
            self._quotes += 1
        elif tag in {"ul", "ol"}:
            self.end_block()
            start = given.get("start", "")
            number = int(start) if start.isascii() and start.isdigit() and len(start) < 7 else 1
            self._lists.append(_List(tag == "ol", number))
        elif tag == "li":
            self.end_block()
            self._item = True
        elif tag == "attachment" and given.get("id"):
            self.attachments.append(given["id"])

    def _open_span(self, given: Mapping[str, str]) -> None:
        if given.get("itemtype") == _MENTION:
            self._capture = ("span", given.get("itemid", ""), [])

    def _close(self, tag: str) -> None:
        if tag in _STYLES:
            self._styles[_STYLES[tag]] = max(0, self._styles[_STYLES[tag]] - 1)
        if tag in _BREAKS:
            self._break()
        elif tag == "blockquote":
            self.end_block()
            self._quotes = max(0, self._quotes - 1)
        elif tag in {"ul", "ol"}:
            self.end_block()
            if self._lists:
                self._lists.pop()
        elif tag == "li":
            self.end_block()
            self._item = False

    def _end_capture(self, tag: str) -> None:
        if self._capture is None or tag != self._capture[0]:
            return
        if self._nested:
            self._nested -= 1
            return
        kind, detail, pieces = self._capture
        self._capture = None
        label = "".join(pieces)
        if kind != "a":
            self._spans.extend(self.mention(detail, label.strip()))
        elif is_safe_link(detail):
            self._spans.append(Hyperlink(detail, "" if label == detail else label))
        elif label:
            self._add_text(label)

    def _end_pre(self) -> None:
        text = "".join(self._pre or ()).removeprefix("\n")
        self._pre = None
        if text:
            self.blocks.append(CodeBlock(text))

    def _add_image(self, tag: str, given: Mapping[str, str]) -> None:
        alt = given.get("alt", "")
        if tag != "img" or given.get("itemtype") == _EMOJI:
            name = name_of(alt)
            plain = re.sub(r"\W+", "_", given.get("title") or alt).strip("_").lower()
            self._spans.append(Emoji(name or plain or "emoji", alt if name else ""))
        elif given.get("src"):
            self.images.append(InlineImage(given["src"], alt if alt != "image" else ""))

    # Text and blocks

    def _add_letter(self, text: str) -> None:
        if self._silent:
            return
        if self._capture is not None:
            self._capture[2].append(text)
        elif self._pre is not None:
            self._pre.append(text)
        else:
            self._add_text(text)

    def _add_text(self, text: str) -> None:
        if not text or (text == " " and not self._spans):
            return
        style = {name: count > 0 for name, count in self._styles.items()}
        last = self._spans[-1] if self._spans else None
        if isinstance(last, Text):
            if text.startswith(" ") and last.text.endswith("\n"):
                text = text[1:]
            if style == {name: getattr(last, name) for name in style}:
                self._spans[-1] = Text(last.text + text, **style)
                return
        self._spans.append(Text(text, **style))

    def _break(self) -> None:
        """A paragraph ends; within a list item it is only a new line."""
        if self._item and self._spans:
            last = self._spans[-1]
            if not (isinstance(last, Text) and last.text.endswith("\n")):
                self._add_text("\n")
        elif not self._item:
            self.end_block()

    def end_block(self) -> None:
        """Finish the block that is being read."""
        if self._capture is not None:
            self._end_capture(self._capture[0])
        if self._pre is not None:
            self._end_pre()
        spans = _trimmed(self._spans)
        self._spans = []
        if not spans:
            return
        if self._lists:
            top = self._lists[-1]
            number = top.next_number if top.ordered else None
            top.next_number += 1
            indent = min(len(self._lists) - 1, _MOST_DEPTH)
            self.blocks.append(ListItem(spans, number, indent))
        elif self._quotes:
            self.blocks.append(Quote(spans))
        else:
            self.blocks.append(Paragraph(spans))


def _trimmed(spans: list[Span]) -> tuple[Span, ...]:
    """The spans without blank space at either end."""
    kept = list(spans)
    while kept and isinstance(kept[0], Text) and not kept[0].text.lstrip(" \n"):
        kept.pop(0)
    while kept and isinstance(kept[-1], Text) and not kept[-1].text.rstrip(" \n"):
        kept.pop()
    if kept and isinstance(kept[0], Text):
        kept[0] = Text(kept[0].text.lstrip(" \n"), **_style_of(kept[0]))
    if kept and isinstance(kept[-1], Text):
        kept[-1] = Text(kept[-1].text.rstrip(" \n"), **_style_of(kept[-1]))
    return tuple(kept)


def _style_of(span: Text) -> dict[str, bool]:
    return {
        "bold": span.bold, "italic": span.italic, "strike": span.strike, "code": span.code
    }  # fmt: skip
