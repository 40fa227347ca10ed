"""Deliveries keep their order, are handed out once, and come back as unsure after a crash."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import update

from core.channels import LinkMode, Trouble
from core.deliveries import DeliveryKind, DeliveryState, NewCopy, Settled, TurnOver
from core.ids import ExternalConversation, ExternalMessage
from core.places import WorkspaceState
from storage.database import Database
from storage.tables import lanes
from tests.storage.conftest import Clock
from tests.storage.world import LEASE, World, delivered


async def test_a_post_goes_to_every_link_but_its_own(world: World) -> None:
    post = await world.publish("Leaks halved")
    claimed = await world.claim()
    assert [each.link.id for each in claimed] == [link.id for link in world.links[1:]]
    for each in claimed:
        assert [d.kind for d in each.deliveries] == [DeliveryKind.CREATE]
        assert each.posts == {post.id: post}
        assert each.copies == {post.id: ()}
        assert each.deliveries[0].attempts == 1
        assert not each.deliveries[0].unsure
    assert claimed[0].posts[post.id] is claimed[1].posts[post.id]
    assert await world.claim() == []


async def test_a_turn_keeps_copies_pace_and_order(world: World) -> None:
    root = await world.publish("Root")
    reply = await world.publish("Reply", root=root.id)
    claimed = (await world.claim(limit=1, per_lane=1))[0]
    turn = delivered(claimed)
    assert await world.database.outbox.turn_over(
        TurnOver(claimed, turn.settled, turn.new_copies, pace=(1.5, 2.5))
    )
    again = next(each for each in await world.claim() if each.link == claimed.link)
    assert [d.post for d in again.deliveries] == [reply.id]
    assert again.pace == (1.5, 2.5)
    assert again.roots[reply.id].message == turn.new_copies[0].message
    assert again.token != claimed.token


async def test_what_was_cut_off_comes_back_unsure(world: World, clock: Clock) -> None:
    await world.publish()
    first = await world.claim()
    assert await world.claim() == []
    clock.forward(31)
    second = await world.claim()
    assert [each.link for each in second] == [each.link for each in first]
    assert all(d.unsure and d.attempts == 2 for each in second for d in each.deliveries)


async def test_a_lost_claim_keeps_its_copies_and_nothing_else(world: World, clock: Clock) -> None:
    post = await world.publish()
    late = (await world.claim())[0]
    clock.forward(31)
    now = next(each for each in await world.claim() if each.link == late.link)
    assert await world.database.outbox.turn_over(delivered(late)) is False
    async with world.database.view() as unit:
        assert [copy.link for copy in await unit.posts.copies_of(post.id, late.link.id)]
        standing = {each.link: each.state for each in await unit.posts.standing(post.id)}
    assert standing[late.link.id] is DeliveryState.SENDING
    assert await world.database.outbox.turn_over(delivered(now)) is True
    async with world.database.view() as unit:
        assert len(await unit.posts.copies_of(post.id, late.link.id)) == 1


async def test_an_untouched_delivery_waits_as_before(world: World) -> None:
    await world.publish("One")
    await world.publish("Two")
    claimed = (await world.claim(limit=1))[0]
    first, second = claimed.deliveries
    done = Settled(first.id, DeliveryState.DONE)
    assert await world.database.outbox.turn_over(TurnOver(claimed, (done,)))
    again = next(each for each in await world.claim() if each.link == claimed.link)
    assert [(d.id, d.attempts, d.unsure) for d in again.deliveries] == [(second.id, 1, False)]


async def test_waiting_holds_back_one_conversation(world: World, clock: Clock) -> None:
    await world.publish()
    claimed = (await world.claim(limit=1))[0]
    until = clock() + timedelta(seconds=5)
    again = Settled(claimed.deliveries[0].id, DeliveryState.WAITING, "slow down", unsure=True)
    assert await world.database.outbox.turn_over(TurnOver(claimed, (again,), wait_until=until))
    await world.publish("More", by=2)
    assert claimed.link not in [each.link for each in await world.deliver_all()]
    assert await world.database.outbox.next_due() == until
    clock.forward(5)
    back = (await world.claim())[0]
    assert back.link == claimed.link
    assert [d.unsure for d in back.deliveries] == [True, False]


async def test_waiting_can_hold_back_a_workspace(world: World, clock: Clock) -> None:
    async with world.database.unit() as unit:
        second = await unit.links.add(
            world.channel.id, world.links[1].workspace, ExternalConversation("C1-second")
        )
    await world.publish()
    claimed = await world.claim()
    until = clock() + timedelta(seconds=60)
    one = next(each for each in claimed if each.link == world.links[1])
    for each in claimed:
        turn = TurnOver(each, (), hold_workspace_until=until if each is one else None)
        assert await world.database.outbox.turn_over(turn)
    links = {each.link.id for each in await world.claim()}
    assert links == {world.links[2].id, world.links[3].id}
    clock.forward(60)
    assert {each.link.id for each in await world.claim()} >= {second.id, world.links[1].id}


async def test_trouble_keeps_deliveries_until_it_is_over(world: World, clock: Clock) -> None:
    await world.publish()
    claimed = (await world.claim(limit=1))[0]
    assert await world.database.outbox.turn_over(TurnOver(claimed, (), trouble=Trouble.BOT_REMOVED))
    await world.publish("More", by=2)
    assert claimed.link.id not in {each.link.id for each in await world.deliver_all()}
    async with world.database.unit() as unit:
        link = await unit.links.get(claimed.link.id)
        assert link is not None
        assert (link.trouble, link.trouble_since) == (Trouble.BOT_REMOVED, clock())
        assert await unit.links.set_trouble(link.id, None, clock())
    back = (await world.claim())[0]
    assert (back.link.id, len(back.deliveries)) == (claimed.link.id, 2)


async def test_only_live_links_of_confirmed_workspaces_are_written_to(world: World) -> None:
    await world.publish()
    async with world.database.unit() as unit:
        await unit.links.set_mode(world.links[1].id, LinkMode.PAUSED)
        await unit.workspaces.set_state(world.links[2].workspace, WorkspaceState.PAUSED)
        await unit.links.remove(world.links[3].id)
    assert await world.claim() == []
    assert await world.database.outbox.next_due() is None
    async with world.database.unit() as unit:
        await unit.workspaces.set_state(world.links[2].workspace, WorkspaceState.CONFIRMED)
    assert [each.link.id for each in await world.claim()] == [world.links[2].id]


async def test_changes_follow_the_post(world: World) -> None:
    post = await world.publish()
    await world.deliver_all()
    async with world.database.unit() as unit:
        await world.add_link(unit, 9)
    assert await world.change(post, DeliveryKind.UPDATE) == 3
    claimed = await world.claim()
    assert [len(each.copies[post.id]) for each in claimed] == [1, 1, 1]


async def test_tallies_are_joined_and_deferred(world: World, clock: Clock) -> None:
    post = await world.publish()
    await world.deliver_all()
    due = clock() + timedelta(seconds=30)
    async with world.database.unit() as unit:
        tally = DeliveryKind.TALLY
        assert await unit.deliveries.fan_out(post, tally, due_at=due, include_origin=True) == 4
        assert await unit.deliveries.fan_out(post, tally, due_at=due, include_origin=True) == 0
    assert await world.claim() == []
    assert await world.database.outbox.next_due() == due
    await world.publish("Not held back by a tally")
    assert len(await world.deliver_all()) == 3
    assert await world.database.outbox.next_due() == due
    clock.forward(30)
    assert len(await world.claim()) == 4


async def test_a_receipt_replaces_the_one_that_waits(world: World) -> None:
    post = await world.publish()
    origin = world.links[0].id
    await world.deliver_all()
    async with world.database.unit() as unit:
        await unit.deliveries.to_link(origin, post.id, DeliveryKind.RECEIPT)
        await unit.deliveries.to_link(origin, post.id, DeliveryKind.RECEIPT, replace=True)
    (claimed,) = await world.claim()
    assert claimed.link.id == origin
    assert len(claimed.deliveries) == 1
    assert claimed.copies[post.id][0].is_origin


async def test_a_finished_post_is_reported_once(world: World, clock: Clock) -> None:
    post = await world.publish()
    written = clock()
    assert await world.database.outbox.late_posts(written) == []
    assert await world.database.outbox.late_posts(clock.forward(60)) == [post.id]
    claimed = await world.claim()
    for each in claimed[:-1]:
        assert await world.database.outbox.turn_over(delivered(each))
    assert world.database.outbox.take_completed() == []
    failed = Settled(claimed[-1].deliveries[0].id, DeliveryState.FAILED, "too large")
    assert await world.database.outbox.turn_over(TurnOver(claimed[-1], (failed,)))
    assert world.database.outbox.take_completed() == [post.id]
    assert world.database.outbox.take_completed() == []
    assert await world.database.outbox.late_posts(clock()) == []


async def test_a_joined_message_is_the_copy_of_several_posts(world: World) -> None:
    posts = [await world.publish(f"Post {number}") for number in range(3)]
    claimed = (await world.claim(limit=1))[0]
    joined = tuple(
        NewCopy(post.id, ExternalMessage("joined"), 0, None, 1, joined=True) for post in posts
    )
    turn = delivered(claimed)
    assert await world.database.outbox.turn_over(TurnOver(claimed, turn.settled, joined))
    async with world.database.view() as unit:
        shown = await unit.posts.copies_at(claimed.link.id, ExternalMessage("joined"))
    assert [copy.post for copy in shown] == [post.id for post in posts]
    assert all(copy.joined for copy in shown)


async def test_changed_copies_are_kept(world: World) -> None:
    post = await world.publish()
    await world.deliver_all()
    await world.change(post, DeliveryKind.UPDATE)
    claimed = (await world.claim(limit=1))[0]
    (copy,) = claimed.copies[post.id]
    new = replace(copy, shown=2, reactions=("tada",))
    turn = TurnOver(claimed, delivered(claimed).settled, changed_copies=(new,))
    assert await world.database.outbox.turn_over(turn)
    async with world.database.view() as unit:
        assert await unit.posts.copies_of(post.id, claimed.link.id) == [new]


async def test_a_lease_can_be_renewed(world: World, clock: Clock) -> None:
    await world.publish()
    claimed = await world.claim()
    clock.forward(20)
    kept = await world.database.outbox.renew(claimed[:1], LEASE)
    assert kept == {claimed[0].link.id}
    clock.forward(15)
    assert claimed[0].link not in [each.link for each in await world.claim()]
    assert await world.database.outbox.renew(claimed[1:], LEASE) == set()


async def test_repair_finds_what_was_forgotten(world: World, database: Database) -> None:
    await world.publish()
    assert await database.outbox.repair() == 0
    async with database.unit() as unit:
        await unit.transaction.run(update(lanes).values(due_at=None))
    assert await world.claim() == []
    assert await database.outbox.repair() == 3
    assert len(await world.claim()) == 3
