"""Lets in whoever a platform has given a token for: new ones wait, known ones go on."""

from collections.abc import Callable, Sequence
from datetime import datetime

from core.claims import ClaimState
from core.ids import ExternalTenant
from core.installations import (
    CONSENT_WITHIN,
    Granted,
    Installed,
    Past,
    Team,
    Welcome,
    welcome,
)
from core.places import Workspace, WorkspaceState
from service.membership.departing import end_workspace
from service.watching.troubles import mend_workspace
from storage.database import Database
from storage.errors import StorageError
from storage.installations import Installation
from storage.unit import Unit


class Installing:
    """`core.installations.InstallDesk` over storage."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    async def begin(self, state: str, browser: str) -> None:
        """Remember, for a while, that this browser was sent away with this state."""
        async with self._database.unit() as unit:
            await unit.installations.begin_consent(state, browser, self._clock() + CONSENT_WITHIN)

    async def accept(self, state: str, browser: str) -> bool:
        """Whether the state is ours, unused, in time, and of this browser. True once only."""
        async with self._database.unit() as unit:
            return await unit.installations.end_consent(state, browser)

    async def installed(self, granted: Granted) -> Sequence[Installed]:
        """Keep what was granted, encrypted, and let each workspace in as it may be.

        Of a workspace that the operator has refused, nothing is kept.
        """
        now = self._clock()
        async with self._database.unit() as unit:
            if not granted.is_organization:
                refused = await _refused(unit, granted, now)
                if refused is not None:
                    return [refused]
            own = await unit.installations.put(granted)
            installation = await unit.installations.find(granted.platform, granted.to.external_id)
            if installation is None:
                raise StorageError(f"Installation {own} is gone again.")
            teams = granted.teams or await _known_teams(unit, installation)
            return [await let_in(unit, installation, team, now) for team in teams]


async def let_in(unit: Unit, installation: Installation, team: Team, now: datetime) -> Installed:
    """Give a workspace its part in an installation: a new one waits to be confirmed, one that was
    here within the last 30 days goes on where it stopped, a refused one stays outside."""
    known = await unit.workspaces.by_external(installation.platform, team.external_id)
    past = await past_of(unit, known)
    outcome = welcome(past, now)
    if known is not None and outcome is Welcome.REFUSED:
        await _note(unit, installation, known, outcome)
        return Installed(outcome, known)
    if known is not None and outcome is Welcome.NEW:
        await end_workspace(unit, known, who="exchange")
        await unit.workspaces.set_city(known.id, None)
    workspace = await unit.workspaces.add(
        installation.platform,
        team.external_id,
        ExternalTenant(team.external_id),
        name=team.name or ("" if known else team.external_id),
        state=WorkspaceState.PENDING,
        bot_member=installation.bot_member,
        bot_id=installation.bot_id,
        app_id=installation.app_id,
    )
    await unit.workspaces.set_token(workspace.id, None)
    await unit.workspaces.set_api_url(workspace.id, "")
    await unit.installations.attach(workspace.id, installation.id)
    await mend_workspace(unit, workspace, now)
    links = await unit.links.list(workspace=workspace.id)
    if outcome is Welcome.BACK:
        await unit.drop_notices(workspace.id)
    await _note(unit, installation, workspace, outcome)
    fresh = await unit.workspaces.get(workspace.id)
    return Installed(outcome, fresh or workspace, tuple(link.conversation for link in links))


async def past_of(unit: Unit, known: Workspace | None) -> Past:
    """What is known of a workspace before it is let in."""
    if known is None:
        return Past()
    claim = await unit.claims.newest(known.id)
    refused = claim is not None and claim.state is ClaimState.REFUSED
    return Past(
        workspace=known,
        left_at=await unit.installations.left_at(known.id),
        refused=refused and known.state is not WorkspaceState.CONFIRMED,
    )


async def _refused(unit: Unit, granted: Granted, now: datetime) -> Installed | None:
    known = await unit.workspaces.by_external(granted.platform, granted.to.external_id)
    outcome = welcome(await past_of(unit, known), now)
    if known is None or outcome is not Welcome.REFUSED:
        return None
    detail = {"installer": granted.installer, "outcome": outcome.value}
    await unit.audit("exchange", "app refused", str(known.id), detail, workspace=known.id)
    return Installed(outcome, known)


async def _known_teams(unit: Unit, installation: Installation) -> list[Team]:
    """The workspaces an organization had let us into, when it does not say which they are."""
    teams = []
    for own in await unit.installations.workspaces_of(installation.id):
        workspace = await unit.workspaces.get(own)
        teams += [Team(workspace.external_id)] if workspace else []
    return teams


async def _note(
    unit: Unit, installation: Installation, workspace: Workspace, outcome: Welcome
) -> None:
    detail = {"outcome": outcome.value, "by": installation.external_id}
    who = installation.installer or "exchange"
    await unit.audit(who, "app installed", str(workspace.id), detail, workspace=workspace.id)
