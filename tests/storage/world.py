"""A channel, some cities linked to it, and people who write there."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from core.channels import Channel, ChannelKind, Link
from core.deliveries import (
    Claimed,
    DeliveryKind,
    DeliveryState,
    NewCopy,
    Settled,
    TurnOver,
)
from core.events import Received
from core.ids import (
    CityId,
    EventKey,
    ExternalConversation,
    ExternalMember,
    ExternalMessage,
    ExternalTenant,
    ExternalWorkspace,
    Lane,
    PlatformName,
    PostId,
)
from core.places import City, Member, MemberProfile, WorkspaceState
from core.posts import Author, Post
from core.text import paragraph
from storage.database import Database
from storage.posts import NewFile, NewPost
from storage.unit import Unit

SLACK = PlatformName("slack")
LEASE = timedelta(seconds=30)

BOSTON = City(CityId("2507000"), "Boston", "MA", "city", 650_000, 42.3, -71.0, "America/New_York")


@dataclass
class World:
    """What a test starts from. `members[i]` is somebody in the workspace of `links[i]`."""

    database: Database
    clock: Callable[[], datetime]
    channel: Channel
    links: list[Link] = field(default_factory=list)
    members: list[Member] = field(default_factory=list)
    numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    @classmethod
    async def make(
        cls, database: Database, clock: Callable[[], datetime], *, links: int
    ) -> "World":
        """A channel with so many live links, each of a workspace of its own."""
        async with database.unit() as unit:
            channel = await unit.channels.add("housing", "Housing", ChannelKind.TOPIC)
            world = cls(database, clock, channel)
            for number in range(links):
                await world.add_link(unit, number)
        return world

    async def add_link(self, unit: Unit, number: int) -> Link:
        """One more workspace with one more link."""
        tenant = ExternalTenant(f"T{number}")
        workspace = await unit.workspaces.add(
            SLACK,
            ExternalWorkspace(tenant),
            tenant,
            name=f"City hall {number}",
            state=WorkspaceState.CONFIRMED,
        )
        link = await unit.links.add(
            self.channel.id, workspace.id, ExternalConversation(f"C{number}")
        )
        profile = MemberProfile(ExternalMember(f"U{number}"), f"Person {number}")
        self.links.append(link)
        self.members.append(await unit.members.put(workspace.id, profile, self.clock()))
        return link

    async def write(
        self,
        unit: Unit,
        text: str = "Hello",
        *,
        by: int = 0,
        root: PostId | None = None,
        message: str = "",
        files: tuple[NewFile, ...] = (),
    ) -> Post:
        """A new post, not on its way yet."""
        member, number = self.members[by], next(self.numbers)
        post = await unit.posts.add(
            NewPost(
                channel=self.channel.id,
                origin=self.links[by].id,
                author=member,
                author_view=Author(member.name, f"City {by}"),
                body=paragraph(text),
                at=self.clock(),
                message=ExternalMessage(message or f"original-{number}"),
                root=root,
                files=files,
            )
        )
        assert post is not None
        return post

    async def publish(
        self, text: str = "Hello", *, by: int = 0, root: PostId | None = None
    ) -> Post:
        """A new post on its way to all others."""
        async with self.database.unit() as unit:
            post = await self.write(unit, text, by=by, root=root)
            await unit.deliveries.fan_out(post, DeliveryKind.CREATE)
        return post

    async def change(self, post: Post, kind: DeliveryKind) -> int:
        """A change of a post on its way."""
        async with self.database.unit() as unit:
            return await unit.deliveries.fan_out(post, kind)

    async def claim(self, limit: int = 100, per_lane: int = 10) -> list[Claimed]:
        """Claim with the usual lease."""
        return await self.database.outbox.claim(limit, per_lane, LEASE)

    async def deliver_all(self) -> list[Claimed]:
        """Deliver everything that is due, as a dispatcher would; gives back all turns."""
        turns: list[Claimed] = []
        while claimed := await self.claim():
            turns += claimed
            for each in claimed:
                assert await self.database.outbox.turn_over(delivered(each))
        return turns


def delivered(claimed: Claimed) -> TurnOver:
    """The end of a turn in which everything went well."""
    return TurnOver(
        claimed,
        settled=tuple(Settled(d.id, DeliveryState.DONE) for d in claimed.deliveries),
        new_copies=tuple(
            NewCopy(d.post, ExternalMessage(f"copy-{d.id}"), 0, None, 1)
            for d in claimed.deliveries
            if d.kind is DeliveryKind.CREATE and d.post is not None
        ),
    )


def received(number: int, at: datetime, *, lane: str = "slack:T0:C0") -> Received:
    """An event as a webhook would hand it in."""
    return Received(
        key=EventKey(f"event-{number}"),
        platform=SLACK,
        lane=Lane(lane),
        tenant=ExternalTenant("T0"),
        at=at,
        payload={"number": number},
    )
