"""Connections to the database, and the transactions on them.

SQLite: WAL, synchronous=FULL (a commit survives a power cut), one writer at a time, which takes its
lock when the transaction begins (BEGIN IMMEDIATE): a transaction that reads first and writes later
would otherwise lose updates of others. PostgreSQL: read committed, rows locked by name.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from pathlib import Path
from typing import Any, cast

from sqlalchemy import Connection, Executable, Row, Table, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from storage.errors import StorageError, driver_errors
from storage.sqlite_driver import connector

BUSY_SECONDS = 15
_VIEW = "exchange_view"
_PRAGMAS = (
    f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA cache_size = -32768",
)

Parameters = Mapping[str, Any] | Sequence[Mapping[str, Any]] | None


class Transaction:
    """One transaction. Rows come back as they are; the repositories make values of them."""

    def __init__(self, connection: AsyncConnection, *, postgres: bool) -> None:
        self.connection = connection
        self.postgres = postgres

    async def rows(
        self, statement: Executable, parameters: Parameters = None
    ) -> Sequence[Row[Any]]:
        """All rows of a statement."""
        return (await self.connection.execute(statement, parameters)).all()

    async def row(self, statement: Executable, parameters: Parameters = None) -> Row[Any] | None:
        """The first row, or None."""
        return (await self.connection.execute(statement, parameters)).first()

    async def value(self, statement: Executable, parameters: Parameters = None) -> Any:
        """The first column of the first row, or None."""
        return (await self.connection.execute(statement, parameters)).scalar()

    async def run(self, statement: Executable, parameters: Parameters = None) -> int:
        """How many rows a statement changed; with a sequence of parameters, run once for each."""
        return (await self.connection.execute(statement, parameters)).rowcount

    def insert(self, table: Table) -> postgresql.Insert:
        """An INSERT that knows ON CONFLICT, which both databases spell the same way."""
        if self.postgres:
            return postgresql.insert(table)
        return cast("postgresql.Insert", sqlite.insert(table))


def insert_into(table: Table, *, postgres: bool) -> postgresql.Insert:
    """An INSERT that knows ON CONFLICT, which both databases spell the same way."""
    if postgres:
        return postgresql.insert(table)
    return cast("postgresql.Insert", sqlite.insert(table))


def parse_url(url: str) -> URL:
    """The URL with its driver; StorageError when it is none of the two databases we know."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise StorageError("EXCHANGE_DATABASE_URL is not a database address.") from error
    if parsed.get_backend_name() == "postgresql":
        return parsed.set(drivername="postgresql+asyncpg")
    if parsed.get_backend_name() == "sqlite" and parsed.database not in (None, "", ":memory:"):
        return parsed.set(drivername="sqlite+aiosqlite")
    raise StorageError(
        "EXCHANGE_DATABASE_URL must be sqlite+aiosqlite:///PATH or postgresql+asyncpg://…"
    )


def sqlite_path(url: URL) -> Path | None:
    """The file of a SQLite database, None for PostgreSQL."""
    if url.get_backend_name() != "sqlite":
        return None
    return Path(str(url.database)).resolve()


def make_engine(url: URL) -> AsyncEngine:
    """An engine with our settings. Nothing is connected yet."""
    path = sqlite_path(url)
    if path is None:
        return create_async_engine(
            url,
            pool_size=10,
            max_overflow=5,
            hide_parameters=True,  # they hold what people wrote; errors end in the log
            connect_args={
                "timeout": 10,
                "command_timeout": 60,
                "server_settings": {"application_name": "mayoral-exchange", "jit": "off"},
            },
        )
    engine = create_async_engine(
        url, pool_size=5, hide_parameters=True, async_creator=connector(path, BUSY_SECONDS)
    )
    event.listen(engine.sync_engine, "connect", _set_up_sqlite)
    event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


def _set_up_sqlite(connection: Any, _record: object) -> None:
    # The driver would begin transactions by itself, and never with IMMEDIATE.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    view = connection.get_execution_options().get(_VIEW, False)
    connection.exec_driver_sql("BEGIN" if view else "BEGIN IMMEDIATE")


class Connections:
    """Where transactions come from."""

    def __init__(self, url: URL) -> None:
        self.url = url
        self.path = sqlite_path(url)
        self.postgres = self.path is None
        self.engine = make_engine(url)
        self._views = self.engine.execution_options(**{_VIEW: True})
        self._writer: AbstractAsyncContextManager[None] = (
            nullcontext() if self.postgres else cast("Any", asyncio.Lock())
        )

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[Transaction]:
        """A transaction that may write: committed when left without an error, else undone.

        On SQLite the writers of this process queue here instead of polling for the file's lock.
        """
        async with self._writer, self._connected(self.engine) as connection:
            with driver_errors():
                async with connection.begin():
                    yield Transaction(connection, postgres=self.postgres)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Transaction]:
        """A transaction that only reads; it waits for nobody."""
        async with self._connected(self._views) as connection:
            with driver_errors():
                yield Transaction(connection, postgres=self.postgres)

    @asynccontextmanager
    async def _connected(self, engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
        with driver_errors(connecting=True):
            connection = await engine.connect()
        try:
            yield connection
        finally:
            with driver_errors():
                await connection.close()

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.dispose()
