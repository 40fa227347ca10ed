"""A link stops working, and works again: the state, the trail, and the words for its admin."""

from datetime import datetime

from core.channels import Link, Trouble
from core.places import Workspace
from core.words import link_stopped, reference, stopped_elsewhere
from storage.links import Linked
from storage.unit import Unit

_NO_ZONE = "UTC"


async def trouble_conversation(unit: Unit, linked: Linked, trouble: Trouble, now: datetime) -> None:
    """Mark a link as broken and see that its admin is told, once for each time it breaks."""
    if linked.link.trouble is trouble:
        return
    await unit.links.set_trouble(linked.link.id, trouble, now)
    sign = reference("L", linked.link.id)
    text = link_stopped(
        conversation=name_of(linked),
        trouble=trouble,
        platform=linked.workspace.platform,
        since=now,
        now=now,
        time_zone=zone_of(linked),
        reference=sign,
    )
    key = f"{linked.link.id}:{trouble}:{now.isoformat()}"
    await unit.notice(linked.workspace.id, key, text, sign)
    if trouble is Trouble.TOKEN_GONE:
        await _tell_operator(unit, linked, key, sign)
    await unit.audit(
        "exchange", "link stopped", sign, {"trouble": trouble}, workspace=linked.workspace.id
    )


def name_of(linked: Linked) -> str:
    """What people call a linked conversation."""
    name = linked.link.conversation_name
    return f"#{name}" if name else linked.channel.name


def zone_of(linked: Linked) -> str:
    """The time zone of the people in a linked conversation."""
    return linked.city.time_zone if linked.city else _NO_ZONE


async def _tell_operator(unit: Unit, linked: Linked, key: str, sign: str) -> None:
    """Without its token nobody in a workspace can be told anything."""
    place = await unit.operator.place()
    if place is not None and place.workspace != linked.workspace.id:
        city = linked.city.label if linked.city else linked.workspace.name
        text = stopped_elsewhere(city, name_of(linked), Trouble.TOKEN_GONE, sign)
        await unit.notice(place.workspace, f"operator:{key}", text, sign)


async def mend_conversation(unit: Unit, link: Link, now: datetime) -> None:
    """A link works again: what was waiting goes out."""
    if link.trouble is None:
        return
    await unit.links.set_trouble(link.id, None, now)
    # Who has not been told of it yet need not be told any more.
    await unit.drop_notices(link.workspace, reference("L", link.id))
    sign, was = reference("L", link.id), {"was": link.trouble}
    await unit.audit("exchange", "link mended", sign, was, workspace=link.workspace)


async def trouble_workspace(
    unit: Unit, workspace: Workspace, trouble: Trouble, now: datetime
) -> None:
    """Every link of a workspace is broken at once."""
    for link in await unit.links.list(workspace=workspace.id):
        linked = await unit.links.by_lane(link.lane)
        if linked is not None:
            await trouble_conversation(unit, linked, trouble, now)


async def mend_workspace(unit: Unit, workspace: Workspace, now: datetime) -> None:
    """A workspace has the app, and every link of it works again, as far as we know."""
    await unit.installations.come_back(workspace.id)
    for link in await unit.links.list(workspace=workspace.id):
        await mend_conversation(unit, link, now)
