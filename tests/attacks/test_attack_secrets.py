"""Tokens and words stay where they belong: not in logs, not in the file, not with strangers."""

import ast
import io
import logging
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from pydantic import SecretStr
from typing_extensions import override

from core.failures import CallFailed, Refused
from core.ids import ExternalTenant, ExternalWorkspace, PlatformName, WorkspaceId
from core.places import Workspace, WorkspaceState
from integrations.slack.client import SlackClient
from integrations.slack.pacing import Pacing
from integrations.teams.client import ConnectorClient
from integrations.teams.settings import TeamsSettings
from integrations.teams.tokens import TokenSource
from service.clock import Clock
from service.logs import set_up_logging
from tests.support.city_seeds import FOUR_CITIES, SIGNING_SECRET
from tests.support.exchange_rig import SECRET_KEYS, ExchangeRig

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "xoxb-a-token-that-must-not-travel"
WORDS = "zebracrossing lamppost quorum"


@pytest.fixture
def debug_log() -> Iterator[io.StringIO]:
    """All that is logged at the lowest level, in the form of the service."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in logging.root.manager.loggerDict}
    stream = io.StringIO()
    set_up_logging("json", "debug", stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)


async def test_neither_words_nor_tokens_are_logged(
    debug_log: io.StringIO, rig: ExchangeRig
) -> None:
    rig.yellow_springs.faults(lost_answers=1)
    said = rig.boston.say(f"{WORDS} one")
    rig.boston.attach("zebracrossing.pdf", b"%PDF-1.7 lamppost", text=f"{WORDS} file")
    await rig.quiet(within=30)
    rig.st_paul.say(f"{WORDS} two")
    rig.boston.edit(said, f"{WORDS} three")
    await rig.slack.interactions.command(
        "T0BOSTON001", "U0ANARUIZ01", rig.boston.conversation().id, f"/exchange {WORDS}"
    )
    await rig.quiet(within=30)
    rig.yellow_springs.conversation().archived = True
    rig.marfa.faults(offline=True)
    rig.boston.say(f"{WORDS} four")
    await rig.quiet(within=30)
    bad = {"Authorization": f"Bearer {TOKEN}", "X-Slack-Signature": "v0=zebracrossing"}
    for path in ("/slack/events", "/api/messages"):
        body = {"type": "message", "text": WORDS, "token": TOKEN}
        async with rig.session.post(rig.base_url + path, json=body, headers=bad) as answer:
            assert answer.status in {400, 401, 403}
    written = debug_log.getvalue()
    assert "refused" in written, "what is said about requests is there"
    for word in (*WORDS.split(), TOKEN, SIGNING_SECRET, *SECRET_KEYS, "Ana Ruiz", "Lena Thao"):
        assert word not in written, word
    for seed in FOUR_CITIES:
        assert seed.token not in written


async def test_tokens_lie_encrypted(rig: ExchangeRig) -> None:
    rig.boston.say(WORDS)
    await rig.quiet()
    path = rig.database_url.partition(":///")[2]
    if rig.database_url.startswith("sqlite"):
        content = b"".join(each.read_bytes() for each in Path(path).parent.glob("exchange.db*"))
        assert b"zebracrossing" in content, "this is where all lies"
    else:
        content = await _dump(rig)
    for seed in FOUR_CITIES:
        assert seed.token.encode() not in content
    for secret in (*SECRET_KEYS, SIGNING_SECRET):
        assert secret.encode() not in content


async def _dump(rig: ExchangeRig) -> bytes:
    from sqlalchemy import text

    async with rig.running.database.view() as view:
        rows = await view.transaction.rows(text("SELECT w::text AS row FROM workspaces w"))
    assert rows
    return "\n".join(row.row for row in rows).encode()


class Everywhere(AbstractResolver):
    """Every name in the world is this machine, so that a leak would be seen."""

    @override
    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(
                hostname=host, host="127.0.0.1", port=port, family=family, proto=0, flags=0
            )
        ]

    @override
    async def close(self) -> None:
        """Nothing is open."""


class Stranger:
    """Somebody else's server, which sends on, and remembers whatever it was shown."""

    def __init__(self) -> None:
        self.shown: list[tuple[str, str]] = []
        self.port = 0
        self.target = ""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Remember the host and the token."""
        host = request.host.partition(":")[0]
        self.shown.append((host, request.headers.get("Authorization", "")))
        if "onward" in request.path:
            return web.Response(status=302, headers={"Location": self.target})
        return web.json_response({"ok": True, "id": "1", "access_token": TOKEN, "expires_in": 99})

    def leaked(self) -> list[str]:
        """The hosts, apart from this machine's own name, that were shown a token."""
        return [host for host, given in self.shown if given and host != "127.0.0.1"]


class Credentials:
    """One token for everybody."""

    async def token(self, workspace: WorkspaceId) -> str:
        """It."""
        return TOKEN


@asynccontextmanager
async def strangers() -> AsyncIterator[tuple[Stranger, aiohttp.ClientSession]]:
    """A stranger, and a session for which the stranger answers under every name."""
    stranger = Stranger()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", stranger.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    stranger.port = runner.addresses[0][1]
    connector = aiohttp.TCPConnector(resolver=Everywhere())
    async with aiohttp.ClientSession(connector=connector) as session:
        yield stranger, session
    await runner.cleanup()


TARGETS = [
    "http://evil.example:{port}/taken",
    "//evil.example:{port}/taken",
    "http://127.0.0.1@evil.example:{port}/taken",
    "http://files.slack.com.evil.example:{port}/taken",
    "http://smba.trafficmanager.net:{port}/taken",
    "http://slack.com:{port}/taken",
]


@pytest.mark.parametrize("target", TARGETS)
async def test_a_slack_token_does_not_follow_to_strangers(target: str) -> None:
    async with strangers() as (stranger, session):
        stranger.target = target.format(port=stranger.port)
        home = f"http://127.0.0.1:{stranger.port}/api/"
        client = SlackClient(
            session=session,
            credentials=Credentials(),
            api_url=home,
            pacing=Pacing({}, lambda: 0.0),
        )
        access = await client.access(_workspace("slack", ""))
        with pytest.raises(CallFailed):
            await client.download(f"{home}onward", access, 1_000, "image/png")
        with pytest.raises(CallFailed):
            await client.call(access, "onward", {})
        with pytest.raises(Refused):
            await client.access(_workspace("slack", stranger.target))
        assert stranger.shown
        assert stranger.leaked() == []


@pytest.mark.parametrize("target", TARGETS)
async def test_a_teams_token_does_not_follow_to_strangers(target: str) -> None:
    async with strangers() as (stranger, session):
        stranger.target = target.format(port=stranger.port)
        home = f"http://127.0.0.1:{stranger.port}"
        settings = TeamsSettings(
            _env_file=None,  # type: ignore[call-arg]
            app_id="app",
            app_password=SecretStr("x"),
            service_hosts=f"127.0.0.1:{stranger.port}",
            login_url=f"{home}/login",
        )
        clock = Clock()
        tokens = TokenSource(settings=settings, session=session, clock=clock)
        client = ConnectorClient(settings=settings, session=session, tokens=tokens, clock=clock)
        tenant = ExternalTenant("t")
        with pytest.raises(CallFailed):
            await client.call("GET", home, "onward", tenant)
        with pytest.raises(CallFailed):
            await client.download(f"{home}/onward", 1_000, with_token=True)
        with pytest.raises(Refused):
            await client.call("GET", stranger.target, "x", tenant)
        assert any(given for _, given in stranger.shown), "at home the token is shown"
        assert stranger.leaked() == []


def _workspace(platform: str, api_url: str) -> Workspace:
    return Workspace(
        WorkspaceId(1),
        PlatformName(platform),
        ExternalWorkspace("T1"),
        ExternalTenant("T1"),
        "Boston",
        None,
        WorkspaceState.CONFIRMED,
        api_url=api_url,
    )


@pytest.mark.parametrize("path", ["integrations/slack/signature.py", "integrations/web/signing.py"])
def test_secrets_are_compared_in_constant_time(path: str) -> None:
    """In these files nothing that was given is compared with == to what it should be."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    names: list[Any] = [one.attr for one in ast.walk(tree) if isinstance(one, ast.Attribute)]
    assert "compare_digest" in names
    equals = [
        one
        for one in ast.walk(tree)
        if isinstance(one, ast.Compare) and any(isinstance(o, ast.Eq | ast.NotEq) for o in one.ops)
    ]
    assert equals == []
