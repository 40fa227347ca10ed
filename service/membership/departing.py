"""A workspace removes the app: its tokens go at once, everything else waits, then ends."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from core.channels import Trouble
from core.ids import WorkspaceId
from core.installations import KEPT_FOR
from core.places import Workspace, WorkspaceState
from service.watching.troubles import trouble_workspace
from storage.database import Database
from storage.installations import Installation
from storage.unit import Unit

logger = logging.getLogger(__name__)

_CLOCKS_DIFFER = timedelta(seconds=1)
"""Some of a platform's events tell only the second in which they happened."""


def is_outdated(installation: Installation | None, at: datetime) -> bool:
    """Whether a departure that comes late was before the last installation."""
    return installation is not None and at < installation.installed_at - _CLOCKS_DIFFER


async def lose_workspace(unit: Unit, workspace: Workspace, now: datetime) -> None:
    """The app is gone from a workspace: its links pause, its tokens are deleted, the rest waits
    for `KEPT_FOR`."""
    await trouble_workspace(unit, workspace, Trouble.TOKEN_GONE, now)
    await forget_tokens(unit, workspace.id)
    await unit.drop_notices(workspace.id)  # without a token nobody there can be told
    await unit.installations.leave(workspace.id, now)
    await unit.audit("exchange", "app removed", str(workspace.id), {}, workspace=workspace.id)


async def lose_organization(unit: Unit, installation: Installation, now: datetime) -> None:
    """The app is gone from a whole organization."""
    for own in await unit.installations.workspaces_of(installation.id):
        workspace = await unit.workspaces.get(own)
        if workspace is not None:
            await lose_workspace(unit, workspace, now)
            # It comes back with its organization.
            await unit.installations.attach(workspace.id, installation.id)
    await unit.installations.forget_tokens(installation.id)


async def end_workspace(unit: Unit, workspace: Workspace, *, who: str) -> int:
    """End a workspace's part for good: its links are removed and its tokens deleted; what was said
    stays on record. Gives back how many links there were."""
    links = await unit.links.list(workspace=workspace.id)
    for link in links:
        await unit.links.remove(link.id)
    await forget_tokens(unit, workspace.id)
    await unit.installations.detach(workspace.id)
    await unit.installations.come_back(workspace.id)
    await unit.workspaces.set_state(workspace.id, WorkspaceState.REMOVED)
    await unit.audit(
        who, "workspace removed", str(workspace.id), {"links": len(links)}, workspace=workspace.id
    )
    return len(links)


async def forget_tokens(unit: Unit, workspace: WorkspaceId) -> None:
    """Delete every token of a workspace; an organization's stays, for its other workspaces."""
    await unit.workspaces.set_token(workspace, None)
    installation = await unit.installations.of(workspace)
    if installation is None:
        return
    if installation.is_organization:
        await unit.installations.detach(workspace)
    else:
        await unit.installations.forget_tokens(installation.id)


class Departures:
    """Ends what has waited long enough."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    async def end_all(self) -> None:
        """End every workspace that has been gone for `KEPT_FOR`. Harmless on several nodes."""
        before = self._clock() - KEPT_FOR
        async with self._database.view() as view:
            gone = await view.installations.left_before(before)
        for own in gone:
            async with self._database.unit() as unit:
                workspace = await unit.workspaces.get(own)
                left_at = await unit.installations.left_at(own)
                if workspace is not None and left_at is not None and left_at <= before:
                    await end_workspace(unit, workspace, who="exchange")
                    logger.info("Workspace %s was gone for 30 days and is ended", own)
