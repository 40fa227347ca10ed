"""The four cities of the stories: who works there, and what the stand-ins start with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

SIGNING_SECRET = "a-story-signing-secret"
SHARED = ("housing", "transport")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in a city: `key` is what the stand-in calls them."""

    key: str
    name: str
    title: str = ""
    admin: bool = False


@dataclass(frozen=True, slots=True)
class CitySeed:
    """A city and its workspace; `key` is a Slack team id or a Teams tenant's key."""

    geoid: str
    platform: str
    key: str
    label: str
    people: tuple[Person, ...]

    @property
    def token(self) -> str:
        """The bot's token in a Slack workspace."""
        return f"xoxb-story-{self.key.lower()}"


BOSTON = CitySeed(
    "2507000",
    "slack",
    "T0BOSTON001",
    "Boston, MA",
    (
        Person("U0ANARUIZ01", "Ana Ruiz", "Mayor"),
        Person("U0OMARHALE1", "Omar Hale", "Transport planner"),
        Person("U0PRIYANAIR", "Priya Nair", "Digital services", admin=True),
    ),
)
YELLOW_SPRINGS = CitySeed(
    "3986940",
    "slack",
    "T0YELLOW001",
    "Yellow Springs, OH",
    (
        Person("U0JUNEPARK1", "June Park", "Village manager"),
        Person("U0SAMBELL01", "Sam Bell", "Village clerk", admin=True),
    ),
)
ST_PAUL = CitySeed(
    "2758000",
    "teams",
    "stpaul",
    "St. Paul, MN",
    (
        Person("lena", "Lena Thao", "Housing director", admin=True),
        Person("marcus", "Marcus Lind", "Mayor"),
    ),
)
MARFA = CitySeed(
    "4846620",
    "teams",
    "marfa",
    "Marfa, TX",
    (
        Person("dolores", "Dolores Vega", "City clerk", admin=True),
        Person("sam", "Sam Bell", "Town carpenter"),
    ),
)
FOUR_CITIES = (BOSTON, YELLOW_SPRINGS, ST_PAUL, MARFA)


def person_of(seed: CitySeed, name: str) -> Person:
    """The person of this name; an empty name is the first one."""
    if not name:
        return seed.people[0]
    return next(person for person in seed.people if person.name == name)


def slack_seed(seeds: Sequence[CitySeed]) -> dict[str, Any]:
    """What the Slack stand-in starts with: our app, and another one."""
    workspaces = [
        {
            "id": seed.key,
            "name": seed.label,
            "members": [
                {
                    "id": person.key,
                    "real_name": person.name,
                    "title": person.title,
                    "admin": person.admin,
                }
                for person in seed.people
            ],
            "installations": [
                {"app": "A0EXCHANGE1", "token": seed.token},
                {"app": "A0OTHERAPP1", "token": f"{seed.token}-other"},
            ],
            "channels": [
                {"name": "general"},
                *({"name": name, "bots": True} for name in SHARED),
            ],
        }
        for seed in seeds
        if seed.platform == "slack"
    ]
    ours = {
        "id": "A0EXCHANGE1",
        "name": "Mayoral Exchange",
        "commands": ["/exchange"],
        "signing_secret": SIGNING_SECRET,
        "shortcuts": [
            {"name": "Who has got this?", "callback_id": "who_has_got_this", "type": "message"}
        ],
    }
    return {"apps": [ours, {"id": "A0OTHERAPP1", "name": "Permits"}], "workspaces": workspaces}


def teams_seed(seeds: Sequence[CitySeed]) -> dict[str, Any]:
    """What the Teams stand-in starts with."""
    workspaces = [
        {
            "key": seed.key,
            "name": seed.label,
            "members": [
                {
                    "key": person.key,
                    "name": person.name,
                    "title": person.title,
                    "role": "owner" if person.admin else "user",
                    "timezone": "America/Chicago",
                }
                for person in seed.people
            ],
            "channels": [name.capitalize() for name in SHARED],
        }
        for seed in seeds
        if seed.platform == "teams"
    ]
    return {"workspaces": workspaces}
