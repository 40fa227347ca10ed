"""Keeps the workers running, and knows when one is not."""

import asyncio
import logging
from collections.abc import Sequence
from typing import Protocol

logger = logging.getLogger(__name__)

PAUSE_AFTER_FAILURE = 1.0


class Worker(Protocol):
    """Works until it is told to stop, then finishes what it has in hand."""

    async def run(self) -> None:
        """Work until `stop`."""
        ...

    def stop(self) -> None:
        """Take on nothing new."""
        ...


class Supervisor:
    """Runs workers side by side. One that fails is logged and started again."""

    def __init__(self, workers: Sequence[tuple[str, Worker]]) -> None:
        """`workers`: each with its name, as the operator reads it."""
        self._workers = tuple(workers)
        self._down: dict[str, str] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._stopping = asyncio.Event()

    @property
    def trouble(self) -> str:
        """What does not run at the moment, or an empty text."""
        if not self._tasks:
            return "The workers have not been started." if not self._stopping.is_set() else ""
        names = ", ".join(sorted(self._down))
        return f"Stopped after an error, will be started again: {names}." if names else ""

    def start(self) -> None:
        """Start every worker."""
        self._tasks = [
            asyncio.create_task(self._keep_running(name, worker), name=name)
            for name, worker in self._workers
        ]

    async def stop(self, seconds: float) -> bool:
        """Let every worker finish; after so many seconds, end it. Returns whether all finished."""
        self._stopping.set()
        for _, worker in self._workers:
            worker.stop()
        if not self._tasks:
            return True
        _, late = await asyncio.wait(self._tasks, timeout=seconds)
        for task in late:
            logger.warning("Still busy at the end, ended: %s", task.get_name())
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        return not late

    async def _keep_running(self, name: str, worker: Worker) -> None:
        while not self._stopping.is_set():
            try:
                await worker.run()
            except Exception as error:  # whatever it was, the others and the next run go on
                self._down[name] = type(error).__name__
                logger.exception("The %s stopped after an error and will be started again", name)
                await self._pause()
                self._down.pop(name, None)
            else:
                return

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(PAUSE_AFTER_FAILURE):
                await self._stopping.wait()
        except TimeoutError:
            return
