"""Workers are kept running, and end in time; jobs outlive their own failures."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from core.ids import PlatformName
from service import supervision
from service.clock import Clock
from service.metrics import Metrics
from service.scheduler import Job, Scheduler
from service.supervision import Supervisor
from service.traces import QUEUE_SIZE, Traces


class Worker:
    def __init__(self, fails: int = 0, *, deaf: bool = False) -> None:
        self.fails = fails
        self.deaf = deaf
        self.runs = 0
        self.stopping = asyncio.Event()
        self.finished = False

    async def run(self) -> None:
        self.runs += 1
        if self.runs <= self.fails:
            raise RuntimeError("a defect")
        await self.stopping.wait()
        if self.deaf:
            await asyncio.Event().wait()
        self.finished = True

    def stop(self) -> None:
        self.stopping.set()


async def until(check: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not check():  # noqa: ASYNC110 - nothing there signals
            await asyncio.sleep(0.001)


async def test_a_worker_that_fails_is_started_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervision, "PAUSE_AFTER_FAILURE", 0.05)
    broken, sound = Worker(fails=2), Worker()
    supervisor = Supervisor([("broken", broken), ("sound", sound)])
    assert supervisor.trouble
    supervisor.start()
    await until(lambda: "broken" in supervisor.trouble)
    await until(lambda: broken.runs == 3)
    assert supervisor.trouble == ""
    assert sound.runs == 1
    assert await supervisor.stop(5)
    assert broken.finished
    assert sound.finished


async def test_what_does_not_end_is_ended() -> None:
    deaf, sound = Worker(deaf=True), Worker()
    supervisor = Supervisor([("deaf", deaf), ("sound", sound)])
    supervisor.start()
    await until(lambda: deaf.runs == 1 and sound.runs == 1)
    assert not await supervisor.stop(0.05)
    assert sound.finished
    assert not deaf.finished


async def test_a_job_runs_at_the_start_and_again_after_a_failure() -> None:
    runs: list[int] = []

    async def job() -> None:
        runs.append(1)
        raise RuntimeError("a defect")

    async def never() -> None:
        raise AssertionError("not due")

    do: Callable[[], Awaitable[object]] = job
    every = timedelta(milliseconds=20)
    scheduler = Scheduler(
        [Job("often", every, do, at_start=True), Job("later", timedelta(hours=1), never)]
    )
    scheduler.start()
    await until(lambda: len(runs) >= 3)
    scheduler.stop()


async def test_traces_reach_who_listens_and_never_wait() -> None:
    traces = Traces()
    metrics = Metrics(Clock(), traces)
    metrics.note("received", "nobody listens")
    subscription = traces.subscribe()
    for number in range(QUEUE_SIZE + 1):
        metrics.note("stored", str(number), lane="a")
    first = await anext(aiter(subscription))
    assert (first["stage"], first["key"], first["lane"]) == ("stored", "1", "a")
    subscription.close()
    Metrics(Clock()).note("stored", "no traces here")
    metrics.received(PlatformName("slack"))


def test_the_clock_is_aware_and_can_be_moved() -> None:
    clock = Clock()
    before = clock()
    clock.advance(timedelta(days=1))
    assert before.utcoffset() == timedelta()
    assert clock() - before >= timedelta(days=1)
