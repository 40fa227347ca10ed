"""The duties that a change of a post brings, for any number of conversations at once."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
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
from storage.lanes import CREATE, WAITING, lock_lanes, woken
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
        targets = _targets(post, kind, include_origin=include_origin)
        await lock_lanes(self._transaction, targets)
        added = await self._transaction.run(
            _insert(targets.order_by(links.c.id), post.id, kind, due_at, self._clock())
        )
        if kind is DeliveryKind.CREATE and added:
            await self._transaction.run(
                update(posts).where(posts.c.id == post.id).values(fanned_out=True)
            )
        if added:
            await self._wake_lanes(post.id, kind, due_at)
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
        target = select(links.c.id).where(links.c.id == link, links.c.removed_at.is_(None))
        if await self._transaction.run(_insert(target, post, kind, due_at, now)):
            await self._wake_lanes(post, kind, due_at, link)

    async def newest(self, post: PostId, kind: DeliveryKind) -> datetime | None:
        """When the newest duty of a kind about a post falls due, or fell."""
        due = func.coalesce(deliveries.c.due_at, deliveries.c.created_at)
        found: datetime | None = await self._transaction.value(
            select(func.max(due, type_=deliveries.c.created_at.type)).where(
                deliveries.c.post_id == post, deliveries.c.kind == kind.value
            )
        )
        return found

    async def _wake_lanes(
        self, post: PostId, kind: DeliveryKind, due_at: datetime | None, link: LinkId | None = None
    ) -> None:
        waiting = select(deliveries.c.link_id).where(
            deliveries.c.post_id == post,
            deliveries.c.kind == kind.value,
            deliveries.c.state == WAITING,
        )
        if link is not None:
            waiting = waiting.where(deliveries.c.link_id == link)
        at = literal(due_at or self._clock(), lanes.c.due_at.type)
        await self._transaction.run(
            update(lanes).where(lanes.c.link_id.in_(waiting)).values(due_at=woken(lanes, at))
        )
        self._wake()


def _targets(post: Post, kind: DeliveryKind, *, include_origin: bool) -> Select[Any]:
    targets = select(links.c.id).where(links.c.removed_at.is_(None))
    if not include_origin:
        targets = targets.where(links.c.id != post.origin)
    if kind is DeliveryKind.CREATE:
        return targets.where(
            links.c.channel_id == post.channel, links.c.mode == LinkMode.LIVE.value
        )
    has_it = select(copies.c.link_id).where(copies.c.post_id == post.id)
    will_have_it = select(deliveries.c.link_id).where(
        deliveries.c.post_id == post.id,
        deliveries.c.kind == CREATE,
        deliveries.c.state.not_in(["failed", "skipped"]),
    )
    targets = targets.where(links.c.id.in_(has_it.union(will_have_it)))
    if kind is DeliveryKind.TALLY:
        targets = targets.where(~_is_waiting(post.id, kind))
    return targets


def _is_waiting(post: PostId, kind: DeliveryKind) -> ColumnElement[bool]:
    return exists(
        select(literal_column("1")).where(
            deliveries.c.post_id == post,
            deliveries.c.link_id == links.c.id,
            deliveries.c.kind == kind.value,
            deliveries.c.state == WAITING,
        )
    )


def _insert(
    targets: Select[Any], post: PostId, kind: DeliveryKind, due_at: datetime | None, now: datetime
) -> Any:
    source = targets.add_columns(
        literal(post, deliveries.c.post_id.type),
        literal(kind.value, deliveries.c.kind.type),
        literal("waiting", deliveries.c.state.type),
        literal(due_at, deliveries.c.due_at.type),
        literal(now, deliveries.c.created_at.type),
        literal(0),
        false(),
        literal("", deliveries.c.error.type),
    )
    return insert(deliveries).from_select(_NEW, source)
