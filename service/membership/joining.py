"""A workspace that added the app by itself, where a platform has no consent page: it waits to be
confirmed, goes on where it stopped, or stays outside when the operator has refused it."""

from datetime import datetime

from core import joining_words as words
from core.events import WorkspaceJoined
from core.installations import Welcome, welcome
from core.office_words import BUTTON_SET_UP
from core.places import Role, Workspace, WorkspaceState
from core.ports import Answer, Choice
from core.words import NAME
from service.membership.departing import end_workspace
from service.membership.installing import past_of
from service.office.acts import lines
from service.watching.troubles import mend_workspace
from storage.unit import Unit


async def join_workspace(unit: Unit, event: WorkspaceJoined, now: datetime) -> Workspace | None:
    """Write down that a workspace has added the app; gives it back when it is new here.

    Who added the app to a new workspace may administer it: most platforms tell a bot nothing about
    who owns a team.
    """
    source = event.source
    known = await unit.workspaces.by_external(source.platform, source.workspace)
    outcome = welcome(await past_of(unit, known), now)
    if known is not None and outcome is Welcome.REFUSED:
        await _note(unit, known, event, outcome)
        return None
    if known is not None and outcome is not Welcome.NEW:
        await _go_on(unit, known, event, outcome, now)
        return None
    if known is not None:
        await end_workspace(unit, known, who="exchange")
        await unit.workspaces.set_city(known.id, None)
    workspace = await unit.workspaces.add(
        source.platform,
        source.workspace,
        source.tenant,
        name=event.name or ("" if known else source.workspace),
        state=WorkspaceState.PENDING,
        api_url=source.api_url,
    )
    holders = [event.by] if event.by else []
    await unit.grants.set_holders(workspace.id, Role.ADMIN, holders, "exchange")
    await _note(unit, workspace, event, outcome)
    return workspace


async def _go_on(
    unit: Unit, known: Workspace, event: WorkspaceJoined, outcome: Welcome, now: datetime
) -> None:
    await mend_workspace(unit, known, now)
    if event.name and event.name != known.name:
        await unit.workspaces.set_name(known.id, event.name)
    if outcome is Welcome.BACK:
        await unit.drop_notices(known.id)
        await _note(unit, known, event, outcome)


async def _note(unit: Unit, workspace: Workspace, event: WorkspaceJoined, outcome: Welcome) -> None:
    detail = {"outcome": outcome.value, "by": event.by or ""}
    who = event.by or "exchange"
    await unit.audit(who, "app installed", str(workspace.id), detail, workspace=workspace.id)


def welcome_message(workspace: Workspace) -> Answer:
    """What whoever added the app to a new workspace is told."""
    return Answer(
        words.WELCOME_TITLE,
        lines(words.WELCOME.format(app=NAME, workspace=workspace.name)),
        (Choice(BUTTON_SET_UP, "setup"),),
    )
