"""The whole state as JSON, for the page and for tests in other processes."""

from __future__ import annotations

from integrations.sandbox.slack.directory import member_json
from integrations.sandbox.slack.model import Conversation, Json, Workspace
from integrations.sandbox.slack.state import State

MOST_MESSAGES = 500


def snapshot(state: State) -> Json:
    """Apps and workspaces with members, conversations, messages and open views."""
    return {
        "platform": "slack",
        "base_url": state.base_url,
        "now": state.clock().isoformat(),
        "apps": [
            {
                "id": app.id,
                "name": app.name,
                "commands": sorted(app.commands),
                "shortcuts": app.shortcuts,
                "events_url": app.events_url,
                "socket_mode": app.socket_mode,
                "client_id": app.client_id,
            }
            for app in state.apps.values()
        ],
        "workspaces": [_workspace(state, w) for w in state.workspaces.values()],
    }


def _workspace(state: State, workspace: Workspace) -> Json:
    return {
        "id": workspace.id,
        "name": workspace.name,
        "domain": workspace.domain,
        "icon": workspace.icon,
        "emoji": workspace.emoji,
        "usergroups": workspace.groups,
        "faults": state.faults_of(workspace.id).as_json(),
        "members": [member_json(m, workspace) for m in workspace.members.values()],
        "installations": [
            {
                "app": i.app.id,
                "bot_user": i.bot_user,
                "bot_id": i.bot_id,
                "token": i.token,
                "status": i.status,
            }
            for i in workspace.installations
        ],
        "conversations": [_conversation(c) for c in workspace.conversations.values()],
        "modals": {
            member: [workspace.views[v] for v in stack if v in workspace.views]
            for member, stack in workspace.modals.items()
        },
        "homes": [
            {"member": member, "app": app, "view": workspace.views.get(view)}
            for (member, app), view in workspace.homes.items()
        ],
    }


def _conversation(conversation: Conversation) -> Json:
    newest = list(conversation.messages.values())[-MOST_MESSAGES:]
    shown = frozenset(conversation.timeline[-MOST_MESSAGES:])
    return {
        "id": conversation.id,
        "name": conversation.name,
        "kind": conversation.kind,
        "topic": conversation.topic,
        "purpose": conversation.purpose,
        "archived": conversation.archived,
        "members": list(conversation.members),
        "message_count": len(conversation.messages),
        "messages": [{**m.as_json(metadata=True), "pinned": m.pinned} for m in newest],
        "timeline": [m.ts for m in newest if m.order in shown],
        "ephemerals": conversation.ephemerals[-100:],
    }
