"""The page's server: this machine only, its own page only, nothing from elsewhere."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import ClientSession, WSServerHandshakeError
from aiohttp.test_utils import TestServer

from integrations.sandbox.page.app import STATIC, create_page
from integrations.sandbox.slack.app import SlackStandIn
from integrations.sandbox.teams.standin import TeamsStandIn
from integrations.sandbox.world import Changes


class MovedClock:
    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, 15, 40, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, by: timedelta) -> None:
        self.now += by


@pytest.fixture
async def address() -> AsyncIterator[str]:
    page = create_page(
        slack=SlackStandIn({"workspaces": [{"id": "T1", "name": "Boston, MA"}]}),
        teams=TeamsStandIn(),
        traces=Changes(),
        clock=MovedClock(),
    )
    async with TestServer(page) as server:
        yield str(server.make_url("")).rstrip("/")


@pytest.fixture
async def client() -> AsyncIterator[ClientSession]:
    async with ClientSession() as session:
        yield session


async def test_the_policy_lets_nothing_in_from_elsewhere(
    address: str, client: ClientSession
) -> None:
    for path in ("/", "/static/main.js", "/emoji.json", "/settings.json"):
        async with client.get(address + path) as answer:
            assert answer.status == 200
            policy = answer.headers["Content-Security-Policy"]
            assert policy.startswith("default-src 'self';")
            assert "unsafe" not in policy
            assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("path", ["/", "/stream", "/slack/control/state", "/teams/control/state"])
async def test_a_foreign_name_for_this_machine_is_refused(
    address: str, client: ClientSession, path: str
) -> None:
    async with client.get(address + path, headers={"Host": "evil.example"}) as answer:
        assert answer.status == 403


@pytest.mark.parametrize("origin", ["https://evil.example", "http://127.0.0.1:1", "null"])
async def test_another_page_may_neither_listen_nor_act(
    address: str, client: ClientSession, origin: str
) -> None:
    with pytest.raises(WSServerHandshakeError) as refused:
        await client.ws_connect(f"{address}/stream", headers={"Origin": origin})
    assert refused.value.status == 403
    for path in ("/control/time", "/slack/control/say", "/teams/control/say"):
        async with client.post(address + path, json={}, headers={"Origin": origin}) as answer:
            assert answer.status == 403


async def test_the_stream_tells_changes_of_both_sides(address: str, client: ClientSession) -> None:
    async with client.ws_connect(f"{address}/stream", headers={"Origin": address}) as socket:
        assert (await socket.receive_json(timeout=5))["kind"] == "hello"
        body = {"kind": "workspace", "workspace": "marfa", "name": "Marfa, TX"}
        async with client.post(f"{address}/teams/control/add", json=body) as answer:
            assert answer.status == 200
        assert (await socket.receive_json(timeout=5))["from"] == "teams"
        member = {"kind": "member", "workspace": "T1", "real_name": "Ana Ruiz"}
        async with client.post(f"{address}/slack/control/add", json=member) as answer:
            assert answer.status == 200
        assert (await socket.receive_json(timeout=5))["from"] == "slack"


async def test_time_is_moved_forward_only(address: str, client: ClientSession) -> None:
    async with client.post(f"{address}/control/time", json={"forward_seconds": 3600}) as answer:
        assert (await answer.json())["now"] == "2026-03-02T16:40:00+00:00"
    wrong: list[object] = [{"forward_seconds": -1}, {"forward_seconds": "soon"}, {}, [], 7]
    for body in wrong:
        async with client.post(f"{address}/control/time", json=body) as answer:
            assert answer.status == 400
            assert (await answer.json())["field"] == "forward_seconds"


async def test_only_the_page_s_own_files_are_served(address: str, client: ClientSession) -> None:
    for path in ("/static/../app.py", "/static/%2e%2e/app.py", "/static/", "/app.py"):
        async with client.get(address + path) as answer:
            assert answer.status in {403, 404}


def test_the_page_names_no_other_host_and_builds_no_markup_from_data() -> None:
    for path in STATIC.iterdir():
        text = path.read_text("utf-8")
        allowed = text.replace("http://www.w3.org/2000/svg", "").replace("(https?", "")
        assert "https://" not in allowed.replace("http://127.0.0.1", ""), path.name
        for risky in (".innerHTML =", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
            assert risky not in text, (path.name, risky)
        assert len(text.splitlines()) <= 400, path.name
