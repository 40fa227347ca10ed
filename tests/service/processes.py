"""Runs `python -m service` as people do: in a process of its own, in a folder of its own."""

import asyncio
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
START = 60.0
"""Seconds for a start on a busy machine; what it takes on an idle one is measured elsewhere."""


def environment(**settings: str) -> dict[str, str]:
    """The environment of a process: nothing of the developer's, and these settings."""
    return {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error", **settings}


def run_service(folder: Path, *words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run one command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "service", *words],
        cwd=folder,
        env=environment(**settings),
        capture_output=True,
        text=True,
        timeout=START,
        check=False,
    )


def answer_of(folder: Path, *words: str, **settings: str) -> Any:
    """Run one command with --json and read its answer."""
    done = run_service(folder, *words, "--json", **settings)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


async def answered(folder: Path, *words: str, **settings: str) -> Any:
    """The same, without holding up the event loop of the test."""
    return await asyncio.to_thread(lambda: answer_of(folder, *words, **settings))


class Serve:
    """A running `serve`: wait for `ready`, then talk to `url`."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.lines: list[str] = []
        self.url = ""
        self.sandbox_url = ""

    @classmethod
    async def start(cls, folder: Path, **settings: str) -> "Serve":
        """Start it on a free port, and wait until it is ready."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "service",
            "serve",
            cwd=folder,
            env=environment(**{"EXCHANGE_PORT": "0", **settings}),
            stderr=asyncio.subprocess.PIPE,
        )
        serve = cls(process)
        async with asyncio.timeout(START):
            await serve._until("Ready")
        return serve

    async def _until(self, words: str) -> None:
        assert self.process.stderr is not None
        while True:
            line = (await self.process.stderr.readline()).decode()
            assert line, "\n".join(self.lines)
            self.lines.append(line.rstrip())
            if found := re.search(r"Listening on (\S+)", line):
                self.url = found[1]
            if found := re.search(r"browser: (\S+)", line):
                self.sandbox_url = found[1]
            if words in line:
                return

    async def stop_at_once(self) -> int:
        """SIGTERM twice, the second time while the first is being obeyed, and the exit code."""
        self.process.terminate()
        async with asyncio.timeout(START):
            await self._until("Stopping")
            self.process.terminate()
            return await self.process.wait()

    async def stop(self) -> int:
        """SIGTERM, and the exit code."""
        if self.process.returncode is None:
            self.process.terminate()
        async with asyncio.timeout(START):
            _, rest = await self.process.communicate()
        self.lines += rest.decode().splitlines()
        return self.process.returncode or 0
