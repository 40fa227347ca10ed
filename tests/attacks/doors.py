"""Both doors of a whole exchange that checks everybody, and the means to knock."""

import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm
from pydantic import SecretStr
from sqlalchemy import TextClause, text

from core.ids import CityId, ExternalTenant, ExternalWorkspace, PlatformName
from core.places import WorkspaceState
from integrations.slack.settings import SlackSettings
from integrations.teams.ids import workspace_id
from integrations.teams.settings import TeamsSettings
from service.clock import Clock
from service.exchange import Exchange
from service.listening import listen
from service.platforms import PlatformSettings
from tests.support.exchange_rig import story_settings

Json = dict[str, Any]

SECRET = "a-signing-secret-that-nobody-knows"
TOKEN = "xoxb-0123456789-attacked"
PASSWORD = "an-app-password-that-nobody-knows"
SLACK_TEAM = "T0BOSTON001"
APP = "11111111-2222-3333-4444-555555555555"
TENANT = "22222222-0000-4000-8000-000000000000"
TEAM = "19:stpaul@thread.tacv2"
CHANNEL = "19:stpaul-housing@thread.tacv2"
SERVICE = "https://smba.trafficmanager.net/amer/"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
STRANGER = rsa.generate_private_key(public_exponent=65537, key_size=2048)
ALL = text("SELECT count(*) FROM inbox")
WAITING = text("SELECT count(*) FROM inbox WHERE state = 'waiting'")
SET_ASIDE = text("SELECT count(*) FROM inbox WHERE state = 'failed' OR attempts > 0")


@dataclass
class Doors:
    """A running exchange with Boston's Slack and St. Paul's Teams, and no way out to either."""

    url: str
    session: aiohttp.ClientSession
    exchange: Exchange
    keys: list[Json] = field(default_factory=list)
    numbers: int = 0

    async def kept(self) -> int:
        """How many events have ever been let in."""
        return await self._count(ALL)

    async def waiting(self) -> int:
        """How many of them are still to be handled."""
        return await self._count(WAITING)

    async def set_aside(self) -> int:
        """How many of them could not be handled at once."""
        return await self._count(SET_ASIDE)

    async def _count(self, question: TextClause) -> int:
        async with self.exchange.database.view() as view:
            return int(await view.transaction.value(question))

    async def slack(self, body: bytes, headers: dict[str, str] | None = None) -> int:
        """Post to Slack's door, signed as Slack does unless other headers are given."""
        return await self._post("/slack/events", body, signed(body) if headers is None else headers)

    async def teams(self, body: Any, token: str | None = None, **headers: str) -> int:
        """Post to the door of Teams."""
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return await self._post(
            "/api/messages", data, {"Content-Type": "application/json", **headers}
        )

    async def _post(self, path: str, body: bytes, headers: dict[str, str]) -> int:
        async with self.session.post(self.url + path, data=body, headers=headers) as response:
            await response.read()
            return response.status

    def event(self, **changed: Any) -> bytes:
        """A message event of Boston, each with an id of its own."""
        self.numbers += 1
        message = {
            "type": "message",
            "channel": "C0HOUSING01",
            "channel_type": "channel",
            "user": "U0ANARUIZ01",
            "ts": f"1771287144.{self.numbers:06}",
            "event_ts": f"1771287144.{self.numbers:06}",
            "text": "Hello",
        }
        whole = {
            "type": "event_callback",
            "team_id": SLACK_TEAM,
            "api_app_id": "A0EXCHANGE1",
            "event_id": f"Ev{self.numbers}",
            "event": message,
            **changed,
        }
        return json.dumps(whole).encode()

    def activity(self, **changed: Any) -> Json:
        """A message of St. Paul, each with an id of its own."""
        self.numbers += 1
        number = str(1771287144000 + self.numbers)
        return {
            "type": "message",
            "id": number,
            "timestamp": "2026-02-17T00:12:24Z",
            "channelId": "msteams",
            "serviceUrl": SERVICE,
            "from": {"id": "29:lena", "name": "Lena Thao"},
            "conversation": {
                "id": f"{CHANNEL};messageid={number}",
                "conversationType": "channel",
                "isGroup": True,
                "tenantId": TENANT,
            },
            "recipient": {"id": f"28:{APP}", "name": "Mayoral Exchange"},
            "text": "Hello",
            "channelData": {
                "tenant": {"id": TENANT},
                "team": {"id": TEAM},
                "channel": {"id": CHANNEL},
            },
            **changed,
        }


def signed(body: bytes, *, secret: str = SECRET, skew: int = 0) -> dict[str, str]:
    """The headers that Slack sends along."""
    stamp = str(int(time.time()) + skew)
    digest = hmac.new(secret.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256)
    return {
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": f"v0={digest.hexdigest()}",
        "Content-Type": "application/json",
    }


def claims(**changed: Any) -> Json:
    """What Teams claims, but for what is changed (None: left out)."""
    now = int(time.time())
    whole = {
        "iss": "https://api.botframework.com",
        "aud": APP,
        "serviceurl": SERVICE,
        "nbf": now - 10,
        "exp": now + 3600,
        **changed,
    }
    return {name: value for name, value in whole.items() if value is not None}


def token(key: rsa.RSAPrivateKey = KEY, kid: str = "k1", **changed: Any) -> str:
    """A token like those of Teams, but for what is changed."""
    return jwt.encode(claims(**changed), key, algorithm="RS256", headers={"kid": kid})


@asynccontextmanager
async def open_doors(database_url: str) -> AsyncIterator[Doors]:
    """Start the exchange on a seeded database."""
    public = json.loads(RSAAlgorithm.to_jwk(KEY.public_key()))
    keys = [{**public, "kid": "k1", "use": "sig", "endorsements": ["msteams"]}]
    async with aiohttp.ClientSession() as session, _sign_in(keys) as metadata_url:
        listening = listen("127.0.0.1", 0, "EXCHANGE_PORT")
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        exchange = Exchange(
            story_settings(database_url), _settings(metadata_url), clock=Clock(), base_url=url
        )
        await exchange.open()
        await _join(exchange)
        await exchange.start(listening)
        try:
            yield Doors(url, session, exchange, keys)
        finally:
            await exchange.stop()


@asynccontextmanager
async def _sign_in(keys: list[Json]) -> AsyncIterator[str]:
    """The document that tells Microsoft's signing keys."""

    async def metadata(request: web.Request) -> web.Response:
        return web.json_response({"jwks_uri": str(request.url.with_path("/keys"))})

    async def give_keys(request: web.Request) -> web.Response:
        return web.json_response({"keys": keys})

    app = web.Application()
    app.router.add_get("/metadata", metadata)
    app.router.add_get("/keys", give_keys)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/metadata"
    await runner.cleanup()


def _settings(metadata_url: str) -> PlatformSettings:
    return PlatformSettings(
        slack=SlackSettings(signing_secret=SecretStr(SECRET)),
        teams=TeamsSettings.model_validate(
            {"app_id": APP, "app_password": PASSWORD, "metadata_url": metadata_url}
        ),
    )


async def _join(exchange: Exchange) -> None:
    async with exchange.database.unit() as unit:
        for platform, workspace, tenant, city, api_url, bot_token in (
            ("slack", SLACK_TEAM, SLACK_TEAM, "2507000", "", TOKEN),
            ("teams", workspace_id(TENANT, TEAM), TENANT, "2758000", SERVICE, None),
        ):
            await unit.workspaces.add(
                platform=PlatformName(platform),
                external_id=ExternalWorkspace(workspace),
                tenant=ExternalTenant(tenant),
                name=city,
                city=CityId(city),
                state=WorkspaceState.CONFIRMED,
                api_url=api_url,
                token=bot_token,
            )
