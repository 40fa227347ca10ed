"""All workspaces of the stand-in, with look-ups, new ids and time."""

from __future__ import annotations

import hashlib
import random
import secrets
import string
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar

from integrations.sandbox.slack.model import (
    App,
    Code,
    Conversation,
    Grant,
    Installation,
    Json,
    Member,
    Message,
    Organization,
    ResponseUrl,
    SlackApiError,
    Trigger,
    Workspace,
    order_of,
    ts_of,
)
from integrations.sandbox.world import BadInputError, Changes, Clock, Faults, Journal

TRIGGER_LIFETIME = timedelta(seconds=3)
RESPONSE_URL_LIFETIME = timedelta(minutes=30)
Found = TypeVar("Found")
ID_LETTERS = string.ascii_uppercase + string.digits


class EventSink(Protocol):
    """Where events leave for the apps; never blocks."""

    def emit(
        self,
        workspace: Workspace,
        event: Json,
        conversation: Conversation | None = None,
        *,
        public: bool = False,
        only: Installation | None = None,
    ) -> None:
        """Send to every app that may see it: members of the conversation, or with `public`
        also everyone when it is a public channel; without a conversation, every app."""

    def emit_to(self, grant: Grant, event: Json) -> None:
        """Send to an organization's app what is about the organization."""


class State:
    """Everything the stand-in knows. Single-threaded: used from one event loop only."""

    def __init__(self, clock: Clock, journal: Journal, changes: Changes) -> None:
        self.clock = clock
        self.journal = journal
        self.changes = changes
        self.base_url = ""
        self.apps: dict[str, App] = {}
        self.workspaces: dict[str, Workspace] = {}
        self.organizations: dict[str, Organization] = {}
        self.tokens: dict[str, Grant] = {}
        self.faults: dict[str, Faults] = {}
        self.triggers: dict[str, Trigger] = {}
        self.response_urls: dict[str, ResponseUrl] = {}
        self.codes: dict[str, Code] = {}
        self.events: EventSink = _Nowhere()
        self._random = random.Random()  # noqa: S311 - ids of a stand-in, never a secret

    def new_id(self, prefix: str) -> str:
        """A fresh id such as `C0A9D9RTBMF`."""
        return prefix + "0" + "".join(self._random.choices(ID_LETTERS, k=9))

    def stable_id(self, prefix: str, *parts: str) -> str:
        """The same id for the same parts, also after a restart, so that links stay good."""
        digest = hashlib.sha256("/".join(parts).encode()).hexdigest().upper()
        return f"{prefix}0{digest[:9]}"

    def new_secret(self) -> str:
        """A fresh part for a token, ticket or signed path."""
        return secrets.token_hex(12)

    def seconds(self) -> int:
        """Now, as whole seconds."""
        return int(self.clock().timestamp())

    def next_order(self, conversation: Conversation) -> int:
        """A timestamp later than every message of the conversation."""
        now = int(self.clock().timestamp() * 1_000_000)
        conversation.last_order = max(now, conversation.last_order + 1)
        return conversation.last_order

    def event_ts(self) -> str:
        """A timestamp for an event that is no message."""
        return ts_of(int(self.clock().timestamp() * 1_000_000))

    def teams_of(self, team: str) -> tuple[str, ...]:
        """The workspaces of an organization, or the workspace itself."""
        found = self.organizations.get(team)
        return (team,) if found is None else found.teams

    def grants(self) -> list[Grant]:
        """Every grant, each once."""
        of_places = [i.grant for w in self.workspaces.values() for i in w.installations]
        of_all = [g for o in self.organizations.values() for g in o.grants.values()]
        return list(dict.fromkeys([*of_places, *of_all]))

    def faults_of(self, workspace: str) -> Faults:
        """The faults of a workspace, made on first use."""
        found = self.faults.get(workspace)
        if found is None:
            found = self.faults[workspace] = Faults()
        return found

    def new_trigger(self, workspace: str, member: str, app_id: str) -> str:
        """A trigger id, good for one view within 3 seconds."""
        number = self._random.randrange(10**12, 10**13)
        trigger_id = f"{number}.{self._random.randrange(10**12, 10**13)}.{self.new_secret()}"
        expires = self.clock() + TRIGGER_LIFETIME
        self.triggers[trigger_id] = Trigger(workspace, member, app_id, expires)
        return trigger_id

    def new_response_url(
        self, kind: str, workspace: Workspace, app_id: str, member: str, **where: Any
    ) -> str:
        """A response_url, good for 5 uses within 30 minutes; `where` names the place."""
        key = f"{workspace.id}/{self._random.randrange(10**12, 10**13)}/{self.new_secret()}"
        expires = self.clock() + RESPONSE_URL_LIFETIME
        self.response_urls[key] = ResponseUrl(
            workspace=workspace.id, member=member, app_id=app_id, expires=expires, **where
        )
        return f"{self.base_url}/{kind}/{key}"


class _Nowhere:
    def emit(
        self,
        workspace: Workspace,
        event: Json,
        conversation: Conversation | None = None,
        *,
        public: bool = False,
        only: Installation | None = None,
    ) -> None:
        return None

    def emit_to(self, grant: Grant, event: Json) -> None:
        return None


def workspace_named(state: State, value: object) -> Workspace:
    """The workspace with this id, domain or name. Raises BadInputError."""
    found = state.workspaces.get(str(value))
    if found is None:
        found = _first(state.workspaces.values(), lambda w: value in (w.domain, w.name))
    if found is None:
        raise BadInputError("workspace", "is not a workspace of this stand-in")
    return found


def member_named(workspace: Workspace, value: object, field: str = "member") -> Member:
    """The member with this id or name. Raises BadInputError."""
    found = workspace.members.get(str(value))
    if found is None:
        found = _first(workspace.members.values(), lambda m: value in (m.name, m.real_name))
    if found is None:
        raise BadInputError(field, "is not a member of this workspace")
    return found


def conversation_named(workspace: Workspace, value: object) -> Conversation:
    """The conversation with this id or name (with or without #). Raises BadInputError."""
    found = workspace.conversations.get(str(value))
    if found is None:
        name = str(value).removeprefix("#")
        found = _first(workspace.conversations.values(), lambda c: bool(name) and c.name == name)
    if found is None:
        raise BadInputError("channel", "is not a channel of this workspace")
    return found


def message_at(conversation: Conversation, ts: object) -> Message | None:
    """The message with this timestamp, None when there is none."""
    try:
        return conversation.messages.get(order_of(str(ts)))
    except ValueError:
        return None


def require_message(conversation: Conversation, ts: object) -> Message:
    """The message with this timestamp. Raises SlackApiError message_not_found."""
    found = message_at(conversation, ts)
    if found is None:
        raise SlackApiError("message_not_found")
    return found


def direct_message(state: State, workspace: Workspace, first: str, second: str) -> Conversation:
    """The direct message between two members, made on first use."""
    for conversation in workspace.conversations.values():
        if conversation.kind == "im" and set(conversation.members) == {first, second}:
            return conversation
    direct_id = state.stable_id("D", workspace.id, *sorted((first, second)))
    made = Conversation(direct_id, "", "im", state.seconds(), second)
    made.members = {first: None, second: None}
    workspace.conversations[made.id] = made
    state.changes.publish("conversation", workspace.id, made.id)
    return made


def is_before(moment: datetime, limit: datetime) -> bool:
    """Whether a lifetime has not run out."""
    return moment <= limit


def _first(items: Iterable[Found], test: Callable[[Found], bool]) -> Found | None:
    return next((item for item in items if test(item)), None)
