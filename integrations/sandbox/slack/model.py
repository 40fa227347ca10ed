"""What a Slack workspace holds: apps, members, conversations, messages, files."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Json = dict[str, Any]

BOT_SCOPES = (
    "app_mentions:read,channels:history,channels:join,channels:manage,channels:read,chat:write,"
    "chat:write.customize,chat:write.public,commands,emoji:read,files:read,files:write,"
    "groups:history,groups:read,im:history,im:read,im:write,metadata.message:read,mpim:history,"
    "mpim:read,pins:read,pins:write,reactions:read,reactions:write,team:read,usergroups:read,"
    "users.profile:read,users:read,users:read.email"
)


class SlackApiError(Exception):
    """A method answers `{"ok": false, "error": code}`; `extra` goes into the same answer."""

    def __init__(self, code: str, **extra: Any) -> None:
        super().__init__(code)
        self.code = code
        self.extra = extra


@dataclass(slots=True)
class App:
    """One Slack app. An empty `events_url` without Socket Mode means nothing is sent.

    `events` are the subscribed event types (None: all). With `token_rotation` tokens end after
    `token_lifetime` seconds. `unlisted` puts
    conversations.history and .replies on 1 request a minute and 15 messages
    (changelog of 2025-05-29).
    """

    id: str
    name: str
    signing_secret: str
    client_id: str
    client_secret: str
    verification_token: str
    events_url: str = ""
    interactivity_url: str = ""
    app_token: str = ""
    socket_mode: bool = False
    commands: dict[str, str] = field(default_factory=dict)
    shortcuts: list[Json] = field(default_factory=list)
    events: frozenset[str] | None = None
    scopes: str = BOT_SCOPES
    unlisted: bool = False
    events_in_flight: int = 1
    token_rotation: bool = False
    token_lifetime: int = 43_200

    @property
    def listens(self) -> bool:
        """Whether anything can be delivered to the app."""
        return bool(self.events_url or self.socket_mode)


@dataclass(slots=True, eq=False)
class Grant:
    """What an app was granted by `team`: a workspace, or an organization for all its workspaces.

    `live` are the tokens that work, each with its end; with rotation the one before the newest is
    among them.
    """

    app: App
    team: str
    bot_user: str
    bot_id: str
    token: str = ""
    refresh_token: str = ""
    live: dict[str, datetime | None] = field(default_factory=dict)
    scopes: frozenset[str] = frozenset()
    scope_header: str = ""
    status: str = "active"

    def allow(self, scopes: str) -> None:
        """Grant these scopes, a comma list; empty: the usual ones."""
        self.scopes = frozenset((scopes or BOT_SCOPES).split(","))
        self.scope_header = ",".join(sorted(self.scopes))


@dataclass(slots=True, eq=False)
class Installation:
    """An app in a workspace, by the workspace's own grant or by its organization's."""

    grant: Grant
    workspace: str

    @property
    def app(self) -> App:
        """The app."""
        return self.grant.app

    @property
    def bot_user(self) -> str:
        """The bot's member id."""
        return self.grant.bot_user

    @property
    def bot_id(self) -> str:
        """The bot's own id."""
        return self.grant.bot_id

    @property
    def token(self) -> str:
        """The newest token."""
        return self.grant.token

    @property
    def scope_header(self) -> str:
        """What was granted, as a comma list."""
        return self.grant.scope_header

    @property
    def scopes(self) -> frozenset[str]:
        """What was granted."""
        return self.grant.scopes

    @scopes.setter
    def scopes(self, scopes: frozenset[str]) -> None:
        self.grant.scopes = scopes

    @property
    def status(self) -> str:
        """`active`, `revoked` or `uninstalled`."""
        return self.grant.status

    @status.setter
    def status(self, status: str) -> None:
        self.grant.status = status

    @property
    def active(self) -> bool:
        """Whether its token works and events reach it."""
        return self.status == "active"

    @property
    def organization(self) -> str:
        """The organization whose grant it is, empty for the workspace's own."""
        return "" if self.grant.team == self.workspace else self.grant.team


@dataclass(slots=True, eq=False)
class Organization:
    """An Enterprise Grid organization: its workspaces, and those each app was let into."""

    id: str
    name: str
    teams: tuple[str, ...]
    grants: dict[str, Grant] = field(default_factory=dict)
    let_in: dict[str, dict[str, None]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Code:
    """Somebody's consent, to be exchanged once."""

    app: str
    team: str
    member: str
    redirect: str


@dataclass(slots=True)
class Member:
    """A person or a bot user of one workspace."""

    id: str
    name: str
    real_name: str
    title: str = ""
    email: str = ""
    image: str = ""
    admin: bool = False
    owner: bool = False
    bot: bool = False
    deleted: bool = False
    zone: str = "America/New_York"
    zone_label: str = "Eastern Standard Time"
    zone_offset: int = -18000
    app_id: str = ""
    bot_id: str = ""
    updated: int = 0


@dataclass(slots=True, eq=False)
class Message:
    """One message. `fields` is what Slack shows of it; it is replaced, never changed in place."""

    ts: str
    order: int
    fields: Json
    metadata: Json | None = None
    reactions: dict[str, list[str]] = field(default_factory=dict)
    parent: Message | None = None
    replies: list[Message] = field(default_factory=list)
    pinned: bool = False

    @property
    def author(self) -> str:
        """The member id, empty for a message under a custom name."""
        return str(self.fields.get("user", ""))

    @property
    def bot_id(self) -> str:
        """The bot that posted it, empty for a person."""
        return str(self.fields.get("bot_id", ""))

    def as_json(self, *, metadata: bool = False) -> Json:
        """The message as history answers it."""
        shown = dict(self.fields)
        if self.replies or shown.get("subtype") == "tombstone":
            authors = list(dict.fromkeys(r.author or r.bot_id for r in self.replies))
            shown["thread_ts"] = self.ts
            shown["reply_count"] = len(self.replies)
            shown["reply_users_count"] = len(authors)
            shown["reply_users"] = authors[:5]
            shown["latest_reply"] = self.replies[-1].ts if self.replies else self.ts
            shown["is_locked"] = False
            shown["subscribed"] = False
        if self.reactions:
            shown["reactions"] = self.reactions_json()
        if metadata and self.metadata is not None:
            shown["metadata"] = self.metadata
        return shown

    def reactions_json(self) -> list[Json]:
        """The reactions, oldest emoji first."""
        return [
            {"name": name, "users": list(users), "count": len(users)}
            for name, users in self.reactions.items()
        ]


@dataclass(slots=True, eq=False)
class Conversation:
    """A channel, private channel or direct message. `timeline` leaves plain replies out."""

    id: str
    name: str
    kind: str
    created: int
    creator: str = ""
    members: dict[str, None] = field(default_factory=dict)
    topic: str = ""
    purpose: str = ""
    archived: bool = False
    general: bool = False
    messages: dict[int, Message] = field(default_factory=dict)
    timeline: list[int] = field(default_factory=list)
    ephemerals: list[Json] = field(default_factory=list)
    last_order: int = 0

    @property
    def channel_type(self) -> str:
        """`channel_type` of a message event."""
        return {"public": "channel", "private": "group"}.get(self.kind, self.kind)

    @property
    def event_prefix(self) -> str:
        """`channel_rename` is `group_rename` in a private channel."""
        return "group" if self.kind == "private" else "channel"


@dataclass(slots=True, eq=False)
class StoredFile:
    """An uploaded file; `shares` are (conversation, ts)."""

    id: str
    workspace: str
    owner: str
    name: str
    title: str
    mimetype: str
    size: int
    created: int
    content: bytes | None = None
    alt_text: str = ""
    complete: bool = False
    upload_key: str = ""
    shares: list[tuple[str, str]] = field(default_factory=list)
    deleted: bool = False


@dataclass(slots=True, eq=False)
class Workspace:
    """One Slack team and all it holds."""

    id: str
    name: str
    domain: str
    icon: str = ""
    members: dict[str, Member] = field(default_factory=dict)
    conversations: dict[str, Conversation] = field(default_factory=dict)
    installations: list[Installation] = field(default_factory=list)
    files: dict[str, StoredFile] = field(default_factory=dict)
    emoji: dict[str, str] = field(default_factory=dict)
    groups: list[Json] = field(default_factory=list)
    views: dict[str, Json] = field(default_factory=dict)
    modals: dict[str, list[str]] = field(default_factory=dict)
    homes: dict[tuple[str, str], str] = field(default_factory=dict)

    def installation_of(self, app_id: str) -> Installation | None:
        """The installation of an app here, active or not."""
        return next((i for i in self.installations if i.app.id == app_id), None)

    def bot(self, bot_id: str) -> Installation | None:
        """The installation behind a bot id."""
        return next((i for i in self.installations if i.bot_id == bot_id), None)


@dataclass(slots=True)
class Trigger:
    """A trigger id: lets an app open one view within 3 seconds."""

    workspace: str
    member: str
    app_id: str
    expires: datetime
    used: bool = False


@dataclass(slots=True)
class ResponseUrl:
    """Where an app may answer an interaction, 5 times within 30 minutes."""

    workspace: str
    conversation: str
    member: str
    app_id: str
    expires: datetime
    message_ts: str = ""
    ephemeral_ts: str = ""
    thread_ts: str = ""
    uses: int = 0


def order_of(ts: str) -> int:
    """A timestamp such as `1771287144.743569` as whole microseconds.

    Raises ValueError for anything else.
    """
    seconds, _, fraction = ts.partition(".")
    return int(seconds) * 1_000_000 + int((fraction + "000000")[:6])


def ts_of(order: int) -> str:
    """The timestamp of a number of microseconds."""
    return f"{order // 1_000_000}.{order % 1_000_000:06d}"
