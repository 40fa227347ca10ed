"""After an outage: what was said meanwhile is read from the conversations' history, once, in order.

While a conversation is being caught up, its newer events wait, so that nothing overtakes.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

from core.channels import Link, LinkMode
from core.events import Source
from core.failures import CallFailed, Later
from core.ids import Lane, LinkId, PlatformName
from core.places import Workspace, WorkspaceState
from core.ports import Destination, Intake, Platform, SupportsHistory
from storage.database import Database
from storage.errors import StorageError

log = logging.getLogger(__name__)

AWAY = timedelta(seconds=30)
"""A node that has not been seen for this long does not work."""

_HOLD = timedelta(seconds=60)
"""After how long without a renewal, which is done three times in that time, others take care of a
conversation that is held back: its node has ended in the middle of filling a gap."""

_SIDE_BY_SIDE = 8
_THREADS_FROM = timedelta(days=14)
_MOST_THREADS = 50
_ATTEMPTS = 5
_USUAL_WAIT = 5.0
_LONGEST_WAIT = 60.0


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
        self._held: set[Lane] = set()
        self._filling: dict[LinkId, asyncio.Task[None]] = {}

    async def hold_all(self) -> None:
        """Before the first event is handled: hold back what could overtake a gap.

        While another node works there is none: it takes what platforms send.
        """
        if await self._database.nodes.others_work(self._clock() - AWAY):
            return
        await self._hold([link for link, _ in await self._links()])
        self._asked.put_nowait(None)

    def ask(self, source: Source) -> None:
        """Something was missed there."""
        self._asked.put_nowait(source)

    async def everywhere(self) -> None:
        """Now and then: look everywhere, in case nobody told us."""
        self._asked.put_nowait(None)

    async def take_over(self) -> None:
        """Go on where a node ended before its gaps were filled. Harmless to do on every node."""
        left = await self._database.inbox.held_before(self._clock() + _HOLD / 2) - self._held
        wanted = [pair for pair in await self._links() if pair[0].lane in left]
        await self._hold([link for link, _ in wanted])
        self._start(wanted)
        # Of those that stopped working meanwhile nothing can be read, and they must hear of it.
        for lane in left - {link.lane for link, _ in wanted}:
            await self._database.inbox.release(lane)

    async def run(self) -> None:
        """Fill gaps as they are asked for, until `stop`; what is not filled by then stays held."""
        stopped = asyncio.create_task(self._stopping.wait())
        renewing = asyncio.create_task(self._keep_holding())
        try:
            while not self._stopping.is_set():
                asked = asyncio.create_task(self._asked.get())
                await asyncio.wait({asked, stopped}, return_when=asyncio.FIRST_COMPLETED)
                if not asked.done():
                    asked.cancel()
                    break
                try:
                    await self._fill(asked.result())
                except StorageError:
                    self._asked.put_nowait(asked.result())
                    raise
        finally:
            started = [renewing, stopped, *self._filling.values()]
            for task in started:
                task.cancel()
            await asyncio.gather(*started, return_exceptions=True)

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
        if source is not None:
            await self._hold([link for link, _ in wanted])
        self._start(wanted)

    def _start(self, wanted: Sequence[tuple[Link, Workspace]]) -> None:
        for link, workspace in wanted:
            if link.id not in self._filling:
                task = asyncio.create_task(self._fill_link(link, workspace))
                self._filling[link.id] = task
                task.add_done_callback(partial(self._filled, link.id))

    def _filled(self, link: LinkId, _: "asyncio.Task[None]") -> None:
        self._filling.pop(link, None)

    async def _hold(self, held: Sequence[Link]) -> None:
        fresh = {link.lane for link in held}
        await self._database.inbox.hold_all(fresh, self._clock() + _HOLD)
        self._held |= fresh

    async def _keep_holding(self) -> None:
        while True:
            await asyncio.sleep(_HOLD.total_seconds() / 3)
            try:
                await self._database.inbox.hold_all(self._held, self._clock() + _HOLD)
            except StorageError as error:
                log.warning("a hold could not be renewed", extra={"code": type(error).__name__})

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
        """Try until the platform has told what was missed; its newer events wait so long.

        Where nothing is held, because nothing is known to be missing, some attempts are enough.
        """
        attempt = 0
        while True:
            async with self._limit:
                wait = await self._attempt(link, workspace)
            attempt += 1
            if wait is None or (link.lane not in self._held and attempt >= _ATTEMPTS):
                break
            await asyncio.sleep(min(wait * attempt, max(wait, _LONGEST_WAIT)))
        if link.lane in self._held:
            self._held.discard(link.lane)
            await self._database.inbox.release(link.lane)

    async def _attempt(self, link: Link, workspace: Workspace) -> float | None:
        try:
            return await self._try_to_fill(link, workspace)
        except StorageError as error:
            log.warning("a gap has to wait", extra={"link": link.id, "code": type(error).__name__})
            return _USUAL_WAIT
        except Exception:  # one conversation's history must not keep it held for ever
            log.exception("a gap could not be filled", extra={"link": link.id})
            return None

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
