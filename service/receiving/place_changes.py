"""What an event about a place or a person changes: names, ids, and whether a link works."""

from datetime import datetime

from core.channels import Trouble
from core.events import (
    ConversationMended,
    ConversationRenamed,
    ConversationTroubled,
    InboundEvent,
    MemberChanged,
    TeamsChanged,
    WorkspaceRenamed,
    WorkspaceTroubled,
)
from core.ids import ExternalWorkspace, Lane
from core.installations import Team
from core.places import Workspace
from service.membership.departing import is_outdated, lose_organization, lose_workspace
from service.membership.installing import let_in
from service.watching.troubles import (
    mend_conversation,
    mend_workspace,
    trouble_conversation,
    trouble_workspace,
)
from storage.installations import Installation
from storage.links import Linked
from storage.unit import Unit


async def change_place(
    unit: Unit, workspace: Workspace, lane: Lane, event: InboundEvent, now: datetime
) -> None:
    """Write down what an event says about a workspace, a conversation or a member."""
    match event:
        case WorkspaceTroubled(trouble=trouble):
            if trouble is not Trouble.TOKEN_GONE:
                await trouble_workspace(unit, workspace, trouble, now)
                if trouble is Trouble.BOT_REMOVED:
                    await unit.installations.leave(workspace.id, now)
            elif not is_outdated(await unit.installations.of(workspace.id), event.at):
                await lose_workspace(unit, workspace, now)
        case ConversationMended() if event.source.conversation is None:
            await mend_workspace(unit, workspace, now)
        case WorkspaceRenamed(name=name):
            await unit.workspaces.set_name(workspace.id, name)
        case MemberChanged(profile=profile):
            if await unit.members.find(workspace.id, profile.external_id) is not None:
                await unit.members.put(workspace.id, profile, now)
        case _:
            linked = await unit.links.by_lane(lane)
            if linked is not None:
                await _change_conversation(unit, linked, event, now)


async def change_organization(unit: Unit, event: InboundEvent, now: datetime) -> bool:
    """Write down what an event says about an organization; false when we know none of that id."""
    source = event.source
    organization = await unit.installations.find(source.platform, source.workspace)
    if organization is None:
        return False
    match event:
        case TeamsChanged(teams=teams, granted=True):
            for team in teams:
                await let_in(unit, organization, Team(team), now)
        case TeamsChanged(teams=teams):
            for team in teams:
                await _let_go(unit, organization, team, now)
        case WorkspaceTroubled():
            if not is_outdated(organization, event.at):
                await lose_organization(unit, organization, now)
        case _:
            return False
    return True


async def _let_go(
    unit: Unit, organization: Installation, team: ExternalWorkspace, now: datetime
) -> None:
    workspace = await unit.workspaces.by_external(organization.platform, team)
    if workspace is None:
        return
    installation = await unit.installations.of(workspace.id)
    if installation is not None and installation.id == organization.id:
        await lose_workspace(unit, workspace, now)


async def _change_conversation(
    unit: Unit, linked: Linked, event: InboundEvent, now: datetime
) -> None:
    match event:
        case ConversationTroubled(trouble=trouble):
            await trouble_conversation(unit, linked, trouble, now)
        case ConversationMended():
            await mend_conversation(unit, linked.link, now)
        case ConversationRenamed(name=name, moved_to=moved_to):
            if name:
                await unit.links.rename(linked.link.id, name)
            if moved_to is not None:
                await unit.links.move(linked.link.id, moved_to)
        case _:
            return
