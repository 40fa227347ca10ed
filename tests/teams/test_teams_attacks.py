"""Requests that Teams did not send, or not for us."""

import gzip
import io
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import aiohttp
import jwt
import pytest
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm
from pydantic import SecretStr

from core.events import MessagePosted
from core.ids import ExternalTenant, WorkspaceId
from core.places import Workspace, WorkspaceState
from integrations.teams.ids import TEAMS, workspace_id
from integrations.teams.platform import TeamsPlatform
from integrations.teams.settings import TeamsSettings
from integrations.teams.webhook import OpenToEveryone, TeamsWebhook
from tests.teams.teams_house import Desk, Files, Inbox, KnownTenants, now, teams_house

APP = "11111111-2222-3333-4444-555555555555"
SERVICE = "https://smba.trafficmanager.net/amer/"
ISSUER = "https://api.botframework.com"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
STRANGER = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _public(key: rsa.RSAPrivateKey, kid: str, endorsements: list[str]) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(RSAAlgorithm.to_jwk(key.public_key()))
    return {**data, "kid": kid, "use": "sig", "endorsements": endorsements}


@dataclass
class Door:
    """Our webhook, in front of a sign-in service whose keys a test may change."""

    url: str
    session: aiohttp.ClientSession
    inbox: Inbox
    desk: Desk
    keys: list[dict[str, Any]]
    fetched: list[str] = field(default_factory=list)
    broken: bool = False
    time: datetime = field(default_factory=now)

    def clock(self) -> datetime:
        """The time as the webhook sees it."""
        return self.time

    def token(self, key: rsa.RSAPrivateKey = KEY, kid: str = "k1", **changed: Any) -> str:
        """A token like those of Teams, but for what is changed (None: left out)."""
        begins = int(self.time.timestamp())
        claims = {
            "iss": ISSUER,
            "aud": APP,
            "serviceurl": SERVICE,
            "nbf": begins,
            "exp": begins + 3600,
            **changed,
        }
        kept = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(kept, key, algorithm="RS256", headers={"kid": kid})

    async def post(self, body: Any, token: str | None = None, **headers: str) -> int:
        """Post something; gives the status."""
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        async with self.session.post(self.url, data=io.BytesIO(data), headers=headers) as response:
            await response.read()
            return response.status


@asynccontextmanager
async def _door(**settings: Any) -> AsyncIterator[Door]:
    async with aiohttp.ClientSession() as session:
        door = Door("", session, Inbox(), Desk(), [_public(KEY, "k1", ["msteams"])])

        async def metadata(request: web.Request) -> web.Response:
            door.fetched.append(request.path)
            if door.broken:
                return web.Response(status=503)
            return web.json_response({"jwks_uri": str(request.url.with_path("/keys"))})

        async def keys(request: web.Request) -> web.Response:
            return web.json_response({"keys": door.keys})

        app = web.Application()
        app.router.add_get("/metadata", metadata)
        app.router.add_get("/keys", keys)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        base = f"http://127.0.0.1:{runner.addresses[0][1]}"
        chosen = TeamsSettings(
            _env_file=None,  # type: ignore[call-arg]
            **{
                "app_id": APP,
                "app_password": SecretStr("x"),
                "metadata_url": f"{base}/metadata",
                **settings,
            },
        )
        platform = TeamsPlatform(settings=chosen, files=Files(), session=session, clock=door.clock)
        tenant = ExternalTenant("tenant-1")
        known = Workspace(
            WorkspaceId(1),
            TEAMS,
            workspace_id("tenant-1", "19:team"),
            tenant,
            "St. Paul",
            None,
            WorkspaceState.CONFIRMED,
        )
        webhook = TeamsWebhook(
            settings=chosen,
            platform=platform,
            intake=door.inbox,
            registry=KnownTenants({tenant: known}),
            desk=door.desk,
            clock=door.clock,
            session=session,
            listens_on_loopback=True,
        )
        app2 = web.Application()
        app2.router.add_post("/api/messages", webhook.handle)
        ours = web.AppRunner(app2, shutdown_timeout=0.1)
        await ours.setup()
        await web.TCPSite(ours, "127.0.0.1", 0).start()
        door.url = f"http://127.0.0.1:{ours.addresses[0][1]}/api/messages"
        try:
            yield door
        finally:
            await ours.cleanup()
            await runner.cleanup()


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    async with _door() as made:
        yield made


def _activity(**changed: Any) -> dict[str, Any]:
    return {
        "type": "message",
        "id": "1767224937245",
        "channelId": "msteams",
        "serviceUrl": SERVICE,
        "text": "Hello",
        "from": {"id": "29:1", "name": "Ana"},
        "recipient": {"id": f"28:{APP}"},
        "conversation": {"id": "19:a@thread.tacv2;messageid=1767224937245"},
        "channelData": {"tenant": {"id": "tenant-1"}},
        **changed,
    }


async def test_what_teams_sends_is_kept_once(door: Door) -> None:
    for _ in range(3):
        assert await door.post(_activity(), door.token()) == 200
    assert len(door.inbox.received) == 1
    assert door.fetched == ["/metadata"]


@pytest.mark.parametrize(
    "changed",
    [
        {"aud": "another-app"},
        {"aud": None},
        {"iss": "https://sts.windows.net/x/"},
        {"iss": None},
        {"exp": 1},
        {"exp": None},
        {"exp": "soon"},
    ],
)
async def test_a_token_for_others_or_of_another_time(door: Door, changed: dict[str, Any]) -> None:
    assert await door.post(_activity(), door.token(**changed)) == 401
    assert not door.inbox.received


async def test_five_minutes_of_skew(door: Door) -> None:
    at = door.time.timestamp()
    assert await door.post(_activity(), door.token(exp=at - 290)) == 200
    assert await door.post(_activity(), door.token(exp=at - 310)) == 401
    assert await door.post(_activity(), door.token(nbf=at + 290)) == 200
    assert await door.post(_activity(), door.token(nbf=at + 310)) == 401


async def test_forged_tokens(door: Door) -> None:
    good = door.token()
    head, body, signature = good.split(".")
    unsigned = jwt.encode({"iss": ISSUER, "aud": APP}, "", algorithm="none")
    confused = jwt.encode({"iss": ISSUER, "aud": APP, "exp": 9e9}, "k" * 64, algorithm="HS256")
    forged = (door.token(STRANGER), unsigned, confused, f"{head}.{body}.", "x", "", f"{good}x")
    for token in (*forged, f"{head}.{body[:-4]}AAAA.{signature}", "a" * 7_000):
        assert await door.post(_activity(), token) == 401
    assert await door.post(_activity()) == 401
    assert await door.post(_activity(), Authorization=f"Basic {good}") == 401
    assert not door.inbox.received


async def test_an_unknown_key_is_fetched_at_most_every_five_minutes(door: Door) -> None:
    token = door.token(STRANGER, "k2")
    for _ in range(5):
        assert await door.post(_activity(), token) == 401
    assert len(door.fetched) == 1
    door.keys.append(_public(STRANGER, "k2", ["msteams"]))
    assert await door.post(_activity(), token) == 401
    door.time += timedelta(minutes=5)
    assert await door.post(_activity(), token) == 200
    assert len(door.fetched) == 2


async def test_unreachable_keys_refuse_everybody_until_they_are_back(door: Door) -> None:
    door.broken = True
    assert await door.post(_activity(), door.token()) == 401
    assert await door.post(_activity(), door.token()) == 401
    assert len(door.fetched) == 1
    door.broken = False
    door.time += timedelta(seconds=31)
    assert await door.post(_activity(), door.token()) == 200


async def test_odd_keys_do_no_harm(door: Door) -> None:
    door.keys[:0] = [{"kid": "odd", "kty": "what"}, {"kid": 7}, {}]
    assert await door.post(_activity(), door.token(kid="odd")) == 401
    assert await door.post(_activity(), door.token()) == 200


async def test_the_address_and_the_channel_are_those_of_the_token(door: Door) -> None:
    elsewhere = "https://smba.trafficmanager.net/emea/"
    assert await door.post(_activity(serviceUrl=elsewhere), door.token()) == 403
    assert await door.post(_activity(), door.token(serviceurl=None)) == 403
    assert await door.post(_activity(channelId="webchat"), door.token()) == 403


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/",
        "http://smba.trafficmanager.net/amer/",
        "https://attacker.trafficmanager.net/",
        "https://smba.trafficmanager.net.evil.example/",
        "https://smba.trafficmanager.net@evil.example/",
        "https://smba.trafficmanager.net:8443/",
        "http://127.0.0.1/",
        "file:///etc/passwd",
        "",
    ],
)
async def test_addresses_outside_the_list(door: Door, address: str) -> None:
    token = door.token(serviceurl=address)
    assert await door.post(_activity(serviceUrl=address), token) == 403
    assert not door.inbox.received


async def test_strangers(door: Door) -> None:
    other = {"tenant": {"id": "tenant-2"}}
    assert await door.post(_activity(channelData=other), door.token()) == 403
    assert await door.post(_activity(channelData={}), door.token()) == 403
    invoke = _activity(type="invoke", name="task/fetch", channelData=other)
    assert await door.post(invoke, door.token()) == 403
    for kind, more in (("installationUpdate", {"action": "add"}), ("conversationUpdate", {})):
        bot = [{"id": f"28:{APP}"}]
        added = _activity(type=kind, channelData=other, membersAdded=bot, **more)
        assert await door.post(added, door.token()) == 200
    assert not door.inbox.received
    assert not door.desk.asked


async def test_what_is_no_activity(door: Door) -> None:
    deep = b"[" * 100_000
    for body in (b"", b"x", b"[]", b"null", b"{}", b'{"type": 3}', b"\xff\xfe", deep):
        assert await door.post(body, door.token()) == 400
    assert await door.post(_activity(conversation=None), door.token()) == 400


async def test_large_bodies(door: Door) -> None:
    assert await door.post(_activity(text="x" * 1_100_000), door.token()) == 413
    bomb = gzip.compress(b'{"type": "message", "text": "' + b" " * 50_000_000 + b'"}')
    status = await door.post(bomb, door.token(), **{"Content-Encoding": "gzip"})
    assert status in {400, 413}
    assert not door.inbox.received


async def test_without_a_content_type(door: Door) -> None:
    headers = {"Authorization": f"Bearer {door.token()}"}
    async with door.session.post(
        door.url,
        data=json.dumps(_activity()).encode(),
        headers=headers,
        skip_auto_headers={"Content-Type"},
    ) as response:
        assert response.status == 200


async def test_several_reactions_are_several_events(door: Door) -> None:
    several = _activity(
        type="messageReaction",
        reactionsAdded=[{"type": "like"}, {"type": "heart"}],
        reactionsRemoved=[{"type": "sad"}],
        replyToId="1",
    )
    for _ in range(2):
        assert await door.post(several, door.token()) == 200
    assert len(door.inbox.received) == 3


async def test_without_an_app_id_only_this_machine() -> None:
    async with _door(app_id="", service_hosts="127.0.0.1:5") as door:
        local = _activity(serviceUrl="http://127.0.0.1:5/_connector")
        assert await door.post(local) == 200
        assert await door.post(local, Origin="https://evil.example") == 403
        assert await door.post(_activity(serviceUrl="http://10.0.0.1/")) == 403


async def test_without_an_app_id_it_does_not_listen_to_others() -> None:
    async with aiohttp.ClientSession() as session:
        settings = TeamsSettings(_env_file=None, app_id="")  # type: ignore[call-arg]
        platform = TeamsPlatform(settings=settings, files=Files(), session=session, clock=now)
        with pytest.raises(OpenToEveryone):
            TeamsWebhook(
                settings=settings,
                platform=platform,
                intake=Inbox(),
                registry=KnownTenants(),
                desk=Desk(),
                clock=now,
                session=session,
                listens_on_loopback=False,
            )


async def test_signed_both_ways_with_the_standin() -> None:
    async with teams_house(app_id=APP) as house:
        await house.control("say", text="Signed")
        event = await house.event(MessagePosted)
        await house.platform.tell(house.workspace, event.author.external_id, "Hi")
        async with house.session.post(house.url, json=_activity()) as response:
            assert response.status == 401
