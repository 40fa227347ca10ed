"""Posts of the exchange as Slack messages. Pure."""

import json
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any

from core.ids import ExternalTenant
from core.places import Role
from core.ports import Content, FileLink, Part
from core.posts import Author, Count
from core.text import Block, Body, Paragraph, Quote, Text
from integrations.common.split import split_body
from integrations.slack.compose import is_web_address, mrkdwn_text, rich_text_elements
from integrations.slack.limits import LIMITS
from integrations.slack.mrkdwn import escape

Element = dict[str, Any]

_RESERVE = 100
_MOST_OF_A_MESSAGE = LIMITS.text - _RESERVE
_BLOCKS_SHARE = LIMITS.blocks_size // LIMITS.text
_NO_TEXT = "This message has no text."


def render(contents: Sequence[Content]) -> tuple[Part, ...]:
    """Put posts into messages: the text first, the rest of a long one and files in its thread."""
    if not contents:
        return ()
    tenant = contents[0].tenant
    lines = _note_lines(contents)
    tally = _tally_lines(contents)
    looks = _looks(contents)
    body = _whole_body(contents)
    room = _MOST_OF_A_MESSAGE - sum(len(line.fallback) + 1 for line in lines)
    pieces = split_body(body, lambda block: _size(block, tenant), max(room, LIMITS.text // 2))
    parts = []
    for number, piece in enumerate(pieces):
        is_last = number == len(pieces) - 1
        context = [*(lines if is_last else ()), *(tally if number == 0 else ())]
        parts.append(Part({**_message(piece, tenant, context), **looks}, in_thread=number > 0))
    return (*parts, *_file_parts(contents))


def _size(block: Block, tenant: ExternalTenant) -> int:
    """How much of a message's text a block takes, in `text` itself or (scaled) in blocks."""
    body = (block,)
    blocks = json.dumps(rich_text_elements(body, tenant), ensure_ascii=False)
    return max(len(mrkdwn_text(body, tenant)) + 1, len(blocks) // _BLOCKS_SHARE + 1)


def shown_name(author: Author) -> str:
    """`Mayor Ana Ruiz · Boston, MA`: never longer than Slack takes, never with markup in it."""
    name = _tame(author.name)
    if author.role is Role.MAYOR and not name.lower().startswith("mayor "):
        name = f"Mayor {name}".strip()
    city = _tame(author.city)
    tail = f" · {city}" if city else ""
    room = max(LIMITS.username - len(tail), 10)
    if len(name) > room:
        name = name[: room - 1].rstrip() + "…"
    return f"{name or 'Somebody'}{tail}"[: LIMITS.username]


def _tame(text: str) -> str:
    kept = "".join(
        " " if unicodedata.category(c) in {"Zl", "Zp"} or c in "\t\n\r" else c
        for c in text
        if c not in "<>`" and (unicodedata.category(c) not in {"Cc", "Cf", "Cs"} or c in "\t\n\r")
    )
    return " ".join(kept.replace("·", "-").split()).lstrip("@# ")


def _looks(contents: Sequence[Content]) -> Element:
    """User name and picture; a message of several people goes out under the app's own name."""
    first = contents[0].author
    if any(content.author != first for content in contents):
        return {}
    picture = first.picture_url
    looks: Element = {"username": shown_name(first)}
    if picture.startswith(("https://", "http://127.0.0.1", "http://localhost")):
        looks["icon_url"] = picture
    return looks


def _whole_body(contents: Sequence[Content]) -> Body:
    several = any(content.named or content.author != contents[0].author for content in contents)
    blocks: list[Block] = []
    for number, content in enumerate(contents):
        if number:
            blocks.append(Paragraph(()))
        if several:
            blocks.append(Paragraph((Text(shown_name(content.author), bold=True),)))
        if content.in_reply_to:
            blocks.append(Quote((Text(content.in_reply_to),)))
        blocks.extend(content.body or _stand_in(content))
    return tuple(blocks)


def _stand_in(content: Content) -> Body:
    """What is said for a post without words."""
    names = ", ".join(link.file.name for link in content.files)
    if names:
        return (Paragraph((Text(f"Shared {names}"),)),)
    return () if content.notes else (Paragraph((Text(_NO_TEXT),)),)


class _Line:
    """One line below a message: an element of a context block, and the same as plain text."""

    def __init__(self, element: Element, fallback: str) -> None:
        self.element = element
        self.fallback = fallback


def _plain_line(text: str) -> _Line:
    shown = text[: LIMITS.context_text]
    return _Line({"type": "plain_text", "text": shown, "emoji": False}, escape(shown))


def _note_lines(contents: Sequence[Content]) -> list[_Line]:
    lines = [_plain_line(note) for content in contents for note in content.notes if note.strip()]
    links = (link for content in contents for link in content.files)
    return [*lines, *(_file_line(link) for link in links if not link.file.has_content)]


def _file_line(link: FileLink) -> _Line:
    reason = f" ({link.file.problem})" if link.file.problem else ""
    if not is_web_address(link.url):
        return _plain_line(f"File not copied: {link.file.name}{reason}")
    label = escape(link.file.name[:150].replace("|", "¦").replace("\n", " "))
    text = f"File: <{escape(link.url)}|{label}>{escape(reason)}"
    return _Line({"type": "mrkdwn", "text": text, "verbatim": True}, text)


def _tally_lines(contents: Sequence[Content]) -> list[_Line]:
    lines = []
    for content in contents:
        if content.tally:
            who = f"{shown_name(content.author)}: " if len(contents) > 1 else ""
            line = _plain_line(who + _tally(content.tally))
            # The tally changes often and is no part of what was said.
            lines.append(_Line(line.element, ""))
    return lines


def _tally(counts: Sequence[Count]) -> str:
    shown = []
    for number, count in enumerate(counts):
        cities = "" if number else (" city" if count.cities == 1 else " cities")
        sign = count.character or f":{count.emoji}:"
        shown.append(f"{sign} {count.people} from {count.cities}{cities}")
    return " · ".join(shown)


def _message(body: Body, tenant: ExternalTenant, lines: Sequence[_Line]) -> Element:
    blocks: list[Element] = []
    if elements := rich_text_elements(body, tenant):
        blocks.append({"type": "rich_text", "elements": elements})
    blocks.extend(_context_blocks([line.element for line in lines]))
    words = [mrkdwn_text(body, tenant), *(line.fallback for line in lines)]
    text = "\n".join(word for word in words if word.strip())
    return {"text": text[: LIMITS.text] or _NO_TEXT, "blocks": blocks}


def _context_blocks(elements: Sequence[Element]) -> Iterator[Element]:
    step = LIMITS.context_elements
    for start in range(0, len(elements), step):
        yield {"type": "context", "elements": list(elements[start : start + step])}


def _file_parts(contents: Sequence[Content]) -> Iterator[Part]:
    for content in contents:
        for link in content.files:
            file = link.file
            if file.has_content:
                payload = {
                    "file": _file_name(file.name),
                    "alt_text": file.alt_text[: LIMITS.alternative_text],
                    "media_type": file.media_type,
                    "by": shown_name(content.author),
                }
                yield Part(payload, in_thread=True, file=file.id)


def _file_name(name: str) -> str:
    """A name without folders or control characters: it is only ever a name."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(c for c in last if unicodedata.category(c)[0] != "C").strip(". ")
    return kept[-LIMITS.file_name :] or "file"
