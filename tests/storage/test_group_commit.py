"""Callers share a batch, one bad item costs nobody else, and cancelling leaves nothing broken."""

import asyncio
import random
from collections.abc import Sequence

from core.channels import ChannelKind
from storage.database import Database
from storage.errors import DatabaseUnreachable
from storage.group_commit import GroupCommit


class Writer:
    """Doubles numbers, a batch at a time; fails on some."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.batches: list[list[int]] = []
        self.started = asyncio.Event()
        self.failure = failure

    async def __call__(self, items: Sequence[int]) -> Sequence[int]:
        self.batches.append(list(items))
        self.started.set()
        await asyncio.sleep(0)
        if self.failure is not None and 13 in items:
            raise self.failure
        return [2 * item for item in items]


async def test_a_batch_grows_while_the_one_before_is_written() -> None:
    writer = Writer()
    group: GroupCommit[int, int] = GroupCommit(writer, limit=4)
    first = asyncio.create_task(group.put(0))
    await writer.started.wait()
    assert await asyncio.gather(first, *(group.put(n) for n in range(1, 7))) == [
        0, 2, 4, 6, 8, 10, 12,
    ]  # fmt: skip
    assert writer.batches == [[0], [1, 2, 3, 4], [5, 6]]
    await group.close()


async def test_one_bad_item_costs_nobody_else() -> None:
    group: GroupCommit[int, int] = GroupCommit(Writer(ValueError("thirteen")))
    results = await asyncio.gather(*(group.put(n) for n in (1, 13, 2)), return_exceptions=True)
    assert results[0] == 2
    assert isinstance(results[1], ValueError)
    assert results[2] == 4


async def test_an_unreachable_database_is_asked_once() -> None:
    writer = Writer(DatabaseUnreachable("gone"))
    group: GroupCommit[int, int] = GroupCommit(writer)
    results = await asyncio.gather(*(group.put(n) for n in (1, 13, 2)), return_exceptions=True)
    assert all(isinstance(result, DatabaseUnreachable) for result in results)
    assert len(writer.batches) == 1


async def test_cancelled_units_leave_nothing_behind(database: Database) -> None:
    chance = random.Random(7)  # noqa: S311 - it only picks moments

    async def write(slug: str) -> None:
        async with database.unit() as unit:
            await unit.channels.add(slug, "Name", ChannelKind.TOPIC)
            await unit.channels.by_slug("anything")

    for number in range(40):
        task = asyncio.create_task(write(f"cut-off-{number}"))
        for _ in range(chance.randrange(12)):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        async with asyncio.timeout(10):
            await write(f"after-{number}")
    async with database.view() as unit:
        kept = [channel.slug for channel in await unit.channels.list()]
    assert sum(slug.startswith("after-") for slug in kept) == 40
