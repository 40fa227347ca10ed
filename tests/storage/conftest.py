"""One database fixture for both kinds, and a small world to put into it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.ids import NodeId
from storage.database import Database
from storage.migrating import migrate
from tests.storage.world import World
from tests.support.postgres import TestPostgres

OpenDatabase = Callable[..., Awaitable[Database]]


class Clock:
    """A clock that only moves when told to."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, seconds: float) -> datetime:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def _migrate(url: str) -> None:
    asyncio.run(migrate(url))


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A migrated SQLite file's bytes, made once."""
    path = tmp_path_factory.mktemp("migrated") / "exchange.db"
    _migrate(f"sqlite+aiosqlite:///{path}")
    return path.read_bytes()


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a migrated, empty database of this test's own."""
    if request.param == "sqlite":
        path = tmp_path / "exchange.db"
        path.write_bytes(request.getfixturevalue("migrated_sqlite"))
        yield f"sqlite+aiosqlite:///{path}"
        return
    request.node.add_marker(pytest.mark.postgres)
    server: TestPostgres = request.getfixturevalue("postgres_server")
    name = server.create_database(server.template("migrated", _migrate))
    yield server.url(name)
    server.drop_database(name)


@pytest.fixture
async def open_database(database_url: str, clock: Clock) -> AsyncIterator[OpenDatabase]:
    """Opens the test's database, as often as wanted; all are closed at the end."""
    opened: list[Database] = []

    async def open_one(node: str = "node", *, exclusive: bool = False) -> Database:
        database = await Database.open(
            database_url,
            node=NodeId(node),
            clock=clock,
            secret_keys=["a key"],
            exclusive=exclusive,
        )
        opened.append(database)
        return database

    yield open_one
    for database in opened:
        await database.close()


@pytest.fixture
async def database(open_database: OpenDatabase) -> Database:
    return await open_database()


@pytest.fixture
async def world(database: Database, clock: Clock) -> World:
    """A channel that four cities take part in."""
    return await World.make(database, clock, links=4)
