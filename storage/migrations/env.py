"""How alembic reaches the database: through the connection it is given, or the configured URL."""

import asyncio
import os
from typing import Any, Literal

from alembic import context
from sqlalchemy import Connection

from storage.columns import CleanText
from storage.engine import Connections, parse_url
from storage.tables import metadata


def render_item(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Write our own column types into a step as what they are in the database."""
    if kind != "type":
        return False
    if isinstance(item, CleanText):
        return "sa.Text()"
    if type(item).__name__ == "UTCDateTime":
        return "sa.DateTime(timezone=True)"
    return False


def run_on(connection: Connection) -> None:
    """Run the steps inside the connection's transaction."""
    context.configure(
        connection=connection,
        target_metadata=metadata,
        compare_type=True,
        render_item=render_item,
    )
    with context.begin_transaction():
        context.run_migrations()


async def run_by_url() -> None:
    """For the `alembic` command, while a step is being written."""
    connections = Connections(parse_url(os.environ["EXCHANGE_DATABASE_URL"]))
    async with connections.writing() as transaction:
        await transaction.connection.run_sync(run_on)
    await connections.close()


if (given := context.config.attributes.get("connection")) is not None:
    run_on(given)
else:
    asyncio.run(run_by_url())
