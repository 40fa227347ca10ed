"""Fills a stand-in from a seed: tenants with their people and channels.

A seed is `{"workspaces": [{"key", "name", "tenant_id"?, "team_id"?, "group_id"?, "region"?,
"members": [{"key", "name", "title"?, "role"?, "timezone"?}], "channels": [name, …]}]}`.
"""

from __future__ import annotations

from typing import Any

from integrations.sandbox.teams.model import Json, World
from integrations.sandbox.world import BadInputError

SETTINGS = (
    "tenant_id",
    "team_id",
    "group_id",
    "region",
    "installed",
    "reads_all",
    "graph_consent",
    "reacts_everywhere",
    "hears_edits",
)
DETAILS = ("title", "role", "timezone", "id", "aad_object_id", "email")

DEFAULT_SEED: Json = {
    "workspaces": [
        {
            "key": "stpaul",
            "name": "City of St. Paul",
            "members": [
                {
                    "key": "lena",
                    "name": "Lena Thao",
                    "title": "Housing director",
                    "timezone": "America/Chicago",
                },
                {
                    "key": "mayor",
                    "name": "Marcus Lind",
                    "title": "Mayor",
                    "timezone": "America/Chicago",
                },
            ],
            "channels": ["Housing", "Transport"],
        },
        {
            "key": "marfa",
            "name": "City of Marfa",
            "members": [
                {
                    "key": "dolores",
                    "name": "Dolores Vega",
                    "title": "City clerk",
                    "timezone": "America/Chicago",
                },
                {
                    "key": "mayor",
                    "name": "Ray Castillo",
                    "title": "Mayor",
                    "timezone": "America/Chicago",
                },
            ],
            "channels": ["Housing", "Water"],
        },
    ]
}


def plant(world: World, seed: Json) -> None:
    """Add what a seed describes. Raises BadInputError for what cannot be read."""
    for wanted in _list(seed, "workspaces"):
        key = str(wanted.get("key") or wanted.get("id") or "")
        if not key:
            raise BadInputError("key", "is missing from a workspace")
        settings = {name: wanted[name] for name in SETTINGS if name in wanted}
        workspace = world.add_workspace(key, str(wanted.get("name") or key), **settings)
        for person in _list(wanted, "members"):
            details = {name: person[name] for name in DETAILS if name in person}
            world.add_member(workspace, str(person["key"]), str(person["name"]), **details)
        for name in wanted.get("channels") or ():
            world.add_channel(workspace, str(name))


def _list(parent: Json, name: str) -> list[Any]:
    value = parent.get(name) or []
    if not isinstance(value, list):
        raise BadInputError(name, "must be a list")
    return value
