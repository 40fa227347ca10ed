"""Our own tokens: by secret, by certificate, by managed identity, from every cloud."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import jwt
import pytest
from aiohttp import web
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from pydantic import SecretStr

from core.channels import Trouble
from core.failures import Refused
from integrations.teams.clouds import CLOUDS
from integrations.teams.settings import TeamsSettings
from integrations.teams.tokens import TokenSource

TIME = datetime(2026, 11, 21, 12, tzinfo=UTC)
THUMBPRINT = "AB" * 20


class SignIn:
    """A sign-in service that remembers what it was asked."""

    def __init__(self) -> None:
        self.url = ""
        self.asked: list[tuple[str, dict[str, str], dict[str, str]]] = []
        self.time = TIME

    def clock(self) -> datetime:
        """The time as the token source sees it."""
        return self.time

    async def handle(self, request: web.Request) -> web.Response:
        """Give a token."""
        values = {name: str(value) for name, value in (await request.post()).items()}
        self.asked.append((request.path, values | dict(request.query), dict(request.headers)))
        await asyncio.sleep(0)
        return web.json_response({"access_token": f"t{len(self.asked)}", "expires_in": "3600"})


@asynccontextmanager
async def _sign_in(**given: Any) -> AsyncIterator[tuple[SignIn, TokenSource]]:
    service = SignIn()
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", service.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    service.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    settings = TeamsSettings(
        _env_file=None,  # type: ignore[call-arg]
        app_id="app-1",
        login_url=service.url,
        **{"identity_endpoint": f"{service.url}/identity", **given},
    )
    async with aiohttp.ClientSession() as session:
        yield service, TokenSource(settings=settings, session=session, clock=service.clock)
    await runner.cleanup()


async def test_by_secret_kept_until_five_minutes_before_the_end() -> None:
    async with _sign_in(app_password=SecretStr("s"), app_tenant_id="own-tenant") as (
        service,
        tokens,
    ):
        assert set(await asyncio.gather(*(tokens.connector() for _ in range(20)))) == {"t1"}
        path, form, _ = service.asked[0]
        assert path == "/own-tenant/oauth2/v2.0/token"
        assert form["scope"] == "https://api.botframework.com/.default"
        assert form["client_secret"] == "s"
        service.time = TIME + timedelta(minutes=54)
        assert await tokens.connector() == "t1"
        service.time = TIME + timedelta(minutes=56)
        assert await tokens.connector() == "t2"
        tokens.forget("t1")
        assert await tokens.connector() == "t2"
        tokens.forget("t2")
        assert await tokens.connector() == "t3"
        await tokens.graph("tenant-9")
        assert service.asked[-1][0] == "/tenant-9/oauth2/v2.0/token"
        assert service.asked[-1][1]["scope"] == "https://graph.microsoft.com/.default"


async def test_by_certificate(tmp_path: Path) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path = tmp_path / "key.pem"
    path.write_bytes(pem)
    given = {"certificate_path": str(path), "certificate_thumbprint": THUMBPRINT}
    async with _sign_in(**given) as (service, tokens):
        await tokens.connector()
        where, form, _ = service.asked[0]
        assert where == "/botframework.com/oauth2/v2.0/token"
        assert "client_secret" not in form
        claims = jwt.decode(
            form["client_assertion"],
            key.public_key(),
            algorithms=["RS256"],
            audience=f"{service.url}{where}",
            options={"verify_exp": False, "verify_nbf": False},
        )
        assert (claims["iss"], claims["sub"]) == ("app-1", "app-1")
        assert (
            jwt.get_unverified_header(form["client_assertion"])["x5t"]
            == "q6urq6urq6urq6urq6urq6urq6s"
        )
    for wrong in ({"certificate_path": str(tmp_path / "no")}, {"certificate_thumbprint": "zz"}):
        async with _sign_in(**{**given, **wrong}) as (service, tokens):
            with pytest.raises(Refused) as refused:
                await tokens.connector()
            assert refused.value.trouble is Trouble.TOKEN_GONE
            assert not service.asked


async def test_by_managed_identity() -> None:
    async with _sign_in(managed_identity_client_id="id-1") as (service, tokens):
        await tokens.connector()
        path, query, headers = service.asked[0]
        assert path == "/identity"
        assert query["resource"] == "https://api.botframework.com"
        assert query["client_id"] == "id-1"
        assert headers["Metadata"] == "true"
    given = {"managed_identity_client_id": "id-1", "identity_header": SecretStr("h")}
    async with _sign_in(**given) as (service, tokens):
        await tokens.connector()
        assert service.asked[0][2]["X-IDENTITY-HEADER"] == "h"


@pytest.mark.parametrize("name", ["public", "gcc", "gcch", "dod"])
def test_every_cloud_allows_its_own_connector(name: Any) -> None:
    settings = TeamsSettings(_env_file=None, app_id="app-1", cloud=name)  # type: ignore[call-arg]
    assert settings.may_serve(CLOUDS[name].service_url)
    others = {cloud.issuer for cloud in CLOUDS.values()} - {CLOUDS[name].issuer}
    foreign = [c.service_url for c in CLOUDS.values() if c.issuer in others]
    assert foreign
    assert not any(settings.may_serve(url) for url in foreign)


def test_more_hosts_in_any_form() -> None:
    settings = TeamsSettings(
        _env_file=None,  # type: ignore[call-arg]
        app_id="app-1",
        service_hosts=" one.example, http://127.0.0.1:9/_connector ,",
    )
    assert settings.extra_hosts == {"one.example", "127.0.0.1:9"}
    assert settings.may_serve("https://one.example/amer/")
    assert settings.may_serve("http://127.0.0.1:9/_connector/v3")
    assert not settings.may_serve("http://127.0.0.1:10/")
    assert not settings.may_serve("http://one.example/")


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEAMS_APP_ID", "app-9")
    monkeypatch.setenv("TEAMS_CLOUD", "gcch")
    monkeypatch.setenv("IDENTITY_HEADER", "secret")
    settings = TeamsSettings(_env_file=None)  # type: ignore[call-arg]
    assert (settings.app_id, settings.cloud) == ("app-9", "gcch")
    assert settings.identity_header.get_secret_value() == "secret"
    assert "secret" not in repr(settings)
