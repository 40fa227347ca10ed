"""The bare client: nothing but the same requests, sent by plain aiohttp over one session.

What the requests are is not made up here: `recorded` runs a server that takes down what the
exchange really sends for the same posts in the same world.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web
from yarl import URL

_KEPT_HEADERS = ("Authorization", "Content-Type")


@dataclass(frozen=True, slots=True)
class Prepared:
    """A request as the exchange sends it."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def is_post(self) -> bool:
        """Whether it makes a message."""
        return self.path.endswith(("/chat.postMessage", "/v3/conversations"))


@dataclass
class Recording:
    """What was taken down so far."""

    requests: list[Prepared] = field(default_factory=list)

    @property
    def posts(self) -> list[Prepared]:
        """The requests that make messages."""
        return [request for request in self.requests if request.is_post]


@asynccontextmanager
async def recorded(port: int) -> AsyncIterator[Recording]:
    """A server on the port that answers like a platform at its best, and takes everything down."""
    recording = Recording()

    async def take(request: web.Request) -> web.Response:
        kept = {name: request.headers[name] for name in _KEPT_HEADERS if name in request.headers}
        body = await request.read()
        recording.requests.append(Prepared(request.method, request.path_qs, kept, body))
        return web.json_response(_answer(len(recording.requests)))

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, backlog=1_024).start()
    try:
        yield recording
    finally:
        await runner.cleanup()


def _answer(number: int) -> dict[str, object]:
    """What both platforms' clients understand as success."""
    return {
        "ok": True,
        "ts": f"1700000000.{number:06d}",
        "messages": [],
        "has_more": False,
        "id": f"19:anywhere@thread.tacv2;messageid={number}",
        "activityId": str(number),
    }


class BareClient:
    """Sends prepared requests over one shared session that stays open between the repeats."""

    def __init__(self) -> None:
        connector = aiohttp.TCPConnector(limit=0)
        jar = aiohttp.DummyCookieJar()
        self._session = aiohttp.ClientSession(connector=connector, cookie_jar=jar)

    async def send(self, groups: Sequence[tuple[str, Sequence[Prepared]]], at_once: int) -> float:
        """Send every group to its base address, `at_once` requests of each group side by side.

        Gives back the seconds from the first request to the last answer.
        """
        work = [
            self._send_next(base, iter_requests)
            for base, requests in groups
            for iter_requests in [iter(requests)]
            for _ in range(min(at_once, len(requests)))
        ]
        started = time.perf_counter()
        await asyncio.gather(*work)
        return time.perf_counter() - started

    async def _send_next(self, base: str, requests: Iterator[Prepared]) -> None:
        for request in requests:
            url = URL(base + request.path, encoded=True)
            async with self._session.request(
                request.method, url, data=request.body, headers=request.headers
            ) as answer:
                await answer.read()
                if answer.status >= 300:
                    raise RuntimeError(f"the stand-in refused a bare request: {answer.status}")

    async def close(self) -> None:
        """Close every connection."""
        await self._session.close()
