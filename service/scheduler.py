"""What is done at intervals. The jobs stand in code; what is due stands in the database."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.asyncio import AsyncIOScheduler

logger = logging.getLogger(__name__)

GRACE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Job:
    """Something to do every so often. It must be harmless to do it on every node, or twice."""

    name: str
    every: timedelta
    do: Callable[[], Awaitable[object]]
    at_start: bool = False


class Scheduler:
    """Runs the jobs on the event loop, each at most once at a time, a missed one once."""

    def __init__(self, jobs: Sequence[Job]) -> None:
        self._jobs = tuple(jobs)
        self._scheduler = AsyncIOScheduler(
            jobstores={"default": MemoryJobStore()},
            job_defaults={
                "coalesce": True,
                "max_instances": 1,
                "misfire_grace_time": GRACE_SECONDS,
            },
            timezone=UTC,
        )

    def start(self) -> None:
        """Start the clock; jobs marked `at_start` run at once. Needs a running event loop."""
        now = datetime.now(UTC)
        for job in self._jobs:
            self._scheduler.add_job(
                _guarded,
                "interval",
                args=[job],
                seconds=job.every.total_seconds(),
                id=job.name,
                replace_existing=True,
                next_run_time=now if job.at_start else now + job.every,
            )
        self._scheduler.start()

    def stop(self) -> None:
        """Start nothing any more. A job that runs is cancelled: each can be done again."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)


async def _guarded(job: Job) -> None:
    try:
        await job.do()
    except Exception:  # the next run may do better; the operator reads why in the log
        logger.exception("The job %s failed and will run again later", job.name)
