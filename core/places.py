"""Cities, the workspaces they speak from, and the people in them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.ids import (
    CityId,
    ExternalMember,
    ExternalTenant,
    ExternalWorkspace,
    MemberId,
    PlatformName,
    WorkspaceId,
)


class SizeClass(StrEnum):
    """How large a place is, so that equals find each other."""

    VILLAGE = "village"
    TOWN = "town"
    SMALL_CITY = "small city"
    CITY = "city"
    METRO = "metro"


def size_class(population: int) -> SizeClass:
    """The size class of a place with this many people."""
    if population < 2_500:
        return SizeClass.VILLAGE
    if population < 25_000:
        return SizeClass.TOWN
    if population < 100_000:
        return SizeClass.SMALL_CITY
    if population < 500_000:
        return SizeClass.CITY
    return SizeClass.METRO


def size_range(size: SizeClass) -> tuple[int, int]:
    """The fewest and the most people of a size class, both included."""
    ranges = {
        SizeClass.VILLAGE: (0, 2_499),
        SizeClass.TOWN: (2_500, 24_999),
        SizeClass.SMALL_CITY: (25_000, 99_999),
        SizeClass.CITY: (100_000, 499_999),
        SizeClass.METRO: (500_000, 2**31 - 1),
    }
    return ranges[size]


@dataclass(frozen=True, slots=True)
class City:
    """A member government.

    `other_names` are official and earlier ones, by which it is found too. `former` is a city that
    the Census Bureau lists no more.
    """

    id: CityId
    name: str
    state: str
    kind: str
    population: int
    latitude: float
    longitude: float
    time_zone: str
    other_names: tuple[str, ...] = ()
    former: bool = False

    @property
    def label(self) -> str:
        """The name as people see it: `Boston, MA`."""
        return f"{self.name}, {self.state}"

    @property
    def size(self) -> SizeClass:
        """The size class by population."""
        return size_class(self.population)


class WorkspaceState(StrEnum):
    """Whether a workspace may take part."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    PAUSED = "paused"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Workspace:
    """One Slack team, or one Teams team in one tenant.

    `api_url` is where the platform's interface answers for this workspace (Slack's Web API, or the
    Bot Connector's service URL); empty means the platform's usual one. `bot_member` and `bot_id`
    are what the platform calls our bot there, empty until the platform has told us.
    """

    id: WorkspaceId
    platform: PlatformName
    external_id: ExternalWorkspace
    tenant: ExternalTenant
    name: str
    city: CityId | None
    state: WorkspaceState
    api_url: str = ""
    bot_member: ExternalMember = ExternalMember("")
    bot_id: str = ""
    app_id: str = ""
    last_event_at: datetime | None = None


class Role(StrEnum):
    """What a member is in their city. Roles come from admins and the operator, never from text."""

    STAFF = "staff"
    MAYOR = "mayor"
    ADMIN = "workspace admin"
    MODERATOR = "moderator"


@dataclass(frozen=True, slots=True)
class MemberProfile:
    """A person as their platform describes them."""

    external_id: ExternalMember
    name: str
    title: str = ""
    picture_url: str = ""
    is_admin: bool = False
    is_app: bool = False


@dataclass(frozen=True, slots=True)
class Member:
    """A person, or an app, in a workspace."""

    id: MemberId
    workspace: WorkspaceId
    external_id: ExternalMember
    name: str
    title: str
    role: Role
    is_app: bool = False
    picture_url: str = ""
    refreshed_at: datetime | None = None
