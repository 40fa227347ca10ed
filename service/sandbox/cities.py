"""The sandbox's four cities: who works there, which channels they share, a few posts."""

from dataclasses import dataclass
from typing import Any

from core.ids import PlatformName

SLACK = PlatformName("slack")
TEAMS = PlatformName("teams")

MAYOR = "Mayor"
"""The title of those whom the sandbox's operator has marked as mayors."""

SHARED = ("housing", "transport")
"""The exchange's channels that all four cities have linked."""


@dataclass(frozen=True, slots=True)
class SandboxCity:
    """One pane of the page. `key` is its id in the stand-in: a Slack team id, or a tenant's key."""

    geoid: str
    platform: PlatformName
    key: str
    name: str
    members: tuple[dict[str, Any], ...]

    @property
    def token(self) -> str:
        """The bot's token in this Slack; only the stand-in on this machine knows it."""
        return f"xoxb-sandbox-{self.key.lower()}"


CITIES = (
    SandboxCity(
        "2507000",
        SLACK,
        "T0BOSTON001",
        "City of Boston",
        (
            {"id": "U0ANARUIZ01", "real_name": "Ana Ruiz", "title": MAYOR},
            {"id": "U0OMARHALE1", "real_name": "Omar Hale", "title": "Transport planner"},
            {
                "id": "U0PRIYANAIR",
                "real_name": "Priya Nair",
                "title": "Digital services",
                "admin": True,
            },
        ),
    ),
    SandboxCity(
        "3986940",
        SLACK,
        "T0YELLOW001",
        "Village of Yellow Springs",
        (
            {"id": "U0JUNEPARK1", "real_name": "June Park", "title": "Village manager"},
            {
                "id": "U0SAMBELL01",
                "real_name": "Sam Bell",
                "title": "Village clerk",
                "admin": True,
            },
        ),
    ),
    SandboxCity(
        "2758000",
        TEAMS,
        "stpaul",
        "City of St. Paul",
        (
            {"key": "lena", "name": "Lena Thao", "title": "Housing director", "role": "owner"},
            {"key": "marcus", "name": "Marcus Lind", "title": MAYOR},
        ),
    ),
    SandboxCity(
        "4846620",
        TEAMS,
        "marfa",
        "City of Marfa",
        (
            {"key": "dolores", "name": "Dolores Vega", "title": "City clerk", "role": "owner"},
            {"key": "ray", "name": "Ray Castillo", "title": MAYOR},
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class OpeningPost:
    """Something that has been said when the page is first opened."""

    city: str
    member: str
    channel: str
    text: str


POSTS = (
    OpeningPost(
        "T0BOSTON001",
        "U0ANARUIZ01",
        "housing",
        "We cut vacancies by *21 %* in two years with a lease-up fund: $1.2 million, repaid from "
        "the first year's rent. Happy to share the ordinance.",
    ),
    OpeningPost(
        "marfa",
        "dolores",
        "housing",
        "Has a town our size tried a **repair loan** for empty adobe houses? We have 40 of them "
        "and one inspector.",
    ),
    OpeningPost(
        "stpaul",
        "lena",
        "transport",
        "Our night bus along University Avenue carries 340 people a night, most of them on their "
        "way to work. It costs $9.10 a ride.",
    ),
    OpeningPost(
        "T0YELLOW001",
        "U0JUNEPARK1",
        "transport",
        "We bought two electric shuttles, second-hand, for $38,000. Ask us what we would check "
        "before buying next time :wink:",
    ),
)


def slack_seed(signing_secret: str, events_url: str) -> dict[str, Any]:
    """What the Slack stand-in starts with."""
    workspaces = [
        {
            "id": city.key,
            "name": city.name,
            "members": list(city.members),
            "installations": [{"token": city.token}],
            "channels": [
                {"id": "C0GENERAL01", "name": "general"},
                *({"id": slack_channel(name), "name": name, "bots": True} for name in SHARED),
            ],
        }
        for city in CITIES
        if city.platform == SLACK
    ]
    app = {
        "id": "A0EXCHANGE1",
        "name": "Mayoral Exchange",
        "commands": ["/exchange"],
        "shortcuts": [
            {"type": "message", "callback_id": "who_has_got_this", "name": "Who has got this?"}
        ],
        "signing_secret": signing_secret,
        "events_url": events_url,
        "interactivity_url": events_url,
    }
    return {"apps": [app], "workspaces": workspaces}


def slack_channel(name: str) -> str:
    """The Slack id of a shared channel; the same in each workspace, told apart by the team."""
    return f"C0{name.upper()}01"


def teams_seed() -> dict[str, Any]:
    """What the Teams stand-in starts with."""
    return {
        "workspaces": [
            {
                "key": city.key,
                "name": city.name,
                "members": [{**member, "timezone": "America/Chicago"} for member in city.members],
                "channels": [name.capitalize() for name in SHARED],
            }
            for city in CITIES
            if city.platform == TEAMS
        ]
    }
