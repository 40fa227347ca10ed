"""Which `serve` processes are alive."""

from datetime import datetime

from sqlalchemy import func, select

from core.ids import NodeId
from storage.engine import Connections
from storage.tables import nodes


class Nodes:
    """The nodes that share this database."""

    def __init__(self, connections: Connections, node: NodeId) -> None:
        self._connections = connections
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

    async def last_seen_any(self) -> datetime | None:
        """When any node was last alive: what came later may have been missed."""
        async with self._connections.reading() as transaction:
            found: datetime | None = await transaction.value(select(func.max(nodes.c.seen_at)))
            return found
