"""`serve` as a process: from a fresh folder to messages that cross, and a clean end."""

import asyncio
import re
import shutil
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import psutil
import pytest

from integrations.sandbox.slack.app import SlackStandIn
from integrations.sandbox.teams.standin import TeamsStandIn
from integrations.sandbox.teams.standin import run as run_teams
from service.listening import CannotListen, listen
from tests.service.processes import Serve, answered, run_service

SECRET = "a signing secret"
MOST_MEMORY = 150 * 1024 * 1024


async def wait_until(check: Callable[[], Awaitable[Any]], seconds: float = 30) -> Any:
    """The first true answer."""
    async with asyncio.timeout(seconds):
        while True:
            if found := await check():
                return found
            await asyncio.sleep(0.05)


@pytest.fixture
def folder(tmp_path: Path, migrated: Path) -> Path:
    """A working folder whose database is there already."""
    shutil.copytree(migrated, tmp_path, dirs_exist_ok=True)
    return tmp_path


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def slack() -> AsyncIterator[SlackStandIn]:
    seed = {
        "apps": [{"name": "Mayoral Exchange", "signing_secret": SECRET}],
        "workspaces": [
            {
                "id": "T0BOSTON001",
                "name": "City of Boston",
                "members": [{"id": "U0ANARUIZ01", "real_name": "Ana Ruiz"}],
                "installations": [{"token": "xoxb-boston"}],
                "channels": [{"id": "C0HOUSING01", "name": "housing", "bots": True}],
            }
        ],
    }
    stand_in = SlackStandIn(seed)
    await stand_in.start()
    yield stand_in
    await stand_in.stop()


@pytest.fixture
async def teams() -> AsyncIterator[TeamsStandIn]:
    stand_in = TeamsStandIn()
    workspace = stand_in.world.add_workspace("stpaul", "City of St. Paul")
    stand_in.world.add_member(workspace, "lena", "Lena Thao")
    stand_in.world.add_channel(workspace, "Housing")
    runner = await run_teams(stand_in)
    yield stand_in
    await runner.cleanup()


async def join(folder: Path, slack: SlackStandIn, teams: TeamsStandIn) -> None:
    """Let both cities take part by command, while the server runs."""
    boston = await answered(
        folder,
        *("workspaces", "add", "slack", "--team", "T0BOSTON001", "--token", "xoxb-boston"),
        *("--city", "2507000", "--api-url", slack.api_url),
    )
    assert boston["name"] == "City of Boston"
    team = teams.world.workspace("stpaul")
    stpaul = await answered(
        folder,
        *("workspaces", "add", "teams", "--tenant", team.tenant_id, "--team", team.team_id),
        *("--city", "2758000", "--service-url", teams.service_url(team)),
    )
    places = (
        (boston["id"], "C0HOUSING01"),
        (stpaul["id"], team.conversation("Housing").id),
    )
    for workspace, conversation in places:
        words = ("--workspace", str(workspace), "--conversation", conversation)
        await answered(folder, "links", "add", "housing", *words)


async def test_messages_cross_after_a_few_commands(
    folder: Path, slack: SlackStandIn, teams: TeamsStandIn, session: aiohttp.ClientSession
) -> None:
    serve = await Serve.start(
        folder, SLACK_SIGNING_SECRET=SECRET, SLACK_API_URL=slack.api_url, TEAMS_APP_ID=""
    )
    slack.app_named("").events_url = f"{serve.url}/slack/events"
    teams.events_url = f"{serve.url}/api/messages"
    await join(folder, slack, teams)

    slack.people.say("T0BOSTON001", "U0ANARUIZ01", "housing", "We cut *vacancies* by a fifth")
    team = teams.world.workspace("stpaul")

    async def in_teams() -> bool:
        shown = team.conversation("Housing").messages.values()
        return any("We cut" in str(message.activity) for message in shown)

    await wait_until(in_teams)
    teams.people.say(teams.people.place("stpaul", "lena", "Housing"), "How long did it take?")

    async def in_slack() -> bool:
        sent = [entry.body for entry in slack.journal.entries if "postMessage" in entry.method]
        return any("How long did it take?" in str(body) for body in sent)

    await wait_until(in_slack)

    status = await answered(folder, "status")
    assert [one["city"] for one in status["workspaces"]] == ["Boston, MA", "St. Paul, MN"]
    assert status["nodes"][0]["live"]
    async with session.get(f"{serve.url}/metrics") as answer:
        numbers = await answer.text()
    assert re.search(r'exchange_events_received_total\{platform="slack"\} [1-9]', numbers)
    assert 'exchange_outbox_depth{workspace="1"}' in numbers
    assert "Ana" not in numbers
    assert "vacancies" not in "\n".join(serve.lines)

    slack.faults("T0BOSTON001").hang = True
    teams.people.say(teams.people.place("stpaul", "lena", "Housing"), "Is anybody there?")
    await wait_until(lambda: waits_for(folder))
    assert await serve.stop_at_once() == -signal.SIGTERM


async def waits_for(folder: Path) -> bool:
    return bool((await answered(folder, "status"))["outbox"]["depth"])


async def test_start_look_and_stop(folder: Path, session: aiohttp.ClientSession) -> None:
    serve = await Serve.start(folder, SLACK_SIGNING_SECRET=SECRET)
    for path, status in (("/healthz", 200), ("/readyz", 200), ("/", 200), ("/x", 404)):
        async with session.get(serve.url + path) as answer:
            assert answer.status == status, path
    async with session.post(f"{serve.url}/slack/events", data=b"{}") as answer:
        assert answer.status == 401
    assert psutil.Process(serve.process.pid).memory_info().rss < MOST_MEMORY
    second = await asyncio.to_thread(
        lambda: run_service(folder, "serve", EXCHANGE_PORT="0", SLACK_SIGNING_SECRET=SECRET)
    )
    assert second.returncode == 1
    assert "exchange.db" in second.stderr
    with pytest.raises(CannotListen, match="EXCHANGE_PORT"):
        listen("127.0.0.1", int(serve.url.rpartition(":")[2]), "EXCHANGE_PORT")
    assert await serve.stop() == 0
    assert "Stopped" in serve.lines[-1]


async def test_what_is_not_configured_is_closed(
    folder: Path, session: aiohttp.ClientSession
) -> None:
    serve = await Serve.start(folder, TEAMS_APP_ID="")
    async with session.post(f"{serve.url}/slack/events", data=b"{}") as answer:
        assert answer.status == 503
        assert "SLACK_SIGNING_SECRET" in await answer.text()
    async with session.post(f"{serve.url}/api/messages", json={}) as answer:
        assert answer.status == 400
    assert any("Slack: off" in line for line in serve.lines)
    assert await serve.stop() == 0


async def test_a_refused_token_is_not_added(folder: Path, slack: SlackStandIn) -> None:
    words = ("workspaces", "add", "slack", "--city", "2507000", "--api-url", slack.api_url)

    def add(*more: str) -> str:
        done = run_service(folder, *words, *more)
        assert done.returncode == 1
        return done.stderr

    said = await asyncio.to_thread(add, "--team", "T0BOSTON001", "--token", "xoxb-wrong")
    assert "--token" in said
    assert "xoxb-wrong" not in said
    said = await asyncio.to_thread(add, "--team", "T9", "--token", "xoxb-boston")
    assert "--team T0BOSTON001" in said
    assert await answered(folder, "workspaces", "list") == []


async def test_the_sandbox_starts_where_nothing_is_set(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    serve = await Serve.start(tmp_path, EXCHANGE_SANDBOX_PORT="0")
    async with session.get(serve.url) as answer:
        assert serve.sandbox_url in await answer.text()
    async with session.get(serve.sandbox_url) as answer:
        assert answer.status == 200

    async def everywhere() -> bool:
        async with session.get(f"{serve.sandbox_url}/slack/control/state") as answer:
            in_slack = await answer.text()
        async with session.get(f"{serve.sandbox_url}/teams/control/state") as answer:
            in_teams = await answer.text()
        return "Marfa, TX" in in_slack and "Boston, MA" in in_teams

    assert await wait_until(everywhere)
    async with session.get(serve.sandbox_url, headers={"Host": "evil.example"}) as answer:
        assert answer.status == 403
    assert await serve.stop() == 0
    assert not list(tmp_path.iterdir())  # noqa: ASYNC240 - a test may wait
