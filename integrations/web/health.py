"""Whether the process lives, and whether it can do its work."""

from collections.abc import Awaitable, Callable

from aiohttp import web

Check = Callable[[], Awaitable[str]]
"""Why the exchange can't work at the moment, or an empty text."""


class HealthPages:
    """`GET /healthz` and `GET /readyz`."""

    def __init__(self, check: Check) -> None:
        self._check = check

    async def alive(self, request: web.Request) -> web.StreamResponse:
        """200 as long as the process answers at all."""
        return web.Response(text="alive\n", headers={"Cache-Control": "no-store"})

    async def ready(self, request: web.Request) -> web.StreamResponse:
        """200 when it can take and deliver posts, otherwise 503 with the reason."""
        reason = await self._check()
        return web.Response(
            text=f"{reason or 'ready'}\n",
            status=503 if reason else 200,
            headers={"Cache-Control": "no-store"},
        )
