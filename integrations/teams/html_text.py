"""A body as the HTML that Teams shows (`textFormat: xml`).

Every text is escaped here and nowhere else. `<at>` is written for a real mention only.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape
from typing import Any

from core.ids import ExternalTenant
from core.text import (
    Block,
    Body,
    CodeBlock,
    Emoji,
    Hyperlink,
    ListItem,
    Mention,
    Quote,
    Span,
    Spans,
    Text,
    span_text,
    spans_of,
)
from integrations.teams.html_body import is_safe_link
from integrations.teams.ids import TEAMS

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_GAP = re.compile(r"  +")
_TAGS = (("code", "code"), ("strike", "s"), ("italic", "i"), ("bold", "b"))


def clean(text: str) -> str:
    """The text without what XML can't carry (most control characters, halves of characters)."""
    return _NOT_XML.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def plain_html(text: str, *, after_gap: bool = True) -> str:
    """Text as HTML that shows exactly this text.

    A blank at its beginning is held fast where it would not be shown: `after_gap`, that is at the
    beginning of a line or after another blank.
    """
    escaped = escape(clean(text), quote=True).replace("\t", "&#9;")
    spaced = _GAP.sub(lambda found: " " + "&nbsp;" * (len(found[0]) - 1), escaped)
    lines = spaced.split("\n")
    shown = ["&nbsp;" + line[1:] if line.startswith(" ") else line for line in lines]
    return "<br>".join(shown if after_gap else [lines[0], *shown[1:]])


@dataclass(slots=True)
class HtmlText:
    """Writes HTML, and gathers the mention entities that go with it."""

    tenant: ExternalTenant
    entities: list[dict[str, Any]] = field(default_factory=list)

    def body(self, body: Body) -> str:
        """The whole body."""
        pieces: list[str] = []
        at = 0
        while at < len(body):
            end = at + 1
            kind = type(body[at])
            if kind in _RUNS:
                while end < len(body) and type(body[end]) is kind:
                    end += 1
            pieces.append(_RUNS.get(kind, HtmlText._single)(self, body[at:end]))
            at = end
        return "".join(pieces)

    def spans(self, spans: Spans) -> str:
        """A run of spans, from the beginning of a line."""
        pieces: list[str] = []
        after_gap = True
        for span in spans:
            pieces.append(self.span(span, after_gap=after_gap))
            text = span_text(span)
            after_gap = text[-1].isspace() if text else after_gap
        return "".join(pieces)

    def span(self, span: Span, *, after_gap: bool = True) -> str:
        """One span; see `plain_html` for `after_gap`."""
        match span:
            case Text():
                html = plain_html(span.text, after_gap=after_gap)
                for style, tag in _TAGS:
                    if html and getattr(span, style):
                        html = f"<{tag}>{html}</{tag}>"
                return html
            case Hyperlink(url=url, label=label) if is_safe_link(url):
                return f'<a href="{escape(clean(url), quote=True)}">{plain_html(label or url)}</a>'
            case Mention() if span.who and (span.who.platform, span.who.tenant) == (
                TEAMS,
                self.tenant,
            ):
                return self._mention(span.name, span.who.member)
            case Hyperlink() | Mention() | Emoji():
                return plain_html(span_text(span))

    def _mention(self, name: str, member: str) -> str:
        text = f"<at>{plain_html(name.replace(chr(10), ' ').strip() or 'member')}</at>"
        entity = {"type": "mention", "mentioned": {"id": member, "name": name}, "text": text}
        if entity not in self.entities:
            self.entities.append(entity)
        return text

    def _single(self, blocks: Body) -> str:
        block = blocks[0]
        if isinstance(block, CodeBlock):
            text = escape(clean(block.text), quote=True)
            return f"<pre>{chr(10) if text.startswith(chr(10)) else ''}{text}</pre>"
        return f"<p>{self.spans(spans_of(block))}</p>"

    def _quotes(self, blocks: Body) -> str:
        lines = "".join(f"<p>{self.spans(spans_of(block))}</p>" for block in blocks)
        return f"<blockquote>{lines}</blockquote>"

    def _list(self, blocks: Body) -> str:
        items = [block for block in blocks if isinstance(block, ListItem)]
        pieces: list[str] = []
        open_lists: list[tuple[int, bool]] = []
        for item in items:
            kind = (item.indent, item.number is not None)
            while open_lists and (
                open_lists[-1][0] > item.indent
                or (open_lists[-1][0] == item.indent and open_lists[-1][1] != kind[1])
            ):
                pieces.append("</li></ol>" if open_lists.pop()[1] else "</li></ul>")
            if open_lists and open_lists[-1] == kind:
                pieces.append("</li>")
            else:
                open_lists.append(kind)
                start = f' start="{item.number}"' if item.number not in {None, 1} else ""
                pieces.append(f"<ol{start}>" if kind[1] else "<ul>")
            pieces.append(f"<li>{self.spans(item.spans)}")
        while open_lists:
            pieces.append("</li></ol>" if open_lists.pop()[1] else "</li></ul>")
        return "".join(pieces)


_RUNS: dict[type[Block], Callable[[HtmlText, Body], str]] = {
    Quote: HtmlText._quotes,
    ListItem: HtmlText._list,
}
