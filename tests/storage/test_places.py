"""Cities are found by what people type; workspaces, members and links are known by their ids."""

from datetime import timedelta

import pytest

from core.channels import LinkMode, Outgoing, Trouble
from core.deliveries import DeliveryKind, DeliveryState, Settled, TurnOver
from core.events import Source
from core.ids import (
    CityId,
    ExternalConversation,
    ExternalMember,
    ExternalTenant,
    ExternalWorkspace,
    Lane,
)
from core.places import City, MemberProfile, Role, WorkspaceState
from storage.database import Database
from storage.errors import LinkExists
from storage.status import snapshot
from tests.storage.conftest import Clock
from tests.storage.world import BOSTON, SLACK, World, received


def city(geoid: str, name: str, state: str, population: int) -> City:
    return City(CityId(geoid), name, state, "city", population, 40.0, -90.0, "America/Chicago")


CITIES = [
    BOSTON,
    city("2758000", "St. Paul", "MN", 307_000),
    city("3986940", "Yellow Springs", "OH", 3_700),
    city("4846620", "Marfa", "TX", 1_800),
    city("2300001", "Boston", "ME", 100),
    city("0600001", "Cañon City", "CO", 17_000),
    city("3600001", "New York", "NY", 8_300_000),
]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("Boston MA", ["2507000"]),
        ("boston, massachusetts", ["2507000"]),
        ("Boston", ["2507000", "2300001"]),
        ("st paul mn", ["2758000"]),
        ("Saint Paul, Minnesota", ["2758000"]),
        ("MN St. Paul", ["2758000"]),
        ("yellow", ["3986940"]),
        ("canon city", ["0600001"]),
        ("new york", ["3600001"]),
        ("%", []),
        ("", []),
        ("Boston TX", []),
    ],
)
async def test_searching_cities(database: Database, words: str, found: list[str]) -> None:
    async with database.unit() as unit:
        assert await unit.cities.put_many(CITIES) == len(CITIES)
        await unit.cities.put_many(CITIES)
        assert await unit.cities.count() == len(CITIES)
        assert [each.id for each in await unit.cities.search(words, 10)] == found
        assert await unit.cities.get(BOSTON.id) == BOSTON


async def test_a_workspace_keeps_its_id(database: Database, clock: Clock) -> None:
    tenant, external = ExternalTenant("T1"), ExternalWorkspace("T1")
    async with database.unit() as unit:
        await unit.cities.put_many(CITIES)
        first = await unit.workspaces.add(SLACK, external, tenant, name="Hall", token="one")
        assert first.state is WorkspaceState.PENDING
        again = await unit.workspaces.add(
            SLACK,
            external,
            tenant,
            city=BOSTON.id,
            state=WorkspaceState.CONFIRMED,
            token="two",
            api_url="http://slack.localhost/api/",
        )
        assert (again.id, again.name, again.city) == (first.id, "Hall", BOSTON.id)
        assert again.state is WorkspaceState.CONFIRMED
        assert await unit.workspaces.token(first.id) == "two"
        await unit.workspaces.set_identity(
            first.id, name="Hall", bot_member=ExternalMember("UB"), bot_id="B", app_id="A"
        )
        await unit.workspaces.seen({first.id: clock()})
        await unit.workspaces.seen({first.id: clock() - timedelta(seconds=5)})
        found = await unit.workspaces.by_external(SLACK, external)
        assert found is not None
        assert (found.bot_member, found.last_event_at) == ("UB", clock())
        assert await unit.workspaces.list() == [found]
        await unit.workspaces.set_state(first.id, WorkspaceState.REMOVED)
        source = Source(SLACK, tenant, external)
        assert await unit.workspaces.resolve(source) is None


async def test_whose_event_it_is(world: World) -> None:
    tenant = ExternalTenant("shared")
    async with world.database.unit() as unit:
        one = await unit.workspaces.add(SLACK, ExternalWorkspace("shared/1"), tenant)
        only = await unit.workspaces.resolve(Source(SLACK, tenant))
        two = await unit.workspaces.add(SLACK, ExternalWorkspace("shared/2"), tenant)
        talk = ExternalConversation("talk")
        await unit.links.add(world.channel.id, two.id, talk)
        by_id = await unit.workspaces.resolve(Source(SLACK, tenant, one.external_id))
        by_talk = await unit.workspaces.resolve(Source(SLACK, tenant, conversation=talk))
        nobody = await unit.workspaces.resolve(Source(SLACK, tenant))
        foreign = await unit.workspaces.resolve(
            Source(SLACK, ExternalTenant("foreign"), conversation=talk)
        )
    assert only == by_id == one
    assert by_talk == two
    assert nobody is None
    assert foreign is None


async def test_members_keep_their_role(world: World, clock: Clock) -> None:
    member = world.members[0]
    async with world.database.unit() as unit:
        await unit.members.set_role(member.id, Role.MAYOR)
        profile = MemberProfile(member.external_id, "Ana Ruiz", title="Mayor")
        again = await unit.members.put(member.workspace, profile, clock())
        assert (again.id, again.role, again.name) == (member.id, Role.MAYOR, "Ana Ruiz")
        boss = MemberProfile(ExternalMember("UA"), "Boss", is_admin=True)
        admin = await unit.members.put(member.workspace, boss, None)
        assert await unit.members.admins(member.workspace) == [admin]
        assert await unit.members.find(member.workspace, ExternalMember("UA")) == admin
        assert await unit.members.named(world.channel.id, ["ana ruiz", "boss"]) == []
        await world.write(unit)
        ((found, workspace),) = await unit.members.named(world.channel.id, ["ANA RUIZ", "boss"])
    assert found == again
    assert workspace.id == member.workspace


async def test_a_conversation_is_linked_once(world: World, clock: Clock) -> None:
    link = world.links[0]
    async with world.database.unit() as unit:
        assert link.lane == "slack:T0:C0"
        with pytest.raises(LinkExists, match="housing"):
            await unit.links.add(world.channel.id, link.workspace, link.conversation)
        linked = await unit.links.by_lane(link.lane)
        assert linked is not None
        assert (linked.link, linked.channel, linked.city) == (link, world.channel, None)
        moved = await unit.links.move(link.id, ExternalConversation("C0-new"))
        assert moved.lane == Lane("slack:T0:C0-new")
        assert await unit.links.by_lane(link.lane) is None
        with pytest.raises(LinkExists):
            await unit.links.move(
                (await unit.links.add(world.channel.id, link.workspace, link.conversation)).id,
                moved.conversation,
            )


async def test_settings_of_a_link(world: World, clock: Clock) -> None:
    link = world.links[0].id
    async with world.database.unit() as unit:
        await unit.links.set_mode(link, LinkMode.DIGEST)
        await unit.links.set_outgoing(link, Outgoing.CHOSEN)
        await unit.links.set_apps_posts(link, True)
        await unit.links.rename(link, "housing-exchange")
        await unit.links.set_last_seen(link, "9.9")
        assert await unit.links.set_trouble(link, Trouble.TOKEN_GONE, clock())
        assert not await unit.links.set_trouble(link, Trouble.TOKEN_GONE, clock.forward(5))
        (found,) = await unit.links.list(workspace=world.links[0].workspace)
        everywhere = await unit.links.list(channel=world.channel.id)
    assert (found.mode, found.outgoing) == (LinkMode.DIGEST, Outgoing.CHOSEN)
    assert (found.apps_posts, found.conversation_name) == (True, "housing-exchange")
    assert (found.last_seen, found.trouble) == ("9.9", Trouble.TOKEN_GONE)
    assert found.trouble_since == clock() - timedelta(seconds=5)
    assert len(everywhere) == 4


async def test_a_removed_link_comes_back_as_itself(world: World) -> None:
    post = await world.publish()
    link = world.links[1]
    async with world.database.unit() as unit:
        await unit.links.remove(link.id)
        assert await unit.links.by_lane(link.lane) is None
        assert link.id not in [each.id for each in await unit.links.list()]
        again = await unit.links.add(world.channel.id, link.workspace, link.conversation)
    assert again.id == link.id
    assert link.id not in [each.link.id for each in await world.claim()]
    await world.change(post, DeliveryKind.UPDATE)


async def test_notices_are_said_once(world: World, clock: Clock) -> None:
    notices = world.database.notices
    workspace = world.links[0].workspace
    async with world.database.unit() as unit:
        await unit.notice(workspace, "link 1 stopped", "It stopped.", "7K2M")
        await unit.notice(workspace, "link 1 stopped", "It stopped.", "8K2M")
    (notice,) = await notices.claim(10)
    assert (notice.text, notice.reference, notice.attempts) == ("It stopped.", "7K2M", 1)
    assert await notices.claim(10) == []
    clock.forward(61)
    (again,) = await notices.claim(10)
    assert again.attempts == 2
    await notices.done(again.id)
    clock.forward(61)
    assert await notices.claim(10) == []
    async with world.database.unit() as unit:
        await unit.notice(workspace, "another", "It stopped.", "9K2M")
    assert await notices.expire(clock.forward(1)) == 1


async def test_how_the_exchange_stands(world: World, clock: Clock) -> None:
    database = world.database
    async with database.unit() as unit:
        await unit.links.set_trouble(world.links[1].id, Trouble.BOT_REMOVED, clock())
    await world.publish()
    await database.inbox.put(received(1, clock()))
    await database.nodes.heartbeat(clock())
    claimed = await world.claim()
    for each, state in zip(claimed, ("uncertain", "failed"), strict=True):
        settled = Settled(each.deliveries[0].id, DeliveryState(state), "timeout")
        assert await database.outbox.turn_over(TurnOver(each, (settled,)))
    now = clock.forward(70)
    status = await snapshot(database, now)
    waited = timedelta(seconds=70)
    assert (status.inbox.depth, status.inbox.oldest_age) == (1, waited)
    assert (status.outbox_depth, status.late) == (1, 1)
    assert status.workspaces[1].oldest_age == waited
    assert [(lost.link, lost.error) for lost in status.uncertain] == [
        (claimed[0].link.id, "timeout")
    ]
    assert [lost.link for lost in status.failed] == [claimed[1].link.id]
    (troubled,) = status.troubled
    assert (troubled.link, troubled.waiting) == (world.links[1].id, 1)
    assert [node.live for node in status.nodes] == [False]
