"""What Slack knows of the one who asks: name, address, and whether they are an admin.

Source: docs.slack.dev/reference/objects/user-object.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from core.failures import Later, Refused
from core.ids import ExternalMember, ExternalWorkspace
from core.places import Workspace
from core.ports import Asker
from core.screens import Guest
from integrations.slack.client import SlackClient
from integrations.slack.fields import Json, flag_in, object_in, text_in
from integrations.slack.profiles import profile_of

_KEPT_FOR = timedelta(seconds=60)
_MOST_KEPT = 1_000
_LONGEST_SECONDS = 1.5
_OUTSIDERS = ("deleted", "is_bot", "is_restricted", "is_ultra_restricted", "is_stranger")

_Key = tuple[ExternalWorkspace, ExternalMember]


@dataclass(frozen=True, slots=True)
class _Known:
    guest: Guest
    until: datetime


class Guests:
    """Asks Slack who somebody is (users.info), and remembers it for a minute."""

    def __init__(self, client: SlackClient, clock: Callable[[], datetime]) -> None:
        self._client = client
        self._clock = clock
        self._known: dict[_Key, _Known] = {}

    async def guest(self, workspace: Workspace, asker: Asker, name: str = "") -> Guest:
        """The asker as Slack knows them; `name` is what the request calls them.

        One whom Slack does not describe to us is no admin. Fails with `CallFailed` when Slack does
        not answer, so that an admin is not taken for somebody else.
        """
        now = self._clock()
        key = (workspace.external_id, asker.member)
        known = self._known.get(key)
        if known is None or known.until <= now:
            try:
                guest = _guest(workspace, asker, await self._user(workspace, asker.member))
            except Refused:
                return Guest(asker, name)
            self._forget(now)
            known = self._known[key] = _Known(guest, now + _KEPT_FOR)
        return replace(known.guest, asker=asker, name=known.guest.name or name)

    async def _user(self, workspace: Workspace, member: ExternalMember) -> Json:
        try:
            async with asyncio.timeout(_LONGEST_SECONDS):
                access = await self._client.access(workspace)
                answer: Mapping[str, Any] = await self._client.call(
                    access, "users.info", {"user": member}
                )
        except TimeoutError as error:
            raise Later("users_info_too_slow") from error
        return object_in(answer, "user")

    def _forget(self, now: datetime) -> None:
        if len(self._known) >= _MOST_KEPT:
            self._known = {key: known for key, known in self._known.items() if known.until > now}
        if len(self._known) >= _MOST_KEPT:
            self._known.clear()


def _guest(workspace: Workspace, asker: Asker, user: Json) -> Guest:
    profile = profile_of(user)
    address = text_in(object_in(user, "profile"), "email")
    is_verified = user.get("is_email_confirmed") is not False
    return Guest(
        asker=asker,
        name=profile.name,
        email=address if is_verified else "",
        is_admin=profile.is_admin and _is_at_home(workspace, user),
    )


def _is_at_home(workspace: Workspace, user: Json) -> bool:
    """Whether a person belongs to the workspace: in a channel that is shared with another company,
    its admins can press our buttons too."""
    if any(flag_in(user, sign) for sign in _OUTSIDERS):
        return False
    teams = object_in(user, "enterprise_user").get("teams")
    at = {text_in(user, "team_id"), *(teams if isinstance(teams, list) else ())}
    return workspace.external_id in at
