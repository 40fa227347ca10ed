"""A body in Slack's own form: a rich text block, and the text beside it.

Nothing that people wrote is ever parsed by Slack: it stands in rich text elements, and in `text`
the three characters that begin markup are escaped. Sources:
docs.slack.dev/reference/block-kit/blocks/rich-text-block,
docs.slack.dev/messaging/formatting-message-text.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import groupby
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
    Paragraph,
    Quote,
    Span,
    Spans,
    Text,
    span_text,
)
from integrations.common.emoji import character_of, name_of
from integrations.slack.ids import SLACK, is_member
from integrations.slack.limits import LIMITS
from integrations.slack.mrkdwn import escape

Element = dict[str, Any]

_WEB_ADDRESS = re.compile(r"(?:https?://|mailto:|tel:)[^\s<>|]+\Z", re.IGNORECASE)
_STYLE_MARKS = {"bold": "*", "italic": "_", "strike": "~"}


def is_web_address(url: str) -> bool:
    """Whether an address may become a link; anything else is shown as text."""
    return _WEB_ADDRESS.match(url) is not None and len(url) <= LIMITS.picture_url


def member_to_mention(mention: Mention, tenant: ExternalTenant) -> str:
    """The id of a mentioned person who is at home in this team, otherwise an empty text."""
    who = mention.who
    if who is None or who.platform != SLACK or who.tenant != tenant or not is_member(who.member):
        return ""
    return who.member


def rich_text_elements(body: Body, tenant: ExternalTenant) -> list[Element]:
    """The elements of a rich text block; empty when the body holds no characters."""
    elements: list[Element] = []
    for kind, group in groupby(_numbered_runs(body), key=lambda pair: pair[0]):
        blocks = [block for _, block in group]
        elements.extend(_group(kind[0], blocks, tenant))
    return elements


def _numbered_runs(body: Body) -> Iterator[tuple[tuple[str, int], Block]]:
    """Each block with what tells whether it shares an element with the one before."""
    run = 0
    before: Block | None = None
    for block in body:
        if not _continues(before, block):
            run += 1
        before = block
        yield (type(block).__name__, run), block


def _continues(before: Block | None, block: Block) -> bool:
    match before, block:
        case Paragraph(), Paragraph():
            return True
        case ListItem(number=first, indent=outer), ListItem(number=second, indent=inner):
            if outer != inner or (first is None) != (second is None):
                return False
            return first is None or second == first + 1
        case _:
            return False


def _group(kind: str, blocks: list[Block], tenant: ExternalTenant) -> Iterator[Element]:
    match kind:
        case "Paragraph":
            elements = _elements(_with_breaks(blocks), tenant)
            if elements:
                yield {"type": "rich_text_section", "elements": elements}
        case "ListItem":
            yield from _list([block for block in blocks if isinstance(block, ListItem)], tenant)
        case _:
            yield from (element for block in blocks for element in _single(block, tenant))


def _single(block: Block, tenant: ExternalTenant) -> Iterator[Element]:
    if isinstance(block, CodeBlock) and block.text:
        text = {"type": "text", "text": block.text}
        yield {"type": "rich_text_preformatted", "elements": [text]}
    elif isinstance(block, Quote) and (elements := _elements(block.spans, tenant)):
        yield {"type": "rich_text_quote", "elements": elements}


def _with_breaks(blocks: list[Block]) -> Iterator[Span]:
    for position, block in enumerate(blocks):
        if position:
            yield Text("\n")
        if isinstance(block, Paragraph):
            yield from block.spans


def _list(items: list[ListItem], tenant: ExternalTenant) -> Iterator[Element]:
    first = items[0]
    sections = [
        {"type": "rich_text_section", "elements": _elements(item.spans, tenant) or [_text(" ", {})]}
        for item in items
    ]
    element: Element = {
        "type": "rich_text_list",
        "style": "bullet" if first.number is None else "ordered",
        "indent": min(max(first.indent, 0), LIMITS.list_indent),
        "elements": sections,
    }
    if first.number is not None and first.number > 1:
        element["offset"] = first.number - 1
    yield element


def _elements(spans: Iterable[Span], tenant: ExternalTenant) -> list[Element]:
    return [element for span in spans if (element := _element(span, tenant))]


def _element(span: Span, tenant: ExternalTenant) -> Element | None:
    match span:
        case Text():
            styles = {s: True for s in (*_STYLE_MARKS, "code") if getattr(span, s)}
            return _text(span.text, styles) if span.text else None
        case Hyperlink(url=url, label=label) if is_web_address(url):
            return {"type": "link", "url": url, **({"text": label} if label else {})}
        case Mention() if member := member_to_mention(span, tenant):
            return {"type": "user", "user_id": member}
        case Emoji():
            return _emoji(span) or _text(span_text(span), {})
    text = span_text(span)
    return _text(text, {}) if text else None


def _text(text: str, style: dict[str, bool]) -> Element:
    return {"type": "text", "text": text, **({"style": style} if style else {})}


def _emoji(span: Emoji) -> Element | None:
    """An emoji that every Slack has; a custom one of another workspace stays text."""
    name = name_of(span.character) or (span.name if character_of(span.name) else "")
    if not name:
        return None
    base, _, tone = name.partition("::skin-tone-")
    return {"type": "emoji", "name": base, **({"skin_tone": int(tone)} if tone else {})}


def mrkdwn_text(body: Body, tenant: ExternalTenant) -> str:
    """The body as message text: for notifications, search and programs that read no blocks."""
    return "\n".join(_line(block, tenant) for block in body)


def _line(block: Block, tenant: ExternalTenant) -> str:
    match block:
        case CodeBlock(text=text):
            return f"```\n{escape(text)}\n```"
        case Quote(spans=spans):
            return "\n".join(f"> {line}" for line in _words(spans, tenant).split("\n"))
        case ListItem(spans=spans, number=number, indent=indent):
            sign = "•" if number is None else f"{number}."
            return f"{'    ' * min(max(indent, 0), LIMITS.list_indent)}{sign} " + _words(
                spans, tenant
            )
        case Paragraph(spans=spans):
            return _words(spans, tenant)


def _words(spans: Spans, tenant: ExternalTenant) -> str:
    return "".join(_word(span, tenant) for span in spans)


def _word(span: Span, tenant: ExternalTenant) -> str:
    match span:
        case Text():
            return _styled(span)
        case Hyperlink(url=url, label=label) if is_web_address(url):
            shown = escape(label.replace("\n", " ").replace("|", "¦"))
            return f"<{escape(url)}|{shown}>" if label else f"<{escape(url)}>"
        case Mention() if member := member_to_mention(span, tenant):
            return f"<@{member}>"
        case _:
            return escape(span_text(span))


def _styled(span: Text) -> str:
    """Text with Slack's signs for its style, where they can't be misread."""
    text = escape(span.text)
    if not text or text != text.strip() or "\n" in text:
        return text
    if span.code:
        return text if "`" in text else f"`{text}`"
    for style, mark in _STYLE_MARKS.items():
        if getattr(span, style) and mark not in text:
            text = f"{mark}{text}{mark}"
    return text
