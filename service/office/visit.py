"""What is known of a guest of the office, and what they may do."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from core.claims import (
    Claim,
    Grant,
    OperatorPlace,
    Standing,
    WorkspaceSettings,
    may_administer,
    standing,
)
from core.events import Source
from core.ids import PlatformName
from core.places import City, Role, Workspace
from core.ports import Platform
from core.screens import Guest
from storage.links import Linked
from storage.unit import Unit

Platforms = Mapping[PlatformName, Platform]

_NO_ZONE = "UTC"


@dataclass(frozen=True, slots=True)
class Visit:
    """A guest, their workspace and where it stands, read in one unit of work."""

    guest: Guest
    unit: Unit
    now: datetime
    workspace: Workspace | None
    city: City | None
    claim: Claim | None
    settings: WorkspaceSettings
    links: tuple[Linked, ...]
    grants: tuple[Grant, ...]
    place: OperatorPlace | None
    platform: Platform | None

    @property
    def standing(self) -> Standing:
        """Where the workspace stands on its way in."""
        return standing(
            self.workspace,
            self.claim,
            self.settings,
            linked=bool(self.links),
            is_operator=self.is_operators,
        )

    @property
    def is_operators(self) -> bool:
        """Whether this is the workspace in which the operator decides."""
        return (
            self.workspace is not None
            and self.place is not None
            and self.place.workspace == self.workspace.id
        )

    @property
    def may_administer(self) -> bool:
        """Whether the guest may change what this workspace takes part in."""
        guest = self.guest
        return self.workspace is not None and may_administer(
            is_admin=guest.is_admin, member=guest.asker.member, grants=self.grants
        )

    @property
    def may_decide(self) -> bool:
        """Whether the guest may answer claims: an admin or moderator of the operator's workspace,
        or whoever is in the conversation that the operator has chosen for it."""
        if not self.is_operators or self.place is None:
            return False
        asker = self.guest.asker
        moderates = any(
            grant.member == asker.member and grant.role is Role.MODERATOR for grant in self.grants
        )
        return self.may_administer or moderates or asker.conversation == self.place.conversation

    @property
    def who(self) -> str:
        """The guest, as they stand in the trail."""
        return self.guest.name or self.guest.asker.member

    @property
    def time_zone(self) -> str:
        """The city's zone."""
        return self.city.time_zone if self.city is not None else _NO_ZONE

    @property
    def known(self) -> Workspace:
        """The workspace; only for acts that need one."""
        if self.workspace is None:
            raise LookupError("nobody without a workspace gets this far")
        return self.workspace

    async def note(self, act: str, subject: str = "", **detail: object) -> None:
        """Put an act of the guest into their workspace's trail."""
        workspace = self.known
        await self.unit.audit(
            self.who,
            act,
            subject or str(workspace.id),
            {"member": self.guest.asker.member, **detail},
            workspace=workspace.id,
        )


async def visit(unit: Unit, guest: Guest, now: datetime, platforms: Platforms) -> Visit:
    """Look up everything about a guest."""
    asker = guest.asker
    platform = platforms.get(asker.platform)
    source = Source(asker.platform, asker.tenant, asker.workspace, asker.conversation)
    workspace = await unit.workspaces.resolve(source)
    place = await unit.operator.place()
    if workspace is None:
        nothing = WorkspaceSettings()
        return Visit(guest, unit, now, None, None, None, nothing, (), (), place, platform)
    return Visit(
        guest=guest,
        unit=unit,
        now=now,
        workspace=workspace,
        city=await unit.cities.get(workspace.city) if workspace.city else None,
        claim=await unit.claims.newest(workspace.id),
        settings=await unit.settings.of(workspace.id),
        links=tuple(await unit.links.linked(workspace=workspace.id)),
        grants=tuple(await unit.grants.of(workspace.id)),
        place=place,
        platform=platform,
    )
