"""The exchange's jobs, run when a test says so."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from service.scheduler import Job


class JobsByHand:
    """In place of the scheduler: jobs run when the rig's clock says so, and never by themselves."""

    def __init__(self, jobs: Sequence[Job]) -> None:
        self.jobs = {job.name: job for job in jobs}
        self._first: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Run what runs at the start."""
        self._first = asyncio.create_task(self._run_first())

    def stop(self) -> None:
        """Nothing runs by itself."""
        if self._first is not None:
            self._first.cancel()

    async def _run_first(self) -> None:
        for job in self.jobs.values():
            if job.at_start:
                await job.do()

    async def settle(self) -> None:
        """Wait for what runs at the start."""
        if self._first is not None:
            await self._first
