"""What happens to a channel and to an installation, with the events Slack sends for it.

Events: docs.slack.dev/reference/events (member_joined_channel, channel_archive, channel_left,
app_uninstalled, tokens_revoked, user_change, team_rename and others).
"""

from __future__ import annotations

from integrations.sandbox.slack.messages import add_message
from integrations.sandbox.slack.model import (
    Conversation,
    Installation,
    Json,
    Member,
    Workspace,
)
from integrations.sandbox.slack.state import State


def join(
    state: State,
    workspace: Workspace,
    conversation: Conversation,
    member: str,
    *,
    inviter: str = "",
) -> None:
    """Add a member; a no-op for one who is in."""
    if member in conversation.members:
        return
    conversation.members[member] = None
    fields: Json = {
        "subtype": f"{conversation.event_prefix}_join",
        "type": "message",
        "user": member,
        "text": f"<@{member}> has joined the channel",
    }
    event: Json = {
        "type": "member_joined_channel",
        "user": member,
        "channel": conversation.id,
        "channel_type": "G" if conversation.kind == "private" else "C",
        "team": workspace.id,
    }
    if inviter:
        fields["inviter"] = event["inviter"] = inviter
    event["event_ts"] = state.event_ts()
    state.events.emit(workspace, event, conversation, public=True)
    add_message(state, workspace, conversation, fields)
    state.changes.publish("conversation", workspace.id, conversation.id)


def leave(
    state: State, workspace: Workspace, conversation: Conversation, member: str, *, actor: str = ""
) -> None:
    """Remove a member; an app whose bot is removed gets `channel_left` or `group_left`."""
    if member not in conversation.members:
        return
    del conversation.members[member]
    own = next((i for i in workspace.installations if i.bot_user == member), None)
    if own is not None:
        left: Json = {
            "type": f"{conversation.event_prefix}_left",
            "channel": conversation.id,
            "actor_id": actor or member,
            "event_ts": state.event_ts(),
        }
        state.events.emit(workspace, left, only=own)
    event: Json = {
        "type": "member_left_channel",
        "user": member,
        "channel": conversation.id,
        "channel_type": "G" if conversation.kind == "private" else "C",
        "team": workspace.id,
        "event_ts": state.event_ts(),
    }
    state.events.emit(workspace, event, conversation)
    fields: Json = {
        "subtype": f"{conversation.event_prefix}_leave",
        "type": "message",
        "user": member,
        "text": f"<@{member}> has left the channel",
    }
    add_message(state, workspace, conversation, fields)
    state.changes.publish("conversation", workspace.id, conversation.id)


def set_archived(
    state: State, workspace: Workspace, conversation: Conversation, member: str, archived: bool
) -> None:
    """Archive or unarchive a channel."""
    word = "archive" if archived else "unarchive"
    fields: Json = {
        "subtype": f"{conversation.event_prefix}_{word}",
        "type": "message",
        "user": member,
        "text": f"<@{member}> {word}d the channel",
    }
    add_message(state, workspace, conversation, fields)
    conversation.archived = archived
    event: Json = {
        "type": f"{conversation.event_prefix}_{word}",
        "channel": conversation.id,
        "user": member,
        "is_moved": 0,
        "event_ts": state.event_ts(),
    }
    state.events.emit(workspace, event, conversation, public=True)
    state.changes.publish("conversation", workspace.id, conversation.id)


def rename(
    state: State, workspace: Workspace, conversation: Conversation, member: str, name: str
) -> None:
    """Give a channel another name."""
    old, conversation.name = conversation.name, name
    event: Json = {
        "type": f"{conversation.event_prefix}_rename",
        "channel": {
            "id": conversation.id,
            "is_channel": True,
            "is_mpim": False,
            "name": name,
            "name_normalized": name,
            "created": conversation.created,
        },
        "event_ts": state.event_ts(),
    }
    state.events.emit(workspace, event, conversation, public=True)
    fields: Json = {
        "subtype": f"{conversation.event_prefix}_name",
        "type": "message",
        "user": member,
        "old_name": old,
        "name": name,
        "text": f'<@{member}> has renamed the channel from "{old}" to "{name}"',
    }
    add_message(state, workspace, conversation, fields)
    state.changes.publish("conversation", workspace.id, conversation.id)


def set_about(
    state: State,
    workspace: Workspace,
    conversation: Conversation,
    member: str,
    what: str,
    value: str,
) -> None:
    """Set the topic or the purpose; `what` names which."""
    setattr(conversation, what, value)
    shown = "topic" if what == "topic" else "description"
    fields: Json = {
        "subtype": f"{conversation.event_prefix}_{what}",
        "type": "message",
        "user": member,
        what: value,
        "text": f"<@{member}> set the channel {shown}: {value}",
    }
    add_message(state, workspace, conversation, fields)


def delete_channel(
    state: State, workspace: Workspace, conversation: Conversation, member: str
) -> None:
    """Delete a channel for good."""
    event: Json = {
        "type": f"{conversation.event_prefix}_deleted",
        "channel": conversation.id,
        "actor_id": member,
        "event_ts": state.event_ts(),
    }
    state.events.emit(workspace, event, conversation, public=True)
    workspace.conversations.pop(conversation.id, None)
    state.changes.publish("conversation", workspace.id, conversation.id)


def uninstall(state: State, workspace: Workspace, installation: Installation) -> None:
    """Remove an app: its token answers account_inactive; both events go out, in no fixed order."""
    event: Json = {"type": "app_uninstalled", "event_ts": state.event_ts()}
    state.events.emit(workspace, event, only=installation)
    revoke(state, workspace, installation)
    installation.status = "uninstalled"
    for conversation in workspace.conversations.values():
        conversation.members.pop(installation.bot_user, None)
    state.changes.publish("installation", workspace.id)


def revoke(state: State, workspace: Workspace, installation: Installation) -> None:
    """Revoke the bot token: it answers token_revoked from now on."""
    event: Json = {
        "type": "tokens_revoked",
        "tokens": {"oauth": [], "bot": [installation.bot_user]},
        "event_ts": state.event_ts(),
    }
    state.events.emit(workspace, event, only=installation)
    installation.status = "revoked"
    state.changes.publish("installation", workspace.id)


def change_member(state: State, workspace: Workspace, member: Member, shown: Json) -> None:
    """Tell of a changed profile; `shown` is the member as users.info answers it."""
    event: Json = {
        "type": "user_change",
        "user": shown,
        "cache_ts": state.seconds(),
        "event_ts": state.event_ts(),
    }
    state.events.emit(workspace, event)
    state.changes.publish("member", workspace.id, member=member.id)


def rename_team(state: State, workspace: Workspace, name: str) -> None:
    """Give the workspace another name."""
    workspace.name = name
    event: Json = {
        "type": "team_rename",
        "name": name,
        "team_id": workspace.id,
        "event_ts": state.event_ts(),
    }
    state.events.emit(workspace, event)
    state.changes.publish("workspace", workspace.id)
