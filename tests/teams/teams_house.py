"""Our Teams integration in front of the stand-in, without service and storage."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

import aiohttp
from aiohttp import web
from pydantic import SecretStr

from core.events import InboundEvent, Parsed, Received, Source
from core.ids import (
    CityId,
    EventKey,
    ExternalConversation,
    ExternalMember,
    ExternalMessage,
    ExternalTenant,
    FileId,
    WorkspaceId,
)
from core.places import Workspace, WorkspaceState
from core.ports import Answer, Asker, Choice, Destination
from core.screens import Office
from core.text import paragraph
from integrations.sandbox.teams.model import Workspace as Tenant
from integrations.sandbox.teams.seed import DEFAULT_SEED, plant
from integrations.sandbox.teams.standin import TeamsStandIn, run
from integrations.teams.graph import GraphTeamsPlatform
from integrations.teams.ids import TEAMS, workspace_id
from integrations.teams.platform import TeamsPlatform
from integrations.teams.settings import TeamsSettings
from integrations.teams.webhook import TeamsWebhook

Event = TypeVar("Event")


def now() -> datetime:
    """The time, aware."""
    return datetime.now(UTC)


@dataclass
class Inbox:
    """Keeps what arrives, each key once."""

    received: list[Received] = field(default_factory=list)
    keys: set[EventKey] = field(default_factory=set)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    async def put(self, received: Received) -> bool:
        """Keep it; false when it was there already."""
        if received.key in self.keys:
            return False
        self.keys.add(received.key)
        self.received.append(received)
        self.arrived.set()
        return True


@dataclass
class KnownTenants:
    """The workspaces that take part, found by tenant."""

    known: dict[ExternalTenant, Workspace] = field(default_factory=dict)

    async def workspace(self, source: Source) -> Workspace | None:
        """The workspace of a tenant."""
        return self.known.get(source.tenant)


@dataclass
class Desk:
    """Answers everything, and remembers what was asked."""

    asked: list[tuple[Asker, str]] = field(default_factory=list)
    looked_for: list[tuple[Asker, ExternalMessage | None]] = field(default_factory=list)

    async def ask(self, asker: Asker, words: str) -> Answer:
        """A small menu."""
        self.asked.append((asker, words))
        return Answer("Menu", paragraph("What would you like?"), (Choice("Help", "help"),))

    async def who_has_got(self, asker: Asker, message: ExternalMessage | None) -> Answer:
        """All have it."""
        self.looked_for.append((asker, message))
        return Answer("Who has got this", paragraph("All 41 cities have it."))


@dataclass
class Files:
    """Two bytes for every file but number 404."""

    async def read(self, file: FileId) -> bytes:
        """The content."""
        if file == 404:
            raise KeyError(file)
        return b"hi"


@dataclass
class House:
    """Everything together. `stpaul` is St. Paul's tenant in the stand-in."""

    teams: TeamsStandIn
    platform: TeamsPlatform
    inbox: Inbox
    desk: Desk
    tenants: KnownTenants
    session: aiohttp.ClientSession
    url: str

    @property
    def stpaul(self) -> Tenant:
        """The tenant in the stand-in."""
        return self.teams.world.workspaces["stpaul"]

    @property
    def workspace(self) -> Workspace:
        """The same as the exchange knows it."""
        return self.tenants.known[ExternalTenant(self.stpaul.tenant_id)]

    @property
    def housing(self) -> Destination:
        """Its channel Housing."""
        channel = ExternalConversation(self.stpaul.conversation("Housing").id)
        return Destination(self.workspace, channel)

    async def control(self, act: str, /, **body: Any) -> Any:
        """An act of a person in the stand-in."""
        url = f"{self.teams.public_url}/control/{act}"
        whole = {"workspace": "stpaul", "member": "lena", "conversation": "Housing", **body}
        async with self.session.post(url, json=whole) as response:
            answer = await response.json()
            assert response.status == 200, answer
            return answer

    async def faults(self, **faults: Any) -> None:
        """Make St. Paul's Teams misbehave."""
        url = f"{self.teams.public_url}/control/faults"
        async with self.session.post(url, json={"workspace": "stpaul", **faults}) as response:
            assert response.status == 200, await response.text()

    async def event(
        self, kind: type[Event], wanted: Callable[[Event], bool] = lambda _: True
    ) -> Event:
        """The newest event of this kind, past or future."""
        async with asyncio.timeout(5):
            while True:
                for received in reversed(self.inbox.received):
                    parsed: Parsed = self.platform.parse(received.payload)
                    if isinstance(parsed, kind) and wanted(parsed):
                        return parsed
                self.inbox.arrived.clear()
                await self.inbox.arrived.wait()

    def shown(self, message: ExternalMessage, place: str = "Housing") -> Any:
        """A message as the stand-in holds it."""
        return self.stpaul.conversation(place).messages[message]

    def sent(self, message: ExternalMessage) -> Any:
        """The activity that made a message in Housing."""
        return self.shown(message).activity

    def events(self) -> list[InboundEvent | Any]:
        """All that arrived, in order."""
        return [self.platform.parse(received.payload) for received in self.inbox.received]


def as_workspace(teams: TeamsStandIn, tenant: Tenant, number: int) -> Workspace:
    """A tenant of the stand-in as the exchange knows it."""
    return Workspace(
        id=WorkspaceId(number),
        platform=TEAMS,
        external_id=workspace_id(tenant.tenant_id, tenant.team_id),
        tenant=ExternalTenant(tenant.tenant_id),
        name=tenant.name,
        city=CityId("2758000"),
        state=WorkspaceState.CONFIRMED,
        api_url=teams.service_url(tenant),
        bot_member=ExternalMember(teams.world.bot.id),
    )


@asynccontextmanager
async def teams_house(
    *, graph: bool = False, app_id: str = "", office: Office | None = None
) -> AsyncIterator[House]:
    """The stand-in with its default seed, and our webhook that it posts to."""
    teams = TeamsStandIn(app_id=app_id, app_password="made-up" if app_id else "")
    plant(teams.world, DEFAULT_SEED)
    runner = await run(teams)
    settings = TeamsSettings(
        _env_file=None,  # type: ignore[call-arg]
        app_id=app_id,
        app_password=SecretStr("made-up"),
        service_hosts=teams.public_url.removeprefix("http://"),
        login_url=teams.login_url,
        metadata_url=teams.open_id_metadata_url,
        graph_url=teams.graph_url.removesuffix("/v1.0"),
        graph=graph,
    )
    app = web.Application()
    async with aiohttp.ClientSession() as session:
        made = GraphTeamsPlatform if graph else TeamsPlatform
        platform = made(settings=settings, files=Files(), session=session, clock=now)
        inbox, desk, tenants = Inbox(), Desk(), KnownTenants()
        for number, tenant in enumerate(teams.world.workspaces.values(), start=1):
            known = as_workspace(teams, tenant, number)
            tenants.known[known.tenant] = known
        webhook = TeamsWebhook(
            settings=settings,
            platform=platform,
            intake=inbox,
            registry=tenants,
            desk=desk,
            clock=now,
            session=session,
            listens_on_loopback=True,
            office=office,
        )
        app.router.add_post("/api/messages", webhook.handle)
        ours = web.AppRunner(app, shutdown_timeout=0.1)
        await ours.setup()
        await web.TCPSite(ours, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{ours.addresses[0][1]}/api/messages"
        teams.events_url = url
        try:
            yield House(teams, platform, inbox, desk, tenants, session, url)
        finally:
            await ours.cleanup()
            await runner.cleanup()
