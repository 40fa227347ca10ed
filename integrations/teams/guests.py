"""What a team knows of its people and channels, remembered for a minute.

Sources on learn.microsoft.com: "Get Teams-specific context for your bot" (members, channels).
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from core.failures import Later, Refused
from core.ids import ExternalMember, ExternalWorkspace
from core.places import Workspace
from core.ports import Asker
from core.screens import Guest, Option
from integrations.teams.fields import text_at
from integrations.teams.people import profile_of
from integrations.teams.platform import TeamsPlatform

_KEPT_FOR = timedelta(seconds=60)
_MOST_KEPT = 1_000
_LONGEST_SECONDS = 3.0

Key = TypeVar("Key")
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class _Known(Generic[Value]):
    value: Value
    until: datetime


class _Memory(Generic[Key, Value]):
    """Keeps what was told for a minute."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._known: dict[Key, _Known[Value]] = {}

    def get(self, key: Key) -> Value | None:
        known = self._known.get(key)
        return known.value if known is not None and known.until > self._clock() else None

    def put(self, key: Key, value: Value) -> None:
        if len(self._known) >= _MOST_KEPT:
            self._known.clear()
        self._known[key] = _Known(value, self._clock() + _KEPT_FOR)


class Guests:
    """Asks a team's Bot Connector who somebody is, and what the team's lists hold."""

    def __init__(self, platform: TeamsPlatform, clock: Callable[[], datetime]) -> None:
        self._platform = platform
        self._guests: _Memory[tuple[ExternalWorkspace, ExternalMember], Guest] = _Memory(clock)
        self._people: _Memory[ExternalWorkspace, tuple[Option, ...]] = _Memory(clock)
        self._channels: _Memory[ExternalWorkspace, tuple[Option, ...]] = _Memory(clock)

    async def guest(self, workspace: Workspace, asker: Asker, name: str = "") -> Guest:
        """The asker as their team knows them; one who is not in the team is no admin.

        Fails with `Later` when Teams does not answer, so that an admin is not taken for somebody
        else.
        """
        key = (workspace.external_id, asker.member)
        known = self._guests.get(key)
        if known is None:
            try:
                known = await self._ask(workspace, asker)
            except Refused:
                return Guest(asker, name)
            self._guests.put(key, known)
        return replace(known, asker=asker, name=known.name or name)

    async def _ask(self, workspace: Workspace, asker: Asker) -> Guest:
        try:
            async with asyncio.timeout(_LONGEST_SECONDS):
                account = await self._platform.account(workspace, asker.member)
        except TimeoutError as error:
            raise Later("member_too_slow") from error
        profile = profile_of(account)
        tenant = text_at(account, "tenantId")
        is_at_home = tenant in ("", workspace.tenant)
        # A sign-in name's domain was verified by the tenant; what `email` says was not.
        signs_in_as = text_at(account, "userPrincipalName")
        return Guest(
            asker=asker,
            name=profile.name,
            email=signs_in_as if is_at_home and "#EXT#" not in signs_in_as.upper() else "",
            is_admin=profile.is_admin and is_at_home,
        )

    async def people(self, workspace: Workspace) -> Sequence[Option]:
        """The team's people, by name."""
        known = self._people.get(workspace.external_id)
        if known is None:
            people = [one for one in await self._platform.people(workspace) if not one.is_app]
            ordered = sorted(people, key=lambda one: (one.name.casefold(), one.external_id))
            known = tuple(Option(one.external_id, one.name, one.title) for one in ordered)
            self._people.put(workspace.external_id, known)
        return known

    async def channels(self, workspace: Workspace) -> Sequence[Option]:
        """The team's channels, as Teams orders them."""
        known = self._channels.get(workspace.external_id)
        if known is None:
            found = await self._platform.conversations(workspace)
            known = tuple(Option(conversation, name) for conversation, name in found)
            self._channels.put(workspace.external_id, known)
        return known
