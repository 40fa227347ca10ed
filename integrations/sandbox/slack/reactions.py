"""reactions.* and pins.* of the Web API. Source: docs.slack.dev/reference/methods/reactions.add."""

from __future__ import annotations

from integrations.sandbox.slack.call import Call, Method
from integrations.sandbox.slack.messages import add_reaction, remove_reaction
from integrations.sandbox.slack.model import Conversation, Json, Message, SlackApiError
from integrations.sandbox.slack.pace import Tier
from integrations.sandbox.slack.rich_text import EMOJI
from integrations.sandbox.slack.state import require_message


def _reacted(call: Call) -> tuple[Conversation, Message, str]:
    name = call.arguments.text("name").strip(":")
    if not name:
        raise SlackApiError("no_item_specified" if not call.arguments else "invalid_name")
    if not call.arguments.text("channel") or not call.arguments.text("timestamp"):
        raise SlackApiError("no_item_specified")
    base = name.partition("::")[0]
    if not EMOJI.fullmatch(f":{name}:") and base not in call.workspace.emoji:
        raise SlackApiError("invalid_name")
    conversation = call.visible_conversation()
    if call.bot_user not in conversation.members and conversation.kind != "public":
        raise SlackApiError("channel_not_found")
    if conversation.archived:
        raise SlackApiError("is_archived")
    return conversation, require_message(conversation, call.arguments.text("timestamp")), name


def reactions_add(call: Call) -> Json:
    """reactions.add."""
    conversation, message, name = _reacted(call)
    add_reaction(call.state, call.workspace, conversation, message, call.bot_user, name)
    call.message_id = message.ts
    return {}


def reactions_remove(call: Call) -> Json:
    """reactions.remove."""
    conversation, message, name = _reacted(call)
    remove_reaction(call.state, call.workspace, conversation, message, call.bot_user, name)
    call.message_id = message.ts
    return {}


def reactions_get(call: Call) -> Json:
    """reactions.get."""
    conversation = call.visible_conversation()
    message = require_message(conversation, call.arguments.text("timestamp"))
    return {"type": "message", "channel": conversation.id, "message": message.as_json()}


def _pin(call: Call, pinned: bool) -> Json:
    conversation = call.joined_conversation()
    message = require_message(conversation, call.arguments.text("timestamp"))
    if message.pinned is pinned:
        raise SlackApiError("already_pinned" if pinned else "no_pin")
    message.pinned = pinned
    item = {
        "type": "message",
        "channel": conversation.id,
        "message": message.as_json(),
        "created": call.state.seconds(),
        "created_by": call.bot_user,
    }
    event: Json = {
        "type": "pin_added" if pinned else "pin_removed",
        "user": call.bot_user,
        "channel_id": conversation.id,
        "item": item,
        "item_user": message.author,
        "pin_count": sum(m.pinned for m in conversation.messages.values()),
        "event_ts": call.state.event_ts(),
    }
    call.state.events.emit(call.workspace, event, conversation)
    call.state.changes.publish("pin", call.workspace.id, conversation.id, ts=message.ts)
    call.message_id = message.ts
    return {}


def pins_add(call: Call) -> Json:
    """pins.add."""
    return _pin(call, True)


def pins_remove(call: Call) -> Json:
    """pins.remove."""
    return _pin(call, False)


def pins_list(call: Call) -> Json:
    """pins.list: newest first."""
    conversation = call.visible_conversation()
    pinned = [m for m in conversation.messages.values() if m.pinned]
    items = [
        {
            "type": "message",
            "channel": conversation.id,
            "message": {**m.as_json(), "pinned_to": [conversation.id]},
            "created": int(m.order // 1_000_000),
        }
        for m in reversed(pinned)
    ]
    return {"items": items}


METHODS = {
    "reactions.add": Method(reactions_add, Tier.THREE, ("reactions:write",), True),
    "reactions.remove": Method(reactions_remove, Tier.TWO, ("reactions:write",), True),
    "reactions.get": Method(reactions_get, Tier.THREE, ("reactions:read",)),
    "pins.add": Method(pins_add, Tier.TWO, ("pins:write",), True),
    "pins.remove": Method(pins_remove, Tier.TWO, ("pins:write",), True),
    "pins.list": Method(pins_list, Tier.TWO, ("pins:read",)),
}
