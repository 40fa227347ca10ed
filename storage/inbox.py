"""The inbox: what platforms told us, on disk before they get an answer, and worked off in order.

Within a lane (one conversation) events are handled one after the other, by `(at, id)`; lanes are
independent of each other. A lane is claimed for a while; when the claim runs out, its events are
free again.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, case, literal, literal_column, null, select, update

from core.events import Received
from core.ids import EventKey, ExternalTenant, InboxId, Lane, NodeId, PlatformName
from storage.claims import new_token
from storage.columns import clean
from storage.engine import Connections, Transaction
from storage.errors import ClaimLost
from storage.group_commit import GroupCommit
from storage.inbox_statements import (
    CLAIM,
    DUE,
    FREE,
    HANDLED,
    HAS_WAITING,
    LOCK,
    ONE_LESS,
    TIME,
    heads,
    keep,
    wake,
)
from storage.lanes import later_of
from storage.signals import INBOX, Signals
from storage.tables import inbox, inbox_lanes

MOST_ATTEMPTS = 8
"""After so many failures an event is set aside as `failed`, so that its lane can go on."""


@dataclass(frozen=True, slots=True)
class InboxItem:
    """An event to be handled. `attempts` counts the failures so far."""

    id: InboxId
    platform: PlatformName
    lane: Lane
    tenant: ExternalTenant
    key: EventKey
    at: datetime
    received_at: datetime
    payload: Mapping[str, Any] = field(repr=False)
    attempts: int
    claim_token: str


class Inbox:
    """Events on their way in. Safe to use from any number of tasks and nodes."""

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
        self._arrivals: GroupCommit[Received, bool] = GroupCommit(self._keep)

    async def put(self, received: Received) -> bool:
        """Keep an event; false when it was there already. Returns once it is safe on disk.

        Concurrent calls share a transaction. Raises DatabaseUnreachable when nothing was kept.
        """
        return await self._arrivals.put(received)

    async def claim(self, limit: int, lease: timedelta, *, per_lane: int = 1) -> list[InboxItem]:
        """The oldest unhandled events of at most `limit` lanes, `per_lane` of each, in order.

        A lane with an event claimed or waiting for another try gives nothing else, nor does one
        that is held. Events of one lane are to be handled in the order given, and none after one
        that failed.
        """
        now = self._clock()
        token = new_token(self._node)
        async with self._connections.writing() as transaction:
            due = await transaction.rows(DUE, {"now": now, "most": limit})
            if not due:
                return []
            names = [row.lane for row in due]
            rows = await transaction.rows(
                heads(postgres=transaction.postgres), {"names": names, "per_lane": per_lane}
            )
            handed_out: dict[str, int] = dict.fromkeys(names, 0)
            for row in rows:
                handed_out[row.lane] += 1
            await transaction.run(
                CLAIM,
                [
                    {
                        "name": name,
                        "until": now + lease if count else None,
                        "token": token if count else None,
                        "count": count,
                    }
                    for name, count in handed_out.items()
                ],
            )
        return [_item_of(row, token) for row in sorted(rows, key=lambda row: (row.at, row.id))]

    async def retry(
        self, item: InboxItem, error: str, at: datetime, *, counted: bool = True
    ) -> bool:
        """Try an event again at a time; its lane waits. After the eighth failure (not `counted`
        ones are none) it is set aside as failed, and the lane goes on; then the answer is false.

        Raises ClaimLost when somebody else has the lane by now.
        """
        attempts = item.attempts + (1 if counted else 0)
        failed = counted and attempts >= MOST_ATTEMPTS
        now = self._clock()
        async with self._connections.writing() as transaction:
            await _check_claim(transaction, item)
            await transaction.run(
                update(inbox)
                .where(inbox.c.id == item.id)
                .values(
                    attempts=attempts,
                    error=error,
                    state="failed" if failed else "waiting",
                    handled_at=now if failed else None,
                )
            )
            await _free(transaction, item.lane, now if failed else at)
        self._signals.inbox.set()
        return not failed

    async def hold(self, lane: Lane, until: datetime) -> None:
        """Give out nothing of a lane until it is released."""
        await self.hold_all([lane], until)

    async def hold_all(self, held: Collection[Lane], until: datetime) -> None:
        """Give out nothing of these lanes until they are released, in one transaction.

        `until` does not end the hold: it says when whoever holds them has probably died, so that
        somebody else takes care of them. An end by time would let newer events overtake a gap.
        """
        if not held:
            return
        async with self._connections.writing() as transaction:
            fresh = transaction.insert(inbox_lanes)
            due = later_of(inbox_lanes.c.due_at, fresh.excluded.held_until)
            await transaction.run(
                fresh.on_conflict_do_update(
                    index_elements=["lane"],
                    set_={
                        "held_until": fresh.excluded.held_until,
                        "due_at": case((inbox_lanes.c.due_at.is_(None), null()), else_=due),
                    },
                ),
                [{"lane": lane, "held_until": until, "handed_out": 0} for lane in sorted(held)],
            )

    async def held_before(self, moment: datetime) -> set[Lane]:
        """The lanes whose hold was not ended and runs out, or ran out, before a moment."""
        statement = select(inbox_lanes.c.lane).where(inbox_lanes.c.held_until < moment)
        async with self._connections.reading() as transaction:
            return {Lane(row.lane) for row in await transaction.rows(statement)}

    async def release(self, lane: Lane) -> None:
        """End a hold; what waits in the lane is due at once."""
        async with self._connections.writing() as transaction:
            row = await transaction.row(LOCK, {"name": lane})
            if row is None:
                return
            due = case((HAS_WAITING, literal(self._clock(), TIME)), else_=null())
            await transaction.run(
                update(inbox_lanes)
                .where(inbox_lanes.c.lane == lane)
                .values(held_until=null(), due_at=due)
            )
            await self._signals.tell(transaction, INBOX)
        self._signals.inbox.set()

    async def next_due(self) -> datetime | None:
        """When the next lane will be due, None when nothing waits. A past time means now."""
        due = later_of(inbox_lanes.c.claimed_until, inbox_lanes.c.due_at)
        statement = (
            select(due)
            .where(inbox_lanes.c.due_at.is_not(None), inbox_lanes.c.held_until.is_(None))
            .order_by(due)
            .limit(1)
        )
        async with self._connections.reading() as transaction:
            found: datetime | None = await transaction.value(statement)
            return found

    async def prune(self, before: datetime) -> int:
        """Forget what events said that were handled before; their keys stay, so that a late second
        delivery is still known. Gives back how many were emptied."""
        async with self._connections.writing() as transaction:
            return await transaction.run(
                update(inbox)
                .where(
                    inbox.c.state == literal_column("'handled'"),
                    inbox.c.payload.is_not(None),
                    inbox.c.handled_at < before,
                )
                .values(payload=null())
            )

    async def close(self) -> None:
        """Wait until everything handed in is written."""
        await self._arrivals.close()

    async def _keep(self, batch: Sequence[Received]) -> Sequence[bool]:
        now = self._clock()
        # Of two with the same key in one batch, the first is the new one.
        first: dict[tuple[str, str], int] = {}
        for position, received in enumerate(batch):
            first.setdefault((received.platform, clean(received.key)), position)
        async with self._connections.writing() as transaction:
            rows = await transaction.rows(
                keep(postgres=transaction.postgres),
                [_row_of(batch[position], now) for position in first.values()],
            )
            new = {first[row.platform, row.key] for row in rows}
            if new:
                names = sorted({batch[position].lane for position in new})
                await transaction.run(
                    wake(postgres=transaction.postgres),
                    [{"lane": name, "due_at": now, "handed_out": 0} for name in names],
                )
                await self._signals.tell(transaction, INBOX)
        if new:
            self._signals.inbox.set()
        return [position in new for position in range(len(batch))]


async def mark_handled(
    transaction: Transaction, item: InboxItem, outcome: str, note: str, now: datetime
) -> None:
    """Within the transaction that did it, note that an event is handled; fenced by the claim."""
    lane = await _check_claim(transaction, item)
    await transaction.run(
        HANDLED, {"own_id": item.id, "new_outcome": outcome, "new_note": note, "now": now}
    )
    if lane.handed_out > 1:
        await transaction.run(ONE_LESS, {"name": item.lane})
    else:
        await _free(transaction, item.lane, now)


def _row_of(received: Received, now: datetime) -> dict[str, Any]:
    return {
        "platform": received.platform,
        "key": received.key,
        "lane": received.lane,
        "tenant": received.tenant,
        "at": received.at,
        "received_at": now,
        "payload": dict(received.payload),
        "state": "waiting",
        "attempts": 0,
        "error": "",
        "outcome": "",
        "note": "",
        "handled_at": None,
    }


def _item_of(row: Row[Any], token: str) -> InboxItem:
    return InboxItem(
        id=InboxId(row.id),
        platform=PlatformName(row.platform),
        lane=Lane(row.lane),
        tenant=ExternalTenant(row.tenant),
        key=EventKey(row.key),
        at=row.at,
        received_at=row.received_at,
        payload=row.payload,
        attempts=row.attempts,
        claim_token=token,
    )


async def _check_claim(transaction: Transaction, item: InboxItem) -> Row[Any]:
    lane = await transaction.row(LOCK, {"name": item.lane})
    if lane is None or lane.claim_token != item.claim_token:
        raise ClaimLost(f"event {item.id} is in other hands by now")
    return lane


async def _free(transaction: Transaction, lane: Lane, at: datetime) -> None:
    """Let a lane go; it is due again at a time, if something waits in it."""
    await transaction.run(FREE, {"name": lane, "at": at})
