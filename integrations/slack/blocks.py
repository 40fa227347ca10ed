"""What apps post: Block Kit blocks and attachments, as a body and notes.

Sources: docs.slack.dev/reference/block-kit/blocks,
docs.slack.dev/messaging/formatting-message-text (attachments).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from core.ids import ExternalTenant
from core.text import Block, Body, Hyperlink, Paragraph, Quote, Span, Text
from integrations.slack.fields import Json, flag_in, object_in, objects_in, text_in
from integrations.slack.mrkdwn import parse_mrkdwn, parse_spans
from integrations.slack.rich_text import Names, parse_rich_text

BUTTONS_NOTE = "This has buttons that only work in Slack."
_CONTROLS = frozenset({"actions", "input", "context_actions"})
_SILENT = frozenset({"divider"})


@dataclass(frozen=True, slots=True)
class Said:
    """What was read from blocks: a body, and lines for what has no place in one."""

    body: Body
    notes: tuple[str, ...] = ()


def parse_blocks(blocks: Iterable[Json], tenant: ExternalTenant, names: Names) -> Said:
    """Read the blocks of a message, in order."""
    body: list[Block] = []
    notes: list[str] = []
    for block in blocks:
        kind = text_in(block, "type")
        if kind == "rich_text":
            body.extend(parse_rich_text(block, tenant, names))
        elif kind in _CONTROLS:
            notes.append(BUTTONS_NOTE)
        elif found := list(_app_block(kind, block, tenant)):
            body.extend(found)
        elif kind not in _SILENT:
            notes.append(f"A part of this can only be seen in Slack ({kind or 'unknown'}).")
    return Said(tuple(body), tuple(dict.fromkeys(notes)))


def _app_block(kind: str, block: Json, tenant: ExternalTenant) -> Iterator[Block]:
    match kind:
        case "section":
            yield from _text_object(object_in(block, "text"), tenant)
            for item in objects_in(block, "fields"):
                yield from _text_object(item, tenant)
        case "header":
            if text := text_in(object_in(block, "text"), "text"):
                yield Paragraph((Text(text, bold=True),))
        case "context":
            for item in objects_in(block, "elements"):
                yield from _text_object(item, tenant)
        case "image" | "video":
            yield from _picture(block)
        case "markdown":
            if text := text_in(block, "text"):
                yield Paragraph((Text(text),))
        case _:
            return


def _text_object(value: Json, tenant: ExternalTenant) -> Iterator[Block]:
    text = text_in(value, "text")
    if text and text_in(value, "type") == "mrkdwn":
        yield from parse_mrkdwn(text, tenant)
    elif text:
        yield Paragraph((Text(text),))


def _picture(block: Json) -> Iterator[Block]:
    label = text_in(block, "alt_text") or text_in(object_in(block, "title"), "text")
    url = text_in(block, "image_url") or text_in(block, "video_url")
    if url:
        yield Paragraph((Hyperlink(url, label),))
    elif label:
        yield Paragraph((Text(label),))


def is_preview(attachment: Json) -> bool:
    """Whether Slack made an attachment from a link in the text, rather than somebody a message."""
    if flag_in(attachment, "is_share"):
        return False
    return any(text_in(attachment, key) for key in ("from_url", "app_unfurl_url", "original_url"))


def parse_attachments(attachments: Iterable[Json], tenant: ExternalTenant) -> Said:
    """Read attachments: an app's own, and messages that somebody shared. Previews are left out."""
    body: list[Block] = []
    notes: list[str] = []
    for attachment in attachments:
        if is_preview(attachment):
            continue
        said = _attachment(attachment, tenant)
        body.extend(said.body)
        notes.extend(said.notes)
    return Said(tuple(body), tuple(dict.fromkeys(notes)))


def _attachment(attachment: Json, tenant: ExternalTenant) -> Said:
    if flag_in(attachment, "is_share"):
        return Said(tuple(_shared(attachment, tenant)))
    inner = parse_blocks(objects_in(attachment, "blocks"), tenant, Names())
    body = (*_parts(attachment, tenant), *inner.body)
    if not body and (fallback := text_in(attachment, "fallback")):
        body = parse_mrkdwn(fallback, tenant)
    has_buttons = any(True for _ in objects_in(attachment, "actions"))
    return Said(body, (*inner.notes, *((BUTTONS_NOTE,) if has_buttons else ())))


def _shared(attachment: Json, tenant: ExternalTenant) -> Iterator[Block]:
    author = text_in(attachment, "author_name")
    spans = parse_spans(text_in(attachment, "text"), tenant)
    who: tuple[Span, ...] = (Text(f"{author}: "),) if author else ()
    if spans:
        yield Quote((*who, *spans))


def _parts(attachment: Json, tenant: ExternalTenant) -> Iterator[Block]:
    yield from parse_mrkdwn(text_in(attachment, "pretext"), tenant)
    if title := text_in(attachment, "title"):
        link = text_in(attachment, "title_link")
        yield Paragraph((Hyperlink(link, title) if link else Text(title, bold=True),))
    yield from parse_mrkdwn(text_in(attachment, "text"), tenant)
    for item in objects_in(attachment, "fields"):
        label = text_in(item, "title")
        value = parse_spans(text_in(item, "value"), tenant)
        spans = (*((Text(f"{label}: ", bold=True),) if label else ()), *value)
        if spans:
            yield Paragraph(spans)
    if picture := text_in(attachment, "image_url"):
        yield Paragraph((Hyperlink(picture, text_in(attachment, "fallback")),))
    if footer := text_in(attachment, "footer"):
        yield Paragraph(parse_spans(footer, tenant))
