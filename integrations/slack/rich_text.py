"""Slack's rich text blocks as a body.

Source: docs.slack.dev/reference/block-kit/blocks/rich-text-block.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from core.ids import ExternalTenant
from core.text import (
    Block,
    CodeBlock,
    Emoji,
    Hyperlink,
    ListItem,
    Paragraph,
    Quote,
    Span,
    Spans,
    Text,
    span_text,
)
from integrations.common.emoji import character_of
from integrations.slack.fields import (
    Json,
    clean,
    flag_in,
    number_in,
    object_in,
    objects_in,
    text_in,
)
from integrations.slack.mrkdwn import mention_of


@dataclass(frozen=True, slots=True)
class Names:
    """What a payload says elsewhere about the ids in its rich text."""

    members: dict[str, str] = field(default_factory=dict)
    channels: dict[str, str] = field(default_factory=dict)
    groups: dict[str, str] = field(default_factory=dict)


def parse_rich_text(block: Json, tenant: ExternalTenant, names: Names) -> Iterator[Block]:
    """The blocks of one `rich_text` block. Unknown elements are read for the text in them."""
    elements = list(objects_in(block, "elements"))
    for position, element in enumerate(elements):
        is_last = position == len(elements) - 1
        yield from _element(element, tenant, names, is_last)


def _element(element: Json, tenant: ExternalTenant, names: Names, is_last: bool) -> Iterator[Block]:
    match text_in(element, "type"):
        case "rich_text_list":
            yield from _list(element, tenant, names)
        case "rich_text_quote":
            if spans := _spans(element, tenant, names):
                yield Quote(spans)
        case "rich_text_preformatted":
            text = "".join(span_text(span) for span in _spans(element, tenant, names))
            if text:
                yield CodeBlock(text)
        case _:
            spans = _spans(element, tenant, names)
            # The composer ends a section with a line break before a list or a quote.
            spans = spans if is_last else _without_last_break(spans)
            if spans:
                yield Paragraph(spans)


def _without_last_break(spans: Spans) -> Spans:
    if spans and isinstance(last := spans[-1], Text) and last.text.endswith("\n"):
        text = last.text[:-1]
        return (*spans[:-1], _text(text, last)) if text else spans[:-1]
    return spans


def _text(text: str, style: Text) -> Text:
    return Text(text, style.bold, style.italic, style.strike, style.code)


def _list(element: Json, tenant: ExternalTenant, names: Names) -> Iterator[Block]:
    indent = max(0, number_in(element, "indent"))
    ordered = text_in(element, "style") == "ordered"
    first = number_in(element, "offset") + 1
    for position, item in enumerate(objects_in(element, "elements")):
        number = first + position if ordered else None
        yield ListItem(_spans(item, tenant, names), number, indent)


def _spans(element: Json, tenant: ExternalTenant, names: Names) -> Spans:
    found = (_span(inner, tenant, names) for inner in objects_in(element, "elements"))
    return tuple(span for span in found if span is not None)


def _span(element: Json, tenant: ExternalTenant, names: Names) -> Span | None:
    match text_in(element, "type"):
        case "link":
            return _link(element)
        case "emoji":
            return _emoji(element)
        case "user":
            member = text_in(element, "user_id")
            return mention_of(member, names.members.get(member, ""), tenant) if member else None
        case _:
            text = _words(element, names)
            return _styled(element, text) if text else None


def _words(element: Json, names: Names) -> str:
    """What an element says that has no power of its own here."""
    match text_in(element, "type"):
        case "channel":
            return f"#{names.channels.get(text_in(element, 'channel_id'), 'channel')}"
        case "usergroup":
            return f"@{names.groups.get(text_in(element, 'usergroup_id'), 'group')}"
        case "broadcast":
            return f"@{text_in(element, 'range') or 'channel'}"
        case "color":
            return text_in(element, "value")
        case "date":
            return text_in(element, "fallback") or _date(number_in(element, "timestamp"))
        case _:
            return text_in(element, "text")


def _date(seconds: int) -> str:
    if not 0 < seconds < 253_402_300_800:
        return ""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"


def _styled(element: Json, text: str) -> Text:
    style = object_in(element, "style")
    return Text(
        text,
        bold=flag_in(style, "bold"),
        italic=flag_in(style, "italic"),
        strike=flag_in(style, "strike"),
        code=flag_in(style, "code"),
    )


def _link(element: Json) -> Span | None:
    url, label = text_in(element, "url"), text_in(element, "text")
    return Hyperlink(url, "" if label == url else label) if url else None


def _emoji(element: Json) -> Span | None:
    name = text_in(element, "name")
    if not name:
        return None
    tone = number_in(element, "skin_tone")
    if 2 <= tone <= 6 and "::" not in name:
        name = f"{name}::skin-tone-{tone}"
    return Emoji(name, character_of(name) or _character(text_in(element, "unicode")))


def _character(codes: str) -> str:
    """`1f44b-1f3fc` as the character it stands for, empty when it stands for none."""
    try:
        return clean("".join(chr(int(code, 16)) for code in codes.split("-"))) if codes else ""
    except (ValueError, OverflowError):
        return ""
