"""Who takes part in a measurement: cities without number, in both stand-ins and in the database."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from core.channels import ChannelKind
from core.ids import (
    ChannelId,
    CityId,
    ExternalConversation,
    ExternalMember,
    ExternalTenant,
    ExternalWorkspace,
    PlatformName,
    WorkspaceId,
)
from core.places import MemberProfile, WorkspaceState
from service.clock import Clock
from storage.database import Database
from storage.unit import Unit

SLACK, TEAMS = PlatformName("slack"), PlatformName("teams")
BOSTON = CityId("2507000")
APP = "A0MEASURE"


@dataclass(frozen=True, slots=True)
class Place:
    """A conversation that is linked to a channel of the exchange."""

    platform: PlatformName
    number: int
    conversation: str
    channel: str

    @property
    def tenant(self) -> str:
        """The Slack team or the Teams tenant."""
        if self.platform == SLACK:
            return f"T{self.number:08d}"
        return f"00000000-0000-4000-8000-{self.number:012d}"

    @property
    def workspace(self) -> str:
        """The workspace as the platform names it."""
        return self.tenant if self.platform == SLACK else f"{self.tenant}/{self.conversation}"

    @property
    def member(self) -> str:
        """Somebody who speaks there (Slack)."""
        return f"U{self.number:08d}"

    @property
    def token(self) -> str:
        """The bot token there (Slack)."""
        return f"xoxb-measure-{self.number:08d}"


@dataclass(frozen=True, slots=True)
class World:
    """All places of a measurement."""

    places: tuple[Place, ...]

    def of(self, channel: str) -> list[Place]:
        """The places of a channel."""
        return [place for place in self.places if place.channel == channel]

    @property
    def channels(self) -> list[str]:
        """Every channel once."""
        return list(dict.fromkeys(place.channel for place in self.places))

    def slack_seed(self) -> dict[str, Any]:
        """The seed of the Slack stand-in; without an address for events, so that it sends none."""
        return {
            "apps": [{"id": APP, "name": "Mayoral Exchange"}],
            "workspaces": [_slack_workspace(same) for same in _by_workspace(self.places, SLACK)],
        }

    def teams_seed(self) -> dict[str, Any]:
        """The seed of the Teams stand-in; people write in each team's General channel."""
        return {
            "workspaces": [
                {
                    "key": place.tenant,
                    "name": f"City hall {place.number}",
                    "tenant_id": place.tenant,
                    "team_id": place.conversation,
                }
                for place in self.places
                if place.platform == TEAMS
            ]
        }

    async def store(self, database: Database, teams_url: str) -> None:
        """Write everything into a migrated, seeded database."""
        async with database.unit() as unit:
            channels = {
                slug: (await unit.channels.add(slug, slug.title(), ChannelKind.TOPIC)).id
                for slug in self.channels
            }
        for same in [*_by_workspace(self.places, SLACK), *_by_workspace(self.places, TEAMS)]:
            async with database.unit() as unit:
                await _store_workspace(unit, same, channels, teams_url)


async def _store_workspace(
    unit: Unit, same: list[Place], channels: dict[str, ChannelId], teams_url: str
) -> None:
    first = same[0]
    slack = first.platform == SLACK
    added = await unit.workspaces.add(
        first.platform,
        ExternalWorkspace(first.workspace),
        ExternalTenant(first.tenant),
        name=f"City hall {first.number}",
        city=BOSTON,
        state=WorkspaceState.CONFIRMED,
        api_url="" if slack else f"{teams_url}/",
        token=first.token if slack else None,
        bot_member=ExternalMember(f"UBOT{first.number:06d}") if slack else ExternalMember(""),
        bot_id=f"BBOT{first.number:06d}" if slack else "",
        app_id=APP if slack else "",
    )
    await _store_member(unit, added.id, first)
    for place in same:
        conversation = ExternalConversation(place.conversation)
        await unit.links.add(channels[place.channel], added.id, conversation)


async def _store_member(unit: Unit, workspace: WorkspaceId, place: Place) -> None:
    profile = MemberProfile(ExternalMember(place.member), f"Ana Ruiz {place.number}")
    await unit.members.put(workspace, profile, Clock()())


def _by_workspace(places: Iterable[Place], platform: PlatformName) -> Iterator[list[Place]]:
    grouped: dict[int, list[Place]] = {}
    for place in places:
        if place.platform == platform:
            grouped.setdefault(place.number, []).append(place)
    yield from grouped.values()


def _slack_workspace(same: list[Place]) -> dict[str, Any]:
    first = same[0]
    return {
        "id": first.tenant,
        "name": f"City hall {first.number}",
        "members": [{"id": first.member, "real_name": f"Ana Ruiz {first.number}"}],
        "installations": [{"token": first.token}],
        "channels": [
            {"id": place.conversation, "name": place.conversation.lower(), "bots": True}
            for place in same
        ],
    }


def slack_place(number: int, conversation: int, channel: str) -> Place:
    """A Slack conversation, by the numbers of its workspace and its own."""
    return Place(SLACK, number, f"C{conversation:08d}", channel)


def teams_place(number: int, channel: str) -> Place:
    """The General channel of a team in a tenant of its own."""
    return Place(TEAMS, number, f"19:measure{number:06d}@thread.tacv2", channel)


def one_channel(slack: int, teams: int, *, per_workspace: int = 1) -> World:
    """One channel: a source in Slack (the first place), and so many destinations."""
    channel = "everyone"
    source = slack_place(999_999, 999_999, channel)
    numbers = range(1, slack + 1)
    from_slack = [slack_place(1 + (n - 1) // per_workspace, n, channel) for n in numbers]
    from_teams = [teams_place(n, channel) for n in range(1, teams + 1)]
    return World((source, *from_slack, *from_teams))


def many_channels(channels: int, cities: int) -> World:
    """Many channels, each linked to one conversation in each of so many Slack workspaces."""
    return World(
        tuple(
            slack_place(city, channel * 1_000 + city, f"room-{channel}")
            for channel in range(1, channels + 1)
            for city in range(1, cities + 1)
        )
    )
