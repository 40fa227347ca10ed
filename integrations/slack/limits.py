"""What Slack allows, in one table.

Sources: docs.slack.dev/reference/methods/chat.postMessage and chat.update (text),
docs.slack.dev/reference/block-kit/blocks and /block-elements (blocks),
docs.slack.dev/reference/views (views), docs.slack.dev/apis/web-api/rate-limits (pace),
slackapi/bolt-js#2509 (size of all blocks of one message).
"""

from dataclasses import dataclass

from core.pace import Pace


@dataclass(frozen=True, slots=True)
class Limits:
    """Lengths in characters, counts in items."""

    text: int = 4_000  # chat.update answers msg_too_long above it
    blocks: int = 50
    blocks_size: int = 12_000  # msg_blocks_too_long was seen at 13,200
    context_elements: int = 10
    context_text: int = 2_000
    list_indent: int = 8
    username: int = 80
    section_text: int = 3_000
    header_text: int = 150
    buttons: int = 25
    button_text: int = 75
    button_value: int = 2_000
    action_id: int = 255
    view_blocks: int = 100
    view_title: int = 24
    private_metadata: int = 3_000
    field_text: int = 2_000
    input_text: int = 3_000
    options: int = 100
    boxes: int = 10
    option_text: int = 75
    option_value: int = 150
    alternative_text: int = 1_000
    file_name: int = 200
    picture_url: int = 3_000


LIMITS = Limits()

CONVERSATION_PACES = (Pace(interval=1.0, burst=4),)
"""One message a second in a channel, short bursts tolerated."""

_TIER_2 = Pace(interval=60 / 20, burst=20)
_TIER_3 = Pace(interval=60 / 50, burst=50)
_TIER_4 = Pace(interval=60 / 100, burst=100)

METHOD_PACES: dict[str, Pace] = {
    "chat.update": _TIER_3,
    "chat.delete": _TIER_3,
    "chat.postEphemeral": _TIER_4,
    "reactions.add": _TIER_3,
    "reactions.remove": _TIER_2,
    "conversations.create": _TIER_2,
    "conversations.info": _TIER_3,
    "conversations.invite": _TIER_3,
    "conversations.join": _TIER_3,
    "conversations.list": _TIER_2,
    "conversations.open": _TIER_3,
    "users.info": _TIER_4,
    "users.list": _TIER_2,
    "bots.info": _TIER_3,
    "team.info": _TIER_3,
    "files.getUploadURLExternal": _TIER_4,
    "files.completeUploadExternal": _TIER_4,
    "files.info": _TIER_4,
    "files.delete": _TIER_3,
    "pins.add": _TIER_2,
    "views.open": _TIER_4,
    "views.publish": _TIER_4,
    "views.update": _TIER_4,
}
"""Per method and workspace. Missing on purpose, so that Slack's own Retry-After decides:
`chat.postMessage` ("several hundred per minute"), and `conversations.history` and `replies`, whose
limit depends on how the app is distributed."""
