"""An app that answers what it is told to, and remembers what it was sent."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web


class FakeBot:
    """`answers` are given one after the other, then nothing."""

    def __init__(self) -> None:
        self.url = ""
        self.answers: list[Any] = []
        self.forms: list[dict[str, str]] = []
        self.bodies: list[dict[str, Any]] = []

    async def receive(self, request: web.Request) -> web.Response:
        """Take a Slack form or a Teams activity."""
        body = await request.read()
        if request.content_type == "application/json":
            self.bodies.append(json.loads(body))
            waits = self.bodies[-1].get("type") == "invoke"
        else:
            self.forms.append({k: str(v) for k, v in (await request.post()).items()})
            waits = True
        if waits and self.answers:
            return web.json_response(self.answers.pop(0))
        return web.Response()


@asynccontextmanager
async def running() -> AsyncIterator[FakeBot]:
    """A bot that listens on a free port of this machine."""
    bot = FakeBot()
    app = web.Application()
    app.router.add_post("/", bot.receive)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    bot.url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    yield bot
    await runner.cleanup()
