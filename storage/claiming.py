"""Claiming lanes of the outbox, and loading all that their turns need.

How many statements it takes does not depend on how many conversations are claimed.
"""

import functools
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
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

from core.channels import Link
from core.deliveries import Claimed, Delivery, DeliveryKind
from core.ids import DeliveryId, LinkId, PlatformName, PostId, WorkspaceId
from core.places import Workspace
from core.posts import Copy
from storage.engine import Transaction
from storage.lanes import OPEN, SENDING, next_due
from storage.loading import load_posts
from storage.rows import copy_of, link_of, prefixed, workspace_of
from storage.tables import copies, deliveries, lanes, links, posts, workspaces

ELIGIBLE = (
    links.c.trouble.is_(None),
    links.c.mode == literal_column("'live'"),
    workspaces.c.state == literal_column("'confirmed'"),
)
"""Which conversations may be written to at all."""


def eligible(platform: PlatformName | None) -> tuple[ColumnElement[bool], ...]:
    """Which conversations may be written to, of one platform or of all."""
    return ELIGIBLE if platform is None else (*ELIGIBLE, workspaces.c.platform == platform)


_NOW = bindparam("now", type_=lanes.c.due_at.type)
_OURS = lanes.c.claim_token == bindparam("held")
_TAKE = (
    update(lanes)
    .where(lanes.c.link_id.in_(bindparam("ids", expanding=True)))
    .values(claimed_until=bindparam("until"), claim_token=bindparam("token"))
)
_IN_HAND = (
    select(deliveries.c.post_id, deliveries.c.link_id)
    .join(lanes, lanes.c.link_id == deliveries.c.link_id)
    .where(_OURS, OPEN, deliveries.c.state == SENDING)
    .distinct()
    .subquery()
)
_COPIES = (
    select(copies)
    .join(
        _IN_HAND,
        (copies.c.post_id == _IN_HAND.c.post_id) & (copies.c.link_id == _IN_HAND.c.link_id),
    )
    .order_by(copies.c.part, copies.c.id)
)
_ROOTS = (
    select(copies, deliveries.c.post_id.label("reply_id"))
    .select_from(lanes)
    .join(deliveries, deliveries.c.link_id == lanes.c.link_id)
    .join(posts, posts.c.id == deliveries.c.post_id)
    .join(copies, (copies.c.post_id == posts.c.root_id) & (copies.c.link_id == lanes.c.link_id))
    .where(_OURS, OPEN, deliveries.c.state == SENDING, copies.c.part == 0)
    .order_by(copies.c.gone.desc(), copies.c.id)
)


@functools.cache
def _due(platform: PlatformName | None) -> Any:
    return (
        select(lanes.c.pace, *prefixed(links, "link_"), *prefixed(workspaces, "workspace_"))
        .select_from(lanes)
        .join(links, links.c.id == lanes.c.link_id)
        .join(workspaces, workspaces.c.id == links.c.workspace_id)
        .where(
            lanes.c.due_at <= _NOW,
            or_(lanes.c.claimed_until.is_(None), lanes.c.claimed_until <= _NOW),
            or_(workspaces.c.held_until.is_(None), workspaces.c.held_until <= _NOW),
            *eligible(platform),
        )
        .order_by(lanes.c.due_at, lanes.c.link_id)
        .limit(bindparam("most"))
        .with_for_update(of=lanes, skip_locked=True)
    )


async def claim_lanes(
    transaction: Transaction,
    limit: int,
    token: str,
    now: datetime,
    until: datetime,
    platform: PlatformName | None,
) -> Sequence[Row[Any]]:
    """Mark lanes that are due as ours, and give back their links and workspaces.

    Lanes that another transaction holds are passed over. Deliveries are to be read by a later
    statement: it sees what was committed before the lane was ours.
    """
    rows = await transaction.rows(_due(platform), {"now": now, "most": limit})
    if rows:
        await transaction.run(
            _TAKE, {"ids": [row.link_id for row in rows], "until": until, "token": token}
        )
    return rows


async def turns_of(
    transaction: Transaction, claimed: Sequence[Row[Any]], token: str, per_lane: int, now: datetime
) -> list[Claimed]:
    """The turns of claimed lanes; a lane with nothing to do is let go again."""
    by_lane = await _hand_out(transaction, token, per_lane, now)
    idle = [row.link_id for row in claimed if row.link_id not in by_lane]
    if idle:
        await _let_go(transaction, idle, now)
    if not by_lane:
        return []
    wanted = {d.post for turn in by_lane.values() for d in turn if d.post is not None}
    loaded = await load_posts(transaction, wanted)
    answered = {post.root for post in loaded.values() if post.root is not None}
    loaded |= await load_posts(transaction, answered - loaded.keys())
    shown = await _copies(transaction, token)
    roots = await _roots(transaction, token)
    places: dict[WorkspaceId, Workspace] = {}
    turns = []
    for row in claimed:
        if row.link_id not in by_lane:
            continue
        link, due = link_of(row._mapping, "link_"), by_lane[row.link_id]
        if link.workspace not in places:
            places[link.workspace] = workspace_of(row._mapping, "workspace_")
        about = list(dict.fromkeys(d.post for d in due if d.post is not None))
        turns.append(
            Claimed(
                link=link,
                workspace=places[link.workspace],
                deliveries=tuple(due),
                posts=loaded,
                copies=_here(shown, link, about),
                roots={post: roots[link.id, post] for post in about if (link.id, post) in roots},
                pace=tuple(row.pace),
                token=token,
            )
        )
    return turns


def _here(
    shown: dict[tuple[LinkId, PostId], list[Copy]], link: Link, about: list[PostId]
) -> dict[PostId, tuple[Copy, ...]]:
    return {post: tuple(shown.get((link.id, post), ())) for post in about}


async def _hand_out(
    transaction: Transaction, token: str, per_lane: int, now: datetime
) -> dict[LinkId, list[Delivery]]:
    rows = await transaction.rows(
        _hand_out_statement(postgres=transaction.postgres),
        {"held": token, "per_lane": per_lane, "now": now},
    )
    by_lane: dict[LinkId, list[Delivery]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: int(row.id)):
        by_lane[LinkId(row.link_id)].append(
            Delivery(
                id=DeliveryId(row.id),
                link=LinkId(row.link_id),
                kind=DeliveryKind(row.kind),
                post=None if row.post_id is None else PostId(row.post_id),
                created_at=row.created_at,
                attempts=row.attempts,
                unsure=row.unsure,
            )
        )
    return by_lane


@functools.cache
def _hand_out_statement(*, postgres: bool) -> Any:
    # An update sees the old state on its right side: who was `sending` then was cut off.
    return (
        update(deliveries)
        .where(deliveries.c.id.in_(_heads(postgres=postgres)))
        .values(
            unsure=case((deliveries.c.state == SENDING, true()), else_=deliveries.c.unsure),
            attempts=deliveries.c.attempts + 1,
            state="sending",
        )
        .returning(
            deliveries.c.id,
            deliveries.c.link_id,
            deliveries.c.kind,
            deliveries.c.post_id,
            deliveries.c.created_at,
            deliveries.c.attempts,
            deliveries.c.unsure,
        )
    )


def _heads(*, postgres: bool) -> Select[tuple[int]]:
    """The first deliveries of each lane; what is meant for later is passed over."""
    queued = deliveries.alias("queued")
    head = (
        select(queued.c.id)
        .where(
            queued.c.link_id == lanes.c.link_id,
            queued.c.state.in_([literal_column("'waiting'"), literal_column("'sending'")]),
            or_(queued.c.due_at.is_(None), queued.c.due_at <= _NOW),
        )
        .order_by(queued.c.id)
        .limit(bindparam("per_lane"))
        .correlate(lanes)
    )
    if postgres:
        first = head.lateral("first")
        return select(first.c.id).select_from(lanes.join(first, true())).where(_OURS)
    candidate = deliveries.alias("candidate")
    joined = lanes.join(candidate, candidate.c.id.in_(head))
    return select(candidate.c.id).select_from(joined).where(_OURS)


async def _let_go(transaction: Transaction, idle: list[int], now: datetime) -> None:
    base = literal(now, lanes.c.due_at.type)
    await transaction.run(
        update(lanes)
        .where(lanes.c.link_id.in_(idle))
        .values(claimed_until=null(), claim_token=null(), due_at=next_due(base, base))
    )


async def _copies(transaction: Transaction, token: str) -> dict[tuple[LinkId, PostId], list[Copy]]:
    rows = await transaction.rows(_COPIES, {"held": token})
    found: dict[tuple[LinkId, PostId], list[Copy]] = defaultdict(list)
    for row in rows:
        copy = copy_of(row._mapping)
        found[copy.link, copy.post].append(copy)
    return found


async def _roots(transaction: Transaction, token: str) -> dict[tuple[LinkId, PostId], Copy]:
    rows = await transaction.rows(_ROOTS, {"held": token})
    # Of several, the newest that is still there comes last and stays.
    return {(LinkId(row.link_id), PostId(row.reply_id)): copy_of(row._mapping) for row in rows}
