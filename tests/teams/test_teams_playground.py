"""Microsoft's own Agents Playground in front of our webhook: what it sends, and what it takes."""

import asyncio
import os
import signal
import socket
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from core.events import MessagePosted, Source
from core.ids import Marker, WorkspaceId
from core.places import Workspace, WorkspaceState
from core.ports import Answer, Asker, Choice, Content, Destination
from core.posts import Author
from core.text import MemberKey, Mention, Paragraph, Text, paragraph, plain_text
from integrations.teams.ids import TEAMS
from integrations.teams.platform import TeamsPlatform
from integrations.teams.render import render
from integrations.teams.settings import TeamsSettings
from integrations.teams.webhook import TeamsWebhook
from tests.teams.teams_house import Desk, Files, Inbox, now

pytestmark = pytest.mark.playground

START_SECONDS = 60
ANA = Author("Ana Ruiz", "Boston, MA")


class Everybody:
    """Whoever speaks takes part."""

    async def workspace(self, source: Source) -> Workspace:
        """A workspace for the source."""
        return Workspace(
            WorkspaceId(1),
            TEAMS,
            source.workspace,
            source.tenant,
            "Playground",
            None,
            WorkspaceState.CONFIRMED,
            api_url=source.api_url,
        )


@dataclass
class Playground:
    """The running Playground, its settings and our side of it."""

    url: str
    config: dict[str, Any]
    stream: aiohttp.ClientWebSocketResponse
    session: aiohttp.ClientSession
    platform: TeamsPlatform
    inbox: Inbox

    async def say(self, conversation: str, text: str) -> None:
        """The current user writes to the bot."""
        bot = self.config["bot"]
        at = f"<at>{bot['name']}</at>"
        body = {
            "from": {"id": self.config["currentUser"]["id"]},
            "text": f"{at} {text}",
            "textFormat": "plain",
            "mentions": [{"mentioned": {"id": bot["id"]}, "text": at}],
        }
        url = f"{self.url}/_conversation/v1/conversations/{conversation}/messages"
        async with self.session.post(url, json=body) as response:
            assert response.status == 200, await response.text()

    async def heard(self, text: str) -> MessagePosted:
        """The event in which somebody said this."""
        async with asyncio.timeout(10):
            while True:
                for received in self.inbox.received:
                    event = self.platform.parse(received.payload)
                    if isinstance(event, MessagePosted) and plain_text(event.body) == text:
                        return event
                self.inbox.arrived.clear()
                await self.inbox.arrived.wait()

    async def shown(self, words: str) -> Any:
        """The next change on its page that has these words."""
        async with asyncio.timeout(10):
            while True:
                message = await self.stream.receive_json()
                if words in str(message):
                    return message


@asynccontextmanager
async def _running(command: list[str], folder: Path) -> AsyncIterator[None]:
    environment = {**os.environ, "TEAMSAPPTESTER_BROWSER": "none"}
    with (folder / "playground.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *command,
            env=environment,
            cwd=folder,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        await process.wait()


async def _ready(session: aiohttp.ClientSession, url: str) -> dict[str, Any]:
    async with asyncio.timeout(START_SECONDS):
        while True:
            try:
                async with session.get(f"{url}/_internal/v1/config") as response:
                    found: dict[str, Any] = (await response.json())["config"]
                    return found
            except aiohttp.ClientError:
                await asyncio.sleep(0.1)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
async def playground(
    node_path: str, node_modules: Path, tmp_path: Path
) -> AsyncIterator[Playground]:
    port = _free_port()
    url = f"http://localhost:{port}"
    async with aiohttp.ClientSession() as session:
        settings = TeamsSettings(
            _env_file=None,  # type: ignore[call-arg]
            service_hosts=f"localhost:{port}",
        )
        platform = TeamsPlatform(settings=settings, files=Files(), session=session, clock=now)
        inbox = Inbox()
        webhook = TeamsWebhook(
            settings=settings,
            platform=platform,
            intake=inbox,
            registry=Everybody(),
            desk=Desk(),
            clock=now,
            session=session,
            listens_on_loopback=True,
        )
        app = web.Application()
        app.router.add_post("/api/messages", webhook.handle)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        ours = f"http://127.0.0.1:{runner.addresses[0][1]}/api/messages"
        program = node_modules / "@microsoft" / "m365agentsplayground" / "cli.js"
        command = [node_path, str(program), "start", "--app-endpoint", ours]
        command += ["--channel-id", "msteams", "--port", str(port), "--disable-telemetry"]
        async with _running(command, tmp_path):
            config = await _ready(session, url)
            page = f"{url}/_ws_conversation/v1/conversations/stream"
            async with session.ws_connect(page) as stream:
                yield Playground(url, config, stream, session, platform, inbox)
        await runner.cleanup()


async def test_talking_in_a_channel(playground: Playground) -> None:
    channel = playground.config["teams"][0]["channels"][0]["id"]
    await playground.say(channel, "hello")
    root = await playground.heard("hello")
    assert root.to_bot
    assert root.may_begin_thread
    begun = root.thread
    assert begun is not None
    assert root.source.conversation == channel
    await playground.say(f"{channel};messageid={begun}", "a reply")
    reply = await playground.heard("a reply")
    assert reply.thread == begun
    workspace = await Everybody().workspace(root.source)
    assert root.source.conversation is not None
    place = Destination(workspace, root.source.conversation)
    alex = MemberKey(TEAMS, workspace.tenant, root.author.external_id)
    body = (Paragraph((Text("Welcome, "), Mention("Alex", alex))),)
    part = render([Content(ANA, body, workspace.tenant)])[0]
    platform, marker = playground.platform, Marker("1.0")
    message = await platform.post(replace(place, thread=begun), part, marker)
    shown = await playground.shown("Welcome")
    assert shown["actionConversationId"] == f"{channel};messageid={begun}"
    assert shown["message"]["mentions"][0]["mentioned"]["id"] == alex.member
    changed = render([Content(ANA, paragraph("Changed"), workspace.tenant)])[0]
    await platform.edit(replace(place, thread=begun), message, changed)
    assert (await playground.shown("Changed"))["action"] == "updateMessage"
    proactive = await platform.post(place, part, marker)
    below = await platform.post(replace(place, thread=proactive), changed, marker)
    assert below != proactive
    await platform.edit(place, proactive, changed)
    profile = await platform.member(workspace, root.author.external_id)
    assert profile.name == playground.config["currentUser"]["name"]
    await platform.probe(place)


async def test_an_answer_and_a_pressed_button(playground: Playground) -> None:
    channel = playground.config["teams"][0]["channels"][0]["id"]
    await playground.say(channel, "menu")
    asked = await playground.heard("menu")
    workspace = await Everybody().workspace(asked.source)
    asker = Asker(
        TEAMS,
        workspace.tenant,
        workspace.external_id,
        asked.author.external_id,
        asked.source.conversation,
        asked.message,
    )
    answer = Answer("Menu", paragraph("What would you like?"), (Choice("Help", "help please"),))
    await playground.platform.answer(workspace, asker, answer)
    shown = await playground.shown("What would you like?")
    assert shown["actionConversationId"] == playground.config["personalChat"]["id"]
    press = {
        "conversation": {"id": shown["actionConversationId"]},
        "replyToId": shown["message"]["messageId"],
        "from": {"id": playground.config["currentUser"]["id"]},
        "value": {"verb": "help please"},
    }
    submit = f"{playground.url}/_conversation/v1/submit"
    async with playground.session.post(submit, json=press) as response:
        assert response.status == 200, await response.text()
    action = {"type": "Action.Execute", "verb": "help", "data": {}}
    execute = {**press, "name": "adaptiveCard/action", "value": {"action": action}}
    invoke = f"{playground.url}/_conversation/v1/invoke"
    async with playground.session.post(invoke, json=execute) as response:
        assert response.status == 200, await response.text()
        assert "AdaptiveCard" in await response.text()
    pressed = await playground.heard("help please")
    assert pressed.to_bot
    assert pressed.private
