"""The running exchange: everything put together, started and stopped in order."""

import asyncio
import logging
import socket
from contextlib import AsyncExitStack

import aiohttp
from aiohttp import web

from core.ids import CityId, PlatformName
from core.places import City, WorkspaceState
from core.ports import Platform
from integrations.web.files import FilePages
from integrations.web.health import HealthPages
from integrations.web.pages import FrontPage
from integrations.web.pictures import PicturePages
from integrations.web.signing import FileSigner
from service.app import Pages, create_app
from service.clock import Clock
from service.front_desk import Desk
from service.listening import BACKLOG
from service.membership.installing import Installing
from service.membership.token_rotation import TokenRotation
from service.metrics import Metrics
from service.office.office import CityOffice
from service.opening import new_node, open_database
from service.platforms import (
    Built,
    PlatformNeeds,
    PlatformSettings,
    build_platforms,
    token_refreshers,
)
from service.public_site import public_site
from service.registry import CountedIntake, StoredCredentials, StoredRegistry
from service.scheduler import Scheduler
from service.settings import ExchangeSettings
from service.supervision import Supervisor
from service.traces import Traces
from service.workers import WorkNeeds, plan_work
from storage.database import Database
from storage.errors import StorageError
from storage.status import snapshot

logger = logging.getLogger(__name__)

REQUESTS_WITHIN = 4.0
WORK_WITHIN = 15.0
"""Seconds for what is in flight when the server is told to stop; together less than twenty."""

CALL_TIMEOUT = aiohttp.ClientTimeout(total=60, sock_connect=10)
MOST_CONNECTIONS = 1_000


class Exchange:
    """One `serve` process. `start` once, then `stop` once."""

    def __init__(
        self,
        settings: ExchangeSettings,
        platform_settings: PlatformSettings,
        *,
        clock: Clock,
        base_url: str,
        traces: Traces | None = None,
        sandbox_url: str = "",
    ) -> None:
        """`base_url`: where others reach the server; `sandbox_url`: empty but in the sandbox."""
        self._settings = settings
        self._platform_settings = platform_settings
        self._clock = clock
        self._base_url = base_url
        self._sandbox_url = sandbox_url
        self._metrics = Metrics(clock, traces)
        self._stack = AsyncExitStack()
        self._supervisor = Supervisor([])
        self._database: Database | None = None
        self._rotation: TokenRotation | None = None
        self.platforms: list[Built] = []

    @property
    def database(self) -> Database:
        """The open database; only after `start`."""
        if self._database is None:
            raise RuntimeError("the exchange has not been started")
        return self._database

    async def open(self) -> None:
        """Open the database for this process alone (SQLite), migrated and seeded.

        Raises `storage.errors.StorageError`.
        """
        self._database = await open_database(
            self._settings, clock=self._clock, node=new_node(), exclusive=True
        )
        self._stack.push_async_callback(self._database.close)

    async def start(self, listening: socket.socket) -> None:
        """Start the workers, then answer requests on the socket."""
        session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=MOST_CONNECTIONS, ttl_dns_cache=300),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=CALL_TIMEOUT,
        )
        self._stack.push_async_callback(session.close)
        signer = FileSigner(self.database.signing_keys(), self._base_url)
        needs = self._build_platforms(session)
        await self._start_work(needs, signer)
        runner = web.AppRunner(
            create_app(self._pages(signer), self.platforms),
            access_log=None,
            shutdown_timeout=REQUESTS_WITHIN,
        )
        self._stack.push_async_callback(runner.cleanup)
        await runner.setup()
        await web.SockSite(runner, listening, backlog=BACKLOG).start()

    async def stop(self) -> None:
        """Stop accepting, finish what is in flight (at most 20 seconds), close everything."""
        await self._stack.aclose()

    def _build_platforms(self, session: aiohttp.ClientSession) -> PlatformNeeds:
        platforms: dict[PlatformName, Platform] = {}
        self._rotation = TokenRotation(
            database=self.database,
            clock=self._clock,
            refreshers=token_refreshers(self._platform_settings, session, self._clock),
        )
        self._stack.push_async_callback(self._rotation.close)
        needs = PlatformNeeds(
            settings=self._platform_settings,
            intake=CountedIntake(self.database, self._metrics),
            registry=StoredRegistry(self.database, self._clock),
            desk=Desk(database=self.database, clock=self._clock),
            office=CityOffice(database=self.database, clock=self._clock, platforms=platforms),
            credentials=StoredCredentials(self.database, self._clock, self._rotation),
            files=self.database.files,
            session=session,
            clock=self._clock,
            on_loopback=self._settings.listens_on_loopback,
            base_url=self._base_url,
            installing=Installing(self.database, self._clock),
        )
        self.platforms = build_platforms(needs)
        for built in self.platforms:
            if built.platform is not None:
                platforms[built.name] = built.platform
                self._stack.push_async_callback(built.platform.close)
        return needs

    async def _start_work(self, needs: PlatformNeeds, signer: FileSigner) -> None:
        work = plan_work(
            WorkNeeds(
                database=self.database,
                platforms={one.name: one.platform for one in self.platforms if one.platform},
                intake=needs.intake,
                desk=needs.desk,
                clock=self._clock,
                metrics=self._metrics,
                rotation=self._rotation,
                link_to=lambda file: signer.url(file.id, file.name),
                picture_of=lambda city: f"{self._base_url}/pictures/{city}.png",
            )
        )
        await work.before()
        self._stack.push_async_callback(work.after)
        self._supervisor = Supervisor(work.workers)
        self._supervisor.start()
        self._stack.push_async_callback(self._supervisor.stop, WORK_WITHIN)
        scheduler = Scheduler(work.jobs)
        scheduler.start()
        self._stack.callback(scheduler.stop)
        for background in (one for built in self.platforms for one in built.background):
            await background.start()
            self._stack.push_async_callback(background.stop)

    def _pages(self, signer: FileSigner) -> Pages:
        return Pages(
            front=self._front,
            site=public_site(self._settings, self._platform_settings, self._base_url),
            files=FilePages(signer, self.database.files.read),
            pictures=PicturePages(self._city),
            health=HealthPages(self._trouble),
            metrics=self._measure,
        )

    async def _front(self) -> FrontPage:
        async with self.database.view() as unit:
            workspaces = await unit.workspaces.list()
            channels = await unit.channels.list()
        cities = {w.city for w in workspaces if w.city and w.state is WorkspaceState.CONFIRMED}
        names = tuple(channel.name for channel in channels)
        return FrontPage(cities=len(cities), channels=names, sandbox_url=self._sandbox_url)

    async def _city(self, city: CityId) -> City | None:
        async with self.database.view() as unit:
            return await unit.cities.get(city)

    async def _trouble(self) -> str:
        """Why it can't work now, or an empty text."""
        try:
            async with asyncio.timeout(5):
                await self.database.ping()
        except (StorageError, TimeoutError):
            return "The database does not answer. Is it running?"
        return self._supervisor.trouble

    async def _measure(self) -> bytes:
        return self._metrics.expose(await snapshot(self.database, self._clock()))
