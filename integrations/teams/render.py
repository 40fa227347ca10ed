"""Posts as Teams messages. Pure.

A message is HTML (`textFormat: xml`): "Format your bot messages" on learn.microsoft.com lists what
it keeps: bold, italic, strike-through, lists, preformatted text, quotes and links. Text and an
attachment never go in one activity: Teams splits such a one and gives back no id that can be used.
"""

from collections.abc import Sequence
from typing import Any

from core.places import Role
from core.ports import Content, FileLink, Part
from core.posts import Author, Count
from core.text import Block, Body, plain_text
from integrations.common.split import split_body
from integrations.teams.html_text import HtmlText, plain_html
from integrations.teams.limits import LIMITS, utf16_size

_SEPARATOR = " · "


def render(contents: Sequence[Content]) -> tuple[Part, ...]:
    """Put posts into Teams' form; see `core.ports.Platform.render`."""
    if not contents:
        return ()
    if len(contents) > 1:
        return _joined(contents)
    return _single(contents[0])


def speaker(author: Author) -> str:
    """The first line, as HTML: role and name in bold, then the city."""
    name = author.name.strip() or "Somebody"
    if author.role is Role.MAYOR and not name.lower().startswith("mayor "):
        name = f"Mayor {name}"
    app = " (app)" if author.is_app else ""
    city = f"{_SEPARATOR}{plain_html(author.city)}" if author.city else ""
    return f"<b>{plain_html(_one_line(name))}</b>{app}{city}"


def message(html: str, entities: Sequence[dict[str, Any]] = ()) -> dict[str, Any]:
    """A message activity with this HTML."""
    activity: dict[str, Any] = {"type": "message", "textFormat": "xml", "text": html}
    if entities:
        activity["entities"] = list(entities)
    return activity


def tally_line(tally: Sequence[Count]) -> str:
    """The tally as plain text: `👍 12 from 7 cities · 🎉 3`."""
    return _SEPARATOR.join(_count(count) for count in tally if count.people > 0)


def file_size(size: int) -> str:
    """A size as people read it."""
    if size >= 1_000_000:
        return f"{size / 1_000_000:.1f} MB"
    return f"{max(1, round(size / 1_000))} KB"


def _single(content: Content) -> tuple[Part, ...]:
    inline = [link for link in content.files if _fits_inline(link)]
    bodies = _cut(content.body, content)
    parts: list[Part] = []
    for number, body in enumerate(bodies):
        text = HtmlText(content.tenant)
        html = _head(content) if number == 0 else ""
        html += text.body(body)
        if number == len(bodies) - 1:
            html += _foot(content, inline)
        parts.append(Part(message(html, text.entities), in_thread=number > 0))
    parts.extend(_picture(link) for link in inline)
    pointer = _pointer(content)
    return (*parts, pointer) if pointer else tuple(parts)


def _joined(contents: Sequence[Content]) -> tuple[Part, ...]:
    parts: list[Part] = []
    waiting: list[str] = []
    text = HtmlText(contents[0].tenant)
    used = 0
    for content in contents:
        for number, body in enumerate(_cut(content.body, content)):
            html = (_head(content) if number == 0 else "") + text.body(body)
            if number == 0:
                html += _foot(content, [])
            size = utf16_size(html)
            if waiting and used + size > LIMITS.part_size:
                parts.append(Part(message("".join(waiting), text.entities)))
                text = HtmlText(content.tenant)
                html = (_head(content) if number == 0 else "") + text.body(body)
                html += _foot(content, []) if number == 0 else ""
                waiting, used = [], 0
            waiting.append(html)
            used += size
    parts.append(Part(message("".join(waiting), text.entities)))
    return tuple(parts)


def _cut(body: Body, content: Content) -> tuple[Body, ...]:
    def measure(block: Block) -> int:
        return utf16_size(HtmlText(content.tenant).body((block,)))

    return split_body(body, measure, LIMITS.part_size)


def _head(content: Content) -> str:
    head = f"<p>{speaker(content.author)}</p>"
    if content.in_reply_to:
        head += f"<blockquote><p>{plain_html(_one_line(content.in_reply_to))}</p></blockquote>"
    return head


def _foot(content: Content, inline: Sequence[FileLink]) -> str:
    lines = [_file_line(link) for link in content.files if link not in inline]
    lines.extend(f"<i>{plain_html(note)}</i>" for note in content.notes)
    tally = tally_line(content.tally)
    if tally:
        lines.append(f"<i>{plain_html(tally)}</i>")
    return "".join(f"<p>{line}</p>" for line in lines)


def _file_line(link: FileLink) -> str:
    name = plain_html(_one_line(link.file.name) or "file")
    about = [f"({file_size(link.file.size)})"] if link.file.size else []
    if link.file.alt_text:
        about.append(plain_html(_one_line(link.file.alt_text)))
    if not link.file.has_content or not link.url:
        about.append(plain_html(link.file.problem or "this file couldn't be copied"))
        return f"{name} {' '.join(about)}"
    return f'<a href="{plain_html(link.url)}">{name}</a> {" ".join(about)}'.rstrip()


def _fits_inline(link: FileLink) -> bool:
    file = link.file
    return (
        file.has_content
        and bool(link.url)
        and file.media_type in LIMITS.inline_types
        and file.size <= LIMITS.inline_size
    )


def _picture(link: FileLink) -> Part:
    file = link.file
    activity = {
        "type": "message",
        "attachments": [
            {
                "contentType": file.media_type,
                "contentUrl": link.url,
                "name": _one_line(file.alt_text or file.name),
            }
        ],
    }
    return Part(activity, in_thread=True, file=file.id)


def _pointer(content: Content) -> Part | None:
    """A line for the channel about a reply that its author wanted to be seen there too.

    A reply whose thread is not known here stands in the channel itself and needs none.
    """
    if not content.broadcast or content.in_reply_to:
        return None
    words = _shortened(_one_line(plain_text(content.body)))
    said = f": {plain_html(words)}" if words else "."
    line = f"<p>{speaker(content.author)} replied in a thread{said}</p>"
    return Part(message(line), pointer=True)


def _count(count: Count) -> str:
    shown = count.character or f":{count.emoji}:"
    if count.cities > 1:
        return f"{shown} {count.people} from {count.cities} cities"
    return f"{shown} {count.people}"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _shortened(text: str) -> str:
    if len(text) <= LIMITS.pointer_words:
        return text
    return text[: LIMITS.pointer_words].rstrip() + "…"
