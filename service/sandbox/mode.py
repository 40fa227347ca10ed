"""The sandbox: stand-ins for Slack and Teams and their page, in this process, on this machine.

It starts when nothing is configured, so that anybody can try the exchange without an account.
"""

import logging
import secrets
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Any

from aiohttp import web
from pydantic import SecretStr

from core.channels import LinkMode
from core.ids import (
    CityId,
    ExternalConversation,
    ExternalMember,
    ExternalTenant,
    ExternalWorkspace,
)
from core.places import MemberProfile, Role, Workspace, WorkspaceState
from integrations.sandbox.page.app import create_page
from integrations.sandbox.slack.app import SlackStandIn
from integrations.sandbox.teams.seed import plant
from integrations.sandbox.teams.standin import TeamsStandIn
from integrations.slack.settings import SlackSettings
from integrations.teams.ids import workspace_id
from integrations.teams.settings import TeamsSettings
from service.clock import Clock
from service.exchange import Exchange
from service.listening import BACKLOG, listen
from service.platforms import PlatformSettings
from service.sandbox.cities import (
    CITIES,
    MAYOR,
    POSTS,
    SHARED,
    SLACK,
    SandboxCity,
    slack_channel,
    slack_seed,
    teams_seed,
)
from service.settings import ExchangeSettings
from service.traces import Traces
from storage.unit import Unit

logger = logging.getLogger(__name__)

HOST = "127.0.0.1"


class Sandbox:
    """Enter it, start its exchange, call `open_page` and `talk`; leaving stops everything."""

    def __init__(self, settings: ExchangeSettings, clock: Clock, exchange_url: str) -> None:
        """`exchange_url` is where the exchange will listen."""
        self._clock = clock
        self._traces = Traces()
        self._stack = AsyncExitStack()
        self._listening = self._stack.enter_context(
            listen(HOST, settings.sandbox_port, "EXCHANGE_SANDBOX_PORT")
        )
        self.url = f"http://{HOST}:{self._listening.getsockname()[1]}"
        self.settings = self._with_own_database(settings)
        secret = secrets.token_hex(16)
        self.slack = SlackStandIn(slack_seed(secret, f"{exchange_url}/slack/events"), clock=clock)
        self.slack.base_url = f"{self.url}/slack"
        self.teams = TeamsStandIn(
            events_url=f"{exchange_url}/api/messages", public_url=f"{self.url}/teams", clock=clock
        )
        plant(self.teams.world, teams_seed())
        self.exchange = Exchange(
            self.settings,
            self._platform_settings(secret),
            clock=clock,
            base_url=settings.base_url or exchange_url,
            traces=self._traces,
            sandbox_url=self.url,
        )

    async def __aenter__(self) -> "Sandbox":
        """Nothing has started yet."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """The exchange first, then what it talks to, then its database."""
        try:
            await self.exchange.stop()
        finally:
            await self._stack.aclose()

    async def open_page(self) -> None:
        """Let the four cities take part, and serve the page. The exchange's database is open."""
        async with self.exchange.database.unit() as unit:
            for city in CITIES:
                await self._join(unit, city)
        page = create_page(
            slack=self.slack, teams=self.teams, traces=self._traces, clock=self._clock
        )
        runner = web.AppRunner(page, access_log=None, shutdown_timeout=2)
        self._stack.push_async_callback(runner.cleanup)
        await runner.setup()
        await web.SockSite(runner, self._listening, backlog=BACKLOG).start()

    def talk(self) -> None:
        """Let people say their first words; they travel like all others."""
        for post in POSTS:
            if post.city in self.teams.world.workspaces:
                place = self.teams.people.place(post.city, post.member, post.channel.capitalize())
                self.teams.people.say(place, post.text)
            else:
                channel = slack_channel(post.channel)
                self.slack.people.say(post.city, post.member, channel, post.text)

    def _with_own_database(self, settings: ExchangeSettings) -> ExchangeSettings:
        """A fresh file that goes at the end, unless the operator has named a database."""
        if "database_url" in settings.model_fields_set:
            return settings
        folder = self._stack.enter_context(tempfile.TemporaryDirectory(prefix="exchange-sandbox-"))
        url = f"sqlite+aiosqlite:///{Path(folder) / 'sandbox.db'}"
        return settings.model_copy(update={"database_url": url})

    def _platform_settings(self, signing_secret: str) -> PlatformSettings:
        app = self.slack.app_named("")
        return PlatformSettings(
            slack=SlackSettings(
                signing_secret=SecretStr(signing_secret),
                client_id=app.client_id,
                client_secret=SecretStr(app.client_secret),
                api_url=self.slack.api_url,
                authorize_url=f"{self.slack.base_url}/oauth/v2/authorize",
            ),
            teams=TeamsSettings.model_validate({"service_hosts": self.url.removeprefix("http://")}),
        )

    async def _join(self, unit: Unit, city: SandboxCity) -> None:
        workspace = await self._add(unit, city)
        await self._name_mayor(unit, workspace, city)
        linked = {link.conversation for link in await unit.links.list(workspace=workspace.id)}
        for name in SHARED:
            channel = await unit.channels.by_slug(name)
            conversation = self._conversation(city, name)
            if channel is not None and conversation not in linked:
                await unit.links.add(
                    channel.id,
                    workspace.id,
                    conversation,
                    LinkMode.LIVE,
                    conversation_name=name,
                )

    async def _name_mayor(self, unit: Unit, workspace: Workspace, city: SandboxCity) -> None:
        for member in city.members:
            if member["title"] != MAYOR:
                continue
            profile = self._profile(city, member)
            known = await unit.members.put(workspace.id, profile, self._clock())
            await unit.members.set_role(known.id, Role.MAYOR)

    def _profile(self, city: SandboxCity, member: dict[str, Any]) -> MemberProfile:
        if city.platform == SLACK:
            return MemberProfile(ExternalMember(member["id"]), member["real_name"], MAYOR)
        person = self.teams.world.workspace(city.key).member(member["key"])
        return MemberProfile(ExternalMember(person.id), member["name"], MAYOR)

    async def _add(self, unit: Unit, city: SandboxCity) -> Workspace:
        external, tenant, api_url = city.key, city.key, self.slack.api_url
        if city.platform != SLACK:
            team = self.teams.world.workspace(city.key)
            external, tenant = workspace_id(team.tenant_id, team.team_id), team.tenant_id
            api_url = self.teams.service_url(team)
        return await unit.workspaces.add(
            platform=city.platform,
            external_id=ExternalWorkspace(external),
            tenant=ExternalTenant(tenant),
            name=city.name,
            city=CityId(city.geoid),
            state=WorkspaceState.CONFIRMED,
            api_url=api_url,
            token=city.token if city.platform == SLACK else None,
        )

    def _conversation(self, city: SandboxCity, name: str) -> ExternalConversation:
        if city.platform == SLACK:
            return ExternalConversation(slack_channel(name))
        team = self.teams.world.workspace(city.key)
        return ExternalConversation(team.conversation(name.capitalize()).id)
