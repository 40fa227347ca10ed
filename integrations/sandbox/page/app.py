"""The sandbox page: one origin on loopback for the page, both stand-ins and one stream.

`/` and `/static/…` are the page, `/slack/…` and `/teams/…` the stand-ins with their control API,
`/stream` one WebSocket with every change and every step of a message's way, `/control/time` the
sandbox's clock. The page loads nothing from elsewhere; the policy it is served with says so.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Protocol, runtime_checkable
from urllib.parse import urlsplit

import emoji
from aiohttp import WSMsgType, web

from integrations.common.emoji import character_of
from integrations.common.emoji_names import SLACK_NAMES
from integrations.sandbox.world import Changes, Handler, loopback_only

STATIC = Path(__file__).parent / "static"
PROJECT = Path(__file__).resolve().parents[3]
# Microsoft's renderer, where `make node-tools` has brought it; never a part of this project.
CARDS_RENDERER = PROJECT / ".cache/node/node_modules/adaptivecards/dist/adaptivecards.min.js"
LONGEST_STEP = timedelta(days=366)

# Pictures may come from the exchange, which listens on another port of this machine.
POLICY = (
    "default-src 'self'; img-src 'self' data: blob: http://127.0.0.1:* http://localhost:*; "
    "connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class StandIn(Protocol):
    """What the page needs of a stand-in: its application to mount, and its changes."""

    @property
    def app(self) -> web.Application:
        """The stand-in's application, mounted once."""

    @property
    def changes(self) -> Changes:
        """The changes that a page draws."""


class Subscription(Protocol):
    """One reader of a stream: iterate over it, close it when done."""

    def __aiter__(self) -> AsyncIterator[dict[str, Any]]: ...

    def close(self) -> None:
        """Stop receiving."""


class TraceSource(Protocol):
    """Tells the way of each message: `{stage, key, at, …}` as JSON-able dicts."""

    def subscribe(self) -> Subscription:
        """A reader of every step from now on."""


@runtime_checkable
class MovableClock(Protocol):
    """A clock that can be put forward."""

    def __call__(self) -> datetime:
        """The time now, aware and in UTC."""

    def advance(self, by: timedelta, /) -> None:
        """Move the time forward."""


class Page:
    """The handlers of the page, over two stand-ins that it does not own."""

    def __init__(
        self,
        slack: StandIn,
        teams: StandIn,
        traces: TraceSource | None,
        clock: Callable[[], datetime],
    ) -> None:
        self._slack = slack
        self._teams = teams
        self._traces = traces
        self._clock = clock
        self._sockets: set[web.WebSocketResponse] = set()

    async def index(self, request: web.Request) -> web.StreamResponse:
        """The page itself."""
        return web.FileResponse(STATIC / "index.html")

    async def settings(self, request: web.Request) -> web.Response:
        """What the page may count on here."""
        return web.json_response(
            {
                "cards_renderer": await asyncio.to_thread(CARDS_RENDERER.is_file),
                "exchange": self._traces is not None,
                "movable_clock": isinstance(self._clock, MovableClock),
                "now": self._clock().isoformat(),
            }
        )

    async def emoji(self, request: web.Request) -> web.Response:
        """The characters of emoji by the names that Slack gives them."""
        return web.json_response(await asyncio.to_thread(_emoji_by_name))

    async def cards_renderer(self, request: web.Request) -> web.StreamResponse:
        """Microsoft's Adaptive Cards renderer, 404 where the machine lacks it."""
        if not await asyncio.to_thread(CARDS_RENDERER.is_file):
            raise web.HTTPNotFound(text="not here: make node-tools brings it")
        return web.FileResponse(CARDS_RENDERER, headers={"Content-Type": "text/javascript"})

    async def move_time(self, request: web.Request) -> web.Response:
        """`POST /control/time {"forward_seconds": N}`; 400 when it cannot be done."""
        if not isinstance(self._clock, MovableClock):
            return _refused("the clock of this sandbox cannot be moved", "clock")
        try:
            body = await request.json()
            seconds = float(body["forward_seconds"])
        except (ValueError, TypeError, KeyError):
            return _refused("must be a number of seconds", "forward_seconds")
        if not 0 < seconds <= LONGEST_STEP.total_seconds():
            return _refused("must be more than 0 and at most a year", "forward_seconds")
        self._clock.advance(timedelta(seconds=seconds))
        return web.json_response({"now": self._clock().isoformat()})

    async def stream(self, request: web.Request) -> web.WebSocketResponse:
        """Every change of both stand-ins and every trace, as JSON text frames."""
        if not _from_own_page(request):
            raise web.HTTPForbidden(text="the sandbox answers its own page only")
        socket = web.WebSocketResponse(heartbeat=30)
        await socket.prepare(request)
        self._sockets.add(socket)
        readers: list[tuple[str, Subscription]] = [
            ("slack", self._slack.changes.subscribe()),
            ("teams", self._teams.changes.subscribe()),
        ]
        if self._traces is not None:
            readers.append(("trace", self._traces.subscribe()))
        tasks = [asyncio.create_task(_forward(socket, name, each)) for name, each in readers]
        try:
            now = self._clock().isoformat()
            await socket.send_json({"from": "page", "kind": "hello", "now": now})
            async for frame in socket:
                if frame.type is not WSMsgType.TEXT:
                    break
        finally:
            self._sockets.discard(socket)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for _, reader in readers:
                reader.close()
        return socket

    async def close(self, app: web.Application) -> None:
        """Let go of every open stream, so that the server can stop."""
        for socket in list(self._sockets):
            await socket.close(code=1001)


def create_page(
    *,
    slack: StandIn,
    teams: StandIn,
    traces: TraceSource | None,
    clock: Callable[[], datetime],
) -> web.Application:
    """The application to serve on a loopback port.

    `traces` is None where no exchange runs behind the stand-ins. `clock` is put forward from the
    page when it has `advance`. The stand-ins' applications become parts of this one.
    """
    page = Page(slack, teams, traces, clock)
    app = web.Application(middlewares=[loopback_only, _own_page_controls])
    app.on_response_prepare.append(_add_headers)
    app.on_shutdown.append(page.close)
    app.router.add_get("/", page.index)
    app.router.add_get("/stream", page.stream)
    app.router.add_get("/settings.json", page.settings)
    app.router.add_get("/emoji.json", page.emoji)
    app.router.add_get("/vendor/adaptivecards.js", page.cards_renderer)
    app.router.add_post("/control/time", page.move_time)
    app.router.add_static("/static", STATIC)
    app.add_subapp("/slack", slack.app)
    app.add_subapp("/teams", teams.app)
    return app


@web.middleware
async def _own_page_controls(request: web.Request, handler: Handler) -> web.StreamResponse:
    if request.method != "GET" and "/control/" in request.path and not _from_own_page(request):
        raise web.HTTPForbidden(text="the sandbox answers its own page only")
    return await handler(request)


def _from_own_page(request: web.Request) -> bool:
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc.lower() == request.host.lower()


async def _add_headers(request: web.Request, response: web.StreamResponse) -> None:
    if not request.path.startswith(("/slack/", "/teams/")):
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)


async def _forward(socket: web.WebSocketResponse, name: str, reader: Subscription) -> None:
    async for change in reader:
        await socket.send_json({"from": name, **change})


def _refused(message: str, field: str) -> web.Response:
    return web.json_response({"error": message, "field": field}, status=400)


@cache
def _emoji_by_name() -> dict[str, str]:
    names = {name for entry in SLACK_NAMES.split(",") for name in entry.split()[1:]}
    for details in emoji.EMOJI_DATA.values():
        for name in (details["en"], *details.get("alias", ())):
            names.add(name.strip(":"))
    found = {name: character_of(name) for name in sorted(names)}
    return {name: character for name, character in found.items() if character}
