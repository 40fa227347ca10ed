"""Handles what the webhooks left in the inbox, each conversation in its own order."""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from core.deliveries import retry_delay
from core.events import Ignored, Malformed
from core.failures import CallFailed, Later
from core.ids import PlatformName
from core.ports import Platform
from service.metrics import Metrics
from service.receiving.handling import CopyBeingMade, EventHandler
from service.slots import Slots
from storage.database import Database
from storage.errors import ClaimLost
from storage.inbox import InboxItem

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=120)
_LONGEST_SLEEP = 2.0
_SHORTEST_SLEEP = 0.005
_SHORTEST_WAIT = timedelta(seconds=0.5)
_LONGEST_WAIT = timedelta(minutes=1)
_PATIENCE = timedelta(days=1)
"""How long an event waits for a platform that can't say who wrote it, or hand out its files."""
_SIDE_BY_SIDE = 32


class InboxWorker:
    """Takes the oldest unhandled event of each conversation and has it decided."""

    def __init__(
        self,
        *,
        database: Database,
        platforms: Mapping[PlatformName, Platform],
        handler: EventHandler,
        clock: Callable[[], datetime],
        metrics: Metrics,
    ) -> None:
        self._database = database
        self._platforms = platforms
        self._handler = handler
        self._clock = clock
        self._metrics = metrics
        self._slots = Slots(_SIDE_BY_SIDE)
        self._stopping = False

    async def run(self) -> None:
        """Handle events until `stop`, then finish what is in hand."""
        while not self._stopping:
            await self._slots.wait_free()
            seen = self._database.signals.inbox.calls
            wait = await self._until_due()
            if wait > 0 or not await self._start_events():
                await self._database.signals.inbox.wait(max(wait, _SHORTEST_SLEEP), seen)
        await self._slots.drain()

    async def _until_due(self) -> float:
        """Seconds until something is due; asked without a lock, so a call for nothing is cheap."""
        due = await self._database.inbox.next_due()
        if due is None:
            return _LONGEST_SLEEP
        return min(_LONGEST_SLEEP, max(0.0, (due - self._clock()).total_seconds()))

    async def _start_events(self) -> bool:
        items = await self._database.inbox.claim(self._slots.free, LEASE)
        for item in items:
            self._slots.start(self._handle(item))
        return bool(items)

    def stop(self) -> None:
        """Start nothing new."""
        self._stopping = True
        self._database.signals.inbox.set()

    async def _handle(self, item: InboxItem) -> None:
        started = self._clock()
        try:
            outcome = await self._decide(item)
        except ClaimLost:
            log.info("an event was handled elsewhere meanwhile", extra={"inbox": item.id})
            return
        except CopyBeingMade as reason:
            until = self._clock() + reason.wait
            await self._database.inbox.retry(item, str(reason), until, counted=False)
            return
        except Later as failure:
            await self._wait_for_platform(item, failure)
            return
        except CallFailed as failure:
            await self._later(item, failure)
            return
        except Exception as failure:  # the border of an event: it is tried again, then set aside
            log.exception("an event could not be handled", extra={"inbox": item.id})
            await self._later(item, failure)
            return
        # The next event of this conversation may have come while this one was in hand.
        self._database.signals.inbox.set()
        self._metrics.handled(outcome, (self._clock() - started).total_seconds())

    async def _decide(self, item: InboxItem) -> str:
        platform = self._platforms.get(item.platform)
        if platform is None:
            raise Later("this node does not serve the platform", retry_after=30)
        event = platform.parse(item.payload)
        if isinstance(event, Ignored | Malformed):
            async with self._database.unit() as unit:
                await unit.inbox_done(item, "ignored", event.reason)
            return "ignored"
        return await self._handler.handle(item, platform, event)

    async def _wait_for_platform(self, item: InboxItem, failure: Later) -> None:
        """A platform that is away for an hour must cost no message: only after long does it count
        as a failure of the event."""
        age = self._clock() - item.received_at
        wait = min(max(age, _SHORTEST_WAIT), _LONGEST_WAIT)
        if failure.retry_after is not None:
            wait = timedelta(seconds=failure.retry_after)
        counted = age > _PATIENCE
        await self._database.inbox.retry(
            item, str(failure)[:200], self._clock() + wait, counted=counted
        )

    async def _later(self, item: InboxItem, failure: Exception) -> None:
        wait = retry_delay(item.attempts, 1.0)
        await self._database.inbox.retry(item, str(failure)[:200], self._clock() + wait)
