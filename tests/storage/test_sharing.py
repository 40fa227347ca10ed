"""Many tasks and several nodes at once: no wake-up lost, no order broken, no deadlock."""

import asyncio
from collections import defaultdict

import pytest

from core.channels import ChannelKind
from core.deliveries import Claimed, DeliveryKind
from core.ids import DeliveryId, LinkId
from storage.database import Database
from tests.storage.conftest import Clock, OpenDatabase
from tests.storage.statements import count_statements
from tests.storage.world import LEASE, World, delivered

POSTS = 40
TOPIC = ChannelKind.TOPIC


class Deliverers:
    """Tasks that deliver until everything has arrived, and what they saw."""

    def __init__(self, expected: int) -> None:
        self.expected = expected
        self.arrived: dict[LinkId, list[DeliveryId]] = defaultdict(list)
        self.busy: set[LinkId] = set()

    @property
    def count(self) -> int:
        return sum(map(len, self.arrived.values()))

    async def run(self, database: Database) -> None:
        """Claim and deliver, woken only by signals once nothing is due."""
        while self.count < self.expected:
            claimed = await database.outbox.claim(3, 2, LEASE)
            if claimed:
                await asyncio.gather(*(self.deliver(database, each) for each in claimed))
            else:
                await database.signals.outbox.wait(0.2)

    async def deliver(self, database: Database, claimed: Claimed) -> None:
        assert claimed.link.id not in self.busy, "two have one conversation"
        self.busy.add(claimed.link.id)
        await asyncio.sleep(0)
        self.arrived[claimed.link.id] += [d.id for d in claimed.deliveries]
        self.busy.remove(claimed.link.id)
        assert await database.outbox.turn_over(delivered(claimed))


async def write_all(world: World, by: int) -> None:
    for number in range(POSTS // 4):
        post = await world.publish(f"{by}.{number}", by=by)
        await world.change(post, DeliveryKind.UPDATE)


@pytest.mark.parametrize("nodes", [1, 3])
async def test_nodes_share_the_work(world: World, open_database: OpenDatabase, nodes: int) -> None:
    opened = [await open_database(f"node {n}") for n in range(nodes)]
    deliverers = Deliverers(expected=POSTS * 3 * 2)
    async with asyncio.timeout(90):
        await asyncio.gather(
            *(write_all(world, by) for by in range(4)),
            *(deliverers.run(database) for database in opened for _ in range(2)),
        )
    assert deliverers.count == deliverers.expected
    for ids in deliverers.arrived.values():
        assert ids == sorted(set(ids))
    for database in opened:
        assert await database.outbox.repair() == 0
        assert await database.outbox.claim(10, 10, LEASE) == []
    assert await opened[0].outbox.late_posts(world.clock()) == []


async def test_the_number_of_links_does_not_matter(database: Database, clock: Clock) -> None:
    sent = []
    for count in (2, 300):
        async with database.unit() as unit:
            channel = await unit.channels.add(f"channel-{count}", "Housing", TOPIC)
            world = World(database, clock, channel)
            for number in range(count + 1):
                await world.add_link(unit, count * 1000 + number)
            post = await world.write(unit)
        with count_statements(database) as fanned_out:
            async with database.unit() as unit:
                assert await unit.deliveries.fan_out(post, DeliveryKind.CREATE) == count
        with count_statements(database) as claiming:
            claimed = await world.claim(limit=1000)
            assert len(claimed) == count
        with count_statements(database) as settling:
            done = await asyncio.gather(
                *(database.outbox.turn_over(delivered(each)) for each in claimed)
            )
        assert all(done)
        assert settling.commits <= 2
        sent.append([len(c.statements) for c in (fanned_out, claiming, settling)])
    assert sent[0] == sent[1]
