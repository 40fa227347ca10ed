"""aiosqlite with one trip to its thread for each statement, where there would be four.

SQLAlchemy makes a cursor, executes, fetches and closes for every statement, and each of them is a
hand-over to the thread that owns the connection. Under load that is most of what a statement costs.
"""

import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, Self

from aiosqlite import Connection
from typing_extensions import override


class OneTripCursor:
    """A cursor that executes, fetches everything and closes at once, in the thread."""

    def __init__(self, connection: "OneTripConnection") -> None:
        self._connection = connection
        self._rows: list[Any] = []
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None
        self.arraysize = 1

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, sql: str, parameters: Any = ()) -> None:
        """Run a statement and keep its rows."""
        await self._connection.in_thread(lambda cursor: cursor.execute(sql, parameters), self)

    async def executemany(self, sql: str, parameters: Sequence[Any]) -> None:
        """Run a statement for each of the parameters."""
        await self._connection.in_thread(lambda cursor: cursor.executemany(sql, parameters), self)

    async def fetchall(self) -> list[Any]:
        """The rows that the statement gave."""
        rows, self._rows = self._rows, []
        return rows

    async def close(self) -> None:
        """Nothing is left to be closed."""

    def keep(self, cursor: sqlite3.Cursor) -> None:
        """Take over what a finished statement gave."""
        self.description = cursor.description
        self._rows = cursor.fetchall() if cursor.description else []
        self.rowcount = cursor.rowcount
        self.lastrowid = cursor.lastrowid


class OneTripConnection(Connection):
    """A connection whose cursors need one trip a statement."""

    def __init__(self, connector: Callable[[], sqlite3.Connection]) -> None:
        super().__init__(connector, iter_chunk_size=64)
        # A process that is told to end must not wait for an idle connection.
        self._thread.daemon = True

    @override
    def cursor(self) -> Any:
        """A cursor; nothing happens yet."""
        return OneTripCursor(self)

    async def in_thread(
        self, run: Callable[[sqlite3.Cursor], object], keeper: OneTripCursor
    ) -> None:
        """Run a statement on a fresh cursor, and let the keeper have what it gave."""

        def work() -> None:
            cursor = self._conn.cursor()
            try:
                run(cursor)
                keeper.keep(cursor)
            finally:
                cursor.close()

        await self._execute(work)  # type: ignore[no-untyped-call]


def connector(path: Path, seconds: float) -> Callable[..., Awaitable[Connection]]:
    """What SQLAlchemy opens connections with; they wait so long for another process's lock."""

    def connect(*_arguments: Any, **_options: Any) -> Awaitable[Connection]:
        return OneTripConnection(
            lambda: sqlite3.connect(path, timeout=seconds, check_same_thread=True)
        )

    return connect
