"""One time for many processes, which may pass faster than it really does.

A crash test waits for real retries, leases, rates and outages; none of them is shortened. Instead
time itself is quick: every clock, timer and timeout of a process follows a file.
"""

import asyncio
import json
import os
import selectors
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

from typing_extensions import override

from service.clock import Clock

LONGEST_NAP = 0.02
"""Real seconds after which a sleeping process looks whether time passes differently now."""


class TimeFile:
    """What time it is: a moment, and how fast time has passed since then."""

    def __init__(self, path: Path) -> None:
        """The file need not exist before `write`."""
        self._path = path
        self._read: tuple[int, int] = (0, 0)
        self._then, self._moment, self._rate = 0.0, 0.0, 1.0

    def seconds(self) -> float:
        """Seconds since 1970, as this file counts them."""
        self._look()
        return self._moment + (time.monotonic() - self._then) * self._rate

    @property
    def rate(self) -> float:
        """How many seconds pass in a real one."""
        self._look()
        return self._rate

    def write(self, *, rate: float, moment: float | None = None) -> None:
        """Let time pass at this rate from now on, without a jump unless `moment` says so."""
        start = self.seconds() if moment is None else moment
        fresh = self._path.with_suffix(".new")
        fresh.write_text(json.dumps([time.monotonic(), start, rate]))
        os.replace(fresh, self._path)

    def jump(self, seconds: float) -> None:
        """Let it be later at once."""
        self.write(rate=self.rate, moment=self.seconds() + seconds)

    def _look(self) -> None:
        about = os.stat(self._path)
        seen = (about.st_mtime_ns, about.st_ino)
        if seen != self._read:
            self._then, self._moment, self._rate = json.loads(self._path.read_text())
            self._read = seen


class FileClock(Clock):
    """The service's clock, following a time file."""

    def __init__(self, file: TimeFile) -> None:
        super().__init__()
        self._file = file

    @override
    def __call__(self) -> datetime:
        return datetime.fromtimestamp(self._file.seconds(), UTC) + self._ahead


class _Naps(selectors.DefaultSelector):
    """Waits in real time for what the event loop counts in the file's time."""

    def __init__(self, file: TimeFile) -> None:
        super().__init__()
        self._file = file

    @override
    def select(self, timeout: float | None = None) -> Any:
        if timeout is not None and timeout > 0:
            timeout = min(timeout / self._file.rate, LONGEST_NAP)
        return super().select(LONGEST_NAP if timeout is None else timeout)


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self, file: TimeFile) -> None:
        self._file = file
        super().__init__(_Naps(file))

    @override
    def time(self) -> float:
        return self._file.seconds()


class TimePolicy(asyncio.DefaultEventLoopPolicy):
    """Makes event loops whose timers follow a time file."""

    def __init__(self, file: TimeFile) -> None:
        super().__init__()
        self._file = file

    @override
    def new_event_loop(self) -> asyncio.AbstractEventLoop:
        return _Loop(self._file)


class JobsInTime:
    """In place of `service.scheduler.Scheduler`, whose library reads the system's clock."""

    def __init__(self, jobs: Any) -> None:
        self._jobs = tuple(jobs)
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Start doing the jobs."""
        self._tasks = [asyncio.create_task(self._keep_doing(job)) for job in self._jobs]

    def stop(self) -> None:
        """Start nothing any more."""
        for task in self._tasks:
            task.cancel()

    async def _keep_doing(self, job: Any) -> None:
        from service.scheduler import _guarded

        every: timedelta = job.every
        if not job.at_start:
            await asyncio.sleep(every.total_seconds())
        while True:
            await _guarded(job)
            await asyncio.sleep(every.total_seconds())


def follow(path: Path) -> Callable[[], datetime]:
    """Let this process, which has started nothing yet, follow a time file. Gives its clock."""
    import service.clock

    file = TimeFile(path)
    asyncio.set_event_loop_policy(TimePolicy(file))
    clock = FileClock(file)
    patch.object(service.clock, "Clock", lambda: clock).start()
    # Only now: it reads the clock's name when it is loaded.
    import service.exchange

    patch.object(service.exchange, "Scheduler", JobsInTime).start()
    return clock
