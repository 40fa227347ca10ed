"""How things stand in a team and in a conversation, asked without anybody seeing it.

"Get Teams specific context for your bot" on learn.microsoft.com: a team's details, its channels,
and the people of a conversation. Only a refusal that Teams names counts: an address that a
connector does not know says nothing about the team.
"""

from core.channels import Trouble
from core.check_ups import Finding
from core.failures import Refused
from core.places import Workspace
from core.ports import Destination
from integrations.teams.client import ConnectorClient
from integrations.teams.errors import NotThere
from integrations.teams.fields import objects_at, text_at
from integrations.teams.ids import in_path, is_chat, team_of

_UNNAMED = "http_"


async def check_team(client: ConnectorClient, base: str, workspace: Workspace) -> Finding:
    """Whether our bot is in the team. A team that is gone shows in its conversations."""
    team = team_of(workspace.external_id)
    if not team:
        return Finding()
    try:
        await client.call("GET", base, f"v3/teams/{in_path(team)}", workspace.tenant)
    except NotThere:
        raise
    except Refused as failure:
        return Finding(_trouble(failure))
    return Finding()


async def check_conversation(
    client: ConnectorClient, base: str, destination: Destination
) -> Finding:
    """Whether our bot is in the conversation and it still exists.

    Private and shared channels are not among a team's channels, so their people are asked for.
    """
    workspace, conversation = destination.workspace, destination.conversation
    team = team_of(workspace.external_id)
    try:
        if team and not is_chat(conversation):
            path = f"v3/teams/{in_path(team)}/conversations"
            if conversation in await _listed(client, base, path, workspace):
                return Finding()
        path = f"v3/conversations/{in_path(conversation)}/pagedmembers"
        await client.call("GET", base, path, workspace.tenant, query={"pageSize": "50"})
    except Refused as failure:
        return Finding(_trouble(failure))
    return Finding()


async def _listed(client: ConnectorClient, base: str, path: str, workspace: Workspace) -> set[str]:
    try:
        answer = await client.call("GET", base, path, workspace.tenant)
    except NotThere:
        return set()
    return {text_at(one, "id") for one in objects_at(answer, "conversations")}


def _trouble(failure: Refused) -> Trouble:
    if failure.trouble is None or failure.code.startswith(_UNNAMED):
        raise failure
    return failure.trouble
