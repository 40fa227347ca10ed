"""Our own mark on what we send, and how we know ourselves again.

A message carries its marker in its metadata (docs.slack.dev/messaging/message-metadata). The
message of an uploaded file can't have metadata, so there the id of a block holds it.
"""

import re
from collections.abc import Mapping
from typing import Any

from core.ids import Marker
from integrations.slack.fields import Json, flag_in, object_in, objects_in, text_in

EVENT_TYPE = "exchange_copy"
_PAYLOAD_KEY = "delivery"
_BLOCK_PREFIX = "delivery:"
_MARKER = re.compile(r"\d+\.\d+(,\d+\.\d+)*\Z")  # a joined message carries several


def metadata_with(marker: Marker) -> dict[str, Any]:
    """The metadata of a message that we send."""
    return {"event_type": EVENT_TYPE, "event_payload": {_PAYLOAD_KEY: marker}}


def block_id_with(marker: Marker) -> str:
    """The id of the block beside a file that we upload."""
    return f"{_BLOCK_PREFIX}{marker}"


def markers_on(message: Json) -> tuple[Marker, ...]:
    """Our marks on a message."""
    metadata = object_in(message, "metadata")
    found = []
    if text_in(metadata, "event_type") == EVENT_TYPE:
        found.append(text_in(object_in(metadata, "event_payload"), _PAYLOAD_KEY))
    for block in objects_in(message, "blocks"):
        block_id = text_in(block, "block_id")
        if block_id.startswith(_BLOCK_PREFIX):
            found.append(block_id.removeprefix(_BLOCK_PREFIX))
    return tuple(Marker(mark) for mark in found if _MARKER.match(mark))


def bot_member_in(envelope: Mapping[str, Any]) -> str:
    """The id of our bot where an event arrived; empty when the envelope does not say."""
    for authorization in objects_in(envelope, "authorizations"):
        if flag_in(authorization, "is_bot"):
            return text_in(authorization, "user_id")
    return ""


def is_ours(envelope: Mapping[str, Any], message: Json) -> bool:
    """Whether our own app wrote a message: by its mark, its author or its app."""
    if text_in(object_in(message, "metadata"), "event_type") == EVENT_TYPE:
        return True
    bot = bot_member_in(envelope)
    if bot and text_in(message, "user") == bot:
        return True
    app = text_in(envelope, "api_app_id")
    profile = object_in(message, "bot_profile")
    return bool(app) and app in {text_in(message, "app_id"), text_in(profile, "app_id")}
