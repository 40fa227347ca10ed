"""Both databases, each with a fresh one for the asking."""

import asyncio
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from benchmarks.worlds import World
from service.clock import Clock
from service.opening import new_node, open_database
from service.settings import ExchangeSettings
from tests.support.postgres import PostgresUnavailable, TestPostgres

SQLITE, POSTGRES = "SQLite", "PostgreSQL"


@dataclass
class Databases:
    """Makes databases, filled with a world. Everything is gone when it is closed."""

    folder: Path
    postgres: TestPostgres | None
    missing: str = ""
    _templates: dict[tuple[str, int, str], str] = field(default_factory=dict)

    @property
    def kinds(self) -> list[str]:
        """Which databases can be had here."""
        return [SQLITE, POSTGRES] if self.postgres is not None else [SQLITE]

    async def fresh(self, kind: str, world: World, teams_url: str = "") -> str:
        """The URL of a database that holds the world and nothing that happened in it.

        The first of a world takes seconds, the next ones are copies.
        """
        key = (kind, id(world), teams_url)
        if key not in self._templates:
            self._templates[key] = await self._made(kind, world, teams_url)
        template = self._templates[key]
        if kind == SQLITE:
            path = self.folder / f"{uuid4().hex}.db"
            await asyncio.to_thread(shutil.copyfile, template, path)
            return f"sqlite+aiosqlite:///{path}"
        server = self._server()
        return server.url(await asyncio.to_thread(server.create_database, template))

    async def _made(self, kind: str, world: World, teams_url: str) -> str:
        if kind == SQLITE:
            path = self.folder / f"template-{uuid4().hex}.db"
            await _fill(f"sqlite+aiosqlite:///{path}", world, teams_url)
            return str(path)
        server = self._server()
        name = await asyncio.to_thread(server.create_database)
        await _fill(server.url(name), world, teams_url)
        return name

    def _server(self) -> TestPostgres:
        if self.postgres is None:
            raise PostgresUnavailable(self.missing)
        return self.postgres


@contextmanager
def databases(*, postgres: bool = True) -> Iterator[Databases]:
    """Both databases; only SQLite where PostgreSQL can't be started, and then the reason."""
    with tempfile.TemporaryDirectory(prefix="exchange-bench-") as folder:
        if not postgres:
            yield Databases(Path(folder), None, "It was not asked for.")
            return
        try:
            server = TestPostgres()
        except PostgresUnavailable as error:
            yield Databases(Path(folder), None, str(error))
            return
        try:
            yield Databases(Path(folder), server)
        finally:
            server.stop()


async def _fill(url: str, world: World, teams_url: str) -> None:
    settings = ExchangeSettings.model_validate(
        {"database_url": url, "secret_keys": "a key for measuring"}
    )
    database = await open_database(settings, clock=Clock(), node=new_node())
    try:
        await world.store(database, teams_url)
    finally:
        await database.close()
