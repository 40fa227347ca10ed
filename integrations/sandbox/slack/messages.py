"""Adding, changing, removing and reacting to messages, with the events Slack sends for each.

Events: docs.slack.dev/reference/events/message and its subtypes, reaction_added, app_mention.
"""

from __future__ import annotations

from integrations.sandbox.slack.model import (
    Conversation,
    Json,
    Message,
    SlackApiError,
    Workspace,
    ts_of,
)
from integrations.sandbox.slack.state import State


def listens(workspace: Workspace) -> bool:
    """Whether any app here would get events; spares the hot path their making."""
    return any(i.active and i.app.listens for i in workspace.installations)


def add_message(
    state: State,
    workspace: Workspace,
    conversation: Conversation,
    fields: Json,
    *,
    metadata: Json | None = None,
    parent: Message | None = None,
    broadcast: bool = False,
) -> Message:
    """Append a message; `fields` lacks only what time and thread give."""
    order = state.next_order(conversation)
    fields["ts"] = ts = ts_of(order)
    message = Message(ts, order, fields, metadata, parent=parent)
    if parent is not None:
        fields["thread_ts"] = parent.ts
        if parent.author:
            fields["parent_user_id"] = parent.author
        parent.replies.append(message)
        if broadcast:
            fields["subtype"] = "thread_broadcast"
    conversation.messages[order] = message
    if parent is None or broadcast:
        conversation.timeline.append(order)
    if state.changes.watched:
        _publish(state, "message", workspace, conversation, message)
    if listens(workspace):
        _emit_message(state, workspace, conversation, message, broadcast=broadcast)
    return message


def _emit_message(
    state: State,
    workspace: Workspace,
    conversation: Conversation,
    message: Message,
    *,
    broadcast: bool,
) -> None:
    event = {
        **message.fields,
        "channel": conversation.id,
        "event_ts": message.ts,
        "channel_type": conversation.channel_type,
    }
    if message.metadata is not None:
        event["metadata"] = message.metadata
    if broadcast and message.parent is not None:
        event["root"] = message.parent.as_json()
    state.events.emit(workspace, event, conversation)
    _emit_mentions(state, workspace, conversation, event)


def _emit_mentions(
    state: State, workspace: Workspace, conversation: Conversation, event: Json
) -> None:
    text = event.get("text") or ""
    if conversation.kind == "im" or "<@" not in text:
        return
    for installation in workspace.installations:
        own = event.get("bot_id") == installation.bot_id
        if own or f"<@{installation.bot_user}" not in text:
            continue
        mention = {k: v for k, v in event.items() if k not in {"subtype", "channel_type", "root"}}
        mention["type"] = "app_mention"
        state.events.emit(workspace, mention, conversation, only=installation)


def change_message(
    state: State,
    workspace: Workspace,
    conversation: Conversation,
    message: Message,
    fields: Json,
) -> None:
    """Replace what a message shows and tell of it (`message_changed`)."""
    before = message.as_json(metadata=True)
    message.fields = fields
    _publish(state, "changed", workspace, conversation, message)
    if listens(workspace):
        after = message.as_json(metadata=True)
        _emit_hidden(state, workspace, conversation, "message_changed", before, message=after)


def remove_message(
    state: State, workspace: Workspace, conversation: Conversation, message: Message
) -> None:
    """Delete a message. A thread root with replies becomes a tombstone, as in Slack."""
    if message.replies and message.fields.get("subtype") != "tombstone":
        _make_tombstone(state, workspace, conversation, message)
        return
    before = message.as_json(metadata=True)
    conversation.messages.pop(message.order, None)
    if message.order in conversation.timeline:
        conversation.timeline.remove(message.order)
    if message.parent is not None and message in message.parent.replies:
        message.parent.replies.remove(message)
    _publish(state, "deleted", workspace, conversation, message)
    if listens(workspace):
        _emit_hidden(
            state, workspace, conversation, "message_deleted", before, deleted_ts=message.ts
        )
    root = message.parent
    if root is not None and not root.replies and root.fields.get("subtype") == "tombstone":
        conversation.messages.pop(root.order, None)
        if root.order in conversation.timeline:
            conversation.timeline.remove(root.order)
        _publish(state, "deleted", workspace, conversation, root)


def _make_tombstone(
    state: State, workspace: Workspace, conversation: Conversation, message: Message
) -> None:
    message.reactions = {}
    fields: Json = {
        "subtype": "tombstone",
        "text": "This message was deleted.",
        "user": "USLACKBOT",
        "hidden": True,
        "type": "message",
        "ts": message.ts,
        "thread_ts": message.ts,
    }
    change_message(state, workspace, conversation, message, fields)
    message.metadata = None


def _emit_hidden(
    state: State,
    workspace: Workspace,
    conversation: Conversation,
    subtype: str,
    before: Json,
    **details: object,
) -> None:
    now = ts_of(state.next_order(conversation))
    event: Json = {
        "type": "message",
        "subtype": subtype,
        **details,
        "previous_message": before,
        "channel": conversation.id,
        "hidden": True,
        "ts": now,
        "event_ts": now,
        "channel_type": conversation.channel_type,
    }
    state.events.emit(workspace, event, conversation)


def add_reaction(
    state: State,
    workspace: Workspace,
    conversation: Conversation,
    message: Message,
    member: str,
    name: str,
) -> None:
    """Raises SlackApiError already_reacted or too_many_emoji."""
    users = message.reactions.get(name, [])
    if member in users:
        raise SlackApiError("already_reacted")
    if name not in message.reactions and len(message.reactions) >= 23:
        raise SlackApiError("too_many_emoji")
    message.reactions.setdefault(name, []).append(member)
    _tell_reaction(state, "reaction_added", workspace, conversation, message, member, name)


def remove_reaction(
    state: State,
    workspace: Workspace,
    conversation: Conversation,
    message: Message,
    member: str,
    name: str,
) -> None:
    """Raises SlackApiError no_reaction."""
    users = message.reactions.get(name, [])
    if member not in users:
        raise SlackApiError("no_reaction")
    users.remove(member)
    if not users:
        del message.reactions[name]
    _tell_reaction(state, "reaction_removed", workspace, conversation, message, member, name)


def _tell_reaction(
    state: State,
    kind: str,
    workspace: Workspace,
    conversation: Conversation,
    message: Message,
    member: str,
    name: str,
) -> None:
    _publish(state, "changed", workspace, conversation, message)
    event: Json = {
        "type": kind,
        "user": member,
        "reaction": name,
        "item": {"type": "message", "channel": conversation.id, "ts": message.ts},
        "event_ts": state.event_ts(),
    }
    if message.author:
        event["item_user"] = message.author
    state.events.emit(workspace, event, conversation)


def add_ephemeral(
    state: State, workspace: Workspace, conversation: Conversation, member: str, fields: Json
) -> str:
    """Show a message to one member only; answers its timestamp. No event is sent for it."""
    ts = ts_of(state.next_order(conversation))
    shown = {**fields, "ts": ts, "is_ephemeral": True, "to": member}
    conversation.ephemerals.append(shown)
    state.changes.publish("ephemeral", workspace.id, conversation.id, member=member, message=shown)
    return ts


def _publish(
    state: State,
    kind: str,
    workspace: Workspace,
    conversation: Conversation,
    message: Message,
) -> None:
    if state.changes.watched:
        state.changes.publish(
            kind, workspace.id, conversation.id, ts=message.ts, message=message.as_json()
        )
