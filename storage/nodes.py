"""Which `serve` processes are alive."""

from collections.abc import Callable, Collection
from datetime import datetime

from sqlalchemy import func, select, text

from core.ids import NodeId
from storage.claims import free_claims
from storage.engine import Connections
from storage.signals import LISTENER, Signals, listener_name
from storage.tables import nodes

_LISTENING = text(
    "SELECT application_name FROM pg_stat_activity"
    " WHERE datname = current_database() AND starts_with(application_name, :ours)"
).bindparams(ours=LISTENER)


class Nodes:
    """The nodes that share this database."""

    def __init__(
        self,
        connections: Connections,
        signals: Signals,
        clock: Callable[[], datetime],
        node: NodeId,
    ) -> None:
        self._connections = connections
        self._signals = signals
        self._clock = clock
        self._node = node

    async def heartbeat(self, at: datetime) -> None:
        """This node is alive."""
        async with self._connections.writing() as transaction:
            fresh = transaction.insert(nodes).values(id=self._node, started_at=at, seen_at=at)
            await transaction.run(
                fresh.on_conflict_do_update(index_elements=["id"], set_={"seen_at": at})
            )

    async def live(self, since: datetime) -> int:
        """How many nodes were alive at that time or later."""
        async with self._connections.reading() as transaction:
            return int(
                await transaction.value(
                    select(func.count()).select_from(nodes).where(nodes.c.seen_at >= since)
                )
            )

    async def others_work(self, since: datetime) -> bool:
        """Whether any other node was alive at that time or later, and has not ended meanwhile.

        A node that was killed is known to be gone at once: PostgreSQL has lost its connection. On
        SQLite there are no others.
        """
        async with self._connections.reading() as transaction:
            if not transaction.postgres:
                return False
            rows = await transaction.rows(
                select(nodes.c.id).where(nodes.c.seen_at >= since, nodes.c.id != self._node)
            )
            listening = await transaction.rows(_LISTENING)
        names = {row.application_name for row in listening}
        return any(listener_name(NodeId(row.id)) in names for row in rows)

    async def free_the_dead(self, since: datetime) -> int:
        """Let the living go on with what nodes had claimed that were not alive since then."""
        async with self._connections.reading() as transaction:
            rows = await transaction.rows(select(nodes.c.id).where(nodes.c.seen_at >= since))
        return await self.free_claims({self._node, *(NodeId(row.id) for row in rows)})

    async def free_claims(self, living: Collection[NodeId]) -> int:
        """End the claims of all nodes but these; gives back how many."""
        async with self._connections.writing() as transaction:
            freed = await free_claims(transaction, living, self._clock())
        if freed:
            self._signals.inbox.set()
            self._signals.outbox.set()
        return freed
