"""Opening, migrating and closing a database; durable settings; clear words when it can't be."""

import asyncio
import socket
import stat
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from core.ids import NodeId
from storage.columns import clean
from storage.database import Database
from storage.engine import Connections, parse_url
from storage.errors import (
    DatabaseInUse,
    DatabaseUnreachable,
    NotMigrated,
    RuleBroken,
    SecretKeysMissing,
    StorageError,
)
from storage.migrating import HEAD, configuration, migrate
from storage.status import snapshot
from storage.tables import metadata
from tests.storage.conftest import Clock, OpenDatabase
from tests.storage.world import World, received

ON_POSTGRES = pytest.mark.parametrize("database_url", ["postgres"], indirect=True)


def differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, metadata))


async def test_the_steps_make_the_tables(database_url: str) -> None:
    connections = Connections(parse_url(database_url))
    async with connections.reading() as transaction:
        assert await transaction.connection.run_sync(differences) == []
        script = await transaction.connection.run_sync(
            lambda connection: ScriptDirectory.from_config(configuration(connection))
        )
    assert script.get_current_head() == HEAD
    await connections.close()


async def test_migrating_again_or_all_at_once_is_harmless(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    url = "sqlite+aiosqlite:///deeper/exchange.db"
    await asyncio.gather(*(migrate(url) for _ in range(4)))
    await migrate(url)
    assert stat.S_IMODE((tmp_path / "deeper" / "exchange.db").stat().st_mode) == 0o600
    database = await Database.open(url, node=NodeId("n"), clock=Clock())
    await database.close()


@pytest.mark.postgres
async def test_nodes_that_start_at_once_migrate_once(postgres_database_url: str) -> None:
    await asyncio.gather(*(migrate(postgres_database_url) for _ in range(4)))
    await migrate(postgres_database_url)


async def test_a_second_server_on_a_file_is_refused(
    tmp_path: Path, migrated_sqlite: bytes, clock: Clock
) -> None:
    path = tmp_path / "exchange.db"
    path.write_bytes(migrated_sqlite)
    (tmp_path / "alias.db").symlink_to(path)
    url = f"sqlite+aiosqlite:///{path}"
    first = await Database.open(url, node=NodeId("one"), clock=clock, exclusive=True)
    for name in ("exchange.db", "alias.db"):
        other = f"sqlite+aiosqlite:///{tmp_path / name}"
        with pytest.raises(DatabaseInUse, match=r"exchange\.db.*stop the other one.*PostgreSQL"):
            await Database.open(other, node=NodeId("two"), clock=clock, exclusive=True)
    command = await Database.open(url, node=NodeId("command"), clock=clock)
    await World.make(command, clock, links=1)
    await command.close()
    await first.close()
    again = await Database.open(url, node=NodeId("two"), clock=clock, exclusive=True)
    await again.close()


@ON_POSTGRES
async def test_several_servers_share_postgres(open_database: OpenDatabase) -> None:
    one, two = await open_database("one", exclusive=True), await open_database("two")
    for database in (one, two):
        await database.nodes.heartbeat(Clock().now)
    assert await one.nodes.live(Clock().now) == 2
    async with asyncio.timeout(10):
        # It listens a moment after it was opened.
        while not await two.nodes.others_work(Clock().now):  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)
    assert not await one.nodes.others_work(Clock().now), "the second one does not listen"
    await one.close()
    assert not await two.nodes.others_work(Clock().now), "the first one has ended"


async def test_sqlite_survives_a_power_cut(tmp_path: Path, migrated_sqlite: bytes) -> None:
    path = tmp_path / "exchange.db"
    path.write_bytes(migrated_sqlite)
    connections = Connections(parse_url(f"sqlite:///{path}"))
    async with connections.reading() as transaction:
        values = {
            name: await transaction.value(text(f"PRAGMA {name}"))
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    await connections.close()
    assert values == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 15_000,
    }


async def test_a_missing_file_is_not_made(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "exchange.db"
    with pytest.raises(NotMigrated, match="python -m service migrate"):
        await Database.open(f"sqlite+aiosqlite:///{path}", node=NodeId("n"), clock=clock)
    assert not path.exists()
    path.touch()
    with pytest.raises(NotMigrated, match="python -m service migrate"):
        await Database.open(f"sqlite+aiosqlite:///{path}", node=NodeId("n"), clock=clock)


@pytest.mark.parametrize(("version", "words"), [("0000", "older"), ("9999", "newer")])
async def test_another_schema_is_refused(
    database_url: str, clock: Clock, version: str, words: str
) -> None:
    connections = Connections(parse_url(database_url))
    async with connections.writing() as transaction:
        await transaction.run(
            text("UPDATE alembic_version SET version_num = :version"), {"version": version}
        )
    await connections.close()
    with pytest.raises(NotMigrated, match=words):
        await Database.open(database_url, node=NodeId("n"), clock=clock)
    if words == "newer":
        with pytest.raises(NotMigrated, match=words):
            await migrate(database_url)


@pytest.mark.parametrize("url", ["mysql://x/y", "sqlite://", "nonsense", "sqlite:///:memory:"])
async def test_other_databases_are_refused(url: str, clock: Clock) -> None:
    with pytest.raises(StorageError, match="EXCHANGE_DATABASE_URL"):
        await Database.open(url, node=NodeId("n"), clock=clock)


async def test_nobody_answers(clock: Clock) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"postgresql://nobody@127.0.0.1:{taken.getsockname()[1]}/exchange"
        with pytest.raises(DatabaseUnreachable, match="EXCHANGE_DATABASE_URL"):
            await Database.open(url, node=NodeId("n"), clock=clock)
        with pytest.raises(DatabaseUnreachable):
            await migrate(url)


@ON_POSTGRES
async def test_a_cut_connection_is_our_error_and_heals(
    database: Database, database_url: str, clock: Clock
) -> None:
    kill = text(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    await database.ping()
    killer = Connections(parse_url(database_url))
    async with killer.writing() as transaction:
        await transaction.run(kill)
    await killer.close()
    with pytest.raises(DatabaseUnreachable):
        await database.ping()
    assert await database.inbox.put(received(1, clock()))


@ON_POSTGRES
async def test_other_nodes_are_woken_and_listening_heals(
    open_database: OpenDatabase, clock: Clock
) -> None:
    listener = await open_database("listener", exclusive=True)
    speaker = await open_database("speaker")
    world = await World.make(speaker, clock, links=2)
    assert await listener.signals.inbox.wait(10)
    await speaker.inbox.put(received(1, clock()))
    assert await listener.signals.inbox.wait(10)
    await world.publish()
    assert await listener.signals.outbox.wait(10)
    async with speaker.unit() as unit:
        await unit.transaction.run(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND query LIKE 'LISTEN%'"
            )
        )
    assert await listener.signals.inbox.wait(10)
    await speaker.inbox.put(received(2, clock()))
    assert await listener.signals.inbox.wait(10)


async def test_broken_rules_are_our_errors(world: World) -> None:
    async def break_one() -> None:
        async with world.database.unit() as unit:
            await unit.transaction.run(text("UPDATE links SET channel_id = 999"))

    with pytest.raises(RuleBroken):
        await break_one()


async def test_errors_of_callers_pass_untouched(database: Database) -> None:
    async def fail() -> None:
        async with database.unit():
            raise ConnectionRefusedError("not the database")

    with pytest.raises(ConnectionRefusedError):
        await fail()


async def test_keys(tmp_path: Path, migrated_sqlite: bytes, clock: Clock) -> None:
    path = tmp_path / "exchange.db"
    path.write_bytes(migrated_sqlite)
    url = f"sqlite+aiosqlite:///{path}"

    async def opened(*keys: str) -> Database:
        return await Database.open(url, node=NodeId("n"), clock=clock, secret_keys=keys)

    database = await opened()
    world = await World.make(database, clock, links=1)
    workspace = world.links[0].workspace
    assert not (tmp_path / "exchange.db.key").exists()
    async with database.unit() as unit:
        assert await unit.workspaces.token(workspace) is None
        await unit.workspaces.set_token(workspace, "xoxb-secret")
    assert stat.S_IMODE((tmp_path / "exchange.db.key").stat().st_mode) == 0o600
    await database.close()
    assert b"xoxb-secret" not in path.read_bytes()

    database = await opened("new")
    async with database.unit() as unit:
        assert await unit.workspaces.token(workspace) == "xoxb-secret"
        assert await unit.workspaces.reencrypt() == 1
    await database.close()
    (tmp_path / "exchange.db.key").unlink()

    for keys, readable in ((["newest", "new"], True), (["other"], False)):
        database = await opened(*keys)
        async with database.view() as unit:
            if readable:
                assert await unit.workspaces.token(workspace) == "xoxb-secret"
            else:
                with pytest.raises(SecretKeysMissing):
                    await unit.workspaces.token(workspace)
        await database.close()


@pytest.mark.postgres
async def test_postgres_needs_a_key(postgres_database_url: str, clock: Clock) -> None:
    await migrate(postgres_database_url)
    database = await Database.open(postgres_database_url, node=NodeId("n"), clock=clock)
    world = await World.make(database, clock, links=1)
    async with database.unit() as unit:
        with pytest.raises(SecretKeysMissing, match="EXCHANGE_SECRET_KEYS"):
            await unit.workspaces.set_token(world.links[0].workspace, "secret")
    await database.close()


async def test_an_empty_exchange_has_a_status(database: Database, clock: Clock) -> None:
    status = await snapshot(database, clock())
    assert (status.inbox.depth, status.outbox_depth, status.late) == (0, 0, 0)


@pytest.mark.parametrize(
    ("text", "kept"),
    [("plain", "plain"), ("né 😀", "né 😀"), ("a\x00b", "a\ufffdb"), ("\udc00x", "\ufffdx")],
)
def test_clean_text(text: str, kept: str) -> None:
    assert clean(text) == kept
