"""One Web API call, and what every method needs to answer it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from integrations.sandbox.slack.arguments import Arguments
from integrations.sandbox.slack.model import (
    Conversation,
    Installation,
    Json,
    SlackApiError,
    Workspace,
)
from integrations.sandbox.slack.pace import Tier
from integrations.sandbox.slack.state import State, direct_message


@dataclass(slots=True)
class Call:
    """The authenticated caller with its arguments; `message_id` is set by what it makes."""

    state: State
    workspace: Workspace
    installation: Installation
    arguments: Arguments
    message_id: str = ""

    @property
    def bot_user(self) -> str:
        """The caller's member id."""
        return self.installation.bot_user

    def visible_conversation(self, name: str = "channel") -> Conversation:
        """The conversation named, if the bot may know of it.

        Raises SlackApiError channel_not_found.
        """
        found = self.workspace.conversations.get(self.arguments.text(name))
        if found is None or not self.sees(found):
            raise SlackApiError("channel_not_found")
        return found

    def joined_conversation(self, name: str = "channel") -> Conversation:
        """The conversation named, if the bot is in it.

        Raises SlackApiError channel_not_found or not_in_channel.
        """
        found = self.visible_conversation(name)
        if self.bot_user not in found.members:
            raise SlackApiError("not_in_channel")
        return found

    def sees(self, conversation: Conversation) -> bool:
        """Public channels, and private conversations the bot is in."""
        return conversation.kind == "public" or self.bot_user in conversation.members

    def posting_conversation(self) -> Conversation:
        """Where a message goes: a conversation by id or name, or a member's direct message.

        Raises SlackApiError channel_not_found, not_in_channel or is_archived.
        """
        target = self.arguments.text("channel")
        found = self.workspace.conversations.get(target) or self._named(target)
        if found is None and target in self.workspace.members:
            return direct_message(self.state, self.workspace, target, self.bot_user)
        if found is None or not self.sees(found):
            raise SlackApiError("channel_not_found")
        if self.bot_user not in found.members and not self._may_post_unjoined(found):
            raise SlackApiError("not_in_channel")
        if found.archived:
            raise SlackApiError("is_archived")
        return found

    def require_scope(self, scope: str) -> None:
        """Raises SlackApiError missing_scope, saying what is needed and what is there."""
        if scope not in self.installation.scopes:
            provided = ",".join(sorted(self.installation.scopes))
            raise SlackApiError("missing_scope", needed=scope, provided=provided)

    def _named(self, target: str) -> Conversation | None:
        name = target.removeprefix("#")
        if not name:
            return None
        return next((c for c in self.workspace.conversations.values() if c.name == name), None)

    def _may_post_unjoined(self, conversation: Conversation) -> bool:
        scopes = self.installation.scopes
        return conversation.kind == "public" and "chat:write.public" in scopes


Handler = Callable[[Call], Json]


@dataclass(frozen=True, slots=True)
class Method:
    """A Web API method: who answers, its rate, the scopes of which one is needed, and whether
    it changes anything."""

    answer: Handler
    tier: Tier
    scopes: tuple[str, ...] = ()
    writes: bool = False


def page_of(items: list[Any], call: Call, default: int, most: int) -> tuple[list[Any], str]:
    """One page of a list by `cursor` and `limit`, and the next cursor ("" at the end).

    Raises SlackApiError invalid_cursor or invalid_limit.
    """
    limit = call.arguments.number("limit", default)
    if limit < 1:
        raise SlackApiError("invalid_limit")
    start = 0
    cursor = call.arguments.text("cursor")
    if cursor:
        kind, _, position = cursor.partition(":")
        if kind != "next" or not position.rstrip("=").isdigit():
            raise SlackApiError("invalid_cursor")
        start = int(position.rstrip("="))
    end = start + min(limit, most)
    return items[start:end], f"next:{end}=" if end < len(items) else ""
