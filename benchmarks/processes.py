"""The processes that take part in a measurement: both stand-ins, and the exchange itself."""

import asyncio
import json
import os
import socket
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import aiohttp
import psutil

ROOT = Path(__file__).resolve().parent.parent
SIGNING_SECRET = "measured-with-care"  # noqa: S105 - only local stand-ins know it
_START_SECONDS = 60.0
_STOP_SECONDS = 25.0
_LOOK_AGAIN = 0.02


class ProcessFailed(Exception):
    """A process that takes part has ended or does not answer; the text holds its last words."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One request as a stand-in received it. `at` is in seconds of the wall clock."""

    at: float
    workspace: str
    method: str
    conversation: str
    status: int
    body: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class StandIn:
    """A running stand-in, as the measuring process sees it."""

    url: str
    session: aiohttp.ClientSession

    async def received(self) -> int:
        """How many requests it has received so far."""
        return int((await self._journal(10**9))["next"])

    async def entries(self, since: int) -> list[Entry]:
        """What it received, from this number on."""
        found = (await self._journal(since))["entries"]
        return [_entry_of(each) for each in found]

    async def wait_received(self, number: int, seconds: float) -> None:
        """Return when so many requests have arrived; ProcessFailed after so many seconds."""
        deadline = time.monotonic() + seconds
        while await self.received() < number:
            if time.monotonic() > deadline:
                raise ProcessFailed(f"only {await self.received()} of {number} requests arrived")
            await asyncio.sleep(_LOOK_AGAIN)

    async def wait_quiet(self, seconds: float = 0.7) -> None:
        """Return when nothing has arrived for so long."""
        known, since = await self.received(), time.monotonic()
        while time.monotonic() - since < seconds:
            await asyncio.sleep(0.1)
            now = await self.received()
            if now != known:
                known, since = now, time.monotonic()

    async def faults(self, workspaces: Sequence[str], **faults: Any) -> None:
        """Make workspaces misbehave, or well again."""
        for workspace in workspaces:
            body = {"workspace": workspace, **faults}
            async with self.session.post(f"{self.url}/control/faults", json=body) as answer:
                if answer.status != 200:
                    raise ProcessFailed(f"the stand-in refused faults: {await answer.text()}")

    async def _journal(self, since: int) -> dict[str, Any]:
        url = f"{self.url}/control/journal?since={since}"
        async with self.session.get(url) as answer:
            found: dict[str, Any] = json.loads(await answer.read())
            return found


def _entry_of(given: Mapping[str, Any]) -> Entry:
    return Entry(
        at=datetime.fromisoformat(given["at"]).timestamp(),
        workspace=given["workspace"],
        method=given["method"],
        conversation=given["conversation"],
        status=given["status"],
        body=given["body"],
    )


@dataclass(frozen=True, slots=True)
class Serving:
    """A running `python -m service serve`."""

    url: str
    process: asyncio.subprocess.Process
    ready_after: float

    def memory(self) -> int:
        """Resident bytes now."""
        return int(psutil.Process(self.process.pid).memory_info().rss)


def free_port() -> int:
    """A port that nobody uses at the moment."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


@asynccontextmanager
async def stand_in(
    platform: str,
    seed: Mapping[str, Any],
    session: aiohttp.ClientSession,
    *,
    port: int = 0,
    bodies: bool = False,
) -> AsyncIterator[StandIn]:
    """A stand-in in a process of its own: no rates, no events, no bodies kept unless asked."""
    with tempfile.TemporaryDirectory(prefix="exchange-bench-") as folder:
        file = Path(folder) / "seed.json"
        file.write_text(json.dumps(seed), encoding="utf-8")
        words = ["--port", str(port), "--seed", str(file), "--no-pace"]
        words += [] if bodies else ["--no-bodies"]
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            f"integrations.sandbox.{platform}",
            *words,
            cwd=ROOT,
            env=_clean_environment({}),
            stdout=asyncio.subprocess.PIPE,
        )
        try:
            ready = await _first_line(process)
            yield StandIn(str(ready.get("base_url") or ready["url"]).rstrip("/"), session)
        finally:
            await _stop(process)


async def _first_line(process: asyncio.subprocess.Process) -> dict[str, Any]:
    if process.stdout is None:
        raise ProcessFailed("the stand-in has no output to read")
    async with asyncio.timeout(_START_SECONDS):
        line = await process.stdout.readline()
    if not line:
        raise ProcessFailed("the stand-in did not start")
    found: dict[str, Any] = json.loads(line)
    return found


@asynccontextmanager
async def serving(
    database_url: str, slack_url: str, session: aiohttp.ClientSession, folder: Path
) -> AsyncIterator[Serving]:
    """The exchange in a process of its own, ready; its log is kept in the folder."""
    port = free_port()
    settings = {
        "EXCHANGE_DATABASE_URL": database_url,
        "EXCHANGE_HOST": "127.0.0.1",
        "EXCHANGE_PORT": str(port),
        "EXCHANGE_SECRET_KEYS": "a key for measuring",
        "EXCHANGE_LOG_LEVEL": "warning",
        "SLACK_SIGNING_SECRET": SIGNING_SECRET,
        "SLACK_API_URL": f"{slack_url}/api/",
    }
    log = folder / "serve.log"
    started = time.monotonic()
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "service",
            "serve",
            cwd=ROOT,
            env=_clean_environment(settings),
            stdout=output,
            stderr=output,
        )
    try:
        url = f"http://127.0.0.1:{port}"
        await _wait_ready(process, url, session, log)
        yield Serving(url, process, time.monotonic() - started)
    finally:
        await _stop(process)


async def _wait_ready(
    process: asyncio.subprocess.Process, url: str, session: aiohttp.ClientSession, log: Path
) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if process.returncode is not None:
            raise ProcessFailed(f"the exchange did not start:\n{_tail(log)}")
        try:
            async with session.get(f"{url}/readyz") as answer:
                if answer.status == 200:
                    return
        except aiohttp.ClientError:
            pass  # it does not listen yet
        await asyncio.sleep(_LOOK_AGAIN)
    raise ProcessFailed(f"the exchange was not ready in time:\n{_tail(log)}")


def _tail(log: Path) -> str:
    return log.read_text("utf-8", errors="replace")[-3_000:]


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        async with asyncio.timeout(_STOP_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


def _clean_environment(settings: Mapping[str, str]) -> dict[str, str]:
    """This environment without anybody's own configuration of the exchange."""
    ours = ("EXCHANGE_", "SLACK_", "TEAMS_", "LLM_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return {**kept, **settings}
