"""What Teams checks in an activity before it takes it from a bot."""

from __future__ import annotations

import json
import re
from typing import Any

from integrations.sandbox.teams.cards import CARD_TYPE, CardError, check_card
from integrations.sandbox.teams.model import Json
from integrations.sandbox.teams.refusals import bad_argument, bad_syntax, too_big

LARGEST_MESSAGE = 100 * 1024
INLINE_IMAGE_LIMIT = 1024 * 1024
TYPES = frozenset({"message", "typing"})
IMAGES = frozenset({"image/png", "image/jpeg", "image/jpg", "image/gif", "image/*"})
CARDS = frozenset(
    {
        CARD_TYPE,
        "application/vnd.microsoft.card.hero",
        "application/vnd.microsoft.card.thumbnail",
        "application/vnd.microsoft.card.receipt",
        "application/vnd.microsoft.card.signin",
        "application/vnd.microsoft.card.oauth",
        "application/vnd.microsoft.card.list",
        "application/vnd.microsoft.teams.card.list",
        "application/vnd.microsoft.teams.card.o365connector",
        "application/vnd.microsoft.teams.card.file.consent",
        "application/vnd.microsoft.teams.card.file.info",
    }
)
TEXT_FORMATS = frozenset({"plain", "markdown", "xml", "extendedmarkdown"})
BASE64_IMAGE = re.compile(rb"data:image/[a-z*+]+;base64,[A-Za-z0-9+/=]+")


def read_json(body: bytes) -> Json:
    """A request body as an object. Raises RefusalError 400."""
    try:
        value = json.loads(body)
    except ValueError:
        raise bad_syntax("The request body is no JSON.") from None
    if not isinstance(value, dict):
        raise bad_syntax("The request body is no object.")
    return value


def check_size(body: bytes) -> None:
    """Refuse more than about 100 KB counted as UTF-16; base64 images do not count.

    Source: bots/how-to/format-your-bot-messages. Raises RefusalError 413.
    """
    if len(body) * 2 <= LARGEST_MESSAGE:
        return
    text = BASE64_IMAGE.sub(b"", body).decode(errors="replace")
    if "\\u" in text:
        text = json.dumps(json.loads(text), ensure_ascii=False)
    if len(text.encode("utf-16-le", errors="surrogatepass")) > LARGEST_MESSAGE:
        raise too_big()


def check_activity(activity: Json) -> None:
    """Refuse what Teams refuses. Raises RefusalError 400."""
    kind = activity.get("type", "message")
    if kind not in TYPES:
        raise bad_argument("Unknown activity type")
    if kind == "typing":
        return
    text = activity.get("text")
    if text is not None and not isinstance(text, str):
        raise bad_syntax("text is no string")
    if str(activity.get("textFormat") or "markdown").lower() not in TEXT_FORMATS:
        raise bad_argument("Unknown text format")
    attachments = _objects(activity, "attachments")
    if not text and not attachments:
        raise bad_syntax("Activity must include text or attachments")
    for attachment in attachments:
        _check_attachment(attachment)
    _check_mentions(activity, text or "", attachments)


def _objects(activity: Json, name: str) -> list[Json]:
    values = activity.get(name) or []
    if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
        raise bad_syntax(f"{name} is no list of objects")
    return values


def _check_attachment(attachment: Json) -> None:
    kind = attachment.get("contentType")
    if kind == CARD_TYPE:
        try:
            check_card(attachment.get("content"))
        except CardError as error:
            raise bad_argument(f"Adaptive card is not valid: {error}") from error
    elif kind in IMAGES:
        _check_image(attachment.get("contentUrl"))
    elif kind not in CARDS and kind not in ("text/html", "text/plain"):
        raise bad_argument(f"Unknown attachment type {kind}")


def _check_image(url: Any) -> None:
    if not isinstance(url, str) or not url.startswith(("https://", "http://", "data:image/")):
        raise bad_argument("Image attachment without a usable contentUrl")
    if url.startswith("data:") and len(url) * 3 // 4 > INLINE_IMAGE_LIMIT:
        raise bad_argument("Image is larger than 1 MB")


def _check_mentions(activity: Json, text: str, attachments: list[Json]) -> None:
    for entity in _objects(activity, "entities"):
        if entity.get("type") != "mention":
            continue
        mentioned = entity.get("mentioned")
        if not isinstance(mentioned, dict) or not mentioned.get("id"):
            raise bad_argument("Mention without the id of whom it mentions")
        shown = entity.get("text")
        if not shown or not (shown in text or _in_cards(str(shown), attachments)):
            raise bad_argument("Mention text is not in the text of the activity")


def _in_cards(shown: str, attachments: list[Json]) -> bool:
    return any(shown in json.dumps(a.get("content"), ensure_ascii=False) for a in attachments)


def splits(activity: Json) -> bool:
    """Whether Teams makes several messages of this activity and gives no usable id."""
    attachments = [
        a for a in activity.get("attachments") or () if a.get("contentType") != "text/html"
    ]
    if activity.get("text") and attachments:
        return True
    return len(attachments) > 1 and activity.get("attachmentLayout") != "carousel"
