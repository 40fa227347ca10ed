"""What a fresh token is asked before any workspace has it."""

from collections.abc import Mapping
from typing import Any

from core.ids import ExternalWorkspace
from core.installations import Team
from integrations.slack.client import Access, SlackClient
from integrations.slack.fields import flag_in, object_in, objects_in, text_in

_MOST_PAGES = 50


def _access(client: SlackClient, token: str) -> Access:
    return Access(client.checked_api_url(""), token, pace_key="")


async def teams_of(client: SlackClient, token: str) -> list[Team]:
    """The workspaces that an organization lets the app into (auth.teams.list)."""
    access, found = _access(client, token), list[Team]()
    arguments: dict[str, Any] = {"limit": 200}
    for _ in range(_MOST_PAGES):
        answer: Mapping[str, Any] = await client.call(access, "auth.teams.list", arguments)
        found += [
            Team(ExternalWorkspace(text_in(team, "id")), text_in(team, "name"))
            for team in objects_in(answer, "teams")
            if text_in(team, "id")
        ]
        cursor = text_in(object_in(answer, "response_metadata"), "next_cursor")
        if not cursor or cursor == arguments.get("cursor"):
            break
        arguments["cursor"] = cursor
    return found


async def revoke(client: SlackClient, token: str) -> bool:
    """Give a token back (auth.revoke); whether it is worth nothing now."""
    return flag_in(await client.call(_access(client, token), "auth.revoke", {}), "revoked")
