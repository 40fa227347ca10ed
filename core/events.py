"""What can happen on a platform, as the exchange understands it.

A platform's `parse` turns a payload into one of these, or says why it does not.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from core.channels import Trouble
from core.ids import (
    EventKey,
    ExternalConversation,
    ExternalMember,
    ExternalMessage,
    ExternalTenant,
    ExternalWorkspace,
    Lane,
    Marker,
    PlatformName,
)
from core.places import MemberProfile
from core.posts import IncomingFile
from core.text import Body


@dataclass(frozen=True, slots=True)
class Source:
    """Where an event comes from.

    `workspace` is empty when the payload only names the tenant; whose it is then follows from the
    conversation. `api_url` is where to answer, when the platform says so.
    """

    platform: PlatformName
    tenant: ExternalTenant
    workspace: ExternalWorkspace = ExternalWorkspace("")
    conversation: ExternalConversation | None = None
    api_url: str = ""


@dataclass(frozen=True, slots=True)
class MessagePosted:
    """Somebody wrote something.

    `author` holds at least the id; a name is filled in when the payload has one. `thread` is the
    thread's root, None at top level. `ours` is true when the platform shows that our own bot wrote
    it, `markers` are our own marks found on it. `to_bot` is true when it speaks to our bot. With
    `may_begin_thread` it is the thread's root itself, unless something is known there already.
    """

    source: Source
    message: ExternalMessage
    author: MemberProfile
    body: Body
    at: datetime
    thread: ExternalMessage | None = None
    broadcast: bool = False
    files: tuple[IncomingFile, ...] = ()
    notes: tuple[str, ...] = ()
    ours: bool = False
    to_bot: bool = False
    private: bool = False
    may_begin_thread: bool = False
    markers: tuple[Marker, ...] = ()


@dataclass(frozen=True, slots=True)
class MessageEdited:
    """A message says something else now. `before` is what it said, where the platform tells."""

    source: Source
    message: ExternalMessage
    editor: ExternalMember | None
    body: Body
    at: datetime
    files: tuple[IncomingFile, ...] | None = None
    notes: tuple[str, ...] = ()
    ours: bool = False


@dataclass(frozen=True, slots=True)
class MessageDeleted:
    """A message was taken back."""

    source: Source
    message: ExternalMessage
    at: datetime
    ours: bool = False


@dataclass(frozen=True, slots=True)
class ReactionChanged:
    """Somebody gave an emoji to a message, or took it back."""

    source: Source
    message: ExternalMessage
    member: ExternalMember
    emoji: str
    character: str
    added: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class ConversationTroubled:
    """A conversation can't be reached any more."""

    source: Source
    trouble: Trouble
    at: datetime


@dataclass(frozen=True, slots=True)
class ConversationMended:
    """A conversation can be reached again: the bot was invited back, or it was unarchived."""

    source: Source
    at: datetime


@dataclass(frozen=True, slots=True)
class ConversationRenamed:
    """A conversation has another name, or, with `moved_to`, another id."""

    source: Source
    name: str
    at: datetime
    moved_to: ExternalConversation | None = None


@dataclass(frozen=True, slots=True)
class WorkspaceTroubled:
    """A whole workspace can't be reached any more: the app was removed, or its token revoked."""

    source: Source
    trouble: Trouble
    at: datetime


@dataclass(frozen=True, slots=True)
class WorkspaceJoined:
    """The app was added to a workspace, which may be unknown to us. `by` is who added it, where the
    platform tells; `name` may be empty."""

    source: Source
    name: str
    by: ExternalMember | None
    at: datetime


@dataclass(frozen=True, slots=True)
class WorkspaceRenamed:
    """A workspace has another name."""

    source: Source
    name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class TeamsChanged:
    """An organization lets the app into some of its workspaces, or no longer lets it in.

    `source` names the organization as tenant and as workspace.
    """

    source: Source
    teams: tuple[ExternalWorkspace, ...]
    granted: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class MemberChanged:
    """A member has another name, title or picture."""

    source: Source
    profile: MemberProfile
    at: datetime


@dataclass(frozen=True, slots=True)
class EventsMissed:
    """The platform says that it held back events: fill the gap from history."""

    source: Source
    at: datetime


InboundEvent = (
    MessagePosted
    | MessageEdited
    | MessageDeleted
    | ReactionChanged
    | ConversationTroubled
    | ConversationMended
    | ConversationRenamed
    | WorkspaceTroubled
    | WorkspaceJoined
    | WorkspaceRenamed
    | TeamsChanged
    | MemberChanged
    | EventsMissed
)


@dataclass(frozen=True, slots=True)
class Ignored:
    """A known payload that is none of our business. It is answered with 200."""

    reason: str


@dataclass(frozen=True, slots=True)
class Malformed:
    """A payload that is not what the platform sends. It is answered with 400."""

    reason: str


Parsed = InboundEvent | Ignored | Malformed


@dataclass(frozen=True, slots=True)
class Received:
    """An event on its way into the inbox, still as the platform sent it.

    `key` is the same when the platform delivers it again. Within `lane` (`core.channels.lane_of`,
    with an empty conversation for what concerns a whole workspace), events are handled in the
    order of `at`.
    """

    key: EventKey
    platform: PlatformName
    lane: Lane
    tenant: ExternalTenant
    at: datetime
    payload: Mapping[str, Any] = field(repr=False)
