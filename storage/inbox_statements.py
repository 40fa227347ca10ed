"""The inbox's statements, built once: each event costs several of them."""

import functools
from typing import Any

from sqlalchemy import bindparam, case, literal_column, null, or_, select, true, update
from sqlalchemy.dialects import postgresql

from storage.engine import insert_into
from storage.lanes import WAITING, later_of
from storage.tables import inbox, inbox_lanes

TIME = inbox_lanes.c.due_at.type
_NAME = bindparam("name", type_=inbox_lanes.c.lane.type)
_NOW = bindparam("now", type_=TIME)
_COUNT = bindparam("count", type_=inbox_lanes.c.handed_out.type)

HAS_WAITING = (
    select(literal_column("1"))
    .where(inbox.c.lane == inbox_lanes.c.lane, inbox.c.state == WAITING)
    .exists()
)
LOCK = select(inbox_lanes).where(inbox_lanes.c.lane == _NAME).with_for_update()
DUE = (
    select(inbox_lanes.c.lane)
    .where(
        inbox_lanes.c.due_at <= _NOW,
        inbox_lanes.c.held_until.is_(None),
        or_(inbox_lanes.c.claimed_until.is_(None), inbox_lanes.c.claimed_until <= _NOW),
    )
    .order_by(inbox_lanes.c.due_at, inbox_lanes.c.lane)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
"""Lanes that are due and free; what another node is just claiming is passed over."""

CLAIM = (
    update(inbox_lanes)
    .where(inbox_lanes.c.lane == _NAME)
    .values(
        claimed_until=bindparam("until"),
        claim_token=bindparam("token"),
        handed_out=_COUNT,
        due_at=case((_COUNT == 0, null()), else_=inbox_lanes.c.due_at),
    )
)
HANDLED = (
    update(inbox)
    .where(inbox.c.id == bindparam("own_id"))
    .values(
        state="handled",
        outcome=bindparam("new_outcome"),
        note=bindparam("new_note"),
        handled_at=_NOW,
    )
)
ONE_LESS = (
    update(inbox_lanes)
    .where(inbox_lanes.c.lane == _NAME)
    .values(handed_out=inbox_lanes.c.handed_out - 1)
)
FREE = (
    update(inbox_lanes)
    .where(inbox_lanes.c.lane == _NAME)
    .values(
        claimed_until=null(),
        claim_token=null(),
        handed_out=0,
        due_at=case(
            (HAS_WAITING, later_of(inbox_lanes.c.held_until, bindparam("at", type_=TIME))),
            else_=null(),
        ),
    )
)


@functools.cache
def keep(*, postgres: bool) -> Any:
    """Insert events; only new ones come back."""
    return (
        insert_into(inbox, postgres=postgres)
        .on_conflict_do_nothing(index_elements=["platform", "key"])
        .returning(inbox.c.platform, inbox.c.key)
    )


@functools.cache
def wake(*, postgres: bool) -> postgresql.Insert:
    """Lanes with something new are due, unless they wait for another try or are held."""
    fresh = insert_into(inbox_lanes, postgres=postgres)
    due = later_of(inbox_lanes.c.held_until, fresh.excluded.due_at)
    return fresh.on_conflict_do_update(
        index_elements=["lane"],
        set_={"due_at": case((inbox_lanes.c.due_at.is_(None), due), else_=inbox_lanes.c.due_at)},
    )


@functools.cache
def heads(*, postgres: bool) -> Any:
    """The oldest waiting events of each of the named lanes."""
    queued = inbox.alias("queued")
    head = (
        select(queued.c.id)
        .where(queued.c.lane == inbox_lanes.c.lane, queued.c.state == WAITING)
        .order_by(queued.c.at, queued.c.id)
        .limit(bindparam("per_lane"))
        .correlate(inbox_lanes)
    )
    if postgres:
        first = head.lateral("first")
        source = inbox_lanes.join(first, true()).join(inbox, inbox.c.id == first.c.id)
    else:
        source = inbox_lanes.join(inbox, inbox.c.id.in_(head))
    named = inbox_lanes.c.lane.in_(bindparam("names", expanding=True))
    return select(inbox).select_from(source).where(named)
