"""How the app comes into a workspace, goes, and comes back: what is decided, and who is asked.

An installation is what a platform's consent gave us: a token for one workspace, or for a whole
organization (Slack's Enterprise Grid) and the workspaces that it lets us into.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType, Protocol, runtime_checkable

from core.ids import (
    ExternalConversation,
    ExternalMember,
    ExternalWorkspace,
    PlatformName,
    WorkspaceId,
)
from core.places import Workspace, WorkspaceState

InstallationId = NewType("InstallationId", int)

KEPT_FOR = timedelta(days=30)
"""How long everything waits for a workspace that has removed the app."""

REFRESHED_BEFORE = timedelta(minutes=30)
"""How long before its end a token is exchanged for a new one."""

CONSENT_WITHIN = timedelta(minutes=10)
"""How long a person has between pressing Add to Slack and coming back."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """What opens a workspace. One that never ends has no `refresh` and no `expires_at`."""

    access: str = field(repr=False)
    refresh: str = field(default="", repr=False)
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Team:
    """A workspace as its platform names it."""

    external_id: ExternalWorkspace
    name: str = ""


@dataclass(frozen=True, slots=True)
class Granted:
    """What a platform has answered to a consent.

    `to` is the workspace, or the organization when `is_organization`; `teams` are then the
    workspaces that it has let the app into so far, otherwise just the one. `organization` is
    whose workspace it is, also when only the workspace has granted something.
    """

    platform: PlatformName
    to: Team
    is_organization: bool
    tokens: Tokens
    teams: tuple[Team, ...]
    organization: ExternalWorkspace = ExternalWorkspace("")
    app_id: str = ""
    bot_member: ExternalMember = ExternalMember("")
    bot_id: str = ""
    scopes: str = ""
    installer: ExternalMember = ExternalMember("")


@dataclass(frozen=True, slots=True)
class Credential:
    """The token of a workspace and, where it came by consent, which installation it belongs to.

    `generation` counts how often the installation's token was exchanged.
    """

    token: str = field(repr=False)
    expires_at: datetime | None = None
    installation: InstallationId | None = None
    generation: int = 0

    def is_due(self, now: datetime) -> bool:
        """Whether it is to be exchanged for a new one."""
        return self.expires_at is not None and self.expires_at <= now + REFRESHED_BEFORE

    def is_over(self, now: datetime) -> bool:
        """Whether it opens nothing any more."""
        return self.expires_at is not None and self.expires_at <= now


class Welcome(StrEnum):
    """What an installation means for a workspace."""

    NEW = "new"
    AGAIN = "again"
    BACK = "back"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Past:
    """What is known of a workspace at the moment of its installation.

    `left_at` is when it removed the app; `refused` is true when the operator has said no to it.
    """

    workspace: Workspace | None = None
    left_at: datetime | None = None
    refused: bool = False


def welcome(past: Past, now: datetime) -> Welcome:
    """What an installation means for a workspace with this past."""
    if past.refused:
        return Welcome.REFUSED
    if past.workspace is None or past.workspace.state is WorkspaceState.REMOVED:
        return Welcome.NEW
    if past.left_at is None:
        return Welcome.AGAIN
    return Welcome.BACK if now < past.left_at + KEPT_FOR else Welcome.NEW


@dataclass(frozen=True, slots=True)
class Installed:
    """A workspace after its installation. `conversations` are linked and to be joined again."""

    welcome: Welcome
    workspace: Workspace
    conversations: tuple[ExternalConversation, ...] = ()


class InstallDesk(Protocol):
    """Where a platform's consent pages leave what they have got."""

    async def begin(self, state: str, browser: str) -> None:
        """Remember, for a while, that this browser was sent away with this state."""
        ...

    async def accept(self, state: str, browser: str) -> bool:
        """Whether the state is ours, unused, in time, and of this browser. True once only."""
        ...

    async def installed(self, granted: Granted) -> Sequence[Installed]:
        """Keep what was granted, encrypted, and let each workspace in as it may be."""
        ...


@runtime_checkable
class RenewsTokens(Protocol):
    """Credentials that can give another token when a platform refuses the one they gave."""

    async def renewed(self, workspace: WorkspaceId, rejected: str) -> str | None:
        """A token other than the rejected one, or None when there is none to be had."""
        ...
