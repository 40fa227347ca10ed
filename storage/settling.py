"""How turns end: what was done, written for many conversations in one transaction."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, null, select, update

from core.deliveries import DeliveryState, TurnOver
from core.ids import LinkId
from storage.engine import Transaction
from storage.lanes import later_of, next_due
from storage.tables import copies, deliveries, lanes, links, workspaces

_TIME = lanes.c.due_at.type
_SETTLE = (
    update(deliveries)
    .where(deliveries.c.id == bindparam("own_id"))
    .values(
        state=bindparam("new_state"),
        error=bindparam("new_error"),
        unsure=bindparam("new_unsure"),
        due_at=func.coalesce(bindparam("new_due_at", type_=_TIME), deliveries.c.due_at),
        attempts=bindparam("new_attempts"),
        settled_at=bindparam("new_settled_at"),
    )
)
_CHANGE_COPY = (
    update(copies)
    .where(copies.c.id == bindparam("own_id"))
    .values(
        message=bindparam("new_message"),
        thread=bindparam("new_thread"),
        shown=bindparam("new_shown"),
        gone=bindparam("new_gone"),
        reactions=bindparam("new_reactions"),
        joined=bindparam("new_joined"),
    )
)
_BASE = bindparam("base", type_=_TIME)
_FREE = (
    update(lanes)
    .where(lanes.c.link_id == bindparam("own_id"))
    .values(
        claimed_until=null(),
        claim_token=null(),
        pace=bindparam("new_pace"),
        held_until=bindparam("new_held_until"),
        due_at=next_due(_BASE, bindparam("now", type_=_TIME)),
    )
)
_TROUBLE = (
    update(links)
    .where(links.c.id == bindparam("own_id"))
    .values(
        trouble=bindparam("new_trouble"),
        trouble_since=func.coalesce(links.c.trouble_since, bindparam("since", type_=_TIME)),
    )
)
_HOLD = (
    update(workspaces)
    .where(workspaces.c.id == bindparam("own_id"))
    .values(held_until=later_of(workspaces.c.held_until, bindparam("until", type_=_TIME)))
)


async def settle(transaction: Transaction, turns: Sequence[TurnOver], now: datetime) -> list[bool]:
    """Write the ends of turns; false for those whose claim somebody else has taken over."""
    holders = await _holders(transaction, turns)
    accepted = [holders.get(turn.claimed.link.id) == turn.claimed.token for turn in turns]
    ours = [turn for turn, still in zip(turns, accepted, strict=True) if still]
    await _insert_copies(transaction, turns)
    await _each(transaction, _CHANGE_COPY, _changed_copies(ours))
    await _each(transaction, _SETTLE, [row for turn in ours for row in _settled(turn, now)])
    await _each(transaction, _TROUBLE, _troubles(ours, now))
    await _each(transaction, _FREE, [_freed(turn, now) for turn in ours])
    await _each(transaction, _HOLD, _holds(ours))
    return accepted


async def _each(transaction: Transaction, statement: Any, rows: list[dict[str, Any]]) -> None:
    if rows:
        await transaction.run(statement, rows)


async def _holders(transaction: Transaction, turns: Sequence[TurnOver]) -> dict[LinkId, str | None]:
    """Who has the lanes now; they are locked, always in the same order."""
    rows = await transaction.rows(
        select(lanes.c.link_id, lanes.c.claim_token)
        .where(lanes.c.link_id.in_({turn.claimed.link.id for turn in turns}))
        .order_by(lanes.c.link_id)
        .with_for_update()
    )
    return {LinkId(row.link_id): row.claim_token for row in rows}


async def _insert_copies(transaction: Transaction, turns: Sequence[TurnOver]) -> None:
    rows: list[dict[str, Any]] = [
        {
            "post_id": copy.post,
            "link_id": turn.claimed.link.id,
            "message": copy.message,
            "part": copy.part,
            "thread": copy.thread,
            "is_origin": False,
            "shown": copy.shown,
            "gone": False,
            "joined": copy.joined,
            "reactions": [],
        }
        for turn in turns
        for copy in turn.new_copies
    ]
    if rows:
        await transaction.run(transaction.insert(copies).on_conflict_do_nothing(), rows)


def _changed_copies(turns: list[TurnOver]) -> list[dict[str, Any]]:
    return [
        {
            "own_id": copy.id,
            "new_message": copy.message,
            "new_thread": copy.thread,
            "new_shown": copy.shown,
            "new_gone": copy.gone,
            "new_reactions": list(copy.reactions),
            "new_joined": copy.joined,
        }
        for turn in turns
        for copy in turn.changed_copies
    ]


def _settled(turn: TurnOver, now: datetime) -> list[dict[str, Any]]:
    told = {settled.delivery: settled for settled in turn.settled}
    rows: list[dict[str, Any]] = []
    for delivery in turn.claimed.deliveries:
        end = told.get(delivery.id)
        state = end.state if end else DeliveryState.WAITING
        if state is DeliveryState.SENDING:
            state = DeliveryState.WAITING
        rows.append(
            {
                "own_id": delivery.id,
                "new_state": state.value,
                "new_error": end.error if end else "",
                "new_unsure": end.unsure if end else delivery.unsure,
                "new_due_at": end.due_at if end else None,
                "new_attempts": delivery.attempts if end else delivery.attempts - 1,
                "new_settled_at": None if state is DeliveryState.WAITING else now,
            }
        )
    return rows


def _freed(turn: TurnOver, now: datetime) -> dict[str, Any]:
    base = now if turn.wait_until is None else max(now, turn.wait_until)
    return {
        "own_id": turn.claimed.link.id,
        "new_pace": list(turn.pace),
        "new_held_until": turn.wait_until,
        "base": base,
        "now": now,
    }


def _troubles(turns: list[TurnOver], now: datetime) -> list[dict[str, Any]]:
    return [
        {"own_id": turn.claimed.link.id, "new_trouble": turn.trouble.value, "since": now}
        for turn in sorted(turns, key=lambda turn: turn.claimed.link.id)
        if turn.trouble is not None
    ]


def _holds(turns: list[TurnOver]) -> list[dict[str, Any]]:
    until: dict[int, datetime] = {}
    for turn in turns:
        if turn.hold_workspace_until is not None:
            own = turn.claimed.workspace.id
            until[own] = max(turn.hold_workspace_until, until.get(own, turn.hold_workspace_until))
    return [{"own_id": own, "until": until[own]} for own in sorted(until)]
