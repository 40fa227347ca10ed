"""The tables, private to storage. Times are aware UTC, texts hold anything a person can type.

Statements are written on the plain tables (`posts = table(PostRow)`): a unit of work has no
identity map that could hold stale rows, and a row is turned into core's values at once.
"""

from datetime import datetime
from typing import Any, cast

from sqlalchemy import BigInteger, Index, LargeBinary, UniqueConstraint
from sqlmodel import Field, SQLModel

from storage.columns import BigId, CleanText, json, own_id, partial_index, reference, table, words
from storage.installation_tables import (
    consents,
    departures,
    installations,
    installed_workspaces,
)
from storage.membership_tables import claims, grants, operator_places, workspace_settings

__all__ = [
    "claims",
    "consents",
    "departures",
    "grants",
    "installations",
    "installed_workspaces",
    "operator_places",
    "workspace_settings",
]


class CityRow(SQLModel, table=True):
    __tablename__ = "cities"
    id: str = words(primary_key=True)
    name: str = words()
    state: str = words()
    kind: str = words()
    population: int
    latitude: float
    longitude: float
    time_zone: str = words()
    search_words: str = words()
    other_names: str = Field(default="", sa_type=CleanText, sa_column_kwargs={"server_default": ""})
    former_at: datetime | None


class WorkspaceRow(SQLModel, table=True):
    __tablename__ = "workspaces"
    __table_args__ = (
        UniqueConstraint("platform", "external_id", name="uq_workspaces_external"),
        Index("ix_workspaces_tenant", "platform", "tenant"),
    )
    id: int = own_id()
    platform: str = words()
    external_id: str = words()
    tenant: str = words()
    name: str = words()
    city_id: str | None = Field(
        default=None, sa_type=CleanText, foreign_key="cities.id", nullable=True
    )
    state: str = words()
    api_url: str = words()
    token: str | None = words(nullable=True)
    bot_member: str = words()
    bot_id: str = words()
    app_id: str = words()
    last_event_at: datetime | None
    held_until: datetime | None
    created_at: datetime
    check_due_at: datetime | None


class MemberRow(SQLModel, table=True):
    __tablename__ = "members"
    __table_args__ = (
        UniqueConstraint("workspace_id", "external_id", name="uq_members_external"),
        Index("ix_members_name", "name_key"),
    )
    id: int = own_id()
    workspace_id: int = reference("workspaces.id")
    external_id: str = words()
    name: str = words()
    name_key: str = words()
    title: str = words()
    role: str = words()
    is_app: bool
    picture_url: str = words()
    refreshed_at: datetime | None


class ChannelRow(SQLModel, table=True):
    __tablename__ = "channels"
    __table_args__ = (UniqueConstraint("slug", name="uq_channels_slug"),)
    id: int = own_id()
    slug: str = words()
    name: str = words()
    kind: str = words()


class LinkRow(SQLModel, table=True):
    __tablename__ = "links"
    __table_args__ = (
        partial_index("uq_links_lane", "lane", where="removed_at IS NULL", unique=True),
        Index("ix_links_channel", "channel_id"),
        Index("ix_links_workspace", "workspace_id"),
        partial_index("ix_links_notice", "notice_due_at", where="notice_due_at IS NOT NULL"),
    )
    id: int = own_id()
    channel_id: int = reference("channels.id")
    workspace_id: int = reference("workspaces.id")
    conversation: str = words()
    lane: str = words()
    mode: str = words()
    outgoing: str = words()
    apps_posts: bool
    conversation_name: str = words()
    trouble: str | None = words(nullable=True)
    trouble_since: datetime | None
    last_seen: str = words()
    created_at: datetime
    removed_at: datetime | None
    notice_message: str = Field(
        default="", sa_type=CleanText, sa_column_kwargs={"server_default": ""}
    )
    notice_due_at: datetime | None
    check_due_at: datetime | None
    trouble_seen: str | None = words(nullable=True)


class LaneRow(SQLModel, table=True):
    """The turn of a linked conversation: who works on it, and when it is due again."""

    __tablename__ = "lanes"
    __table_args__ = (
        partial_index("ix_lanes_due", "due_at", where="due_at IS NOT NULL"),
        partial_index("ix_lanes_token", "claim_token", where="claim_token IS NOT NULL"),
    )
    link_id: int = reference("links.id", primary_key=True)
    due_at: datetime | None
    held_until: datetime | None
    claimed_until: datetime | None
    claim_token: str | None = words(nullable=True)
    pace: list[float] = json()


class PostRow(SQLModel, table=True):
    __tablename__ = "posts"
    __table_args__ = (
        Index("ix_posts_channel_author", "channel_id", "author_id"),
        Index("ix_posts_author", "author_id", "id"),
        Index("ix_posts_root", "root_id"),
        partial_index("ix_posts_unspread", "id", where="fanned_out AND spread_at IS NULL"),
    )
    id: int = own_id()
    channel_id: int = reference("channels.id")
    origin_id: int = reference("links.id")
    author_id: int = reference("members.id")
    author_name: str = words()
    author_city: str = words()
    author_role: str = words()
    author_is_app: bool
    author_picture: str = words()
    root_id: int | None = reference("posts.id", nullable=True)
    broadcast: bool
    version: int
    deleted: bool
    created_at: datetime
    active_at: datetime
    fanned_out: bool
    spread_at: datetime | None


class PostVersionRow(SQLModel, table=True):
    """What a post said at one time. Never changed, never deleted."""

    __tablename__ = "post_versions"
    post_id: int = reference("posts.id", primary_key=True)
    version: int = Field(default=None, primary_key=True)
    change: str = words()
    body: list[Any] = json()
    notes: list[Any] = json()
    file_ids: list[Any] = json()
    at: datetime


class FileRow(SQLModel, table=True):
    __tablename__ = "files"
    __table_args__ = (Index("ix_files_post", "post_id"),)
    id: int = own_id()
    post_id: int = reference("posts.id")
    name: str = words()
    media_type: str = words()
    size: int = Field(sa_type=BigInteger)
    alt_text: str = words()
    digest: str = words()
    problem: str = words()


class ContentRow(SQLModel, table=True):
    """The bytes of files, each content once."""

    __tablename__ = "contents"
    digest: str = words(primary_key=True)
    data: bytes = Field(sa_type=LargeBinary)
    created_at: datetime


class CopyRow(SQLModel, table=True):
    __tablename__ = "copies"
    __table_args__ = (
        UniqueConstraint("link_id", "message", "post_id", name="uq_copies_message"),
        Index("ix_copies_post", "post_id", "link_id"),
        partial_index("uq_copies_origin", "link_id", "message", where="is_origin", unique=True),
    )
    id: int = own_id()
    post_id: int = reference("posts.id")
    link_id: int = reference("links.id")
    message: str = words()
    part: int
    thread: str | None = words(nullable=True)
    is_origin: bool
    shown: int
    gone: bool
    joined: bool
    reactions: list[Any] = json()


class ReactionRow(SQLModel, table=True):
    """Who gives which emoji at the moment."""

    __tablename__ = "reactions"
    post_id: int = reference("posts.id", primary_key=True)
    member_id: int = reference("members.id", primary_key=True)
    emoji: str = words(primary_key=True)
    character: str = words()
    at: datetime


class ReactionHistoryRow(SQLModel, table=True):
    """Every emoji given or taken back. Never changed, never deleted."""

    __tablename__ = "reaction_history"
    id: int = own_id()
    post_id: int = reference("posts.id")
    member_id: int = reference("members.id")
    emoji: str = words()
    added: bool
    at: datetime


class DeliveryRow(SQLModel, table=True):
    __tablename__ = "deliveries"
    __table_args__ = (
        partial_index(
            "ix_deliveries_open", "link_id", "id", where="state IN ('waiting', 'sending')"
        ),
        Index("ix_deliveries_post", "post_id", "link_id"),
        partial_index(
            "ix_deliveries_open_creates",
            "post_id",
            where="kind = 'create' AND state IN ('waiting', 'sending')",
        ),
        partial_index("ix_deliveries_lost", "id", where="state IN ('failed', 'uncertain')"),
    )
    id: int = own_id()
    link_id: int = reference("links.id")
    post_id: int | None = reference("posts.id", nullable=True)
    kind: str = words()
    state: str = words()
    due_at: datetime | None
    created_at: datetime
    attempts: int
    unsure: bool
    error: str = words()
    settled_at: datetime | None


class InboxRow(SQLModel, table=True):
    __tablename__ = "inbox"
    __table_args__ = (
        UniqueConstraint("platform", "key", name="uq_inbox_key"),
        partial_index("ix_inbox_waiting", "lane", "at", "id", where="state = 'waiting'"),
        partial_index("ix_inbox_failed", "id", where="state = 'failed'"),
        partial_index(
            "ix_inbox_kept", "handled_at", where="payload IS NOT NULL AND state = 'handled'"
        ),
    )
    id: int = own_id()
    platform: str = words()
    key: str = words()
    lane: str = words()
    tenant: str = words()
    at: datetime
    received_at: datetime
    payload: dict[str, Any] | None = json(nullable=True)
    state: str = words()
    attempts: int
    error: str = words()
    outcome: str = words()
    note: str = words()
    handled_at: datetime | None


class InboxLaneRow(SQLModel, table=True):
    """The turn of a conversation whose events are waiting to be handled."""

    __tablename__ = "inbox_lanes"
    __table_args__ = (partial_index("ix_inbox_lanes_due", "due_at", where="due_at IS NOT NULL"),)
    lane: str = words(primary_key=True)
    due_at: datetime | None
    held_until: datetime | None
    claimed_until: datetime | None
    claim_token: str | None = words(nullable=True)
    handed_out: int


class NoticeRow(SQLModel, table=True):
    """Words for a workspace's admins, said once."""

    __tablename__ = "notices"
    __table_args__ = (
        UniqueConstraint("key", name="uq_notices_key"),
        partial_index("ix_notices_waiting", "id", where="state = 'waiting'"),
    )
    id: int = own_id()
    workspace_id: int = reference("workspaces.id")
    key: str = words()
    text: str = words()
    reference: str = words()
    state: str = words()
    attempts: int
    due_at: datetime
    created_at: datetime


class NodeRow(SQLModel, table=True):
    __tablename__ = "nodes"
    id: str = words(primary_key=True)
    started_at: datetime
    seen_at: datetime


class AuditRow(SQLModel, table=True):
    """Every privileged act. Never changed, never deleted."""

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_workspace", "workspace_id", "id"),)
    id: int = own_id()
    at: datetime
    who: str = words()
    act: str = words()
    subject: str = words()
    detail: dict[str, Any] = json()
    workspace_id: int | None = Field(default=None, sa_type=cast("type[Any]", BigId), nullable=True)


metadata = SQLModel.metadata
cities = table(CityRow)
workspaces = table(WorkspaceRow)
members = table(MemberRow)
channels = table(ChannelRow)
links = table(LinkRow)
lanes = table(LaneRow)
posts = table(PostRow)
post_versions = table(PostVersionRow)
files = table(FileRow)
contents = table(ContentRow)
copies = table(CopyRow)
reactions = table(ReactionRow)
reaction_history = table(ReactionHistoryRow)
deliveries = table(DeliveryRow)
inbox = table(InboxRow)
inbox_lanes = table(InboxLaneRow)
notices = table(NoticeRow)
nodes = table(NodeRow)
audit = table(AuditRow)
