"""The exchange on both databases; every test gets a fresh one."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from core.ids import NodeId
from service.clock import Clock
from service.opening import open_database
from tests.support.exchange_rig import ExchangeRig, exchange_rig, story_settings
from tests.support.postgres import TestPostgres


def _prepare(url: str) -> None:
    async def migrate_and_seed() -> None:
        database = await open_database(story_settings(url), clock=Clock(), node=NodeId("template"))
        await database.close()

    asyncio.run(migrate_and_seed())


@pytest.fixture(scope="session")
def seeded_sqlite(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A migrated and seeded SQLite file's bytes, made once."""
    path = tmp_path_factory.mktemp("seeded") / "exchange.db"
    _prepare(f"sqlite+aiosqlite:///{path}")
    return path.read_bytes()


@pytest.fixture
def sqlite_url(seeded_sqlite: bytes, tmp_path: Path) -> str:
    """A seeded SQLite database of this test's own."""
    path = tmp_path / "exchange.db"
    path.write_bytes(seeded_sqlite)
    return f"sqlite+aiosqlite:///{path}"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def story_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A seeded database of this test's own, of either kind."""
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_url")
        return
    server: TestPostgres = request.getfixturevalue("postgres_server")
    name = server.create_database(server.template("seeded", _prepare))
    yield server.url(name)
    server.drop_database(name)


@pytest.fixture
async def rig(story_url: str) -> AsyncIterator[ExchangeRig]:
    """Four cities that share housing, on either database."""
    async with exchange_rig(story_url) as running:
        yield running


@pytest.fixture
async def unlinked(story_url: str) -> AsyncIterator[ExchangeRig]:
    """Four cities that take part and have linked nothing yet."""
    async with exchange_rig(story_url, link=False) as running:
        yield running
