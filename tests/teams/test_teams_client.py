"""What every answer of a Bot Connector means, from a server that answers anything."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from pydantic import SecretStr

from core.channels import Trouble
from core.failures import CallFailed, Later, Refused, Unsure
from core.ids import ExternalConversation, ExternalMember, ExternalTenant
from integrations.teams.client import ConnectorClient
from integrations.teams.settings import TeamsSettings
from integrations.teams.tokens import TokenSource
from tests.teams.teams_house import now

CHANNEL = ExternalConversation("19:a@thread.tacv2")
TENANT = ExternalTenant("tenant-1")


@dataclass
class Connector:
    """Answers with what a test puts in `answers`, then with success."""

    base: str = ""
    answers: list[web.Response] = field(default_factory=list)
    seen: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    tokens: int = 0
    cut: bool = False
    refuse_sign_in: int = 0

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One request."""
        await request.read()
        self.seen.append((request.method, request.raw_path, dict(request.headers)))
        if self.cut and request.transport:
            request.transport.close()
        if self.answers:
            return self.answers.pop(0)
        return web.json_response({"id": "19:a@thread.tacv2;messageid=5", "activityId": "5"})

    async def token(self, request: web.Request) -> web.StreamResponse:
        """The sign-in service."""
        form = await request.post()
        assert form["grant_type"] == "client_credentials"
        if self.refuse_sign_in:
            return web.json_response({"error": "invalid_client"}, status=self.refuse_sign_in)
        self.tokens += 1
        await asyncio.sleep(0)
        return web.json_response({"access_token": f"t{self.tokens}", "expires_in": 3600})


@asynccontextmanager
async def _connector(**settings: Any) -> AsyncIterator[tuple[Connector, ConnectorClient]]:
    connector = Connector()
    app = web.Application()
    app.router.add_post("/login/{tenant}/oauth2/v2.0/token", connector.token)
    app.router.add_route("*", "/{rest:.*}", connector.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host = f"127.0.0.1:{runner.addresses[0][1]}"
    connector.base = f"http://{host}/amer/"
    chosen = TeamsSettings(
        _env_file=None,  # type: ignore[call-arg]
        **{
            "app_id": "app-1",
            "app_password": SecretStr("x"),
            "service_hosts": host,
            "login_url": f"http://{host}/login",
            **settings,
        },
    )
    async with aiohttp.ClientSession() as session:
        tokens = TokenSource(settings=chosen, session=session, clock=now)
        client = ConnectorClient(settings=chosen, session=session, tokens=tokens, clock=now)
        try:
            yield connector, client
        finally:
            await runner.cleanup()


def _error(status: int, code: str, **headers: str) -> web.Response:
    body = {"error": {"code": code, "message": "no"}} if code else {}
    return web.json_response(body, status=status, headers=headers)


async def _send(connector: Connector, client: ConnectorClient) -> str:
    return await client.send(connector.base, TENANT, f"{CHANNEL};messageid=1", {"type": "message"})


@pytest.mark.parametrize(
    ("status", "code", "kind", "trouble"),
    [
        (400, "BadArgument", Refused, None),
        (403, "BotNotInConversationRoster", Refused, Trouble.BOT_REMOVED),
        (403, "MessageWritesBlocked", Refused, Trouble.BOT_REMOVED),
        (403, "BotDisabledByAdmin", Refused, Trouble.NOT_ALLOWED),
        (403, "NotEnoughPermissions", Refused, Trouble.NOT_ALLOWED),
        (403, "", Refused, Trouble.NOT_ALLOWED),
        (404, "ConversationNotFound", Refused, Trouble.CONVERSATION_GONE),
        (404, "ActivityNotFoundInConversation", Refused, None),
        (405, "", Refused, None),
        (412, "PreconditionFailed", Later, None),
        (413, "MessageSizeTooBig", Refused, None),
        (418, "Whatever", Refused, None),
        (429, "Throttled", Later, None),
        (500, "ServiceError", Unsure, None),
        (502, "BadGateway", Unsure, None),
        (503, "ServiceUnavailable", Later, None),
        (504, "GatewayTimeout", Unsure, None),
        (302, "", Refused, None),
    ],
)
async def test_refusals(
    status: int, code: str, kind: type[CallFailed], trouble: Trouble | None
) -> None:
    async with _connector() as (connector, client):
        connector.answers = [_error(status, code)]
        with pytest.raises(kind) as failed:
            await _send(connector, client)
        assert failed.value.code == (code or f"http_{status}")
        if isinstance(failed.value, Refused):
            assert failed.value.trouble == trouble
        if status >= 500:
            connector.answers = [_error(status, code)]
            with pytest.raises(Later):
                await client.call("PUT", connector.base, "v3/x", TENANT, {})


async def test_retry_after_and_the_nested_code() -> None:
    async with _connector() as (connector, client):
        connector.answers = [_error(429, "", **{"Retry-After": "3"})]
        with pytest.raises(Later) as later:
            await _send(connector, client)
        assert later.value.retry_after == 3
        message = '{\r\n  "subCode": "MessageWritesBlocked",\r\n  "details": "blocked"\r\n}'
        connector.answers = [
            web.json_response({"errorCode": 209, "message": message}, status=403),
            web.Response(status=403, text="<html>"),
        ]
        with pytest.raises(Refused) as refused:
            await _send(connector, client)
        assert refused.value.code == "MessageWritesBlocked"
        with pytest.raises(Refused):
            await _send(connector, client)


async def test_lost_answers() -> None:
    async with _connector() as (connector, client):
        await _send(connector, client)
        connector.cut = True
        with pytest.raises(Unsure):
            await _send(connector, client)
        with pytest.raises(Later):
            await client.call("DELETE", connector.base, "v3/x", TENANT)
        connector.cut = False
        connector.answers = [web.Response(text="<html>"), web.json_response({})]
        for _ in range(2):
            with pytest.raises(Unsure):
                await _send(connector, client)
        base = connector.base
    async with _connector(service_hosts=base.split("/")[2]) as (_, elsewhere):
        with pytest.raises(Later):
            await elsewhere.send(base, TENANT, CHANNEL, {})


async def test_ids_stay_in_their_segment() -> None:
    async with _connector() as (connector, client):
        await _send(connector, client)
        await client.send(connector.base, TENANT, "../../../evil?x=1#y", {})
        await client.send(connector.base, TENANT, "..", {})
        paths = [path for _, path, _ in connector.seen]
        assert paths == [
            "/amer/v3/conversations/19%3Aa%40thread.tacv2%3Bmessageid%3D1/activities",
            "/amer/v3/conversations/..%2F..%2F..%2Fevil%3Fx%3D1%23y/activities",
            "/amer/v3/conversations/-/activities",
        ]


async def test_one_token_for_all_and_a_new_one_when_it_is_refused() -> None:
    async with _connector() as (connector, client):
        await asyncio.gather(*(_send(connector, client) for _ in range(10)))
        assert connector.tokens == 1
        connector.answers = [_error(401, "Unauthorized")]
        await _send(connector, client)
        assert connector.tokens == 2
        assert connector.seen[-1][2]["Authorization"] == "Bearer t2"
        connector.answers = [_error(401, "Unauthorized"), _error(401, "Unauthorized")]
        with pytest.raises(Refused) as refused:
            await _send(connector, client)
        assert refused.value.trouble is Trouble.TOKEN_GONE


@pytest.mark.parametrize(("status", "kind"), [(401, Refused), (400, Refused), (503, Later)])
async def test_sign_in_fails(status: int, kind: type[CallFailed]) -> None:
    async with _connector() as (connector, client):
        connector.refuse_sign_in = status
        with pytest.raises(kind):
            await _send(connector, client)
        assert not connector.seen


async def test_the_token_goes_nowhere_else() -> None:
    async with _connector() as (connector, client):
        for base in ("https://evil.example/", connector.base.replace("127.0.0.1", "127.0.0.2")):
            with pytest.raises(Refused):
                await client.send(base, TENANT, CHANNEL, {})
        assert connector.tokens == 0


async def test_where_threads_can_not_be_begun() -> None:
    async with _connector() as (connector, client):
        assert await client.start_thread(connector.base, TENANT, CHANNEL, {}) == "5"
        connector.answers = [web.Response(status=404), web.json_response({"id": "6"}, status=201)]
        assert await client.start_thread(connector.base, TENANT, CHANNEL, {}) == "6"
        connector.answers = [web.json_response({"id": f"{CHANNEL};messageid=7"}, status=201)]
        assert await client.start_thread(connector.base, TENANT, CHANNEL, {}) == "7"
        connector.answers = [_error(404, "ConversationNotFound")]
        with pytest.raises(Refused) as refused:
            await client.start_thread(connector.base, TENANT, CHANNEL, {})
        assert refused.value.trouble is Trouble.CONVERSATION_GONE
        connector.answers = [web.Response(status=404)]
        with pytest.raises(Refused):
            await client.personal_chat(
                connector.base, TENANT, ExternalMember("29:1"), ExternalMember("28:x")
            )


async def test_a_tenant_is_not_asked_more_than_it_allows() -> None:
    async with _connector(app_id="", requests_per_second=0.4) as (connector, client):
        client.set_share(4)
        failures = [
            failed
            for failed in await asyncio.gather(
                *(_send(connector, client) for _ in range(3)), return_exceptions=True
            )
            if isinstance(failed, Later)
        ]
        assert failures
        assert failures[0].retry_after
        other = ExternalTenant("tenant-2")
        assert await client.send(connector.base, other, CHANNEL, {})


async def test_downloads_are_limited() -> None:
    async with _connector() as (connector, client):
        connector.answers = [web.Response(body=b"x" * 100), web.Response(body=b"x" * 101)]
        assert len(await client.download(f"{connector.base}f", 100, with_token=True)) == 100
        with pytest.raises(Refused):
            await client.download(f"{connector.base}f", 100, with_token=False)
        assert "Authorization" in connector.seen[0][2]
        assert "Authorization" not in connector.seen[1][2]
