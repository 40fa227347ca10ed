"""Tells admins, in chat, that something stopped working and what to do."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from core.failures import CallFailed
from core.ids import PlatformName
from core.places import Workspace
from core.ports import Platform, SupportsMembers
from storage.database import Database
from storage.notices import Notice

log = logging.getLogger(__name__)

_AT_ONCE = 20
_OUT_OF_DATE = timedelta(days=7)
_TRY_AGAIN = timedelta(minutes=5)


class Notifier:
    """Says each waiting notice to the admins of its workspace, once."""

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
        self._busy = asyncio.Lock()

    async def tell_all(self) -> None:
        """Say what is waiting to be said. Safe to call at any time and on every node."""
        async with self._busy:
            await self._database.notices.expire(self._clock() - _OUT_OF_DATE)
            for notice in await self._database.notices.claim(_AT_ONCE, _TRY_AGAIN):
                if await self._told(notice):
                    await self._note(notice)

    async def _note(self, notice: Notice) -> None:
        await self._database.notices.done(notice.id)
        async with self._database.unit() as unit:
            sign = notice.reference
            await unit.audit("exchange", "admins told", sign, {}, workspace=notice.workspace)

    async def _told(self, notice: Notice) -> bool:
        async with self._database.view() as view:
            workspace = await view.workspaces.get(notice.workspace)
        platform = self._platforms.get(workspace.platform) if workspace is not None else None
        if workspace is None or platform is None or not isinstance(platform, SupportsMembers):
            return False
        try:
            return await self._tell_admins(platform, workspace, notice.text)
        except CallFailed as failure:
            log.warning(
                "no admin could be told yet",
                extra={
                    "workspace": workspace.id,
                    "reference": notice.reference,
                    "code": failure.code,
                },
            )
            return False

    async def _tell_admins(self, platform: Platform, workspace: Workspace, text: str) -> bool:
        if not isinstance(platform, SupportsMembers):
            return False
        told = False
        for admin in await platform.admins(workspace):
            await platform.tell(workspace, admin.external_id, text)
            told = True
        return told
