"""A Slack stand-in with two workspaces, and an app that listens to it over real HTTP."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import aiohttp
from aiohttp import web
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from integrations.sandbox.slack.app import SlackStandIn

BOSTON, MARFA = "T0BOSTON001", "T0MARFATX01"
HOUSING, PRIVATE, MARFA_HOUSING = "C0HOUSING01", "C0PRIVATE01", "C0MHOUSING1"
ANA, BEN, CARL = "U0ANARUIZ01", "U0BENSMITH1", "U0CARLDIAZ1"
TOKEN, MARFA_TOKEN, OTHER_TOKEN = "xoxb-boston", "xoxb-marfa", "xoxb-other"
SECRET = "a-signing-secret"


def seed() -> dict[str, Any]:
    """Boston with two people and a second app; Marfa with one person."""
    return {
        "apps": [
            {
                "id": "A0EXCHANGE1",
                "name": "Mayoral Exchange",
                "signing_secret": SECRET,
                "app_token": "xapp-1-exchange",
                "client_id": "11.22",
                "client_secret": "client-secret",
                "commands": ["/exchange"],
                "shortcuts": [{"name": "Report", "callback_id": "report", "type": "message"}],
            },
            {"id": "A0OTHERAPP1", "name": "Other"},
        ],
        "workspaces": [
            {
                "id": BOSTON,
                "name": "City of Boston",
                "domain": "boston",
                "members": [
                    {"id": ANA, "name": "ana", "real_name": "Ana Ruiz", "title": "Mayor"},
                    {"id": BEN, "name": "ben", "real_name": "Ben Smith", "admin": True},
                ],
                "installations": [
                    {"app": "A0EXCHANGE1", "token": TOKEN},
                    {"app": "A0OTHERAPP1", "token": OTHER_TOKEN},
                ],
                "channels": [
                    {"id": HOUSING, "name": "housing", "bots": True},
                    {"id": PRIVATE, "name": "inner", "kind": "private"},
                ],
            },
            {
                "id": MARFA,
                "name": "Marfa",
                "domain": "marfa",
                "members": [{"id": CARL, "name": "carl", "real_name": "Carl Diaz"}],
                "installations": [{"app": "A0EXCHANGE1", "token": MARFA_TOKEN}],
                "channels": [{"id": MARFA_HOUSING, "name": "housing", "bots": True}],
            },
        ],
    }


@dataclass
class Received:
    """One request that reached the app."""

    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        """The body of an event, the fields of a command, or the payload of an interaction."""
        if self.headers["Content-Type"].startswith("application/json"):
            loaded: dict[str, Any] = json.loads(self.body)
            return loaded
        fields = dict(parse_qsl(self.body.decode(), keep_blank_values=True))
        parsed: dict[str, Any] = json.loads(fields["payload"]) if "payload" in fields else fields
        return parsed

    @property
    def event(self) -> dict[str, Any]:
        """The event inside."""
        inner: dict[str, Any] = self.json.get("event", {})
        return inner


@dataclass
class Listener:
    """An app behind an events URL. `answer` decides what it says to each request."""

    received: list[Received] = field(default_factory=list)
    answer: Callable[[Received], web.Response] = lambda _: web.Response()
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    verifier: SignatureVerifier = field(default_factory=lambda: SignatureVerifier(SECRET))

    async def handle(self, request: web.Request) -> web.Response:
        """Check the signature, keep the request, answer."""
        got = Received(dict(request.headers), await request.read())
        assert self.verifier.is_valid_request(got.body, got.headers)
        async with self.changed:
            self.received.append(got)
            self.changed.notify_all()
        return self.answer(got)

    async def wait_for(self, wanted: Callable[[Received], bool]) -> Received:
        """The first request, past or future, that fits."""

        def find() -> Received | None:
            return next((r for r in self.received if wanted(r)), None)

        async with asyncio.timeout(5), self.changed:
            await self.changed.wait_for(lambda: find() is not None)
        found = find()
        assert found is not None
        return found

    async def event(self, kind: str, **fields: Any) -> dict[str, Any]:
        """The first event of this type with these fields."""

        def fits(received: Received) -> bool:
            event = received.event
            return event.get("type") == kind and all(event.get(k) == v for k, v in fields.items())

        return (await self.wait_for(fits)).event


@dataclass
class Rig:
    """The stand-in, the app, and clients for both."""

    slack: SlackStandIn
    app: Listener
    session: aiohttp.ClientSession

    def client(self, token: str = TOKEN) -> AsyncWebClient:
        """A client as the exchange uses it."""
        return AsyncWebClient(token=token, base_url=self.slack.api_url, session=self.session)

    async def control(self, action: str, **fields: Any) -> dict[str, Any]:
        """A control request that must succeed."""
        url = f"{self.slack.base_url}/control/{action}"
        async with self.session.post(url, json=fields) as response:
            answer: dict[str, Any] = await response.json()
            assert response.status == 200, answer
            return answer

    def bot(self, token: str = TOKEN) -> str:
        """The bot user behind a token."""
        return self.slack.state.tokens[token].bot_user


@asynccontextmanager
async def slack_rig(*, listening: bool = True, **options: Any) -> AsyncIterator[Rig]:
    """Both, running on free ports."""
    listener = Listener()
    server = web.Application()
    server.router.add_post("/slack/events", listener.handle)
    runner = web.AppRunner(server, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    slack = SlackStandIn(seed(), time_factor=0.0001, **options)
    await slack.start()
    if listening:
        port = runner.addresses[0][1]
        slack.state.apps["A0EXCHANGE1"].events_url = f"http://127.0.0.1:{port}/slack/events"
    try:
        async with aiohttp.ClientSession() as session:
            yield Rig(slack, listener, session)
    finally:
        await slack.stop()
        await runner.cleanup()
