"""A message's travel, told as it happens: for the sandbox page."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

QUEUE_SIZE = 1_000


class TraceSubscription:
    """What happens from now on; a slow reader loses the oldest, nobody waits for it."""

    def __init__(self, owner: "Traces") -> None:
        self._owner = owner
        self._queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue(QUEUE_SIZE)

    def offer(self, trace: dict[str, Any]) -> None:
        """Hand on one trace. Never blocks."""
        if self._queue.full():
            self._queue.get_nowait()
        self._queue.put_nowait(trace)

    async def __aiter__(self) -> AsyncIterator[dict[str, Any]]:
        """Every trace, for ever."""
        while True:
            yield await self._queue.get()

    def close(self) -> None:
        """Listen no more."""
        self._owner.forget(self)


class Traces:
    """Fan-out of traces: `received`, `stored`, `decided`, `sent`."""

    def __init__(self) -> None:
        self._subscriptions: set[TraceSubscription] = set()

    def subscribe(self) -> TraceSubscription:
        """A subscription to everything from now on."""
        subscription = TraceSubscription(self)
        self._subscriptions.add(subscription)
        return subscription

    def forget(self, subscription: TraceSubscription) -> None:
        """End a subscription."""
        self._subscriptions.discard(subscription)

    def note(self, stage: str, key: str, at: datetime, **detail: Any) -> None:
        """Tell that the event or post `key` has reached a stage. Costs nothing unwatched."""
        if not self._subscriptions:
            return
        trace = {"kind": "trace", "stage": stage, "key": key, "at": at.isoformat(), **detail}
        for subscription in self._subscriptions:
            subscription.offer(trace)
