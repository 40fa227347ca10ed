"""The processes of a crash test: stand-ins that stay, nodes that are killed, and a proxy."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from tests.support.city_seeds import SIGNING_SECRET

ROOT = Path(__file__).resolve().parent.parent.parent
HOST = "127.0.0.1"
READY_WITHIN = 40.0
SECRET_KEYS = "a-key-for-the-crash-test-that-is-long-enough"


def free_port() -> int:
    """A port that nobody uses at the moment."""
    with socket.socket() as found:
        found.bind((HOST, 0))
        port: int = found.getsockname()[1]
        return port


@dataclass
class Started:
    """A process of ours, with its output in a file."""

    name: str
    words: Sequence[str]
    folder: Path
    settings: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{HOST}:{self.port}"

    @property
    def lives(self) -> bool:
        """Whether it runs."""
        return self.process is not None and self.process.poll() is None

    @property
    def log(self) -> Path:
        """What it has said."""
        return self.folder / f"{self.name}.log"

    def start(self) -> None:
        """Start it; `ready` waits until it answers."""
        command = [sys.executable, "-m", "tests.soak.in_time", str(self.folder / "time")]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*command, *self.words],
                cwd=ROOT,
                env={**os.environ, **self.settings},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def kill(self) -> None:
        """End it at once, at whatever instruction it is."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.process = None

    def check(self) -> None:
        """Fail when it ended without being killed."""
        if self.process is not None and not self.lives:
            raise AssertionError(f"{self.name} ended by itself:\n{self.log.read_text()[-3000:]}")

    async def ready(self, session: aiohttp.ClientSession, path: str) -> None:
        """Return when it answers at a path."""
        until = time.monotonic() + READY_WITHIN
        while time.monotonic() < until:
            self.check()
            try:
                async with session.get(self.url + path) as answer:
                    if answer.status == 200:
                        return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.02)
        raise AssertionError(f"{self.name} did not answer:\n{self.log.read_text()[-3000:]}")


def node(name: str, folder: Path, database_url: str, slack: "Started", base_url: str) -> Started:
    """A node of the exchange, not started yet."""
    port = free_port()
    settings = node_settings(database_url, slack.url, base_url)
    words = ("service", "serve", "--port", str(port))
    return Started(name, words, folder, settings, port)


def node_settings(database_url: str, slack_url: str, base_url: str) -> dict[str, str]:
    """What an operator would set."""
    return {
        "EXCHANGE_DATABASE_URL": database_url,
        "EXCHANGE_SECRET_KEYS": SECRET_KEYS,
        "EXCHANGE_BASE_URL": base_url,
        "SLACK_SIGNING_SECRET": SIGNING_SECRET,
        "SLACK_API_URL": f"{slack_url}/api/",
        "TEAMS_SERVICE_HOSTS": "127.0.0.1",
    }


def stand_in(kind: str, folder: Path, seed: dict[str, Any], events_url: str) -> Started:
    """A stand-in, not started yet."""
    file = folder / f"{kind}.json"
    file.write_text(json.dumps(seed))
    port = free_port()
    return Started(kind, (kind, str(file), events_url, str(port)), folder, {}, port)


class Proxy:
    """Sends webhooks to any node that lives; one that dies meanwhile is replaced by the next.

    As a reverse proxy does that may try the next server (nginx: proxy_next_upstream error
    non_idempotent). With no node alive it answers 502.
    """

    def __init__(self, nodes: Sequence[Started]) -> None:
        self._nodes = nodes
        self._next = 0
        self.tried_again: set[str] = set()
        self._runner: web.AppRunner | None = None
        self._session: aiohttp.ClientSession | None = None
        self.port = free_port()

    @property
    def url(self) -> str:
        """Where platforms reach the exchange."""
        return f"http://{HOST}:{self.port}"

    async def start(self) -> None:
        """Listen."""
        self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_route("*", "/{path:.*}", self._pass_on)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, HOST, self.port).start()

    async def stop(self) -> None:
        """Stop listening."""
        if self._runner is not None:
            await self._runner.cleanup()
        if self._session is not None:
            await self._session.close()

    async def _pass_on(self, request: web.Request) -> web.Response:
        body = await request.read()
        headers = {k: v for k, v in request.headers.items() if k.lower() != "host"}
        for _ in self._nodes:
            chosen = self._nodes[self._next % len(self._nodes)]
            self._next += 1
            if not chosen.lives or self._session is None:
                continue
            try:
                async with self._session.request(
                    request.method, f"{chosen.url}{request.path_qs}", data=body, headers=headers
                ) as answer:
                    given = await answer.read()
                    kind = answer.content_type
                    return web.Response(body=given, status=answer.status, content_type=kind)
            except aiohttp.ClientError:
                self.tried_again.add(_activity_id(body))
                continue
        return web.Response(status=502)


def _activity_id(body: bytes) -> str:
    told = json.loads(body or b"{}")
    return str(told.get("id", ""))
