"""The Teams stand-in as one object: its parts wired, its application, its life."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import AsyncIterator
from urllib.parse import quote

from aiohttp import web

from integrations.sandbox.teams.activities import Writer, download_url
from integrations.sandbox.teams.asking import Asking
from integrations.sandbox.teams.auth import Identity, identity_routes
from integrations.sandbox.teams.chat_message import Drawing
from integrations.sandbox.teams.connector import Connector
from integrations.sandbox.teams.control import Control
from integrations.sandbox.teams.courier import Courier
from integrations.sandbox.teams.gate import Gate
from integrations.sandbox.teams.graph import Graph
from integrations.sandbox.teams.model import Bot, Json, Workspace, World, stable_uuid
from integrations.sandbox.teams.people import People
from integrations.sandbox.teams.roster import Roster
from integrations.sandbox.teams.snapshot import Snapshot
from integrations.sandbox.world import Changes, Clock, Journal, loopback_only, system_clock

LARGEST_REQUEST = 32 * 1024 * 1024
DEFAULT_BOT_ID = stable_uuid("mayoral-exchange", "bot")


class TeamsStandIn:
    """Several Teams tenants at once, and the Bot Connector, sign-in and Graph in front of them.

    events_url: where activities are posted, empty for nowhere; may be changed at any time.
    app_id, app_password: with an app id everything is signed and a bearer token is demanded;
    without one nothing is, as in local development. bot_id: the bot's id in that case.
    public_url: the address it is reached at; set it before people act, or let `run` do so.
    time_factor: shortens the waits before an activity is sent again.
    """

    def __init__(
        self,
        *,
        events_url: str = "",
        app_id: str = "",
        app_password: str = "",
        bot_id: str = DEFAULT_BOT_ID,
        bot_name: str = "Mayoral Exchange",
        public_url: str = "",
        clock: Clock = system_clock,
        time_factor: float = 1.0,
        keep_bodies: bool = True,
    ) -> None:
        self._url = [public_url.rstrip("/")]
        self.clock = clock
        self.world = World(Bot(f"28:{app_id or bot_id}", bot_name))
        self.changes = Changes()
        self.journal = Journal(clock, keep_bodies=keep_bodies)
        self.identity = Identity(clock, app_id, app_password)
        self.courier = Courier(self.identity, self.changes, events_url, time_factor)
        self.writer = Writer(self.world.bot, clock, self.service_url)
        self.people = People(self.world, self.writer, self.courier, self.changes, clock)
        self.asking = Asking(self.people)
        self.gate = Gate(self.world, self.identity, self.journal, clock)
        self._snapshot = Snapshot(self.world)
        self.app = self._application()

    @property
    def public_url(self) -> str:
        """The address of this stand-in, without a slash at the end."""
        return self._url[0]

    @public_url.setter
    def public_url(self, url: str) -> None:
        self._url[0] = url.rstrip("/")
        self._snapshot.files_url = f"{self._url[0]}/"

    @property
    def events_url(self) -> str:
        """Where activities are posted."""
        return self.courier.events_url

    @events_url.setter
    def events_url(self, url: str) -> None:
        self.courier.events_url = url

    @property
    def open_id_metadata_url(self) -> str:
        """Where a bot learns the keys that its requests are signed with."""
        return f"{self.public_url}/v1/.well-known/openidconfiguration"

    @property
    def login_url(self) -> str:
        """The authority: `{login_url}/{tenant}/oauth2/v2.0/token` gives tokens."""
        return self.public_url

    @property
    def graph_url(self) -> str:
        """The root of Graph v1.0."""
        return f"{self.public_url}/v1.0"

    def service_url(self, workspace: Workspace) -> str:
        """The service URL that a workspace's activities carry, with a slash at the end."""
        return f"{self.public_url}/{workspace.region}/{workspace.tenant_id}/"

    def snapshot(self) -> Json:
        """Everything the page needs to draw all tenants."""
        return self._snapshot.everything()

    async def settle(self, seconds: float = 10.0) -> None:
        """Wait until the bot has been sent everything. Raises TimeoutError."""
        async with asyncio.timeout(seconds):
            await self.courier.settle()

    def _application(self) -> web.Application:
        control = Control(self.people, self.asking, self.journal, self.changes, self._snapshot)
        drawing = Drawing(self.world, lambda: self.public_url, self.service_url)
        graph = Graph(self.world, self.identity, self.journal, drawing)
        app = web.Application(middlewares=[loopback_only], client_max_size=LARGEST_REQUEST)
        app.add_routes(Connector(self.gate, self.changes).routes())
        app.add_routes(Roster(self.gate).routes())
        app.add_routes(control.routes())
        app.add_routes(graph.routes())
        app.add_routes(identity_routes(self.identity, lambda: self.public_url))
        app.router.add_get("/{prefix:(?:[^/]+/){0,3}?}files/{file}", self._file)
        app.cleanup_ctx.append(self._life)
        return app

    async def _file(self, request: web.Request) -> web.Response:
        file = self.world.files.get(request.match_info["file"])
        if file is None:
            return web.Response(status=404)
        expected = download_url("", file).rpartition("=")[2]
        given = request.query.get("tempauth", "")
        if not hmac.compare_digest(given.encode(), expected.encode()):
            return web.Response(status=401)
        return web.Response(
            body=file.content,
            content_type=file.content_type.partition(";")[0],
            headers={
                "Content-Disposition": f"attachment; filename*=UTF-8''{quote(file.name)}",
                "X-Content-Type-Options": "nosniff",
            },
        )

    async def _life(self, app: web.Application) -> AsyncIterator[None]:
        await self.start()
        yield
        await self.stop()

    async def start(self) -> None:
        """Open the client session. aiohttp calls it when the application starts."""
        await self.courier.start()

    async def stop(self) -> None:
        """Close the client session. aiohttp calls it when the application ends."""
        await self.courier.stop()


async def run(stand_in: TeamsStandIn, port: int = 0) -> web.AppRunner:
    """Serve a stand-in alone on loopback and set its `public_url`. The caller cleans up."""
    runner = web.AppRunner(stand_in.app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port, backlog=1024)
    await site.start()
    _, bound = runner.addresses[0][:2]
    stand_in.public_url = f"http://127.0.0.1:{bound}"
    return runner
