"""What an event about a place or a person changes: names, ids, and whether a link works."""

from datetime import datetime

from core.channels import Trouble
from core.events import (
    ConversationMended,
    ConversationRenamed,
    ConversationTroubled,
    InboundEvent,
    MemberChanged,
    WorkspaceTroubled,
)
from core.ids import Lane
from core.places import Workspace
from service.troubles import (
    mend_conversation,
    mend_workspace,
    trouble_conversation,
    trouble_workspace,
)
from storage.links import Linked
from storage.unit import Unit


async def change_place(
    unit: Unit, workspace: Workspace, lane: Lane, event: InboundEvent, now: datetime
) -> None:
    """Write down what an event says about a workspace, a conversation or a member."""
    match event:
        case WorkspaceTroubled(trouble=trouble):
            await trouble_workspace(unit, workspace, trouble, now)
            if trouble is Trouble.TOKEN_GONE:
                await unit.workspaces.set_token(workspace.id, None)
        case ConversationMended() if event.source.conversation is None:
            await mend_workspace(unit, workspace, now)
        case MemberChanged(profile=profile):
            if await unit.members.find(workspace.id, profile.external_id) is not None:
                await unit.members.put(workspace.id, profile, now)
        case _:
            linked = await unit.links.by_lane(lane)
            if linked is not None:
                await _change_conversation(unit, linked, event, now)


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
