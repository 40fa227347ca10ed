"""Channels of the exchange, and the conversations that are linked to them."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from core.ids import (
    ChannelId,
    ExternalConversation,
    ExternalMessage,
    ExternalTenant,
    Lane,
    LinkId,
    PlatformName,
    WorkspaceId,
)

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class ChannelKind(StrEnum):
    """What a channel is for."""

    TOPIC = "topic"
    COALITION = "coalition"
    CRISIS = "crisis room"


@dataclass(frozen=True, slots=True)
class Channel:
    """A conversation of the exchange. `slug` is its name in commands, `name` what people read."""

    id: ChannelId
    slug: str
    name: str
    kind: ChannelKind


class LinkMode(StrEnum):
    """How much of a channel a conversation takes part in."""

    LIVE = "live"
    DIGEST = "digest"
    PAUSED = "paused"


class Outgoing(StrEnum):
    """What goes out from a linked conversation."""

    EVERYTHING = "everything"
    CHOSEN = "chosen"


class Trouble(StrEnum):
    """Why a link has stopped working. Each has its own words for the admin."""

    TOKEN_GONE = "token gone"
    BOT_REMOVED = "bot removed"
    CONVERSATION_ARCHIVED = "conversation archived"
    CONVERSATION_GONE = "conversation gone"
    NOT_ALLOWED = "not allowed"


@dataclass(frozen=True, slots=True)
class Link:
    """A channel joined to a conversation.

    `trouble` is why nothing can be delivered at the moment, or None; `last_seen` the platform's id
    of the newest message we know there, from which a gap is filled after an outage; `notice` the
    message that says who reads along, None where there is none.
    """

    id: LinkId
    channel: ChannelId
    workspace: WorkspaceId
    conversation: ExternalConversation
    lane: Lane
    mode: LinkMode
    outgoing: Outgoing = Outgoing.EVERYTHING
    apps_posts: bool = False
    conversation_name: str = ""
    trouble: Trouble | None = None
    trouble_since: datetime | None = None
    last_seen: str = ""
    created_at: datetime = field(default=_LONG_AGO)
    notice: ExternalMessage | None = None


def lane_of(
    platform: PlatformName, tenant: ExternalTenant, conversation: ExternalConversation
) -> Lane:
    """The lane of a conversation: what keeps its events and deliveries in order."""
    return Lane(f"{platform}:{tenant}:{conversation}")
