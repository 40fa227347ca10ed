"""Files into a conversation (docs.slack.dev/messaging/working-with-files).

Three steps: an address for the bytes, the bytes, and the message that shows the file.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

from core.failures import CallFailed, Unsure
from core.ids import ExternalMessage, Marker
from core.ports import Destination, Part
from integrations.slack.client import Access, SlackClient
from integrations.slack.fields import object_in, objects_in, text_in
from integrations.slack.ids import is_timestamp
from integrations.slack.markers import block_id_with

_LOOKS = (0.1, 0.2, 0.4, 0.8)
"""Slack shows an upload a moment after it was completed: so long to wait between looks, seconds."""


async def upload_file(
    client: SlackClient,
    access: Access,
    destination: Destination,
    part: Part,
    marker: Marker,
    content: bytes,
) -> ExternalMessage:
    """Put a file into the thread and give back the message's id.

    Where Slack does not tell the message in time, the file's own id stands for it. Only the last
    step shows anything, so only there a lost answer is `Unsure`.
    """
    name = str(part.payload["file"])
    announced: dict[str, Any] = {"filename": name, "length": len(content)}
    if alternative := part.payload.get("alt_text"):
        announced["alt_txt"] = alternative
    place = await client.call(access, "files.getUploadURLExternal", announced)
    url, file = text_in(place, "upload_url"), text_in(place, "file_id")
    await client.upload(url, access, content)
    arguments = {
        "files": [{"id": file, "title": name}],
        "channel_id": destination.conversation,
        "thread_ts": destination.thread,
        "blocks": [_credit(str(part.payload["by"]), marker)],
    }
    done = await client.call(
        access,
        "files.completeUploadExternal",
        arguments,
        repeatable=False,
        conversation=destination.conversation,
    )
    for shown in objects_in(done, "files"):
        if timestamp := _shared_at(shown, destination.conversation):
            return ExternalMessage(timestamp)
    if not file:
        raise Unsure("no_file_id")
    return await _look_for(client, access, destination.conversation, file)


def _credit(by: str, marker: Marker) -> dict[str, Any]:
    """Uploads can't carry another name, so whose file it is stands beside it; with our mark."""
    words = {"type": "text", "text": by, "style": {"italic": True}}
    section = {"type": "rich_text_section", "elements": [words]}
    return {"type": "rich_text", "block_id": block_id_with(marker), "elements": [section]}


async def _look_for(
    client: SlackClient, access: Access, conversation: str, file: str
) -> ExternalMessage:
    for pause in _LOOKS:
        try:
            answer = await client.call(access, "files.info", {"file": file})
        except CallFailed:
            break  # the file is there; its own id will do
        if timestamp := _shared_at(object_in(answer, "file"), conversation):
            return ExternalMessage(timestamp)
        await asyncio.sleep(pause)
    return ExternalMessage(file)


def _shared_at(file: Mapping[str, Any], conversation: str) -> str:
    """When a file was shown in a conversation, empty when it was not yet."""
    shares = object_in(file, "shares")
    for kind in ("public", "private"):
        for share in objects_in(object_in(shares, kind), conversation):
            if is_timestamp(timestamp := text_in(share, "ts")):
                return timestamp
    return ""
