"""What a post says, in a form that belongs to no platform.

A body is a sequence of blocks, a block a sequence of spans. Text is always text: nothing in it has
power on any platform until that platform's `render` has escaped it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from core.ids import ExternalMember, ExternalTenant, PlatformName


@dataclass(frozen=True, slots=True)
class Text:
    """A run of characters in one style. May hold line breaks."""

    text: str
    bold: bool = False
    italic: bool = False
    strike: bool = False
    code: bool = False


@dataclass(frozen=True, slots=True)
class Hyperlink:
    """A web or mail address, and what people read in its place (empty: the address itself)."""

    url: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class MemberKey:
    """A person, as known on a platform."""

    platform: PlatformName
    tenant: ExternalTenant
    member: ExternalMember


@dataclass(frozen=True, slots=True)
class Mention:
    """A person spoken to. `who` is None when only the name is known; `city` is filled in later."""

    name: str
    who: MemberKey | None = None
    city: str = ""


@dataclass(frozen=True, slots=True)
class Emoji:
    """An emoji by its short name, with its character where there is one (custom ones have none)."""

    name: str
    character: str = ""


Span = Text | Hyperlink | Mention | Emoji
Spans = tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Plain text with styles."""

    spans: Spans


@dataclass(frozen=True, slots=True)
class Quote:
    """Words of somebody else."""

    spans: Spans


@dataclass(frozen=True, slots=True)
class ListItem:
    """One item of a list: `number` is None for bullets, `indent` counts from 0."""

    spans: Spans
    number: int | None = None
    indent: int = 0


@dataclass(frozen=True, slots=True)
class CodeBlock:
    """Text shown letter for letter."""

    text: str


Block = Paragraph | Quote | ListItem | CodeBlock
Body = tuple[Block, ...]


def paragraph(text: str) -> Body:
    """A body of one plain paragraph."""
    return (Paragraph((Text(text),)),)


def spans_of(block: Block) -> Spans:
    """The spans of a block; a code block is one code span."""
    return (Text(block.text, code=True),) if isinstance(block, CodeBlock) else block.spans


def span_text(span: Span) -> str:
    """A span as plain text."""
    match span:
        case Text(text=text):
            return text
        case Hyperlink(url=url, label=label):
            return f"{label} ({url})" if label and label != url else url
        case Mention(name=name, city=city):
            return f"@{name} ({city})" if city else f"@{name}"
        case Emoji(name=name, character=character):
            return character or f":{name}:"


def _prefix(block: Block) -> str:
    match block:
        case Quote():
            return "> "
        case ListItem(number=number, indent=indent):
            return "  " * indent + ("• " if number is None else f"{number}. ")
        case _:
            return ""


def plain_text(body: Body) -> str:
    """The body as plain text, one line a block."""
    return "\n".join(
        _prefix(block) + "".join(span_text(span) for span in spans_of(block)) for block in body
    )


def mentions_in(body: Body) -> Iterable[Mention]:
    """Every mention in a body, in order."""
    for block in body:
        for span in spans_of(block):
            if isinstance(span, Mention):
                yield span


def _span_to_json(span: Span) -> dict[str, Any]:
    match span:
        case Text():
            styles = [s for s in ("bold", "italic", "strike", "code") if getattr(span, s)]
            return {"t": span.text, "s": styles} if styles else {"t": span.text}
        case Hyperlink(url=url, label=label):
            return {"url": url, "label": label}
        case Mention(name=name, who=who, city=city):
            key = [who.platform, who.tenant, who.member] if who else None
            return {"mention": name, "who": key, "city": city}
        case Emoji(name=name, character=character):
            return {"emoji": name, "character": character}


def _span_from_json(data: Mapping[str, Any]) -> Span:
    if "t" in data:
        return Text(data["t"], **dict.fromkeys(data.get("s", ()), True))
    if "url" in data:
        return Hyperlink(data["url"], data["label"])
    if "mention" in data:
        who = MemberKey(*data["who"]) if data["who"] else None
        return Mention(data["mention"], who, data["city"])
    return Emoji(data["emoji"], data["character"])


def _block_to_json(block: Block) -> dict[str, Any]:
    if isinstance(block, CodeBlock):
        return {"kind": "code", "text": block.text}
    spans = [_span_to_json(span) for span in block.spans]
    match block:
        case ListItem(number=number, indent=indent):
            return {"kind": "item", "spans": spans, "number": number, "indent": indent}
        case Quote():
            return {"kind": "quote", "spans": spans}
        case Paragraph():
            return {"kind": "paragraph", "spans": spans}


def _block_from_json(data: Mapping[str, Any]) -> Block:
    if data["kind"] == "code":
        return CodeBlock(data["text"])
    spans = tuple(_span_from_json(span) for span in data["spans"])
    match data["kind"]:
        case "item":
            return ListItem(spans, data["number"], data["indent"])
        case "quote":
            return Quote(spans)
        case _:
            return Paragraph(spans)


def body_to_json(body: Body) -> list[dict[str, Any]]:
    """A body as plain JSON values, for keeping."""
    return [_block_to_json(block) for block in body]


def body_from_json(data: Iterable[Mapping[str, Any]]) -> Body:
    """A body from what `body_to_json` made."""
    return tuple(_block_from_json(block) for block in data)
