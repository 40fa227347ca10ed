"""A database that is in use is brought up to date, with all that stands in it."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Connection, text

from core.ids import NodeId, WorkspaceId
from storage.database import Database
from storage.engine import Connections, parse_url
from storage.migrating import configuration, migrate
from tests.storage.conftest import Clock

_FIRST = (
    "INSERT INTO cities VALUES "
    "('2507000', 'Boston', 'MA', 'city', 663972, 42.3, -71.0, 'America/New_York', ' boston ')",
    "INSERT INTO workspaces (id, platform, external_id, tenant, name, city_id, state, api_url, "
    "bot_member, bot_id, app_id, created_at) VALUES "
    "(1, 'slack', 'T1', 'T1', 'Boston', '2507000', 'confirmed', '', '', '', '', :now)",
    "INSERT INTO channels (id, slug, name, kind) VALUES (1, 'housing', 'Housing', 'topic')",
    "INSERT INTO links (id, channel_id, workspace_id, conversation, lane, mode, outgoing, "
    "apps_posts, conversation_name, last_seen, created_at) VALUES "
    "(1, 1, 1, 'C1', 'slack:T1:C1', 'live', 'everything', false, 'housing', '', :now)",
    "INSERT INTO audit (at, who, act, subject, detail) VALUES "
    "(:now, 'operator', 'link added', '1', '{}')",
)


def _first_step(connection: Connection) -> None:
    config: Any = configuration(connection)
    command.upgrade(config, "0001")


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def old_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        (tmp_path / "exchange.db").touch(0o600)
        return f"sqlite+aiosqlite:///{tmp_path / 'exchange.db'}"
    url: str = request.getfixturevalue("postgres_database_url")
    return url


async def test_links_of_the_first_version_go_on(old_url: str, clock: Clock) -> None:
    connections = Connections(parse_url(old_url))
    async with connections.writing() as transaction:
        await transaction.connection.run_sync(_first_step)
        for statement in _FIRST:
            # asyncpg takes times, SQLite its own way of writing them.
            now = clock() if connections.postgres else clock().isoformat(" ")
            await transaction.connection.execute(text(statement), {"now": now})
    await connections.close()

    await asyncio.gather(migrate(old_url), migrate(old_url))

    database = await Database.open(old_url, node=NodeId("n"), clock=clock, secret_keys=["a key"])
    async with database.view() as view:
        [linked] = await view.links.linked()
        assert await view.trail.newest(WorkspaceId(1), 5) == []
        assert await view.claims.newest(WorkspaceId(1)) is None
    assert (linked.link.notice, linked.link.conversation_name) == (None, "housing")
    async with database.unit() as unit:
        await unit.audit("operator", "seen", "1", {}, workspace=WorkspaceId(1))
        assert len(await unit.trail.newest(WorkspaceId(1), 5)) == 1
    await database.close()
