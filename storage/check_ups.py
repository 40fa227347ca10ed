"""When workspaces and links are looked at: shared between nodes, so that each is looked at once."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Table, bindparam, select, update

from core.channels import Trouble
from core.ids import LinkId, WorkspaceId
from core.places import WorkspaceState
from storage.engine import Connections, Transaction
from storage.tables import copies, departures, links, posts, workspaces

_SPREAD = 0.618033988749895
"""Multiples of the golden ratio fall evenly into any span, however many there are."""


class CheckUps:
    """What is to be looked at next."""

    def __init__(self, connections: Connections, clock: Callable[[], datetime]) -> None:
        self._connections = connections
        self._clock = clock

    async def take_workspaces(
        self, limit: int, every: timedelta, lease: timedelta
    ) -> list[WorkspaceId]:
        """Confirmed workspaces to be looked at now; each comes again after the lease, unless
        `looked_at` says that it was done. Those that removed the app are left alone. New ones get
        their turn within `every`, spread evenly."""
        present = (
            workspaces.c.state == WorkspaceState.CONFIRMED.value,
            workspaces.c.id.not_in(select(departures.c.workspace_id)),
        )
        async with self._connections.writing() as transaction:
            await self._plan(transaction, workspaces, every)
            taken = await self._take(transaction, workspaces, present, limit, lease)
        return [WorkspaceId(own) for own in taken]

    async def take_links(self, limit: int, every: timedelta, lease: timedelta) -> list[LinkId]:
        """Links of such workspaces, likewise."""
        present = select(workspaces.c.id).where(
            workspaces.c.state == WorkspaceState.CONFIRMED.value,
            workspaces.c.id.not_in(select(departures.c.workspace_id)),
        )
        conditions = (links.c.removed_at.is_(None), links.c.workspace_id.in_(present))
        async with self._connections.writing() as transaction:
            await self._plan(transaction, links, every)
            taken = await self._take(transaction, links, conditions, limit, lease)
        return [LinkId(own) for own in taken]

    async def workspaces_looked_at(self, ids: Sequence[WorkspaceId], due: datetime) -> None:
        """These were looked at, and are next then."""
        async with self._connections.writing() as transaction:
            await transaction.run(
                update(workspaces).where(workspaces.c.id.in_(ids)).values(check_due_at=due)
            )

    async def links_looked_at(
        self, seen: Mapping[LinkId, Trouble | None], due: datetime
    ) -> dict[LinkId, Trouble]:
        """These were looked at, with what was seen, and are next then.

        Gives back the trouble that had been seen in them before.
        """
        async with self._connections.writing() as transaction:
            rows = await transaction.rows(
                select(links.c.id, links.c.trouble_seen).where(
                    links.c.id.in_(list(seen)), links.c.trouble_seen.is_not(None)
                )
            )
            statement = (
                update(links)
                .where(links.c.id == bindparam("own_id"))
                .values(check_due_at=due, trouble_seen=bindparam("what"))
            )
            values = [{"own_id": own, "what": trouble} for own, trouble in seen.items()]
            if values:
                await transaction.run(statement, values)
        return {LinkId(row.id): Trouble(row.trouble_seen) for row in rows}

    async def look_now(self, workspace: WorkspaceId) -> None:
        """The links of a workspace are to be looked at as soon as can be."""
        async with self._connections.writing() as transaction:
            await transaction.run(
                update(links)
                .where(links.c.workspace_id == workspace, links.c.removed_at.is_(None))
                .values(check_due_at=self._clock())
            )

    async def written_at(self, link: LinkId, limit: int) -> list[datetime]:
        """When the newest posts of a conversation were written there, the newest first."""
        async with self._connections.reading() as transaction:
            rows = await transaction.rows(
                select(posts.c.created_at)
                .join(copies, copies.c.post_id == posts.c.id)
                .where(copies.c.link_id == link, copies.c.is_origin)
                .order_by(copies.c.message.desc())
                .limit(limit)
            )
        return [row.created_at for row in rows]

    async def _plan(self, transaction: Transaction, what: Table, every: timedelta) -> None:
        """Give what has no turn yet its first one."""
        now = self._clock()
        rows = await transaction.rows(select(what.c.id).where(what.c.check_due_at.is_(None)))
        if rows:
            statement = (
                update(what)
                .where(what.c.id == bindparam("own_id"))
                .values(check_due_at=bindparam("first_due", type_=what.c.check_due_at.type))
            )
            values = [
                {"own_id": row.id, "first_due": now + every * (row.id * _SPREAD % 1)}
                for row in rows
            ]
            await transaction.run(statement, values)

    async def _take(
        self,
        transaction: Transaction,
        what: Table,
        conditions: tuple[ColumnElement[bool], ...],
        limit: int,
        lease: timedelta,
    ) -> list[int]:
        now = self._clock()
        rows = await transaction.rows(
            select(what.c.id)
            .where(what.c.check_due_at <= now, *conditions)
            .order_by(what.c.check_due_at, what.c.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        taken = [row.id for row in rows]
        if taken:
            await transaction.run(
                update(what).where(what.c.id.in_(taken)).values(check_due_at=now + lease)
            )
        return taken
