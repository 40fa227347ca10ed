"""Posts keep every version, know their copies, and count what people think of them."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from core.deliveries import DeliveryKind, DeliveryState, Settled, TurnOver
from core.ids import ExternalMessage, PostId
from core.posts import Author, Change
from core.text import paragraph
from storage.database import Database
from storage.errors import RuleBroken
from storage.posts import NewFile, NewPost
from tests.storage.conftest import Clock
from tests.storage.world import World, delivered


async def test_a_post_and_its_original(world: World, database: Database) -> None:
    digest = await database.files.put(b"minutes")
    assert await database.files.put(b"minutes") == digest
    file = NewFile("minutes.pdf", "application/pdf", 7, digest=digest)
    async with database.unit() as unit:
        post = await world.write(unit, "Hello", message="1.0", files=(file,))
    async with database.view() as unit:
        assert await unit.posts.get(post.id) == post
        assert await unit.posts.get(PostId(999)) is None
        (original,) = await unit.posts.copies_at(world.links[0].id, ExternalMessage("1.0"))
        assert await unit.posts.newest_by(world.members[0].id) == post.id
        assert await unit.posts.newest_by(world.members[1].id) is None
    assert original.is_origin
    assert original.post == post.id
    assert await database.files.read(post.files[0].id) == b"minutes"
    with pytest.raises(KeyError):
        await database.files.read(type(post.files[0].id)(999))


async def test_a_known_message_is_no_new_post(world: World, database: Database) -> None:
    async with database.unit() as unit:
        await world.write(unit, message="1.0")
        again = NewPost(
            channel=world.channel.id,
            origin=world.links[0].id,
            author=world.members[0],
            author_view=Author("Person 0", "City 0"),
            body=paragraph("Hello"),
            at=world.clock(),
            message=ExternalMessage("1.0"),
        )
        assert await unit.posts.add(again) is None


async def test_an_edit_that_comes_late_changes_nothing(
    world: World, database: Database, clock: Clock
) -> None:
    async with database.unit() as unit:
        post = await world.write(unit, "First")
        clock.forward(5)
        early = clock()
        clock.forward(5)
        await unit.posts.revise(post.id, paragraph("Third"), None, (), clock())
        late = await unit.posts.revise(post.id, paragraph("Second"), None, (), early)
        assert (late.version, late.body) == (2, paragraph("Third"))
        await unit.posts.retract(post.id, clock())
        after = await unit.posts.revise(post.id, paragraph("Second"), None, (), early)
    assert after.deleted


async def test_every_version_is_kept(world: World, database: Database, clock: Clock) -> None:
    file = NewFile("a.png", "image/png", 1, problem="too large")
    async with database.unit() as unit:
        post = await world.write(unit, "First", files=(file,))
    clock.forward(5)
    async with database.unit() as unit:
        second = await unit.posts.revise(post.id, paragraph("Second"), None, ("a poll",), clock())
        assert (second.version, second.notes, second.files) == (2, ("a poll",), post.files)
        third = await unit.posts.revise(post.id, paragraph("Third"), (), (), clock())
        assert third.files == ()
        gone = await unit.posts.retract(post.id, clock())
        assert (gone.version, gone.deleted, gone.body) == (4, True, ())
        assert await unit.posts.retract(post.id, clock()) == gone
        with pytest.raises(KeyError):
            await unit.posts.retract(PostId(999), clock())
    async with database.view() as unit:
        versions = await unit.posts.versions(post.id)
        (original,) = await unit.posts.copies_of(post.id)
    assert [version.change for version in versions] == [
        Change.WRITTEN,
        Change.EDITED,
        Change.EDITED,
        Change.DELETED,
    ]
    assert versions[0].body == paragraph("First")
    assert versions[0].files == post.files
    assert original.gone


@pytest.mark.parametrize("table", ["post_versions", "reaction_history", "audit"])
@pytest.mark.parametrize("act", ["UPDATE {} SET at = at", "DELETE FROM {}"])
async def test_history_refuses_to_change(
    world: World, database: Database, table: str, act: str, clock: Clock
) -> None:
    async with database.unit() as unit:
        post = await world.write(unit)
        await unit.posts.react(post.id, world.members[0].id, "tada", "🎉", True, clock())
        await unit.audit("operator", "confirmed", "workspace 1", {"city": "2507000"})
    with pytest.raises(RuleBroken):
        async with database.unit() as unit:
            await unit.transaction.run(text(act.format(table)))


async def test_reactions_are_counted_over_cities(
    world: World, database: Database, clock: Clock
) -> None:
    members = [member.id for member in world.members]
    async with database.unit() as unit:
        post = await world.write(unit)
        posts = unit.posts
        assert await posts.react(post.id, members[0], "tada", "🎉", True, clock())
        assert not await posts.react(post.id, members[0], "tada", "🎉", True, clock())
        assert await posts.react(post.id, members[1], "eyes", "👀", True, clock.forward(1))
        assert await posts.react(post.id, members[2], "tada", "🎉", True, clock.forward(1))
        assert await posts.react(post.id, members[3], "tada", "🎉", True, clock())
        assert await posts.react(post.id, members[3], "tada", "🎉", False, clock())
        assert not await posts.react(post.id, members[3], "tada", "🎉", False, clock())
        tada, eyes = await posts.tally(post.id)
        assert (tada.emoji, tada.character, tada.people, tada.cities) == ("tada", "🎉", 2, 2)
        assert tada.workspaces == (world.links[0].workspace, world.links[2].workspace)
        assert (eyes.emoji, eyes.people) == ("eyes", 1)
        found = await posts.get(post.id)
        assert found is not None
        assert found.tally == (tada, eyes)


async def test_who_has_got_it(world: World, database: Database, clock: Clock) -> None:
    post = await world.publish()
    (first, *_rest) = await world.claim(limit=1)
    assert await database.outbox.turn_over(delivered(first))
    async with database.view() as unit:
        standing = await unit.posts.standing(post.id)
    assert [each.link for each in standing] == [link.id for link in world.links[1:]]
    states = {each.link: each.state for each in standing}
    assert states[first.link.id] is DeliveryState.DONE
    assert states[world.links[3].id] is DeliveryState.WAITING
    assert standing[0].city == "City hall 1"


async def test_threads_with_recent_talk(world: World, database: Database, clock: Clock) -> None:
    start = clock()
    async with database.unit() as unit:
        old = await world.write(unit, "Old", message="1.0")
        await world.write(unit, "Silent", message="2.0")
        clock.forward(100)
        await world.write(unit, "Reply", root=old.id, message="3.0")
        await world.write(unit, "New", message="4.0")
        link = world.links[0].id
        recent = await unit.posts.recent_roots(link, start + timedelta(seconds=50), 10)
    assert recent == ["4.0", "1.0"]


async def test_a_copy_can_be_forgotten(world: World, database: Database) -> None:
    post = await world.publish()
    await world.deliver_all()
    async with database.unit() as unit:
        copies = await unit.posts.copies_of(post.id, world.links[1].id)
        await unit.posts.forget([copy.id for copy in copies])
        assert [copy.gone for copy in await unit.posts.copies_of(post.id, world.links[1].id)] == [
            True
        ]


async def test_a_failed_create_gets_no_changes(world: World, database: Database) -> None:
    post = await world.publish()
    claimed = await world.claim()
    for each in claimed:
        state = DeliveryState.FAILED if each is claimed[0] else DeliveryState.UNCERTAIN
        settled = (Settled(each.deliveries[0].id, state, "refused"),)
        assert await database.outbox.turn_over(TurnOver(each, settled))
    assert await world.change(post, DeliveryKind.REMOVE) == 2
