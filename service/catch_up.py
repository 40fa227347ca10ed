"""After an outage: what was said meanwhile is read from the conversations' history, once, in order.

While a conversation is being caught up, its newer events wait, so that nothing overtakes.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from core.channels import Link, LinkMode
from core.events import Source
from core.failures import CallFailed, Later
from core.ids import PlatformName
from core.places import Workspace, WorkspaceState
from core.ports import Destination, Intake, Platform, SupportsHistory
from storage.database import Database

log = logging.getLogger(__name__)

AWAY = timedelta(seconds=30)
"""A node that has not been seen for this long does not work."""

_HOLD = timedelta(seconds=60)
_SIDE_BY_SIDE = 8
_THREADS_FROM = timedelta(days=14)
_MOST_THREADS = 50
_ATTEMPTS = 5
_USUAL_WAIT = 5.0


class CatchUp:
    """Fills gaps: everywhere at the start, later where an event says that some were missed."""

    def __init__(
        self,
        *,
        database: Database,
        platforms: Mapping[PlatformName, Platform],
        intake: Intake,
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._platforms = platforms
        self._intake = intake
        self._clock = clock
        self._asked: asyncio.Queue[Source | None] = asyncio.Queue()
        self._limit = asyncio.Semaphore(_SIDE_BY_SIDE)
        self._stopping = asyncio.Event()

    async def hold_all(self) -> None:
        """Before the first event is handled: hold back what could overtake a gap.

        While another node works there is none: it takes what platforms send.
        """
        if await self._database.nodes.others_work(self._clock() - AWAY):
            return
        lanes = {link.lane for link, _ in await self._links()}
        await self._database.inbox.hold_all(lanes, self._clock() + _HOLD)
        self._asked.put_nowait(None)

    def ask(self, source: Source) -> None:
        """Something was missed there."""
        self._asked.put_nowait(source)

    async def everywhere(self) -> None:
        """Now and then: look everywhere, in case nobody told us."""
        self._asked.put_nowait(None)

    async def run(self) -> None:
        """Fill gaps as they are asked for, until `stop`."""
        stopped = asyncio.create_task(self._stopping.wait())
        while not self._stopping.is_set():
            asked = asyncio.create_task(self._asked.get())
            await asyncio.wait({asked, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if not asked.done():
                asked.cancel()
                continue
            await self._fill(asked.result())

    def stop(self) -> None:
        """Fill no more gaps; they are filled after the next start."""
        self._stopping.set()

    async def _fill(self, source: Source | None) -> None:
        wanted = [
            (link, workspace)
            for link, workspace in await self._links()
            if source is None
            or (
                workspace.tenant == source.tenant
                and source.conversation in (None, link.conversation)
            )
        ]
        await asyncio.gather(*(self._fill_link(link, workspace) for link, workspace in wanted))

    async def _links(self) -> list[tuple[Link, Workspace]]:
        """The live links of platforms whose history can be read."""
        async with self._database.view() as view:
            workspaces = {workspace.id: workspace for workspace in await view.workspaces.list()}
            links = await view.links.list()
        return [
            (link, workspaces[link.workspace])
            for link in links
            if link.mode is LinkMode.LIVE
            and link.trouble is None
            and workspaces[link.workspace].state is WorkspaceState.CONFIRMED
            and isinstance(
                self._platforms.get(workspaces[link.workspace].platform), SupportsHistory
            )
        ]

    async def _fill_link(self, link: Link, workspace: Workspace) -> None:
        async with self._limit:
            if self._stopping.is_set():
                return  # it stays held, and the next start fills it
            try:
                for _ in range(_ATTEMPTS):
                    wait = await self._try_to_fill(link, workspace)
                    if wait is None or self._stopping.is_set():
                        break
                    await self._database.inbox.hold(
                        link.lane, self._clock() + timedelta(seconds=wait) + _HOLD
                    )
                    await asyncio.sleep(wait)
            finally:
                await self._database.inbox.release(link.lane)

    async def _try_to_fill(self, link: Link, workspace: Workspace) -> float | None:
        """Read the history once; gives back the seconds to wait when it has to be tried again."""
        platform = self._platforms[workspace.platform]
        if not isinstance(platform, SupportsHistory):
            return None
        since = link.last_seen or platform.mark_of(link.created_at)
        async with self._database.view() as view:
            threads = await view.posts.recent_roots(
                link.id, self._clock() - _THREADS_FROM, _MOST_THREADS
            )
        missed = 0
        try:
            destination = Destination(workspace, link.conversation)
            async for received in platform.history(destination, since, threads):
                missed += await self._intake.put(received)
        except Later as failure:
            return failure.retry_after if failure.retry_after is not None else _USUAL_WAIT
        except CallFailed as failure:
            log.warning("a gap could not be filled", extra={"link": link.id, "code": failure.code})
        if missed:
            log.info("read what was missed", extra={"link": link.id, "events": missed})
        return None
