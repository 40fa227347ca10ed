"""How things stand in a workspace and in a channel, asked without anybody seeing it.

Sources: docs.slack.dev/reference/methods/auth.test and conversations.info,
docs.slack.dev/reference/objects/conversation-object.
"""

from core.channels import Trouble
from core.check_ups import Finding
from core.failures import Refused
from core.places import Workspace
from core.ports import Destination
from integrations.slack.client import SlackClient
from integrations.slack.fields import object_in
from integrations.slack.scopes import asked_scopes

_WRITE = "chat:write"
_NEEDED = frozenset(asked_scopes(gov=True))
"""What every kind of Slack knows: GovSlack lacks a scope or two."""


async def check_workspace(client: SlackClient, workspace: Workspace) -> Finding:
    """Whether the token works, and which scopes it has not (auth.test)."""
    try:
        answered = await client.ask(await client.access(workspace), "auth.test", {})
    except Refused as failure:
        return Finding(_trouble(failure))
    scopes = answered.scopes
    return Finding(missing=() if scopes is None else tuple(sorted(_NEEDED - scopes)))


async def check_conversation(client: SlackClient, destination: Destination) -> Finding:
    """Whether our bot is in the channel and may write there (conversations.info).

    What an answer leaves out is taken to be well.
    """
    arguments = {"channel": destination.conversation}
    try:
        access = await client.access(destination.workspace)
        answered = await client.ask(access, "conversations.info", arguments)
    except Refused as failure:
        return Finding(_trouble(failure))
    channel = object_in(answered.body, "channel")
    if channel.get("is_archived") is True:
        return Finding(Trouble.CONVERSATION_ARCHIVED)
    if channel.get("is_member") is False:
        return Finding(Trouble.BOT_REMOVED)
    if channel.get("is_read_only") is True:
        return Finding(Trouble.NOT_ALLOWED)
    if answered.scopes is not None and _WRITE not in answered.scopes:
        return Finding(Trouble.NOT_ALLOWED)
    return Finding()


def _trouble(failure: Refused) -> Trouble:
    """The trouble that a refusal shows. A scope for looking may be missing where all else works."""
    if failure.trouble is None or failure.code == "missing_scope":
        raise failure
    return failure.trouble
