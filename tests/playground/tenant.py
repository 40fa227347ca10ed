"""Microsoft's Agents Playground as a process: one tenant, one team, one person who types."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

Json = dict[str, Any]

START = 60.0
"""Seconds for a start on a busy machine."""

DEADLINE = 15.0
"""Seconds after which what should have been shown has not."""

BOT = {"id": "28:exchange", "name": "Mayoral Exchange"}
_OUR_SIDE = "User Application"


@dataclass(frozen=True, slots=True)
class TenantSeed:
    """A tenant with its team. `person` is who types."""

    key: str
    number: int
    team_name: str
    person: str

    @property
    def tenant(self) -> str:
        """The tenant's id."""
        return f"{self.number:08}-0000-4000-8000-000000000000"

    @property
    def team(self) -> str:
        """The team's id, which is its General channel's too."""
        return f"19:{self.key}@thread.tacv2"

    @property
    def housing(self) -> str:
        """The channel that is shared."""
        return f"19:{self.key}-housing@thread.tacv2"

    @property
    def personal(self) -> str:
        """The person's chat with the bot."""
        return f"a:{self.key}-personal"

    def config(self) -> str:
        """The Playground's configuration file; JSON is YAML too."""
        others = [self._user(number, f"Neighbour {number}") for number in range(1, 6)]
        return json.dumps(
            {
                "version": "0.1.1",
                "tenantId": self.tenant,
                "bot": BOT,
                "currentUser": self._user(0, self.person),
                "users": others,
                "personalChat": {"id": self.personal},
                "groupChat": {"id": f"19:{self.key}-group@thread.v2", "name": "Everybody"},
                "team": {
                    "id": self.team,
                    "name": self.team_name,
                    "aadGroupId": f"{self.number:08}-0000-4000-8000-0000000000ff",
                    "channels": [{"id": self.housing, "name": "Housing"}],
                },
            }
        )

    def _user(self, number: int, name: str) -> Json:
        first, _, last = name.partition(" ")
        address = f"{self.key}{number}@example.org"
        return {
            "id": f"29:{self.key}-{number}",
            "name": name,
            "userPrincipleName": address,
            "aadObjectId": f"{self.number:08}-0000-4000-8000-{number:012}",
            "givenName": first,
            "surname": last,
            "email": address,
        }


@dataclass
class Playground:
    """A running Playground: what its person does, what its page shows, what it was asked."""

    seed: TenantSeed
    url: str
    session: aiohttp.ClientSession
    page: list[Json] = field(default_factory=list)
    log: list[Json] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def service_url(self) -> str:
        """Its Bot Connector."""
        return f"{self.url}/_connector"

    @property
    def person(self) -> Json:
        """Who types."""
        return {"id": f"29:{self.seed.key}-0"}

    async def say(self, text: str, *, place: str = "", markdown: bool = False) -> str:
        """The person speaks to the bot in Housing or at `place`; gives the thread it stands in."""
        at = f"<at>{BOT['name']}</at>"
        mentions = [{"mentioned": {"id": BOT["id"]}, "text": at}]
        form = "markdown" if markdown else "plain"
        body = {"from": self.person, "textFormat": form, "text": f"{at} {text}"}
        where = place or self.seed.housing
        # A thread's first message is known by its time here, so nobody answers in the same moment.
        await asyncio.sleep(0.1)
        said = await self._post(
            f"_conversation/v1/conversations/{where}/messages", {**body, "mentions": mentions}
        )
        return str(said.get("postConversationId") or where)

    async def edit(self, thread: str, text: str) -> None:
        """The person changes the first message of a thread, as Teams tells it."""
        sent = await self.told(lambda body: thread == body.get("conversation", {}).get("id"))
        changed = {
            **sent,
            "type": "messageUpdate",
            "id": thread.partition(";messageid=")[2],
            "text": text,
            "entities": [],
            "channelData": {**sent["channelData"], "eventType": "editMessage"},
        }
        await self._post("_internal/v1/customActivities", changed)

    async def press(self, shown: Json, value: Json) -> None:
        """The person presses a button that submits."""
        await self._post("_conversation/v1/submit", {**self._at(shown), "value": value})

    async def execute(self, shown: Json, action: Json) -> Json:
        """The person presses a button that is answered with another card."""
        body = {**self._at(shown), "name": "adaptiveCard/action", "value": {"action": action}}
        return await self._post("_conversation/v1/invoke", body)

    def _at(self, shown: Json) -> Json:
        return {
            "conversation": {"id": shown["actionConversationId"]},
            "replyToId": shown["message"]["messageId"],
            "from": self.person,
        }

    async def _post(self, path: str, body: Json) -> Json:
        async with self.session.post(f"{self.url}/{path}", json=body) as response:
            text = await response.text()
            assert response.status == 200, text
        answer = json.loads(text) if text else {}
        return answer if isinstance(answer, dict) else {}

    async def shown(self, words: str, action: str = "createMessage") -> Json:
        """The change of its page that holds these words."""
        return await self._until(
            self.page, lambda one: one.get("action") == action and words in str(one)
        )

    async def told(self, wanted: Callable[[Json], bool]) -> Json:
        """The body of a request that it sent to us."""
        entry = await self._until(
            self.log,
            lambda one: one.get("from") != _OUR_SIDE and "request" in one and wanted(_body(one)),
        )
        return _body(entry)

    def asked(self, name: str = "") -> list[Json]:
        """What we have asked of it, with its answers; `name` is the activity's."""
        ours = [one for one in self.log if one.get("from") == _OUR_SIDE]
        return [one for one in ours if not name or one["activityName"] == name]

    def refused(self) -> list[Json]:
        """What we have asked of it in vain."""
        return [one for one in self.asked() if one["response"]["statusCode"] >= 400]

    async def _until(self, found: list[Json], wanted: Callable[[Json], bool]) -> Json:
        try:
            async with asyncio.timeout(DEADLINE):
                while True:
                    self.changed.clear()
                    for one in found:
                        if wanted(one):
                            return one
                    await self.changed.wait()
        except TimeoutError:
            raise AssertionError(f"not shown in {self.seed.key}; there is {found}") from None


def _body(entry: Json) -> Json:
    body = entry.get("request", {}).get("body")
    return body if isinstance(body, dict) else {}


@asynccontextmanager
async def running_playground(
    seed: TenantSeed, *, node: str, modules: Path, folder: Path, webhook: str, port: int
) -> AsyncIterator[Playground]:
    """Start it in front of a webhook, and wait until it answers."""
    config = folder / f"{seed.key}.yml"
    config.write_text(seed.config(), "utf-8")
    program = modules / "@microsoft" / "m365agentsplayground" / "cli.js"
    command = [node, str(program), "start", "--app-endpoint", webhook, "--port", str(port)]
    with (folder / f"{seed.key}.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *command,
            *("--channel-id", "msteams", "--disable-telemetry"),
            env={
                **os.environ,
                "TEAMSAPPTESTER_BROWSER": "none",
                "M365_AGENTS_PLAYGROUND_CONFIG_PATH": str(config),
                "M365_AGENTS_PLAYGROUND_LOGFILE": str(folder / f"{seed.key}-own.log"),
            },
            cwd=folder,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        async with aiohttp.ClientSession() as session:
            made = Playground(seed, f"http://localhost:{port}", session)
            await _ready(made)
            async with asyncio.TaskGroup() as group:
                readers = [
                    group.create_task(_read(made, path, target))
                    for path, target in (
                        ("_ws_conversation/v1/conversations/stream", made.page),
                        ("_ws/log/stream", made.log),
                    )
                ]
                yield made
                for reader in readers:
                    reader.cancel()
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        await process.wait()


async def _ready(made: Playground) -> None:
    async with asyncio.timeout(START):
        while True:
            try:
                async with made.session.get(f"{made.url}/_internal/v1/config") as response:
                    config = (await response.json())["config"]
            except aiohttp.ClientError:
                await asyncio.sleep(0.1)
                continue
            assert config["tenantId"] == made.seed.tenant
            return


async def _read(made: Playground, path: str, target: list[Json]) -> None:
    async with made.session.ws_connect(f"{made.url}/{path}") as stream:
        async for message in stream:
            told = json.loads(message.data)
            target.append(told.get("log", told))
            made.changed.set()


def free_ports(many: int) -> list[int]:
    """Ports that nobody listens on, each another."""
    with contextlib.ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(many)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]
