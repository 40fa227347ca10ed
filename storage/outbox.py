"""The outbox: whose turn it is to be written to, and how a turn ends.

A conversation's lane is the unit of work. Whoever claims it gets its next deliveries in order and
is alone with them until the turn is over or the lease has run out. What is handed out is marked as
`sending` on disk before anything is sent: after a crash it comes back as unsure.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, literal, select, update

from core.deliveries import Claimed, TurnOver
from core.ids import LinkId, NodeId, PlatformName, PostId
from storage.claiming import claim_lanes, eligible, turns_of
from storage.claims import new_token
from storage.engine import Connections, Transaction
from storage.errors import ConflictingWrites, StorageError
from storage.group_commit import GroupCommit
from storage.lanes import CREATE, OPEN, later_of, next_due
from storage.settling import settle
from storage.signals import OUTBOX, Signals
from storage.tables import deliveries, lanes, links, posts, workspaces

log = logging.getLogger(__name__)

_ATTEMPTS = 5


class Outbox:
    """Deliveries on their way out. Safe to use from any number of tasks and nodes."""

    def __init__(
        self,
        connections: Connections,
        signals: Signals,
        clock: Callable[[], datetime],
        node: NodeId,
    ) -> None:
        self._node = node
        self._connections = connections
        self._signals = signals
        self._clock = clock
        self._turns: GroupCommit[TurnOver, bool] = GroupCommit(self._turns_over, limit=400)
        self._completed: list[PostId] = []

    async def claim(
        self,
        limit: int,
        per_lane: int,
        lease: timedelta,
        *,
        platform: PlatformName | None = None,
    ) -> list[Claimed]:
        """The turns of at most `limit` conversations that are due, longest due first.

        Each has its next deliveries (at most `per_lane`) in order; they are marked as being sent
        before this returns. Left out are links in trouble, links that are not live, workspaces
        that are not confirmed, and what somebody else has claimed; with `platform`, all other
        platforms' too. Never waits for other nodes.
        """
        now = self._clock()
        token = new_token(self._node)
        async with self._connections.writing() as transaction:
            claimed = await claim_lanes(transaction, limit, token, now, now + lease, platform)
            if not claimed:
                return []
            return await turns_of(transaction, claimed, token, per_lane, now)

    async def turn_over(self, turn: TurnOver) -> bool:
        """End a turn: what was done is written in one piece, and the conversation let go.

        False when the lease had run out and somebody else has the conversation now: then only the
        new copies are kept, because those messages exist. Deliveries that are not in `settled`
        count as not begun. Concurrent calls share a transaction.
        """
        return await self._turns.put(turn)

    async def renew(self, claims: Collection[Claimed], lease: timedelta) -> set[LinkId]:
        """Keep conversations for longer; gives back those that were still ours."""
        until = self._clock() + lease
        kept: set[LinkId] = set()
        async with self._connections.writing() as transaction:
            for token in sorted({claim.token for claim in claims}):
                ids = [claim.link.id for claim in claims if claim.token == token]
                rows = await transaction.rows(
                    update(lanes)
                    .where(lanes.c.link_id.in_(ids), lanes.c.claim_token == token)
                    .values(claimed_until=until)
                    .returning(lanes.c.link_id)
                )
                kept.update(LinkId(row.link_id) for row in rows)
        return kept

    async def next_due(self, platform: PlatformName | None = None) -> datetime | None:
        """When the next conversation (of a platform) will be due, None when nothing is waiting.

        A time that has passed means now. Conversations that somebody has claimed are counted from
        the end of their lease.
        """
        due = later_of(workspaces.c.held_until, later_of(lanes.c.claimed_until, lanes.c.due_at))
        statement = (
            select(func.min(due))
            .select_from(lanes)
            .join(links, links.c.id == lanes.c.link_id)
            .join(workspaces, workspaces.c.id == links.c.workspace_id)
            .where(lanes.c.due_at.is_not(None), *eligible(platform))
        )
        async with self._connections.reading() as transaction:
            found: datetime | None = await transaction.value(statement)
            return found

    async def repair(self) -> int:
        """The net below the signals: wake what has work but no time, and find finished posts.

        Gives back how many conversations had been forgotten, which should be none.
        """
        now = literal(self._clock(), lanes.c.due_at.type)
        forgotten = (
            select(lanes.c.link_id)
            .where(lanes.c.due_at.is_(None), lanes.c.claim_token.is_(None))
            .where(select(deliveries.c.id).where(_MINE, OPEN).exists())
        )
        async with self._connections.reading() as transaction:
            ids = [row.link_id for row in await transaction.rows(forgotten)]
        woken = 0
        if ids:
            async with self._connections.writing() as transaction:
                rows = await transaction.rows(
                    forgotten.where(lanes.c.link_id.in_(ids))
                    .order_by(lanes.c.link_id)
                    .with_for_update()
                )
                locked = [row.link_id for row in rows]
                woken = await transaction.run(
                    update(lanes)
                    .where(lanes.c.link_id.in_(locked))
                    .values(due_at=next_due(now, now))
                )
                await self._signals.tell(transaction, OUTBOX)
            self._signals.outbox.set()
        await self._note_completed(None)
        return woken

    def take_completed(self) -> list[PostId]:
        """Posts that have reached every conversation they can, since the last call.

        Each post is named once, by one node. A failed or uncertain create counts as an end too.
        """
        completed, self._completed = self._completed, []
        return completed

    async def late_posts(self, before: datetime) -> list[PostId]:
        """Posts older than `before` that some conversation has not got yet."""
        statement = (
            select(deliveries.c.post_id)
            .where(deliveries.c.kind == CREATE, OPEN, deliveries.c.created_at < before)
            .group_by(deliveries.c.post_id)
            .order_by(deliveries.c.post_id)
        )
        async with self._connections.reading() as transaction:
            return [PostId(row.post_id) for row in await transaction.rows(statement)]

    async def close(self) -> None:
        """Wait until every turn handed in is written."""
        await self._turns.close()

    async def _turns_over(self, turns: Sequence[TurnOver]) -> Sequence[bool]:
        accepted: list[bool] = []
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                async with self._connections.writing() as transaction:
                    accepted = await settle(transaction, turns, self._clock())
                break
            except ConflictingWrites:
                if attempt == _ATTEMPTS:
                    raise
                await asyncio.sleep(0.01 * attempt)
        self._signals.outbox.set()
        touched = {
            delivery.post
            for turn in turns
            for delivery in turn.claimed.deliveries
            if delivery.post is not None
        }
        try:
            await self._note_completed(touched)
        except StorageError as error:
            # The turns are safe; `repair` finds the finished posts later.
            log.warning("finished posts not noted yet: %s", type(error).__name__)
        return accepted

    async def _note_completed(self, touched: Collection[PostId] | None) -> None:
        """After the commit, so that of two nodes which end together one surely sees both."""
        async with self._connections.reading() as transaction:
            done = await _spread(transaction, touched)
        if not done:
            return
        async with self._connections.writing() as transaction:
            rows = await transaction.rows(
                update(posts)
                .where(posts.c.id.in_(done), posts.c.spread_at.is_(None))
                .values(spread_at=self._clock())
                .returning(posts.c.id)
            )
        self._completed.extend(sorted(PostId(row.id) for row in rows))


_MINE = deliveries.c.link_id == lanes.c.link_id


async def _spread(transaction: Transaction, touched: Collection[PostId] | None) -> list[PostId]:
    open_create = select(deliveries.c.id).where(
        deliveries.c.post_id == posts.c.id, deliveries.c.kind == CREATE, OPEN
    )
    statement = select(posts.c.id).where(
        posts.c.fanned_out, posts.c.spread_at.is_(None), ~open_create.exists()
    )
    if touched is not None:
        statement = statement.where(posts.c.id.in_(touched))
    return [PostId(row.id) for row in await transaction.rows(statement)]
