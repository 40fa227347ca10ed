"""Channels: made, entered, listed, and given a notice that stays in sight.

Sources: docs.slack.dev/reference/methods/conversations.create, conversations.invite,
conversations.join, conversations.list and pins.add.
"""

import logging
import re
from collections.abc import Mapping, Sequence
from typing import Any

from core.failures import CallFailed, Refused, Unsure
from core.ids import ExternalConversation, ExternalMember, ExternalMessage
from core.places import Workspace
from core.ports import Destination
from integrations.slack.client import Access, SlackClient
from integrations.slack.fields import flag_in, object_in, objects_in, text_in
from integrations.slack.ids import is_timestamp
from integrations.slack.mrkdwn import escape

logger = logging.getLogger(__name__)

_LONGEST_NAME = 80
_MOST_PAGES = 10
_NOT_A_NAME = re.compile(r"[^\w-]+")
_ONLY_PEOPLE_INVITE = frozenset({"method_not_supported_for_channel_type", "channel_not_found"})


def channel_name(name: str) -> str:
    """A name as Slack takes it: small letters, no spaces or points, at most 80 characters."""
    kept = _NOT_A_NAME.sub("-", name.casefold()).strip("-_")
    return kept[:_LONGEST_NAME].rstrip("-_") or "exchange"


class SlackRooms:
    """What can be done with channels, on behalf of a workspace."""

    def __init__(self, client: SlackClient) -> None:
        self._client = client

    async def create(self, workspace: Workspace, name: str) -> ExternalConversation:
        """Make a public channel with our bot in it; `Refused` with Slack's word otherwise."""
        access = await self._client.access(workspace)
        answer = await self._client.call(
            access, "conversations.create", {"name": channel_name(name)}, repeatable=False
        )
        made = text_in(object_in(answer, "channel"), "id")
        if not made:
            raise Unsure("no_channel_id")
        return ExternalConversation(made)

    async def join(self, workspace: Workspace, conversation: ExternalConversation) -> None:
        """Enter a channel; being there counts as done, also where the bot had to be invited."""
        access = await self._client.access(workspace)
        try:
            await self._client.call(access, "conversations.join", {"channel": conversation})
        except Refused as error:
            if error.code not in _ONLY_PEOPLE_INVITE:
                raise
            if not await self._is_in(access, conversation):
                raise

    async def let_in(
        self, workspace: Workspace, conversation: ExternalConversation, member: ExternalMember
    ) -> None:
        """Add somebody to a channel (conversations.invite)."""
        access = await self._client.access(workspace)
        arguments = {"channel": conversation, "users": member}
        try:
            await self._client.call(access, "conversations.invite", arguments)
        except Refused as error:
            if error.code != "already_in_channel":
                raise

    async def _is_in(self, access: Access, conversation: ExternalConversation) -> bool:
        try:
            answer = await self._client.call(
                access, "conversations.info", {"channel": conversation}
            )
        except Refused:
            return False
        return flag_in(object_in(answer, "channel"), "is_member")

    async def list(self, workspace: Workspace) -> Sequence[tuple[ExternalConversation, str]]:
        """Channels that our bot can see and that are not archived, with their names."""
        access = await self._client.access(workspace)
        arguments: dict[str, Any] = {
            "types": "public_channel,private_channel",
            "exclude_archived": True,
            "limit": 1_000,
        }
        found: dict[ExternalConversation, str] = {}
        for _ in range(_MOST_PAGES):
            answer = await self._client.call(access, "conversations.list", arguments)
            for channel in objects_in(answer, "channels"):
                if conversation := text_in(channel, "id"):
                    found[ExternalConversation(conversation)] = text_in(channel, "name")
            cursor = text_in(object_in(answer, "response_metadata"), "next_cursor")
            if not cursor or cursor == arguments.get("cursor"):
                break
            arguments["cursor"] = cursor
        return tuple(found.items())

    async def say(self, destination: Destination, message: Mapping[str, Any]) -> ExternalMessage:
        """Post a message of the bot itself, and give back its id."""
        access = await self._client.access(destination.workspace)
        thread = {"thread_ts": destination.thread} if destination.thread else {}
        arguments = {
            "channel": destination.conversation,
            "unfurl_links": False,
            "unfurl_media": False,
            "link_names": False,
            **thread,
            **message,
        }
        answer = await self._client.call(
            access,
            "chat.postMessage",
            arguments,
            repeatable=False,
            as_json=True,
            conversation=destination.conversation,
        )
        timestamp = text_in(answer, "ts")
        if not is_timestamp(timestamp):
            raise Unsure("no_message_id")
        return ExternalMessage(timestamp)

    async def pin(self, destination: Destination, text: str) -> ExternalMessage:
        """Post a text as it is and pin it. A pin that fails is no reason to say it twice."""
        message = await self.say(destination, {"text": escape(text), "mrkdwn": False})
        access = await self._client.access(destination.workspace)
        where = {"channel": destination.conversation, "timestamp": message}
        try:
            await self._client.call(access, "pins.add", where)
        except CallFailed as error:
            logger.warning("A notice could not be pinned: %s", error.code)
        return message
