"""A running exchange, and a Slack in which a third city has not installed it yet."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from core.ids import NodeId
from service.clock import Clock
from service.opening import open_database
from tests.install.browser import Browser, browser_of
from tests.install.tucson import add_tucson
from tests.support.exchange_rig import ExchangeRig, exchange_rig, story_settings
from tests.support.postgres import TestPostgres


def _prepare(url: str) -> None:
    async def migrate_and_seed() -> None:
        database = await open_database(story_settings(url), clock=Clock(), node=NodeId("template"))
        await database.close()

    asyncio.run(migrate_and_seed())


@pytest.fixture(scope="session")
def seeded_file(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A migrated and seeded SQLite file's bytes, made once."""
    path = tmp_path_factory.mktemp("seeded") / "exchange.db"
    _prepare(f"sqlite+aiosqlite:///{path}")
    return path.read_bytes()


@pytest.fixture
def file_url(seeded_file: bytes, tmp_path: Path) -> str:
    """A seeded SQLite database of this test's own."""
    path = tmp_path / "exchange.db"
    path.write_bytes(seeded_file)
    return f"sqlite+aiosqlite:///{path}"


@pytest.fixture
def shared_url(postgres_server: TestPostgres) -> Iterator[str]:
    """A seeded PostgreSQL database of this test's own."""
    name = postgres_server.create_database(postgres_server.template("seeded", _prepare))
    yield postgres_server.url(name)
    postgres_server.drop_database(name)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def either_url(request: pytest.FixtureRequest) -> str:
    """A seeded database of this test's own, of either kind."""
    fixture = "file_url" if request.param == "sqlite" else "shared_url"
    return str(request.getfixturevalue(fixture))


@pytest.fixture
async def rig(either_url: str) -> AsyncIterator[ExchangeRig]:
    """Four cities that share housing, and Tucson, which only has Slack."""
    async with exchange_rig(either_url) as running:
        await add_tucson(running)
        yield running


@pytest.fixture
async def small_rig(file_url: str) -> AsyncIterator[ExchangeRig]:
    """The same on SQLite only, for what no database changes."""
    async with exchange_rig(file_url, link=False) as running:
        await add_tucson(running)
        yield running


@pytest.fixture
async def browser(rig: ExchangeRig) -> AsyncIterator[Browser]:
    """Somebody's browser."""
    async with browser_of(rig) as one:
        yield one


@pytest.fixture
async def small_browser(small_rig: ExchangeRig) -> AsyncIterator[Browser]:
    """Somebody's browser, at the small rig."""
    async with browser_of(small_rig) as one:
        yield one
