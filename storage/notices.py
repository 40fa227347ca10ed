"""Words for a workspace's admins, each said once."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update

from core.ids import WorkspaceId
from storage.engine import Connections, Transaction
from storage.lanes import WAITING
from storage.tables import notices


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to tell a workspace's admins. `attempts` counts this one."""

    id: int
    workspace: WorkspaceId
    key: str
    text: str
    reference: str
    attempts: int


async def add_notice(
    transaction: Transaction,
    now: datetime,
    workspace: WorkspaceId,
    key: str,
    text: str,
    reference: str,
) -> bool:
    """Note something to say; false when it was noted before."""
    fresh = transaction.insert(notices).values(
        workspace_id=workspace,
        key=key,
        text=text,
        reference=reference,
        state="waiting",
        attempts=0,
        due_at=now,
        created_at=now,
    )
    return bool(await transaction.run(fresh.on_conflict_do_nothing(index_elements=["key"])))


async def drop_notices(
    transaction: Transaction, workspace: WorkspaceId, reference: str = ""
) -> None:
    """Leave unsaid what waits to be said to a workspace, all of it or what has this reference."""
    about = [notices.c.reference == reference] if reference else []
    await transaction.run(
        update(notices)
        .where(notices.c.workspace_id == workspace, notices.c.state == WAITING, *about)
        .values(state="expired")
    )


class Notices:
    """Notices on their way to admins."""

    def __init__(self, connections: Connections, clock: Callable[[], datetime]) -> None:
        self._connections = connections
        self._clock = clock

    async def claim(self, limit: int, lease: timedelta = timedelta(minutes=1)) -> list[Notice]:
        """Notices to be said now; each comes again after the lease, unless it is done."""
        now = self._clock()
        async with self._connections.writing() as transaction:
            due = await transaction.rows(
                select(notices.c.id)
                .where(notices.c.state == WAITING, notices.c.due_at <= now)
                .order_by(notices.c.id)
                .limit(limit)
                .with_for_update(skip_locked=True)
            )
            if not due:
                return []
            rows = await transaction.rows(
                update(notices)
                .where(notices.c.id.in_([row.id for row in due]))
                .values(due_at=now + lease, attempts=notices.c.attempts + 1)
                .returning(notices)
            )
        return [
            Notice(
                id=row.id,
                workspace=WorkspaceId(row.workspace_id),
                key=row.key,
                text=row.text,
                reference=row.reference,
                attempts=row.attempts,
            )
            for row in sorted(rows, key=lambda row: int(row.id))
        ]

    async def done(self, notice: int) -> None:
        """A notice was said."""
        async with self._connections.writing() as transaction:
            await transaction.run(
                update(notices).where(notices.c.id == notice).values(state="done")
            )

    async def expire(self, before: datetime) -> int:
        """Give up notices that were made before a time; gives back how many."""
        async with self._connections.writing() as transaction:
            return await transaction.run(
                update(notices)
                .where(notices.c.state == WAITING, notices.c.created_at < before)
                .values(state="expired")
            )
