"""What a Teams tenant holds, as far as a bot in one of its teams can tell.

Everything is in memory. A `Workspace` is one team in one tenant; ids look like the real ones:
`19:…@thread.tacv2` for teams and channels, `a:…` for a personal chat, `29:…` for a person,
`28:…` for a bot, and milliseconds since 1970 for a message.
"""

from __future__ import annotations

import base64
import hashlib
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from integrations.sandbox.world import BadInputError, Faults

ConversationKind = Literal["channel", "personal", "groupChat"]
Json = dict[str, Any]

NAMESPACE = uuid.UUID("5f2f4c1e-9a37-4a66-8a50-0f3f6f4b7d21")
THREAD_MARK = ";messageid="


def stable_uuid(*parts: str) -> str:
    """The same UUID for the same words, so that a restarted stand-in keeps its ids."""
    return str(uuid.uuid5(NAMESPACE, "/".join(parts)))


def opaque(*parts: str, length: int = 64) -> str:
    """A base64 text that looks like the opaque part of a Teams id."""
    seed = "/".join(parts).encode()
    raw = b"".join(hashlib.sha256(seed + bytes([turn])).digest() for turn in range(3))
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")[:length]


def thread_id(*parts: str) -> str:
    """An id as teams, channels and group chats have it."""
    return f"19:{uuid.uuid5(NAMESPACE, '/'.join(parts)).hex}@thread.tacv2"


def split_thread(conversation_id: str) -> tuple[str, str]:
    """The conversation and the root message of `…;messageid=…`; no thread gives an empty root."""
    base, _, root = conversation_id.partition(THREAD_MARK)
    return base, root


@dataclass(slots=True)
class Member:
    """A person in a tenant."""

    key: str
    id: str
    name: str
    aad_object_id: str
    email: str
    timezone: str = "America/New_York"
    role: str = "user"
    title: str = ""
    blocked_bot: bool = False


@dataclass(slots=True)
class StoredFile:
    """A file or image that a person attached, or that the bot uploaded."""

    id: str
    name: str
    content_type: str
    content: bytes
    alt: str = ""
    inline: bool = False


@dataclass(slots=True)
class Message:
    """One message as a conversation holds it.

    `author` is the member's id, or the bot's. `html` is what a person's message is in
    Teams, `typed` what the person wrote; a bot's message keeps its `activity` as sent and is
    rendered when it is looked at.
    `changed` orders changes for delta queries. `views` are cards that only one person sees.
    """

    id: str
    conversation: str
    root: str
    author: str
    created: datetime
    changed: int
    typed: str = ""
    text: str = ""
    html: str = ""
    mentions: list[Json] = field(default_factory=list)
    files: list[StoredFile] = field(default_factory=list)
    activity: Json | None = None
    edited: datetime | None = None
    deleted: datetime | None = None
    reactions: dict[str, list[str]] = field(default_factory=dict)
    views: dict[str, Json] = field(default_factory=dict)
    visible_to: str = ""

    @property
    def thread(self) -> str:
        """The root message's id; a root is its own thread."""
        return self.root or self.id


@dataclass(slots=True)
class Conversation:
    """A channel, a personal chat with the bot, or a group chat with it."""

    id: str
    workspace: str
    kind: ConversationKind
    name: str
    members: list[str] = field(default_factory=list)
    messages: dict[str, Message] = field(default_factory=dict)
    channel_type: str = "standard"
    deleted: bool = False
    last_id: int = 0
    changes: int = 0

    def next_id(self, now: datetime) -> str:
        """A message id of this moment, never given twice in this conversation."""
        self.last_id = max(int(now.timestamp() * 1000), self.last_id + 1)
        return str(self.last_id)

    def next_change(self) -> int:
        """The number of the next change, for delta queries."""
        self.changes += 1
        return self.changes


@dataclass(slots=True)
class Dialog:
    """A task module open at one person; `origin` is the invoke that its answers belong to."""

    id: str
    member: str
    conversation: str
    title: str
    card: Json | None
    url: str
    origin: Literal["task", "composeExtension"]
    command: str = ""
    command_context: str = ""
    message: str = ""


@dataclass(slots=True)
class Workspace:
    """One team in one tenant.

    `reads_all`: the team consented to ChannelMessage.Read.Group, so messages without a mention
    reach the bot. `graph_consent`: history may be read through Graph. `reacts_everywhere`: the
    bot hears reactions to anyone's messages, not only to its own; Microsoft's pages leave both
    readings open. `hears_edits`: edits and deletes of others' messages reach the bot.
    `server_errors`: the next n requests of the bot are answered with 502 or 503, in turn.
    """

    key: str
    name: str
    tenant_id: str
    team_id: str
    group_id: str
    region: str = "amer"
    installed: bool = True
    archived: bool = False
    reads_all: bool = True
    graph_consent: bool = True
    reacts_everywhere: bool = True
    hears_edits: bool = True
    version: str = "1.0.0"
    faults: Faults = field(default_factory=Faults)
    server_errors: int = 0
    members: dict[str, Member] = field(default_factory=dict)
    conversations: dict[str, Conversation] = field(default_factory=dict)
    dialogs: dict[str, Dialog] = field(default_factory=dict)

    def change_faults(self, values: Json) -> None:
        """Apply the fields of a faults request. Raises BadInputError."""
        errors = values.pop("server_errors", self.server_errors)
        if isinstance(errors, bool) or not isinstance(errors, int) or errors < 0:
            raise BadInputError("server_errors", "must be a whole number, 0 or more")
        self.faults.change(values)
        self.server_errors = errors

    def faults_json(self) -> Json:
        """The present faults."""
        return {**self.faults.as_json(), "server_errors": self.server_errors}

    def member(self, key: str, field_name: str = "member") -> Member:
        """The member with this key, id, object id, address or name.

        Raises BadInputError, naming `field_name`, when there is none.
        """
        found = self.members.get(key) or self.find_member(key)
        if found is None:
            raise BadInputError(field_name, f"is nobody in {self.name}")
        return found

    def find_member(self, key: str) -> Member | None:
        """The member with this key, id, object id, address or name, if any."""
        for member in self.members.values():
            if key in {
                member.key,
                member.id,
                member.aad_object_id,
                member.email,
                member.name,
                f"8:orgid:{member.aad_object_id}",
            }:
                return member
        return None

    def conversation(self, key: str, field_name: str = "conversation") -> Conversation:
        """The conversation with this id (a thread's id is fine) or this channel name.

        Raises BadInputError, naming `field_name`, when there is none.
        """
        base, _ = split_thread(key)
        found = self.conversations.get(base)
        if found is None:
            found = next((c for c in self.conversations.values() if c.name == key), None)
        if found is None or found.deleted:
            raise BadInputError(field_name, f"is no conversation in {self.name}")
        return found

    def channels(self) -> list[Conversation]:
        """The team's channels that still exist, General first."""
        return [c for c in self.conversations.values() if c.kind == "channel" and not c.deleted]


@dataclass(slots=True)
class Bot:
    """The app under test, as every tenant knows it."""

    id: str
    name: str = "Mayoral Exchange"


@dataclass(slots=True)
class World:
    """Every tenant of one stand-in."""

    bot: Bot
    workspaces: dict[str, Workspace] = field(default_factory=dict)
    conversations: dict[str, Conversation] = field(default_factory=dict)
    files: dict[str, StoredFile] = field(default_factory=dict)
    tenants: dict[str, list[Workspace]] = field(default_factory=dict)
    people: dict[str, Member] = field(default_factory=dict)

    def workspace(self, key: object) -> Workspace:
        """The workspace with this key or tenant id. Raises BadInputError."""
        found = self.workspaces.get(str(key))
        if found is None:
            named = (w for w in self.workspaces.values() if key in (w.tenant_id, w.name))
            found = next(named, None)
        if found is None:
            raise BadInputError("workspace", "is no workspace of this stand-in")
        return found

    def add_workspace(self, key: str, name: str, **settings: Any) -> Workspace:
        """A new tenant with one team, whose General channel has the team's own id."""
        if key in self.workspaces:
            raise BadInputError("workspace", "exists already")
        team_id = settings.pop("team_id", None) or thread_id(key, "team")
        workspace = Workspace(
            key=key,
            name=name,
            tenant_id=settings.pop("tenant_id", None) or stable_uuid(key, "tenant"),
            team_id=team_id,
            group_id=settings.pop("group_id", None) or stable_uuid(key, "group"),
            **settings,
        )
        self.workspaces[key] = workspace
        self.tenants.setdefault(workspace.tenant_id, []).append(workspace)
        self.add_channel(workspace, "General", conversation_id=team_id)
        return workspace

    def add_channel(
        self,
        workspace: Workspace,
        name: str,
        *,
        conversation_id: str = "",
        channel_type: str = "standard",
    ) -> Conversation:
        """A new channel in the team. Raises BadInputError when the name is taken."""
        if any(c.name == name for c in workspace.channels()):
            raise BadInputError("name", "is taken by another channel")
        channel = Conversation(
            id=conversation_id or thread_id(workspace.key, "channel", name),
            workspace=workspace.key,
            kind="channel",
            name=name,
            channel_type=channel_type,
        )
        return self._keep(workspace, channel)

    def add_member(self, workspace: Workspace, key: str, name: str, **details: Any) -> Member:
        """A new person in the team. Raises BadInputError when the key is taken."""
        if key in workspace.members:
            raise BadInputError("member", "exists already")
        mailbox = key.replace("_", ".") or "someone"
        member = Member(
            key=key,
            id=details.pop("id", None) or f"29:1{opaque(workspace.key, key, length=80)}",
            name=name,
            aad_object_id=details.pop("aad_object_id", None) or stable_uuid(workspace.key, key),
            email=details.pop("email", None) or f"{mailbox}@{workspace.key}.example",
            **details,
        )
        workspace.members[key] = member
        self.people[member.id] = member
        return member

    def add_chat(
        self, workspace: Workspace, members: list[str], kind: ConversationKind, name: str = ""
    ) -> Conversation:
        """A personal or group chat with the bot; the one that exists is given again."""
        if kind == "personal":
            chat_id = f"a:1{opaque(workspace.key, members[0], 'personal', length=120)}"
        else:
            chat_id = f"19:{uuid.uuid5(NAMESPACE, workspace.key + name).hex}@thread.v2"
        if chat_id in workspace.conversations:
            return workspace.conversations[chat_id]
        chat = Conversation(chat_id, workspace.key, kind, name, members=list(members))
        return self._keep(workspace, chat)

    def _keep(self, workspace: Workspace, conversation: Conversation) -> Conversation:
        workspace.conversations[conversation.id] = conversation
        self.conversations[conversation.id] = conversation
        return conversation

    def member_by_id(self, member_id: str) -> Member | None:
        """Whoever has this `29:` id, in any tenant; also those who left."""
        return self.people.get(member_id)


def stamp(moment: datetime) -> str:
    """A moment as activities carry it: UTC, seven digits after the point."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f") + "0Z"


def graph_stamp(moment: datetime | None) -> str | None:
    """A moment as Graph writes it: UTC with milliseconds."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
