"""Asks Slack whose a token is: when a workspace is added, and again when the exchange starts."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import aiohttp

from core.channels import Trouble
from core.failures import CallFailed, Refused
from core.ids import ExternalMember, FileId, WorkspaceId
from core.places import Workspace
from service.clock import Clock
from service.platforms import SLACK, PlatformSettings
from storage.database import Database

if TYPE_CHECKING:
    from integrations.slack.platform import SlackPlatform

logger = logging.getLogger(__name__)

ANSWERS_WITHIN = aiohttp.ClientTimeout(total=10, sock_connect=5)


@dataclass(frozen=True, slots=True)
class Identity:
    """What Slack says about a token."""

    team: str
    name: str
    bot_member: ExternalMember
    bot_id: str
    app_id: str


async def identify_slack(api_url: str, token: str) -> Identity:
    """Whose token it is; fails with `core.failures.CallFailed`. Opens its own connection."""
    from integrations.slack.platform import SlackPlatform

    async with aiohttp.ClientSession(timeout=ANSWERS_WITHIN) as session:
        platform = SlackPlatform(
            settings=PlatformSettings.read().slack,
            credentials=_OneToken(token),
            files=_NoFiles(),
            session=session,
            clock=Clock(),
        )
        return await ask(platform, api_url, token)


async def ask(platform: "SlackPlatform", api_url: str, token: str) -> Identity:
    """Whose token it is, asked through a platform that is there already."""
    found = await platform.identify(api_url, token)
    return Identity(
        team=found.team,
        name=found.team_name,
        bot_member=ExternalMember(found.bot_member),
        bot_id=found.bot_id,
        app_id=found.app_id,
    )


class UnknownIdentities:
    """Fills in what Slack calls our bot, where it could not be asked when it was added."""

    def __init__(self, database: Database, platform: "SlackPlatform") -> None:
        self._database = database
        self._platform = platform

    async def look_up(self) -> None:
        """Ask for every Slack workspace whose bot is not known yet, and for those that came with
        their organization and whose names are not known."""
        await self._name_all()
        for workspace, token in await self._unknown():
            try:
                identity = await ask(self._platform, workspace.api_url, token)
            except Refused as error:
                if error.trouble is Trouble.TOKEN_GONE:
                    logger.warning(
                        "Slack refuses the token of %s (%s). Give a new one with: "
                        "python -m service workspaces add slack",
                        workspace.name,
                        error.code,
                    )
                continue
            except CallFailed:
                continue
            await self._keep(workspace, identity)

    async def _name_all(self) -> None:
        from integrations.slack.grants import teams_of

        nameless: dict[str, list[Workspace]] = {}
        async with self._database.view() as view:
            for workspace in await view.workspaces.list():
                if workspace.platform == SLACK and workspace.name == workspace.external_id:
                    known = (await view.installations.credentials([workspace.id])).get(workspace.id)
                    if known is not None:
                        nameless.setdefault(known.token, []).append(workspace)
        for token, workspaces in nameless.items():
            try:
                teams = await teams_of(self._platform.client, token)
            except CallFailed:
                continue
            names = {team.external_id: team.name for team in teams if team.name}
            async with self._database.unit() as unit:
                for workspace in workspaces:
                    name = names.get(workspace.external_id, workspace.name)
                    await unit.workspaces.set_name(workspace.id, name)

    async def _unknown(self) -> Sequence[tuple[Workspace, str]]:
        found = []
        async with self._database.view() as unit:
            for workspace in await unit.workspaces.list():
                if workspace.platform == SLACK and not workspace.bot_id:
                    credential = (await unit.installations.credentials([workspace.id])).get(
                        workspace.id
                    )
                    found += [(workspace, credential.token)] if credential else []
        return found

    async def _keep(self, workspace: Workspace, identity: Identity) -> None:
        async with self._database.view() as view:
            installation = await view.installations.of(workspace.id)
        known_as = {workspace.external_id, *([installation.external_id] if installation else [])}
        if identity.team and identity.team not in known_as:
            logger.warning(
                "The token of %s belongs to Slack team %s, not to %s. Add it again with the right "
                "--team: python -m service workspaces add slack",
                workspace.name,
                identity.team,
                workspace.external_id,
            )
            return
        async with self._database.unit() as unit:
            await unit.workspaces.set_identity(
                workspace.id,
                name=workspace.name,
                bot_member=identity.bot_member,
                bot_id=identity.bot_id,
                app_id=identity.app_id,
            )


class _OneToken:
    def __init__(self, token: str) -> None:
        self._token = token

    async def token(self, workspace: WorkspaceId) -> str:
        return self._token


class _NoFiles:
    async def read(self, file: FileId) -> bytes:
        raise KeyError(file)
