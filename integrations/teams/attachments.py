"""What hangs on a Teams message: files, images, cards, the message it answers."""

import json
import mimetypes
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.ids import ExternalFile
from core.posts import IncomingFile
from core.text import Block, Quote, Text
from integrations.teams.fields import number_at, object_at, text_at
from integrations.teams.html_body import InlineImage

HTML = "text/html"
_DOWNLOAD = "application/vnd.microsoft.teams.file.download.info"
_CARDS = ("application/vnd.microsoft.card.", "application/vnd.microsoft.teams.card.")
_REFERENCES = frozenset({"messageReference", "forwardedMessageReference"})
_MOST = 50
_MOST_QUOTED = 300

CARD_NOTE = "A card from another app can't be shown here."
UNKNOWN_NOTE = "An attachment can't be shown here."


@dataclass(slots=True)
class Attached:
    """What the attachments come to."""

    files: list[IncomingFile]
    notes: list[str]
    quotes: list[Block]
    ids: set[str]


def read_attachments(attachments: Sequence[Mapping[str, Any]]) -> Attached:
    """Sort attachments (other than the text itself) into files, notes and quoted messages."""
    attached = Attached([], [], [], set())
    for attachment in attachments[:_MOST]:
        if text_at(attachment, "id"):
            attached.ids.add(text_at(attachment, "id"))
        kind = text_at(attachment, "contentType")
        if kind != HTML:
            _read(attachment, kind, attached)
    if len(attachments) > _MOST:
        attached.notes.append(f"{len(attachments) - _MOST} more attachments can't be shown here.")
    attached.notes[:] = list(dict.fromkeys(attached.notes))
    return attached


def add_images(attached: Attached, images: Sequence[InlineImage]) -> None:
    """Add the images of the text. Teams lists most of them as attachments too, in order."""
    listed = [at for at, file in enumerate(attached.files) if _is_image(file)]
    for position, image in enumerate(images[:_MOST]):
        if position < len(listed):
            file = attached.files[listed[position]]
            attached.files[listed[position]] = _image(file.url, file.name, image.alt_text)
        else:
            attached.files.append(_image(image.url, "", image.alt_text))


def _read(attachment: Mapping[str, Any], kind: str, attached: Attached) -> None:
    name = text_at(attachment, "name")
    url = text_at(attachment, "contentUrl")
    if kind == _DOWNLOAD:
        attached.files.append(_download(attachment, name))
    elif kind.startswith("image/") and url:
        attached.files.append(_image(url, name, "", kind))
    elif kind in _REFERENCES:
        attached.quotes.extend(_quote(attachment))
    elif kind == "reference":
        shown = name or "A file"
        attached.notes.append(f"{shown} is kept in this city's Teams and can't be opened here.")
    elif kind.startswith(_CARDS):
        attached.notes.append(CARD_NOTE)
    else:
        attached.notes.append(UNKNOWN_NOTE)


def _download(attachment: Mapping[str, Any], name: str) -> IncomingFile:
    content = object_at(attachment, "content")
    url = text_at(content, "downloadUrl")
    shown = name or f"file.{text_at(content, 'fileType') or 'bin'}"
    return IncomingFile(
        external_id=ExternalFile(text_at(content, "uniqueId") or url),
        name=shown,
        media_type=_media_type(shown),
        size=number_at(content, "fileSize"),
        url=url,
    )


def _image(url: str, name: str, alt_text: str, kind: str = "image/*") -> IncomingFile:
    shown = name or "image.png"
    exact = kind if kind != "image/*" else _media_type(shown)
    return IncomingFile(ExternalFile(url), shown, exact, 0, url, alt_text)


def _is_image(file: IncomingFile) -> bool:
    return file.media_type.startswith("image/")


def _media_type(name: str) -> str:
    return mimetypes.guess_type(name)[0] or "application/octet-stream"


def _quote(attachment: Mapping[str, Any]) -> list[Block]:
    content: Any = attachment.get("content")
    if isinstance(content, str):
        try:
            content = json.loads(content)
        except (ValueError, RecursionError):
            return []
    words = text_at(content, "messagePreview")
    sender = text_at(content, "messageSender", "user", "displayName")
    if not words:
        return []
    shown = words if len(words) <= _MOST_QUOTED else words[:_MOST_QUOTED] + "…"
    return [Quote((Text(f"{sender}: {shown}" if sender else shown),))]
