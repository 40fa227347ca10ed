"""Text without HTML, as a body: plain, or the little Markdown that bots and clients send."""

import re
from collections.abc import Callable

from core.text import Block, Body, CodeBlock, Hyperlink, ListItem, Paragraph, Quote, Span, Text

MentionIn = Callable[[str], tuple[Span, ...]]
"""Gives what stands in place of `<at>NAME</at>`: takes the name."""

_AT = re.compile(r"<at(?:\s[^<>]{0,80})?>(.{0,200}?)</at>", re.DOTALL)
_FENCE = re.compile(r"^```[^\n]*\n(.*?)(?:\n```[ \t]*$|\Z)", re.DOTALL | re.MULTILINE)
_ITEM = re.compile(r"^(\s{0,16})(?:[-*+]|(\d{1,6})[.)])\s+(.*)$")
_INLINE = re.compile(
    r"`(?P<code>[^`\n]+)`"
    r"|\[(?P<label>[^\]\n]{1,500})\]\((?P<url>(?:https?://|mailto:)[^\s()<>]{1,2000})\)"
    r"|\*\*(?P<bold>(?=\S)[^*\n]+?(?<=\S))\*\*"
    r"|~~(?P<strike>(?=\S)[^~\n]+?(?<=\S))~~"
    r"|(?<![\w*])\*(?P<star>(?=\S)[^*\n]+?(?<=\S))\*(?![\w*])"
    r"|(?<!\w)_(?P<line>(?=\S)[^_\n]+?(?<=\S))_(?!\w)"
)


def from_plain(text: str, mention: MentionIn) -> Body:
    """Turn plain text into a body; a blank line begins a new paragraph. Pure, never raises."""
    blocks = []
    for part in re.split(r"\n[ \t]*\n", text.replace("\r\n", "\n").replace("\r", "\n")):
        spans = _with_mentions(part.strip(" \n"), mention, lambda piece: (Text(piece),))
        if spans:
            blocks.append(Paragraph(spans))
    return tuple(blocks)


def from_markdown(text: str, mention: MentionIn) -> Body:
    """Turn simple Markdown into a body. Pure, never raises."""
    blocks: list[Block] = []
    position = 0
    clean = text.replace("\r\n", "\n").replace("\r", "\n")
    for fence in _FENCE.finditer(clean):
        blocks.extend(_lines(clean[position : fence.start()], mention))
        if fence[1]:
            blocks.append(CodeBlock(fence[1]))
        position = fence.end()
    blocks.extend(_lines(clean[position:], mention))
    return tuple(blocks)


def _lines(text: str, mention: MentionIn) -> list[Block]:
    blocks: list[Block] = []
    waiting: list[str] = []

    def end_paragraph() -> None:
        spans = _with_mentions("\n".join(waiting).strip(" \n"), mention, _styled)
        waiting.clear()
        if spans:
            blocks.append(Paragraph(spans))

    for line in text.split("\n"):
        item = _ITEM.match(line)
        if item:
            end_paragraph()
            number = int(item[2]) if item[2] else None
            spans = _with_mentions(item[3].strip(), mention, _styled)
            if spans:
                blocks.append(ListItem(spans, number, min(len(item[1]) // 2, 8)))
        elif line.startswith(">"):
            end_paragraph()
            spans = _with_mentions(line[1:].strip(), mention, _styled)
            if spans:
                blocks.append(Quote(spans))
        elif line.strip():
            waiting.append(line)
        else:
            end_paragraph()
    end_paragraph()
    return blocks


def _with_mentions(
    text: str, mention: MentionIn, styled: Callable[[str], tuple[Span, ...]]
) -> tuple[Span, ...]:
    spans: list[Span] = []
    position = 0
    for found in _AT.finditer(text):
        spans.extend(_unless_empty(text[position : found.start()], styled))
        spans.extend(mention(found[1]))
        position = found.end()
    rest = text[position:]
    if position and not spans:
        rest = rest.lstrip(" \n")  # a removed mention of the bot leaves no gap at the beginning
    spans.extend(_unless_empty(rest, styled))
    return tuple(spans)


def _unless_empty(text: str, styled: Callable[[str], tuple[Span, ...]]) -> tuple[Span, ...]:
    return styled(text) if text else ()


def _styled(text: str) -> tuple[Span, ...]:
    spans: list[Span] = []
    position = 0
    for found in _INLINE.finditer(text):
        if found.start() > position:
            spans.append(Text(text[position : found.start()]))
        spans.append(_span(found))
        position = found.end()
    if position < len(text):
        spans.append(Text(text[position:]))
    return tuple(spans)


def _span(found: re.Match[str]) -> Span:
    if found["code"]:
        return Text(found["code"], code=True)
    if found["url"]:
        return Hyperlink(found["url"], found["label"])
    if found["bold"]:
        return Text(found["bold"], bold=True)
    if found["strike"]:
        return Text(found["strike"], strike=True)
    return Text(found["star"] or found["line"], italic=True)
