"""Nothing dies silently: every workspace and every link is looked at, six times an hour.

What is found is told to the admins once. It mends itself where the platform says that all is well
again; what a look can't see (a rule of the workspace, say) is tried again after a day.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import TypeVar

from core.channels import Link, LinkMode, Trouble
from core.check_ups import Finding, SupportsCheckUp
from core.failures import CallFailed
from core.ids import LinkId, PlatformName, WorkspaceId
from core.places import Workspace
from core.ports import Destination, Platform
from core.quiet import silent_since
from core.words import channel_silent, permissions_missing, reference
from service.watching.troubles import mend_conversation, name_of, trouble_conversation, zone_of
from storage.database import Database
from storage.links import Linked

log = logging.getLogger(__name__)

LOOK_EVERY = timedelta(minutes=1)
"""How often one looks for what is due."""

EVERY = timedelta(minutes=10)
"""How often each workspace and each link is looked at. With a look that failed, or a node that died
in the middle of one, it is still within fifteen minutes."""

_LEASE = timedelta(minutes=3)
_TRY_AGAIN = timedelta(days=1)
_SEEN_IN_ANY_LOOK = frozenset(
    {Trouble.TOKEN_GONE, Trouble.CONVERSATION_ARCHIVED, Trouble.CONVERSATION_GONE}
)
_AT_ONCE = 200
_SIDE_BY_SIDE = 8
_POSTS_KNOWN = 200

Own = TypeVar("Own", LinkId, WorkspaceId)


class Heartbeat:
    """Looks at what is due. Safe to call on every node."""

    def __init__(
        self,
        *,
        database: Database,
        platforms: Mapping[PlatformName, Platform],
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._platforms = platforms
        self._clock = clock
        self._limit = asyncio.Semaphore(_SIDE_BY_SIDE)

    async def look(self) -> None:
        """Look at every workspace and link whose turn it is."""
        await self._look_at_workspaces()
        await self._look_at_links()

    async def _look_at_workspaces(self) -> None:
        check_ups = self._database.check_ups
        due = await check_ups.take_workspaces(_AT_ONCE, EVERY, _LEASE)
        found = await self._all(due, self._of_workspace)
        if found:
            await check_ups.workspaces_looked_at(list(found), self._clock() + EVERY)
        for workspace, finding in found.items():
            if finding is not None:
                await self._note_workspace(workspace, finding)

    async def _look_at_links(self) -> None:
        check_ups = self._database.check_ups
        due = await check_ups.take_links(_AT_ONCE, EVERY, _LEASE)
        found = await self._all(due, self._of_link)
        if not found:
            return
        known = {own: finding for own, finding in found.items() if finding is not None}
        seen = {own: finding.trouble if finding else None for own, finding in found.items()}
        before = await check_ups.links_looked_at(seen, self._clock() + EVERY)
        for link, finding in known.items():
            await self._note_link(link, finding, was_seen=link in before)

    async def _all(
        self, due: Iterable[Own], look: Callable[[Own], Awaitable[Finding | None]]
    ) -> dict[Own, Finding | None]:
        """What was found, None where nobody can look. What told nothing is left out, and comes
        again soon."""
        found: dict[Own, Finding | None] = {}

        async def one(own: Own) -> None:
            async with self._limit:
                try:
                    found[own] = await look(own)
                except CallFailed as failure:
                    log.info("a look told nothing", extra={"code": failure.code})

        await asyncio.gather(*(one(own) for own in due))
        return found

    async def _of_workspace(self, own: WorkspaceId) -> Finding | None:
        async with self._database.view() as view:
            workspace = await view.workspaces.get(own)
        if workspace is None:
            return None
        platform = self._platforms.get(workspace.platform)
        if not isinstance(platform, SupportsCheckUp):
            return None
        return await platform.check_workspace(workspace)

    async def _of_link(self, own: LinkId) -> Finding | None:
        async with self._database.view() as view:
            linked = await view.links.by_id(own)
        if linked is None:
            return None
        platform = self._platforms.get(linked.workspace.platform)
        if not isinstance(platform, SupportsCheckUp):
            return None
        place = Destination(linked.workspace, linked.link.conversation)
        return await platform.check_conversation(place)

    async def _note_workspace(self, own: WorkspaceId, finding: Finding) -> None:
        async with self._database.view() as view:
            workspace = await view.workspaces.get(own)
        if workspace is not None:
            await self._tell_missing(workspace, finding)
        if finding.trouble is not None:
            await self._database.check_ups.look_now(own)

    async def _note_link(self, own: LinkId, finding: Finding, *, was_seen: bool) -> None:
        async with self._database.view() as view:
            linked = await view.links.by_id(own)
        if linked is None:
            return
        await self._tell_missing(linked.workspace, finding)
        if finding.trouble is not None:
            await self._set_trouble(own, finding.trouble)
        elif linked.link.trouble is not None:
            if was_seen or self._may_be_mended(linked.link):
                async with self._database.unit() as unit:
                    await mend_conversation(unit, linked.link, self._clock())
        elif linked.link.mode is LinkMode.LIVE:
            await self._listen(linked)

    def _may_be_mended(self, link: Link) -> bool:
        """Whether a trouble that no look has ever seen may be over."""
        since = link.trouble_since or link.created_at
        return link.trouble in _SEEN_IN_ANY_LOOK or self._clock() - since >= _TRY_AGAIN

    async def _set_trouble(self, own: LinkId, trouble: Trouble) -> None:
        """A link that has stopped already stays as it is: its admins know."""
        async with self._database.unit() as unit:
            linked = await unit.links.by_id(own)
            if linked is not None and linked.link.trouble is None:
                await trouble_conversation(unit, linked, trouble, self._clock())

    async def _tell_missing(self, workspace: Workspace, finding: Finding) -> None:
        if not finding.missing or finding.trouble is not None:
            return
        sign = reference("W", workspace.id)
        key = f"{sign}:missing:{','.join(finding.missing)}"
        async with self._database.unit() as unit:
            text = permissions_missing(finding.missing, sign)
            if await unit.notice(workspace.id, key, text, sign):
                detail = {"missing": list(finding.missing)}
                await unit.audit(
                    "exchange", "permissions missing", sign, detail, workspace=workspace.id
                )

    async def _listen(self, linked: Linked) -> None:
        """Tell the admins, once for each silence, that a busy channel went quiet."""
        link, now = linked.link, self._clock()
        posts = await self._database.check_ups.written_at(link.id, _POSTS_KNOWN)
        since = silent_since(posts, now, zone_of(linked))
        if since is None:
            return
        sign = reference("L", link.id)
        text = channel_silent(
            conversation=name_of(linked),
            platform=linked.workspace.platform,
            since=since,
            now=now,
            time_zone=zone_of(linked),
            sign=sign,
        )
        key = f"{link.id}:silent:{since.isoformat()}"
        async with self._database.unit() as unit:
            if await unit.notice(link.workspace, key, text, sign):
                detail = {"since": since.isoformat()}
                await unit.audit(
                    "exchange", "channel silent", sign, detail, workspace=link.workspace
                )
