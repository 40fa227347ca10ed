"""The inbox: what platforms told us, on disk before they get an answer, and worked off in order.

Within a lane (one conversation) events are handled one after the other, by `(at, id)`; lanes are
independent of each other. A lane is claimed for a while; when the claim runs out, its events are
free again.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Row,
    Select,
    bindparam,
    case,
    literal,
    literal_column,
    null,
    or_,
    select,
    true,
    update,
)

from core.events import Received
from core.ids import EventKey, ExternalTenant, InboxId, Lane, NodeId, PlatformName
from storage.claims import new_token
from storage.columns import clean
from storage.engine import Connections, Transaction
from storage.errors import ClaimLost
from storage.group_commit import GroupCommit
from storage.lanes import WAITING, later_of, lock_inbox_lane
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
            names = await _due_lanes(transaction, limit, now)
            if not names:
                return []
            rows = await transaction.rows(_heads(transaction, names, per_lane))
            handed_out: dict[str, int] = dict.fromkeys(names, 0)
            for row in rows:
                handed_out[row.lane] += 1
            await transaction.run(
                _CLAIM,
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

    async def retry(self, item: InboxItem, error: str, at: datetime) -> bool:
        """Try an event again at a time; its lane waits. After the eighth failure it is set aside
        as failed, and the lane goes on; then the answer is false.

        Raises ClaimLost when somebody else has the lane by now.
        """
        attempts = item.attempts + 1
        failed = attempts >= MOST_ATTEMPTS
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
        """Give out nothing of a lane until then."""
        async with self._connections.writing() as transaction:
            fresh = transaction.insert(inbox_lanes).values(
                lane=lane, due_at=None, held_until=until, handed_out=0
            )
            due = literal(until, inbox_lanes.c.due_at.type)
            await transaction.run(
                fresh.on_conflict_do_update(
                    index_elements=["lane"],
                    set_={
                        "held_until": until,
                        "due_at": case(
                            (inbox_lanes.c.due_at.is_(None), null()),
                            else_=later_of(inbox_lanes.c.due_at, due),
                        ),
                    },
                )
            )

    async def release(self, lane: Lane) -> None:
        """End a hold; what waits in the lane is due at once."""
        async with self._connections.writing() as transaction:
            row = await lock_inbox_lane(transaction, lane)
            if row is None:
                return
            due = case((_HAS_WAITING, literal(self._clock(), _TIME)), else_=null())
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
        statement = select(due).where(inbox_lanes.c.due_at.is_not(None)).order_by(due).limit(1)
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
                transaction.insert(inbox)
                .on_conflict_do_nothing(index_elements=["platform", "key"])
                .returning(inbox.c.platform, inbox.c.key),
                [_row_of(batch[position], now) for position in first.values()],
            )
            new = {first[row.platform, row.key] for row in rows}
            if new:
                await _wake(transaction, sorted({batch[n].lane for n in new}), now)
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
        update(inbox)
        .where(inbox.c.id == item.id)
        .values(state="handled", outcome=outcome, note=note, handled_at=now)
    )
    if lane.handed_out > 1:
        await transaction.run(
            update(inbox_lanes)
            .where(inbox_lanes.c.lane == item.lane)
            .values(handed_out=lane.handed_out - 1)
        )
    else:
        await _free(transaction, item.lane, now)


_TIME = inbox_lanes.c.due_at.type
_COUNT = bindparam("count", type_=inbox_lanes.c.handed_out.type)
_CLAIM = (
    update(inbox_lanes)
    .where(inbox_lanes.c.lane == bindparam("name"))
    .values(
        claimed_until=bindparam("until"),
        claim_token=bindparam("token"),
        handed_out=_COUNT,
        due_at=case((_COUNT == 0, null()), else_=inbox_lanes.c.due_at),
    )
)
_HAS_WAITING = (
    select(literal_column("1"))
    .where(inbox.c.lane == inbox_lanes.c.lane, inbox.c.state == WAITING)
    .exists()
)


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


async def _wake(transaction: Transaction, names: Sequence[str], now: datetime) -> None:
    """Lanes with something new are due, unless they wait for another try or are held."""
    fresh = transaction.insert(inbox_lanes)
    due = later_of(inbox_lanes.c.held_until, fresh.excluded.due_at)
    statement = fresh.on_conflict_do_update(
        index_elements=["lane"],
        set_={"due_at": case((inbox_lanes.c.due_at.is_(None), due), else_=inbox_lanes.c.due_at)},
    )
    await transaction.run(
        statement, [{"lane": name, "due_at": now, "handed_out": 0} for name in names]
    )


async def _due_lanes(transaction: Transaction, limit: int, now: datetime) -> list[str]:
    rows = await transaction.rows(
        select(inbox_lanes.c.lane)
        .where(
            inbox_lanes.c.due_at <= now,
            or_(inbox_lanes.c.claimed_until.is_(None), inbox_lanes.c.claimed_until <= now),
        )
        .order_by(inbox_lanes.c.due_at, inbox_lanes.c.lane)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [row.lane for row in rows]


def _heads(transaction: Transaction, names: Sequence[str], per_lane: int) -> Select[Any]:
    """The oldest waiting events of each lane."""
    queued = inbox.alias("queued")
    head = (
        select(queued.c.id)
        .where(queued.c.lane == inbox_lanes.c.lane, queued.c.state == WAITING)
        .order_by(queued.c.at, queued.c.id)
        .limit(per_lane)
        .correlate(inbox_lanes)
    )
    if transaction.postgres:
        first = head.lateral("first")
        source = inbox_lanes.join(first, true()).join(inbox, inbox.c.id == first.c.id)
    else:
        source = inbox_lanes.join(inbox, inbox.c.id.in_(head))
    return select(inbox).select_from(source).where(inbox_lanes.c.lane.in_(names))


async def _check_claim(transaction: Transaction, item: InboxItem) -> Row[Any]:
    lane: Row[Any] | None = await lock_inbox_lane(transaction, item.lane)
    if lane is None or lane.claim_token != item.claim_token:
        raise ClaimLost(f"event {item.id} is in other hands by now")
    return lane


async def _free(transaction: Transaction, lane: Lane, at: datetime) -> None:
    """Let a lane go; it is due again at a time, if something waits in it."""
    due = later_of(inbox_lanes.c.held_until, literal(at, _TIME))
    await transaction.run(
        update(inbox_lanes)
        .where(inbox_lanes.c.lane == lane)
        .values(
            claimed_until=null(),
            claim_token=null(),
            handed_out=0,
            due_at=case((_HAS_WAITING, due), else_=null()),
        )
    )
