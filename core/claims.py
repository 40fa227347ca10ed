"""Who may speak for a city: claims, what speaks for them, and where a workspace stands."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.ids import (
    CityId,
    ExternalConversation,
    ExternalMember,
    ExternalMessage,
    WorkspaceId,
)
from core.places import City, Role, Workspace, WorkspaceState


class ClaimState(StrEnum):
    """What has become of a claim."""

    WAITING = "waiting"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Claim:
    """A workspace says that it belongs to a city. `member` says so, `decided_by` answered."""

    id: int
    workspace: WorkspaceId
    city: CityId
    member: ExternalMember
    name: str
    email: str
    note: str
    state: ClaimState
    reason: str
    decided_by: str
    created_at: datetime
    decided_at: datetime | None
    notice: ExternalMessage | None = None


@dataclass(frozen=True, slots=True)
class OperatorPlace:
    """The conversation in which the operator decides."""

    workspace: WorkspaceId
    conversation: ExternalConversation


@dataclass(frozen=True, slots=True)
class WorkspaceSettings:
    """What a workspace has chosen; `digest_hour` is in the city's zone, weekday 0 is Monday."""

    digest_weekday: int = 0
    digest_hour: int = 8
    set_up_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Grant:
    """A role that somebody was given, and by whom."""

    member: ExternalMember
    role: Role
    given_by: str
    given_at: datetime


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """A privileged act, as it stands in the trail."""

    at: datetime
    who: str
    act: str
    subject: str


class Standing(StrEnum):
    """Where a workspace stands on its way in."""

    UNKNOWN = "unknown"
    UNCLAIMED = "unclaimed"
    WAITING = "waiting"
    REFUSED = "refused"
    FIRST_RUN = "first run"
    RUNNING = "running"
    PAUSED = "paused"
    OPERATOR = "operator"


def standing(
    workspace: Workspace | None,
    claim: Claim | None,
    settings: WorkspaceSettings,
    *,
    linked: bool,
    is_operator: bool,
) -> Standing:
    """Where a workspace stands. `claim` is its newest one, `linked` whether anything is linked."""
    if workspace is None or workspace.state is WorkspaceState.REMOVED:
        return Standing.UNKNOWN
    if is_operator:
        return Standing.OPERATOR
    if workspace.state is WorkspaceState.PAUSED:
        return Standing.PAUSED
    if workspace.state is WorkspaceState.CONFIRMED and workspace.city is not None:
        ready = linked or settings.set_up_at is not None
        return Standing.RUNNING if ready else Standing.FIRST_RUN
    if claim is not None and claim.state is ClaimState.WAITING:
        return Standing.WAITING
    if claim is not None and claim.state is ClaimState.REFUSED:
        return Standing.REFUSED
    return Standing.UNCLAIMED


class Evidence(StrEnum):
    """What an e-mail address says for a claim."""

    CITY_DOMAIN = "city's own .gov domain"
    GOVERNMENT = "government domain"
    NAMES_CITY = "domain with the city's name"
    OTHER = "other domain"
    NOTHING = "no address"


_DOMAIN = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+\Z")


def domain_of(email: str) -> str:
    """The domain of an address in small letters; empty when it is no address."""
    _, at, domain = email.strip().rpartition("@")
    domain = domain.casefold()
    return domain if at and _DOMAIN.match(domain) else ""


def evidence_for(email: str, city: City) -> Evidence:
    """What the address of the one who asks says for a claim to a city.

    Only a domain that ends in `.gov` (or `.us`, where states run their cities' names) is given to
    governments alone; a city's name in another domain is a hint and no more.
    """
    domain = domain_of(email)
    if not domain:
        return Evidence.NOTHING
    letters = re.sub(r"[^a-z]", "", city.name.casefold())
    names_city = len(letters) > 2 and letters in re.sub(r"[^a-z]", "", domain)
    if domain.endswith(".gov"):
        return Evidence.CITY_DOMAIN if names_city else Evidence.GOVERNMENT
    if re.search(r"(^|\.)(ci|co|cityof|town|vil|village)\.[a-z0-9-]+\.[a-z]{2}\.us\Z", domain):
        return Evidence.CITY_DOMAIN if names_city else Evidence.GOVERNMENT
    return Evidence.NAMES_CITY if names_city else Evidence.OTHER


def may_administer(*, is_admin: bool, member: ExternalMember, grants: Collection[Grant]) -> bool:
    """Whether somebody may change what their workspace takes part in: an admin of the workspace,
    or one whom such an admin has named."""
    return is_admin or any(grant.member == member and grant.role is Role.ADMIN for grant in grants)
