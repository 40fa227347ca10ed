"""Teams' ids: the only place where they are made and taken apart.

A channel's thread is `19:…@thread.tacv2;messageid=ROOT`, where ROOT is the id of its first message
("Conversation basics" on learn.microsoft.com). We keep the channel and the message apart.
"""

from urllib.parse import quote

from core.ids import (
    ExternalConversation,
    ExternalMember,
    ExternalMessage,
    ExternalWorkspace,
    PlatformName,
)

TEAMS = PlatformName("teams")

_THREAD = ";messageid="
_CHAT_ENDINGS = ("@thread.v2", "@unq.gbl.spaces")


def workspace_id(tenant: str, team: str) -> ExternalWorkspace:
    """The id of a team in a tenant; empty when one of them is unknown."""
    return ExternalWorkspace(f"{tenant}/{team}" if tenant and team else "")


def team_of(workspace: ExternalWorkspace) -> str:
    """The team's own id; empty when the workspace names none."""
    return workspace.partition("/")[2]


def tenant_in(workspace: str) -> str:
    """The tenant of a workspace's id."""
    return workspace.partition("/")[0]


def split_thread(conversation: str) -> tuple[ExternalConversation, ExternalMessage | None]:
    """A conversation id as the channel and the thread's first message, None outside a thread."""
    channel, _, root = conversation.partition(_THREAD)
    return ExternalConversation(channel), ExternalMessage(root) if root else None


def join_thread(conversation: ExternalConversation, root: ExternalMessage | None) -> str:
    """The conversation id of a channel's thread; chats have no threads."""
    if root is None or is_chat(conversation):
        return conversation
    return f"{conversation}{_THREAD}{root}"


def is_chat(conversation: str) -> bool:
    """Whether a conversation is a personal or group chat, which has no threads."""
    return conversation.startswith("a:") or conversation.endswith(_CHAT_ENDINGS)


def bot_member(app_id: str) -> ExternalMember:
    """What Teams calls a bot as a member of a conversation."""
    return ExternalMember(f"28:{app_id}" if app_id else "")


def in_path(value: str) -> str:
    """An id as one segment of an address. One that would lead elsewhere (`..`) becomes `-`."""
    return quote(value, safe="") if value.strip(".") else "-"
