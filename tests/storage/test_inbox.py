"""Events are kept once, handed out in order, and handled under a claim."""

import asyncio
from datetime import timedelta

import pytest

from core.channels import ChannelKind
from core.ids import Lane
from storage.database import Database
from storage.errors import ClaimLost
from storage.inbox import MOST_ATTEMPTS, InboxItem
from tests.storage.conftest import Clock, OpenDatabase
from tests.storage.statements import count_statements
from tests.storage.world import LEASE, World, received

HERE, THERE = "slack:T0:C0", "slack:T0:C1"


async def done(database: Database, *items: InboxItem) -> None:
    for item in items:
        async with database.unit() as unit:
            await unit.inbox_done(item, "published")


async def test_a_redelivered_event_changes_nothing(database: Database, clock: Clock) -> None:
    assert await database.inbox.put(received(1, clock())) is True
    assert await database.inbox.put(received(1, clock())) is False
    (item,) = await database.inbox.claim(10, LEASE)
    assert item.payload == {"number": 1}
    await done(database, item)
    assert await database.inbox.put(received(1, clock())) is False
    assert await database.inbox.claim(10, LEASE) == []


async def test_the_same_event_twice_in_one_batch(database: Database, clock: Clock) -> None:
    answers = await asyncio.gather(*(database.inbox.put(received(1, clock())) for _ in range(5)))
    assert sorted(answers) == [False] * 4 + [True]


async def test_hostile_text_is_kept(database: Database, clock: Clock) -> None:
    event = received(1, clock(), lane="slack:T0:nul\x00 half \ud800")
    payload = {"text": "nul \x00, half a pair \ud83d, whole 😀"}
    object.__setattr__(event, "payload", payload)
    assert await database.inbox.put(event)
    (item,) = await database.inbox.claim(10, LEASE)
    assert item.payload == payload
    assert item.lane == "slack:T0:nul\ufffd half \ufffd"
    await done(database, item)


async def test_one_at_a_time_in_order_within_a_lane(database: Database, clock: Clock) -> None:
    start = clock()
    for number in (3, 1, 2):
        await database.inbox.put(received(number, start + timedelta(seconds=number), lane=HERE))
    await database.inbox.put(received(9, start, lane=THERE))
    here, there = sorted(await database.inbox.claim(10, LEASE), key=lambda item: item.lane)
    assert (here.payload, there.payload) == ({"number": 1}, {"number": 9})
    await database.inbox.put(received(0, start, lane=HERE))
    assert await database.inbox.claim(10, LEASE) == []
    await done(database, here)
    (next_one,) = await database.inbox.claim(10, LEASE)
    assert next_one.payload == {"number": 0}


async def test_several_of_a_lane_in_one_claim(database: Database, clock: Clock) -> None:
    for number in range(5):
        await database.inbox.put(received(number, clock()))
    items = await database.inbox.claim(10, LEASE, per_lane=3)
    assert [item.payload["number"] for item in items] == [0, 1, 2]
    await done(database, items[0])
    assert await database.inbox.claim(10, LEASE) == []
    await database.inbox.retry(items[1], "busy", clock() + timedelta(seconds=1))
    with pytest.raises(ClaimLost):
        await done(database, items[2])
    clock.forward(1)
    again = await database.inbox.claim(10, LEASE, per_lane=3)
    assert [(item.payload["number"], item.attempts) for item in again] == [(1, 1), (2, 0), (3, 0)]
    await done(database, *again)
    assert [i.payload["number"] for i in await database.inbox.claim(10, LEASE)] == [4]


async def test_a_failing_event_waits_and_is_set_aside_at_last(
    database: Database, clock: Clock
) -> None:
    await database.inbox.put(received(1, clock()))
    await database.inbox.put(received(2, clock()))
    for attempt in range(1, MOST_ATTEMPTS + 1):
        (item,) = await database.inbox.claim(10, LEASE)
        assert item.payload == {"number": 1}
        again = await database.inbox.retry(item, "no", clock() + timedelta(seconds=9))
        assert again is (attempt < MOST_ATTEMPTS)
        if again:
            await database.inbox.put(received(10 + attempt, clock()))
            assert await database.inbox.claim(10, LEASE) == []
            assert await database.inbox.next_due() == clock() + timedelta(seconds=9)
            clock.forward(9)
    (item,) = await database.inbox.claim(10, LEASE)
    assert item.payload == {"number": 2}


async def test_a_held_lane_gives_nothing(database: Database, clock: Clock) -> None:
    await database.inbox.hold(Lane(HERE), clock() + timedelta(seconds=60))
    await database.inbox.put(received(1, clock(), lane=HERE))
    assert await database.inbox.claim(10, LEASE) == []
    await database.inbox.release(Lane(HERE))
    (item,) = await database.inbox.claim(10, LEASE)
    await database.inbox.hold(Lane(HERE), clock() + timedelta(seconds=60))
    await database.inbox.put(received(2, clock(), lane=HERE))
    await done(database, item)
    assert await database.inbox.claim(10, LEASE) == []
    clock.forward(61)
    assert await database.inbox.claim(10, LEASE) == []
    assert await database.inbox.held_before(clock()) == {Lane(HERE)}
    await database.inbox.release(Lane(HERE))
    assert len(await database.inbox.claim(10, LEASE)) == 1


async def test_a_claim_that_ran_out_is_lost(database: Database, clock: Clock) -> None:
    await database.inbox.put(received(1, clock()))
    (late,) = await database.inbox.claim(10, LEASE)
    clock.forward(31)
    (now,) = await database.inbox.claim(10, LEASE)
    assert now.id == late.id
    with pytest.raises(ClaimLost):
        await done(database, late)
    with pytest.raises(ClaimLost):
        await database.inbox.retry(late, "no", clock())
    await done(database, now)


async def test_nothing_of_a_unit_is_kept_when_its_claim_is_lost(
    database: Database, clock: Clock
) -> None:
    await database.inbox.put(received(1, clock()))
    (late,) = await database.inbox.claim(10, LEASE)
    clock.forward(31)
    await database.inbox.claim(10, LEASE)

    async def handle() -> None:
        async with database.unit() as unit:
            await unit.channels.add("lost", "Lost", ChannelKind.TOPIC)
            await unit.inbox_done(late, "published")

    with pytest.raises(ClaimLost):
        await handle()
    async with database.view() as unit:
        assert await unit.channels.by_slug("lost") is None


async def test_pruned_events_are_still_known(database: Database, clock: Clock) -> None:
    await database.inbox.put(received(1, clock()))
    await done(database, *await database.inbox.claim(10, LEASE))
    clock.forward(60)
    assert await database.inbox.prune(clock()) == 1
    assert await database.inbox.prune(clock()) == 0
    assert await database.inbox.put(received(1, clock())) is False


async def test_a_burst_shares_transactions(database: Database, clock: Clock) -> None:
    with count_statements(database) as counted:
        new = await asyncio.gather(
            *(database.inbox.put(received(n, clock(), lane=f"lane {n % 7}")) for n in range(300))
        )
    assert new == [True] * 300
    assert counted.commits <= 3


async def test_waiters_are_woken(database: Database, clock: Clock) -> None:
    waiting = asyncio.create_task(database.signals.inbox.wait(10))
    await database.inbox.put(received(1, clock()))
    assert await waiting is True
    assert await database.signals.inbox.wait(0.01) is False


async def test_workers_keep_the_order_of_every_lane(
    open_database: OpenDatabase, clock: Clock
) -> None:
    """Several workers on each of two connections' worth of databases, arrivals meanwhile."""
    first, second = await open_database("one"), await open_database("two")
    total = 120
    handled: list[tuple[str, int]] = []

    async def arrive() -> None:
        for number in range(total):
            await first.inbox.put(received(number, clock(), lane=f"lane {number % 5}"))

    async def work(database: Database) -> None:
        while len(handled) < total:
            items = await database.inbox.claim(2, LEASE)
            if not items:
                await asyncio.sleep(0.005)
            for item in items:
                async with database.unit() as unit:
                    await unit.inbox_done(item, "published")
                handled.append((item.lane, item.payload["number"]))

    async with asyncio.timeout(60):
        await asyncio.gather(arrive(), *(work(each) for each in (first, second, first, second)))
    by_lane: dict[str, list[int]] = {}
    for lane, number in handled:
        by_lane.setdefault(lane, []).append(number)
    assert sum(map(len, by_lane.values())) == total
    assert all(numbers == sorted(numbers) for numbers in by_lane.values())


async def test_a_gap_that_is_not_filled_yet_is_not_forgotten(
    database: Database, clock: Clock
) -> None:
    here = await World.make(database, clock, links=1)
    link, lane = here.links[0].id, here.links[0].lane

    async def seen_after(message: str) -> str:
        async with database.unit() as unit:
            await unit.links.set_last_seen(link, message)
            found = await unit.links.get(link)
        assert found is not None
        return found.last_seen

    assert await seen_after("1.0") == "1.0"
    await database.inbox.hold(lane, clock())
    assert await seen_after("2.0") == "1.0"
    await database.inbox.release(lane)
    assert await seen_after("3.0") == "3.0"
