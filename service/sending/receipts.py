"""The author's quiet receipt: out to every city, or still on its way to some."""

from collections.abc import Callable, Sequence
from datetime import datetime

from core.deliveries import LATE_AFTER, DeliveryKind
from core.ids import PostId
from storage.database import Database


class Receipts:
    """Asks for a receipt on the original when a post is out, or late."""

    def __init__(self, *, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock
        self._told_late: set[PostId] = set()
        self._completed: list[PostId] = []

    async def show_completed(self) -> None:
        """After turns have ended: posts that are now out everywhere.

        Each post is told of once only: what could not be asked for is kept for the next time.
        """
        self._completed += self._database.outbox.take_completed()
        if completed := tuple(self._completed):
            await self._ask_for(completed)
            self._told_late.difference_update(completed)
            del self._completed[: len(completed)]

    async def show_late(self) -> None:
        """Now and then: posts that some city has been waiting for too long."""
        late = await self._database.outbox.late_posts(self._clock() - LATE_AFTER)
        fresh = [post for post in late if post not in self._told_late]
        if fresh:
            await self._ask_for(fresh)
            self._told_late.update(fresh)

    async def _ask_for(self, post_ids: Sequence[PostId]) -> None:
        async with self._database.unit() as unit:
            found = [await unit.posts.get(post_id) for post_id in post_ids]
            posts = [post for post in found if post is not None and not post.deleted]
            # Always in the same order, as all who lock conversations do: nobody deadlocks.
            for post in sorted(posts, key=lambda post: (post.origin, post.id)):
                await unit.deliveries.to_link(
                    post.origin, post.id, DeliveryKind.RECEIPT, replace=True
                )
