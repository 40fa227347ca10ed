"""Four cities to look at while no exchange is running."""

from __future__ import annotations

from typing import Any

from integrations.sandbox.slack.app import SlackStandIn
from integrations.sandbox.teams.standin import TeamsStandIn

Json = dict[str, Any]

APP: Json = {
    "name": "Mayoral Exchange",
    "commands": ["/exchange"],
    "shortcuts": [
        {"callback_id": "who_has_got_this", "name": "Who has got this?", "type": "message"},
    ],
}
SLACK_SEED: Json = {
    "apps": [APP],
    "workspaces": [
        {
            "id": "T0BOSTON001",
            "name": "Boston, MA",
            "domain": "boston",
            "members": [
                {"id": "U0ANARUIZ01", "real_name": "Ana Ruiz", "title": "Mayor", "admin": True},
                {"id": "U0SAMKELLY1", "real_name": "Sam Kelly", "title": "Housing director"},
            ],
            "installations": [{"token": "xoxb-sandbox-boston"}],
            "channels": [
                {"id": "C0BOSHOUSE1", "name": "housing", "bots": True},
                {"id": "C0BOSTRANS1", "name": "transport", "bots": True},
            ],
        },
        {
            "id": "T0YELLOW001",
            "name": "Yellow Springs, OH",
            "domain": "yellow-springs",
            "members": [
                {"id": "U0PAMCONIN1", "real_name": "Pam Conner", "title": "Mayor", "admin": True},
                {"id": "U0JOSHWALL1", "real_name": "Josh Wallace", "title": "Village manager"},
            ],
            "installations": [{"token": "xoxb-sandbox-yellow-springs"}],
            "channels": [
                {"id": "C0YSOHOUSE1", "name": "housing", "bots": True},
                {"id": "C0YSOTRANS1", "name": "transport", "bots": True},
            ],
        },
    ],
}
CENTRAL = "America/Chicago"
TEAMS_SEED: Json = {
    "workspaces": [
        {
            "key": "stpaul",
            "name": "St. Paul, MN",
            "members": [
                {"key": "lena", "name": "Lena Thao", "title": "Housing", "timezone": CENTRAL},
                {"key": "marcus", "name": "Marcus Lind", "title": "Mayor", "timezone": CENTRAL},
            ],
            "channels": ["Housing", "Transport"],
        },
        {
            "key": "marfa",
            "name": "Marfa, TX",
            "members": [
                {"key": "dolores", "name": "Dolores Vega", "title": "Clerk", "timezone": CENTRAL},
                {"key": "ray", "name": "Ray Castillo", "title": "Mayor", "timezone": CENTRAL},
            ],
            "channels": ["Housing", "Water"],
        },
    ]
}


def say_hello(slack: SlackStandIn, teams: TeamsStandIn) -> None:
    """A few messages, so that there is something to answer."""
    boston = ("T0BOSTON001", "U0ANARUIZ01", "C0BOSHOUSE1")
    first = slack.people.say(
        *boston,
        "We cut vacancies by *21 %* with a lease-up fund. Happy to share the ordinance.",
    )
    slack.people.say(
        "T0BOSTON001",
        "U0SAMKELLY1",
        "C0BOSHOUSE1",
        "What it took:\n- a _one-time_ fund of $2.4 million\n- two people for a year\n"
        "- a list of empty units, kept in `units.csv`",
        thread_ts=first.ts,
    )
    slack.people.say(
        "T0YELLOW001",
        "U0JOSHWALL1",
        "C0YSOHOUSE1",
        "Does anyone run a rental registry with fewer than 2,000 homes?",
    )
    place = teams.people.place("stpaul", "lena", "Housing")
    teams.people.say(place, "Our inspectors visit every rental **once in two years** now.")
    desert = teams.people.place("marfa", "dolores", "Water")
    teams.people.say(desert, "Leaks are down by half since we read the meters hourly.")
