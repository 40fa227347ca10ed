"""Sends what is due, conversations side by side, each in its own order."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from core.channels import Trouble
from core.deliveries import Claimed, DeliveryKind, DeliveryState, TurnOver
from core.ids import ExternalMessage, LinkId, PlatformName, PostId
from core.ports import Platform
from core.posts import Post
from service.metrics import Metrics
from service.sending.rendering import Renderer
from service.sending.turn_record import MOST_JOINED, Surroundings
from service.sending.turns import take_turn
from service.slots import Slots
from service.watching.troubles import trouble_conversation
from storage.database import Database

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=120)
"""How long a conversation stays ours without a word: longer than any turn can take."""

_LONGEST_TURN = 100.0
_LONGEST_SLEEP = 5.0
_SHORTEST_SLEEP = 0.005


class Dispatcher:
    """Takes the turns of one platform's conversations, so that no platform can hold up another."""

    def __init__(
        self,
        *,
        database: Database,
        platform: Platform,
        renderer: Renderer,
        clock: Callable[[], datetime],
        metrics: Metrics,
        side_by_side: int = 500,
    ) -> None:
        self._database = database
        self._name: PlatformName = platform.name
        self._clock = clock
        self._metrics = metrics
        self._slots = Slots(side_by_side)
        self._stopping = False
        self._around = Surroundings(platform, renderer, clock, self._posts_at, self._is_out)

    async def run(self) -> None:
        """Send until `stop`, then finish what is in flight."""
        while not self._stopping:
            await self._slots.wait_free()
            seen = self._database.signals.outbox.calls
            wait = await self._until_due()
            if wait > 0 or not await self._start_turns():
                await self._database.signals.outbox.wait(max(wait, _SHORTEST_SLEEP), seen)
        await self._slots.drain()

    def stop(self) -> None:
        """Start nothing new."""
        self._stopping = True
        self._database.signals.outbox.set()

    async def _start_turns(self) -> bool:
        asked = self._clock()
        claims = await self._database.outbox.claim(
            self._slots.free, MOST_JOINED, LEASE, platform=self._name
        )
        for claimed in claims:
            self._slots.start(self._turn(claimed, asked))
        return bool(claims)

    async def _until_due(self) -> float:
        """Seconds until something is due; asked without a lock, so a call for nothing is cheap."""
        due = await self._database.outbox.next_due(self._name)
        if due is None:
            return _LONGEST_SLEEP
        return min(_LONGEST_SLEEP, max(0.0, (due - self._clock()).total_seconds()))

    async def _turn(self, claimed: Claimed, asked: datetime) -> None:
        started = self._clock()
        # The lease counts from when it was asked for, however long the database took to give it.
        left = max(0.0, _LONGEST_TURN - (started - asked).total_seconds())
        try:
            async with asyncio.timeout(left):
                over = await take_turn(claimed, self._around)
            for copy in over.new_copies:
                self._metrics.note("sent", f"post:{copy.post}", part=copy.part)
            if over.trouble is not None:
                await self._tell_of(claimed, over.trouble)
            await self._database.outbox.turn_over(over)
        except Exception:  # the border of a turn: its claim runs out, and it is looked at again
            log.exception("a turn failed", extra={"link": claimed.link.id})
            return
        self._count(over, started)

    async def _tell_of(self, claimed: Claimed, trouble: Trouble) -> None:
        async with self._database.unit() as unit:
            linked = await unit.links.by_id(claimed.link.id)
            if linked is not None:
                await trouble_conversation(unit, linked, trouble, self._clock())

    def _count(self, over: TurnOver, started: datetime) -> None:
        seconds = (self._clock() - started).total_seconds()
        kinds = {delivery.id: delivery.kind for delivery in over.claimed.deliveries}
        for settled in over.settled:
            kind: DeliveryKind = kinds[settled.delivery]
            if settled.state is DeliveryState.WAITING:
                if settled.error:
                    self._metrics.retried(self._name, over.claimed.workspace.id, kind)
                continue
            self._metrics.settled(settled.state)
            self._metrics.sent(self._name, over.claimed.workspace.id, kind, seconds)

    async def _posts_at(self, link: LinkId, message: ExternalMessage) -> Sequence[Post]:
        async with self._database.view() as view:
            copies = await view.posts.copies_at(link, message)
            found = [await view.posts.get(copy.post) for copy in copies]
        return [post for post in found if post is not None]

    async def _is_out(self, post: PostId) -> bool:
        async with self._database.view() as view:
            return await view.posts.is_out(post)
