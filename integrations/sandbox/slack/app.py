"""The stand-in as one object: an aiohttp application, its state, and hands to act with."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable

from aiohttp import web

from integrations.sandbox.slack import setup
from integrations.sandbox.slack.consent import authorize
from integrations.sandbox.slack.control import Control
from integrations.sandbox.slack.events import Outgoing
from integrations.sandbox.slack.files import receive_upload, serve_file
from integrations.sandbox.slack.interactions import Interactions
from integrations.sandbox.slack.model import App, Installation, Json
from integrations.sandbox.slack.pace import Pace
from integrations.sandbox.slack.people import People
from integrations.sandbox.slack.responses import receive_response
from integrations.sandbox.slack.snapshot import snapshot
from integrations.sandbox.slack.state import State
from integrations.sandbox.slack.web_api import WebApi
from integrations.sandbox.world import (
    BadInputError,
    Changes,
    Clock,
    Fate,
    Faults,
    Journal,
    cut_connection,
    loopback_only,
    system_clock,
)

LARGEST_BODY = 64 * 1024 * 1024


class SlackStandIn:
    """Slack for several workspaces at once, in memory.

    Mount `app` (with add_subapp, then set `base_url` to the outside address of the mount) or call
    `start()`. `people` and `interactions` act as members; `state` may be read freely.
    """

    def __init__(
        self,
        seed: Json | None = None,
        *,
        clock: Clock = system_clock,
        monotonic: Callable[[], float] = time.monotonic,
        time_factor: float = 1.0,
        keep_bodies: bool = True,
    ) -> None:
        """`time_factor` shortens the waits between event retries. Raises BadInputError for a seed
        that cannot be used."""
        self.state = State(clock, Journal(clock, keep_bodies=keep_bodies), Changes())
        self.pace = Pace(monotonic)
        self.outgoing = Outgoing(self.state, time_factor, keep=keep_bodies)
        self.state.events = self.outgoing
        self.people = People(self.state)
        self.interactions = Interactions(self.state, self.people, self.outgoing)
        self._closing = asyncio.Event()
        self._runner: web.AppRunner | None = None
        if seed is not None:
            setup.load(self.state, seed)
        self.app = self._application()

    @property
    def base_url(self) -> str:
        """Where the stand-in is reached, without a slash at the end."""
        return self.state.base_url

    @base_url.setter
    def base_url(self, url: str) -> None:
        self.state.base_url = url.rstrip("/")

    @property
    def api_url(self) -> str:
        """What a Slack client takes as its base URL."""
        return f"{self.base_url}/api/"

    @property
    def journal(self) -> Journal:
        """Every request received."""
        return self.state.journal

    @property
    def changes(self) -> Changes:
        """Every change, for the page."""
        return self.state.changes

    def faults(self, workspace: str) -> Faults:
        """How a workspace misbehaves; change it at will."""
        return self.state.faults_of(workspace)

    def app_named(self, app_id: str) -> App:
        """An app by id; without one, the first. Raises BadInputError."""
        found = (
            self.state.apps.get(app_id) if app_id else next(iter(self.state.apps.values()), None)
        )
        if found is None:
            raise BadInputError("app", "is not an app of this stand-in")
        return found

    def installation(self, workspace: str, app_id: str = "") -> Installation:
        """An app's installation in a workspace, with token and bot user."""
        place = self.state.workspaces[workspace]
        found = place.installation_of(self.app_named(app_id).id)
        if found is None:
            raise BadInputError("app", "is not installed in this workspace")
        return found

    def snapshot(self) -> Json:
        """Everything the page needs to draw the workspaces."""
        return snapshot(self.state)

    async def start(self, port: int = 0) -> str:
        """Listen on loopback; answers the base URL."""
        self._runner = web.AppRunner(self.app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port, backlog=1024)
        await site.start()
        address = self._runner.addresses[0]
        self.base_url = f"http://127.0.0.1:{address[1]}"
        return self.base_url

    async def stop(self) -> None:
        """Stop listening and drop what is under way."""
        self._closing.set()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def _application(self) -> web.Application:
        app = web.Application(middlewares=[loopback_only], client_max_size=LARGEST_BODY)
        api = WebApi(self.state, self.outgoing, self.pace, self._closing)
        app.router.add_route("*", "/api/{method}", api.handle)
        app.router.add_get("/link/", self.outgoing.sockets.serve)
        app.router.add_post("/upload/v1/{reference}/{key}", self._upload)
        app.router.add_get("/files-pri/{reference}/{name}", self._download)
        app.router.add_get("/files-pri/{reference}/download/{name}", self._download)
        for kind in ("actions", "commands", "app"):
            app.router.add_post(f"/{kind}/{{team}}/{{number}}/{{secret}}", self._respond)
        app.router.add_get("/oauth/v2/authorize", self._authorize)
        app.add_routes(Control(self).routes())
        app.cleanup_ctx.append(self._running)
        app.on_shutdown.append(self._shut_down)
        return app

    async def _running(self, app: web.Application) -> AsyncIterator[None]:
        await self.outgoing.start()
        yield
        await self.outgoing.stop()

    async def _shut_down(self, app: web.Application) -> None:
        self._closing.set()

    async def _upload(self, request: web.Request) -> web.Response:
        misfortune = await self._misfortune(request, request.match_info["reference"])
        return misfortune or await receive_upload(request, self.state)

    async def _download(self, request: web.Request) -> web.Response:
        misfortune = await self._misfortune(request, request.match_info["reference"])
        return misfortune or serve_file(request, self.state)

    async def _respond(self, request: web.Request) -> web.Response:
        misfortune = await self._misfortune(request, request.match_info["team"])
        return misfortune or await receive_response(request, self.state)

    async def _misfortune(self, request: web.Request, reference: str) -> web.Response | None:
        """The workspace's faults, for addresses outside `/api/`."""
        faults = self.state.faults.get(reference.partition("-")[0])
        if faults is None:
            return None
        fate = faults.decide(write=False)
        if faults.delay:
            await asyncio.sleep(faults.delay)
        if fate is Fate.RATE_LIMITED and faults.rate_limit is not None:
            wait = str(faults.rate_limit.retry_after)
            return web.Response(status=429, headers={"Retry-After": wait})
        if fate is Fate.HANG:
            await self._closing.wait()
        if fate in {Fate.HANG, Fate.CUT_BEFORE}:
            cut_connection(request)
            return web.Response()
        return None

    async def _authorize(self, request: web.Request) -> web.Response:
        return authorize(self.state, request)
