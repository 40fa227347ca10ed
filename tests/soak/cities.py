"""Cities in the stand-ins of other processes: what people do there, by the control APIs."""

import json
from dataclasses import dataclass
from typing import Any

import aiohttp

from core.ids import (
    CityId,
    ExternalConversation,
    ExternalTenant,
    ExternalWorkspace,
    NodeId,
    PlatformName,
)
from core.places import WorkspaceState
from integrations.sandbox.teams.model import Bot, World
from integrations.teams.ids import workspace_id
from service.clock import Clock
from service.opening import open_database
from service.settings import ExchangeSettings
from tests.soak.processes import SECRET_KEYS, Started
from tests.support.city_seeds import SIGNING_SECRET, CitySeed

Json = dict[str, Any]


def slack_world(cities: list[CitySeed], channels: list[str]) -> Json:
    """What the Slack stand-in starts with."""
    return {
        "apps": [{"id": "A0EXCHANGE1", "name": "Exchange", "signing_secret": SIGNING_SECRET}],
        "workspaces": [
            {
                "id": city.key,
                "name": city.label,
                "members": [
                    {"id": person.key, "real_name": person.name, "admin": person.admin}
                    for person in city.people
                ],
                "installations": [{"app": "A0EXCHANGE1", "token": city.token}],
                "channels": [
                    {"id": slack_channel(name), "name": name, "bots": True} for name in channels
                ],
            }
            for city in cities
            if city.platform == "slack"
        ],
    }


def slack_channel(name: str) -> str:
    """The id of a channel in every Slack workspace."""
    return f"C0{name.replace('-', '').upper()[:9]:0<9}"


def teams_world(cities: list[CitySeed], channels: list[str]) -> Json:
    """What the Teams stand-in starts with."""
    return {
        "workspaces": [
            {
                "key": city.key,
                "name": city.label,
                "members": [{"key": p.key, "name": p.name} for p in city.people],
                "channels": list(channels),
            }
            for city in cities
            if city.platform == "teams"
        ]
    }


@dataclass
class City:
    """A city's people at work in one of the stand-ins."""

    seed: CitySeed
    stand_in: Started
    session: aiohttp.ClientSession

    @property
    def in_slack(self) -> bool:
        """Whether the city works in Slack."""
        return self.seed.platform == "slack"

    async def say(self, channel: str, person: int, text: str, thread: str = "") -> str:
        """Write a message; gives its id."""
        thread_field = "thread_ts" if self.in_slack else "thread"
        said = await self._act("say", channel, person, text=text, **{thread_field: thread})
        return str(said["ts" if self.in_slack else "id"])

    async def attach(self, channel: str, person: int, text: str, name: str) -> str:
        """Write a message with a small file."""
        form = aiohttp.FormData()
        for key, value in (*self._who(channel, person).items(), ("text", text), ("as", "file")):
            form.add_field(key, value)
        form.add_field("file", b"What it cost, year by year", filename=name)
        async with self.session.post(f"{self.stand_in.url}/control/upload", data=form) as answer:
            said = await answer.json()
        return str(said["ts" if self.in_slack else "id"])

    async def edit(self, channel: str, person: int, message: str, text: str) -> None:
        """Change a message."""
        await self._act("edit", channel, person, **self._message(message), text=text)

    async def delete(self, channel: str, person: int, message: str) -> None:
        """Take a message back."""
        await self._act("delete", channel, person, **self._message(message))

    async def react(self, channel: str, person: int, message: str) -> None:
        """Thumbs up."""
        emoji = {"emoji": "thumbsup"} if self.in_slack else {"reaction": "like"}
        await self._act("react", channel, person, **self._message(message), **emoji)

    async def faults(self, **values: Any) -> None:
        """Let the platform misbehave for this city."""
        body = {"workspace": self.seed.key, **values}
        async with self.session.post(f"{self.stand_in.url}/control/faults", json=body) as answer:
            assert answer.status == 200, await answer.text()

    def _message(self, message: str) -> dict[str, str]:
        return {"ts" if self.in_slack else "message": message}

    def _who(self, channel: str, person: int) -> dict[str, str]:
        place = "channel" if self.in_slack else "conversation"
        return {
            "workspace": self.seed.key,
            "member": self.seed.people[person].key,
            place: channel,
        }

    async def _act(self, act: str, channel: str, person: int, **values: Any) -> Json:
        body = {**self._who(channel, person), **values}
        async with self.session.post(f"{self.stand_in.url}/control/{act}", json=body) as answer:
            text = await answer.text()
            assert answer.status == 200, (act, body, text)
        told: Json = json.loads(text)
        return told


async def join_all(
    database_url: str,
    clock: Clock,
    cities: list[CitySeed],
    channels: list[str],
    slack: Started,
    teams: Started,
) -> dict[int, tuple[str, str]]:
    """Let every city take part, with all channels linked, as the operator's commands do.

    Gives each link's city and channel.
    """
    made: dict[int, tuple[str, str]] = {}
    settings = ExchangeSettings.model_validate(
        {"database_url": database_url, "secret_keys": SECRET_KEYS}
    )
    world = World(Bot("28:nobody"))
    database = await open_database(settings, clock=clock, node=NodeId("operator"))
    try:
        async with database.unit() as unit:
            for city in cities:
                if city.platform == "slack":
                    external, tenant, url = city.key, city.key, f"{slack.url}/api/"
                    ids = {name: slack_channel(name) for name in channels}
                else:
                    team = world.add_workspace(city.key, city.label)
                    external, tenant = workspace_id(team.tenant_id, team.team_id), team.tenant_id
                    url = f"{teams.url}/amer/{team.tenant_id}/"
                    ids = {name: world.add_channel(team, name).id for name in channels}
                added = await unit.workspaces.add(
                    platform=PlatformName(city.platform),
                    external_id=ExternalWorkspace(external),
                    tenant=ExternalTenant(tenant),
                    name=city.label,
                    city=CityId(city.geoid),
                    state=WorkspaceState.CONFIRMED,
                    api_url=url,
                    token=city.token if city.platform == "slack" else None,
                )
                for name in channels:
                    channel = await unit.channels.by_slug(name)
                    assert channel is not None
                    conversation = ExternalConversation(ids[name])
                    link = await unit.links.add(
                        channel.id, added.id, conversation, conversation_name=name
                    )
                    made[link.id] = (city.key, name)
    finally:
        await database.close()
    return made
