"""What the statements about deliveries and their lanes share."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, literal_column, null, select

from storage.engine import Transaction
from storage.tables import deliveries, lanes

# Written out, not bound: a partial index serves only a query that says what the index says.
WAITING: ColumnElement[str] = literal_column("'waiting'")
SENDING: ColumnElement[str] = literal_column("'sending'")
CREATE: ColumnElement[str] = literal_column("'create'")
OPEN = deliveries.c.state.in_([WAITING, SENDING])


def later_of(one: Any, other: Any) -> ColumnElement[Any]:
    """The later of two times; the second when the first is NULL."""
    return case((one > other, one), else_=other)


def woken(table: Any, at: ColumnElement[datetime]) -> ColumnElement[Any]:
    """When a lane is due once it has something to do at `at`: not before its hold ends."""
    due = later_of(table.c.held_until, at)
    return case((table.c.due_at < due, table.c.due_at), else_=due)


def next_due(base: ColumnElement[datetime], now: ColumnElement[datetime]) -> ColumnElement[Any]:
    """When a lane is due again, given its open deliveries; NULL when there are none.

    The first look is at the head of the lane, so that a long queue is not read to its end.
    """
    mine = deliveries.c.link_id == lanes.c.link_id
    ready = (deliveries.c.due_at.is_(None)) | (deliveries.c.due_at <= now)
    has_ready = select(literal_column("1")).where(mine, OPEN, ready).exists()
    first_deferred = select(func.min(deliveries.c.due_at)).where(mine, OPEN).scalar_subquery()
    deferred = case(
        (first_deferred.is_(None), null()),
        (first_deferred < base, base),
        else_=first_deferred,
    )
    return case((has_ready, base), else_=deferred)


async def lock_lanes(transaction: Transaction, link_ids: Select[Any] | list[int]) -> None:
    """Take the lanes for this transaction, always in the same order, so that nobody deadlocks.

    Who holds them sees every delivery committed before, in statements that follow. SQLite needs
    none of this: there the whole transaction is the only writer.
    """
    if transaction.postgres:
        await transaction.rows(
            select(lanes.c.link_id)
            .where(lanes.c.link_id.in_(link_ids))
            .order_by(lanes.c.link_id)
            .with_for_update()
        )
