"""A stand-in for Teams, a bot that writes down what it is sent, and a client that acts as it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import aiohttp
from aiohttp import web

from integrations.sandbox.teams.model import Conversation, Workspace
from integrations.sandbox.teams.seed import DEFAULT_SEED, plant
from integrations.sandbox.teams.standin import TeamsStandIn, run

Json = dict[str, Any]


@dataclass
class RecordingBot:
    """Answers every activity with 200 and keeps it; `answers` holds bodies for invokes."""

    received: list[Json] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    answers: dict[str, Any] = field(default_factory=dict)
    statuses: list[int] = field(default_factory=list)
    silent: int = 0
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle(self, request: web.Request) -> web.Response:
        """Take one activity."""
        activity = await request.json()
        self.received.append(activity)
        self.headers.append(dict(request.headers))
        self.arrived.set()
        if self.silent:
            self.silent -= 1
            await asyncio.sleep(30)
        status = self.statuses.pop(0) if self.statuses else 200
        answer = self.answers.get(activity.get("name", ""))
        return web.json_response(answer, status=status) if answer else web.Response(status=status)

    async def wait_for(self, wanted: Callable[[Json], bool], seconds: float = 5) -> Json:
        """The first activity, past or future, that is wanted."""
        async with asyncio.timeout(seconds):
            while True:
                for activity in self.received:
                    if wanted(activity):
                        return activity
                self.arrived.clear()
                await self.arrived.wait()


@dataclass
class Rig:
    """All three together; St. Paul's Housing channel is where most things happen."""

    teams: TeamsStandIn
    bot: RecordingBot
    session: aiohttp.ClientSession
    token: str = ""

    @property
    def stpaul(self) -> Workspace:
        """The first tenant."""
        return self.teams.world.workspaces["stpaul"]

    @property
    def housing(self) -> Conversation:
        """Its Housing channel."""
        return self.stpaul.conversation("Housing")

    async def call(
        self, method: str, path: str, body: Any = None, *, base: str = ""
    ) -> tuple[int, Any, dict[str, str]]:
        """A request to the Bot Connector: status, JSON body and headers."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        url = (base or self.teams.service_url(self.stpaul)) + path
        async with self.session.request(method, url, json=body, headers=headers) as response:
            raw = await response.read()
            return response.status, json.loads(raw) if raw else None, dict(response.headers)

    async def control(self, act: str, expect: int = 200, /, **body: Any) -> Any:
        """An act of a person through the control API."""
        url = f"{self.teams.public_url}/control/{act}"
        async with self.session.post(url, json=body) as response:
            answer = await response.json()
            assert response.status == expect, answer
            return answer

    async def say(self, text: str, **more: Any) -> str:
        """Lena writes in Housing. Answers the message's id."""
        body = {"workspace": "stpaul", "member": "lena", "conversation": "Housing", **more}
        return str((await self.control("say", text=text, **body))["id"])

    async def new_thread(self, **activity: Any) -> tuple[str, str]:
        """The bot starts a thread in Housing: the thread's id and the message's."""
        body = {
            "isGroup": True,
            "channelData": {"channel": {"id": self.housing.id}},
            "activity": {"type": "message", **activity},
        }
        status, answer, _ = await self.call("POST", "v3/conversations", body)
        assert status == 201, answer
        return answer["id"], answer["activityId"]

    async def send(self, conversation: str, **activity: Any) -> tuple[int, Any, dict[str, str]]:
        """The bot sends to a conversation or a thread."""
        path = f"v3/conversations/{quote(conversation, safe='')}/activities"
        return await self.call("POST", path, {"type": "message", **activity})


def activity_path(conversation: str, activity: str) -> str:
    """The path of one activity, encoded as clients encode it."""
    return f"v3/conversations/{quote(conversation, safe='')}/activities/{activity}"


@asynccontextmanager
async def teams_rig(**settings: Any) -> AsyncIterator[Rig]:
    """A rig with the default seed; `settings` go to the stand-in."""
    bot = RecordingBot()
    app = web.Application()
    app.router.add_post("/api/messages", bot.handle)
    bot_runner = web.AppRunner(app, shutdown_timeout=0.1)
    await bot_runner.setup()
    site = web.TCPSite(bot_runner, "127.0.0.1", 0)
    await site.start()
    address = f"http://127.0.0.1:{bot_runner.addresses[0][1]}/api/messages"
    teams = TeamsStandIn(events_url=address, **settings)
    plant(teams.world, DEFAULT_SEED)
    runner = await run(teams)
    try:
        async with aiohttp.ClientSession() as session:
            yield Rig(teams, bot, session)
    finally:
        await runner.cleanup()
        await bot_runner.cleanup()
