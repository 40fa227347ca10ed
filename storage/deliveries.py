"""The duties that a change of a post brings, for any number of conversations at once."""

import functools
from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    bindparam,
    exists,
    false,
    func,
    insert,
    literal,
    literal_column,
    select,
    update,
)

from core.channels import LinkMode
from core.deliveries import DeliveryKind
from core.ids import LinkId, PostId
from core.posts import Post
from storage.engine import Transaction
from storage.lanes import CREATE, OPEN, WAITING, lock_lanes, woken
from storage.tables import copies, deliveries, lanes, links, posts

_NEW = (
    "link_id",
    "post_id",
    "kind",
    "state",
    "due_at",
    "created_at",
    "attempts",
    "unsure",
    "error",
)


class DeliveriesRepository:
    """Deliveries as far as a unit of work makes them; the outbox does the rest."""

    def __init__(
        self, transaction: Transaction, clock: Callable[[], datetime], wake: Callable[[], None]
    ) -> None:
        self._transaction = transaction
        self._clock = clock
        self._wake = wake

    async def fan_out(
        self,
        post: Post,
        kind: DeliveryKind,
        *,
        due_at: datetime | None = None,
        include_origin: bool = False,
    ) -> int:
        """Let every conversation know of a change; gives back how many there are.

        A create goes to every live link of the channel, to one in trouble as well (it waits).
        All else goes where the post is, or will be. A tally joins one that is waiting already.
        The number of statements does not depend on the number of links.
        """
        now = self._clock()
        facts = {"post": post.id, "channel": post.channel, "origin": post.origin}
        if self._transaction.postgres:
            locked = _lock(kind, include_origin=include_origin)
            await self._transaction.rows(locked, facts)
        added = await self._transaction.run(
            _fan_out(kind, include_origin=include_origin), {**facts, "due": due_at, "now": now}
        )
        if kind is DeliveryKind.CREATE and added:
            await self._transaction.run(_FANNED_OUT, {"post": post.id})
        if added:
            wake = {"post": post.id, "kind": kind.value, "at": due_at or now}
            await self._transaction.run(_WAKE, wake)
            self._wake()
        return added

    async def to_link(
        self,
        link: LinkId,
        post: PostId,
        kind: DeliveryKind,
        due_at: datetime | None = None,
        *,
        replace: bool = False,
    ) -> None:
        """One delivery for one conversation, a receipt for example.

        With `replace`, one of the same kind that is still waiting there for the post is skipped.
        """
        await lock_lanes(self._transaction, [link])
        now = self._clock()
        if replace:
            await self._transaction.run(
                update(deliveries)
                .where(
                    deliveries.c.post_id == post,
                    deliveries.c.link_id == link,
                    deliveries.c.kind == kind.value,
                    deliveries.c.state == WAITING,
                )
                .values(state="skipped", error="replaced by a newer one", settled_at=now)
            )
        facts = {"post": post, "link": link, "due": due_at, "now": now}
        if await self._transaction.run(_to_link(kind), facts):
            wake = {"post": post, "kind": kind.value, "at": due_at or now, "link": link}
            await self._transaction.run(_WAKE_ONE, wake)
            self._wake()

    async def being_made(self, link: LinkId, before: datetime) -> bool:
        """Whether a copy that was due there before a moment may exist without our knowing its id:
        it is being sent, or the answer to an attempt was lost."""
        may_exist = (deliveries.c.state == "sending") | deliveries.c.unsure
        found = await self._transaction.value(
            select(deliveries.c.id)
            .where(
                deliveries.c.link_id == link,
                deliveries.c.kind == CREATE,
                OPEN,
                may_exist,
                deliveries.c.created_at <= before,
            )
            .limit(1)
        )
        return found is not None

    async def newest(self, post: PostId, kind: DeliveryKind) -> datetime | None:
        """When the newest duty of a kind about a post falls due, or fell."""
        due = func.coalesce(deliveries.c.due_at, deliveries.c.created_at)
        found: datetime | None = await self._transaction.value(
            select(func.max(due, type_=deliveries.c.created_at.type)).where(
                deliveries.c.post_id == post, deliveries.c.kind == kind.value
            )
        )
        return found


_TIME = lanes.c.due_at.type
_POST = bindparam("post", type_=deliveries.c.post_id.type)
_NOT_REMOVED = links.c.removed_at.is_(None)
_FANNED_OUT = update(posts).where(posts.c.id == _POST).values(fanned_out=True)
_WAITING_HERE = select(deliveries.c.link_id).where(
    deliveries.c.post_id == _POST,
    deliveries.c.kind == bindparam("kind"),
    deliveries.c.state == WAITING,
)
_WAKE = (
    update(lanes)
    .where(lanes.c.link_id.in_(_WAITING_HERE))
    .values(due_at=woken(lanes, bindparam("at", type_=_TIME)))
)
_WAKE_ONE = _WAKE.where(lanes.c.link_id == bindparam("link"))


@functools.cache
def _fan_out(kind: DeliveryKind, *, include_origin: bool) -> Any:
    targets = _targets(kind, include_origin=include_origin)
    return _insert(targets.order_by(links.c.id), kind)


@functools.cache
def _to_link(kind: DeliveryKind) -> Any:
    here = links.c.id == bindparam("link")
    return _insert(select(links.c.id).where(here, _NOT_REMOVED), kind)


@functools.cache
def _lock(kind: DeliveryKind, *, include_origin: bool) -> Any:
    """Lanes are locked in the order of their links (see `storage.lanes.lock_lanes`)."""
    targets = _targets(kind, include_origin=include_origin)
    return (
        select(lanes.c.link_id)
        .where(lanes.c.link_id.in_(targets))
        .order_by(lanes.c.link_id)
        .with_for_update()
    )


def _targets(kind: DeliveryKind, *, include_origin: bool) -> Select[Any]:
    targets = select(links.c.id).where(_NOT_REMOVED)
    if not include_origin:
        targets = targets.where(links.c.id != bindparam("origin"))
    if kind is DeliveryKind.CREATE:
        return targets.where(
            links.c.channel_id == bindparam("channel"), links.c.mode == LinkMode.LIVE.value
        )
    has_it = select(copies.c.link_id).where(copies.c.post_id == _POST)
    will_have_it = select(deliveries.c.link_id).where(
        deliveries.c.post_id == _POST,
        deliveries.c.kind == CREATE,
        deliveries.c.state.not_in(["failed", "skipped"]),
    )
    targets = targets.where(links.c.id.in_(has_it.union(will_have_it)))
    if kind is DeliveryKind.TALLY:
        targets = targets.where(~_is_waiting(kind))
    return targets


def _is_waiting(kind: DeliveryKind) -> ColumnElement[bool]:
    return exists(
        select(literal_column("1")).where(
            deliveries.c.post_id == _POST,
            deliveries.c.link_id == links.c.id,
            deliveries.c.kind == kind.value,
            deliveries.c.state == WAITING,
        )
    )


def _insert(targets: Select[Any], kind: DeliveryKind) -> Any:
    source = targets.add_columns(
        _POST,
        literal(kind.value, deliveries.c.kind.type),
        literal("waiting", deliveries.c.state.type),
        bindparam("due", type_=_TIME),
        bindparam("now", type_=_TIME),
        literal(0),
        false(),
        literal("", deliveries.c.error.type),
    )
    return insert(deliveries).from_select(_NEW, source)
