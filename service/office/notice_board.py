"""Shows notices: claims where the operator decides, and who reads along in linked conversations."""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from core.claims import Claim, ClaimState, OperatorPlace
from core.failures import CallFailed, Later, Refused
from core.ids import ExternalMessage
from core.places import Workspace
from core.ports import (
    Answer,
    Asker,
    Destination,
    Platform,
    SupportsMembers,
    SupportsNotices,
    SupportsPin,
)
from core.text import plain_text
from service.office.claiming import claim_notice
from service.office.notices import NO_LONGER_SHARED, notice_text
from service.office.visit import Platforms
from storage.database import Database
from storage.links import PinnedNotice

log = logging.getLogger(__name__)

_AT_ONCE = 20
_LEASE = timedelta(minutes=2)
"""How long a node has for what it took; afterwards it is tried again, here or elsewhere."""


class NoticeBoard:
    """Puts up and changes notices until each stands as it should."""

    def __init__(
        self, *, database: Database, platforms: Platforms, clock: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._platforms = platforms
        self._clock = clock
        self._busy = asyncio.Lock()

    async def show_all(self) -> None:
        """Show what is due. Safe to call at any time and on every node."""
        async with self._busy:
            await self._show_claims()
            await self._show_pins()

    async def _show_claims(self) -> None:
        async with self._database.view() as view:
            place = await view.operator.place()
            workspace = await view.workspaces.get(place.workspace) if place is not None else None
        if place is None or workspace is None:
            return  # the operator decides by command, and is told once there is a place for it
        async with self._database.unit() as unit:
            due = await unit.claims.take_notices(_AT_ONCE, _LEASE)
        for claim in due:
            try:
                message = await self._show_claim(place, workspace, claim)
            except CallFailed as failure:
                self._warn("a claim could not be shown", workspace, failure)
                continue
            async with self._database.unit() as unit:
                await unit.claims.told(claim, message)

    async def _show_claim(
        self, place: OperatorPlace, workspace: Workspace, claim: Claim
    ) -> ExternalMessage | str:
        platform = self._platforms.get(workspace.platform)
        if platform is None:
            raise Later("platform_off")
        async with self._database.view() as view:
            notice = await claim_notice(view, claim)
        if not isinstance(platform, SupportsNotices):
            if claim.state is ClaimState.WAITING:
                await _tell_admins(platform, workspace, notice)
            return ""
        destination = Destination(workspace, place.conversation)
        if claim.notice is None:
            if claim.state is not ClaimState.WAITING:
                return ""  # decided before anybody was asked
            return await platform.announce(destination, notice)
        await platform.rewrite(destination, claim.notice, notice)
        return claim.notice

    async def _show_pins(self) -> None:
        async with self._database.unit() as unit:
            due = await unit.links.take_notices(_AT_ONCE, _LEASE)
        for pinned in due:
            async with self._database.view() as view:
                workspace = await view.workspaces.get(pinned.link.workspace)
                channel = await view.channels.get(pinned.link.channel)
            if workspace is None or channel is None:
                continue
            notice = NO_LONGER_SHARED if pinned.removed else notice_text(channel.name, pinned.link)
            message = await self._show_pin(workspace, pinned, notice)
            if message is not None:
                async with self._database.unit() as unit:
                    await unit.links.noticed(pinned, message)

    async def _show_pin(
        self, workspace: Workspace, pinned: PinnedNotice, notice: Answer
    ) -> ExternalMessage | str | None:
        """The message that stands now, an empty text when none does, None to try again later."""
        platform = self._platforms.get(workspace.platform)
        destination = Destination(workspace, pinned.link.conversation)
        try:
            if pinned.link.notice is not None and isinstance(platform, SupportsNotices):
                await platform.rewrite(destination, pinned.link.notice, notice)
            elif pinned.link.notice is None and not pinned.removed:
                if not isinstance(platform, SupportsPin):
                    return ""
                text = f"{notice.title} {plain_text(notice.body)}"
                return await platform.pin(destination, text)
        except Later:
            return None
        except CallFailed as failure:
            self._warn("a notice could not be shown", workspace, failure)
            mends = isinstance(failure, Refused) and failure.trouble is not None
            if mends and not pinned.removed:
                return None
            # It may stand there already, or never will: once more would be one too many.
            return "" if pinned.removed else pinned.link.notice or ""
        return "" if pinned.removed else pinned.link.notice or ""

    def _warn(self, what: str, workspace: Workspace, failure: CallFailed) -> None:
        log.warning(what, extra={"workspace": workspace.id, "code": failure.code})


async def _tell_admins(platform: Platform, workspace: Workspace, notice: Answer) -> None:
    """Where a platform shows no notices, each of the operator's admins is told alone."""
    if not isinstance(platform, SupportsMembers):
        return
    for admin in await platform.admins(workspace):
        asker = Asker(
            workspace.platform, workspace.tenant, workspace.external_id, admin.external_id
        )
        await platform.answer(workspace, asker, notice)
