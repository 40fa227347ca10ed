"""A bounded number of things done side by side."""

import asyncio
from collections.abc import Coroutine
from typing import Any


class Slots:
    """Runs at most `limit` coroutines at once. A coroutine must handle its own failures."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._running: set[asyncio.Task[None]] = set()
        self._freed = asyncio.Event()

    @property
    def free(self) -> int:
        """How many more may start now."""
        return self._limit - len(self._running)

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Start one; the caller has seen that a slot is free."""
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._freed.set()

    async def wait_free(self) -> None:
        """Return when at least one more may start."""
        while self.free <= 0:
            self._freed.clear()
            await self._freed.wait()

    async def drain(self) -> None:
        """Return when everything that was started has ended."""
        while self._running:
            await asyncio.wait(self._running)
