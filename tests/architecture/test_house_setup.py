"""The test set-up keeps its word: no network, no configuration, real databases, no silent skip."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from tests.support.network import NetworkBlocked, is_local
from tests.support.postgres import TestPostgres

ROOT = Path(__file__).resolve().parents[2]


def test_a_foreign_address_is_refused() -> None:
    with socket.socket() as client, pytest.raises(NetworkBlocked):
        client.connect(("192.0.2.1", 80))


def test_a_foreign_name_does_not_resolve() -> None:
    with pytest.raises(socket.gaierror):
        socket.create_connection(("slack.com", 443), timeout=1)


def test_loopback_stays_open() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname(), timeout=5).close()


@pytest.mark.parametrize(
    ("host", "local"),
    [("localhost", True), ("127.9.9.9", True), ("::1", True), (None, True), ("10.0.0.1", False)],
)
def test_local_hosts(host: str | None, local: bool) -> None:
    assert is_local(host) is local


def test_no_configuration_reaches_a_test() -> None:
    ours = [name for name in os.environ if name.startswith(("EXCHANGE_", "SLACK_", "TEAMS_"))]
    assert not ours


async def test_each_test_has_an_empty_database(postgres_database_url: str) -> None:
    engine = create_async_engine(postgres_database_url)
    async with engine.connect() as connection:
        query = text("SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'")
        assert await connection.scalar(query) == 0
    await engine.dispose()


def test_databases_are_copied_from_a_template(postgres_server: TestPostgres) -> None:
    prepared: list[str] = []
    first = postgres_server.template("empty", prepared.append)
    assert postgres_server.template("empty", prepared.append) == first
    assert len(prepared) == 1
    copy = postgres_server.create_database(first)
    assert copy != first
    postgres_server.drop_database(copy)


async def test_a_dropped_database_is_gone(postgres_server: TestPostgres) -> None:
    name = postgres_server.create_database()
    postgres_server.drop_database(name)
    url = postgres_server.url(name).replace("+asyncpg", "")
    with pytest.raises(asyncpg.InvalidCatalogNameError):
        await asyncpg.connect(url)


@pytest.mark.parametrize(("ci", "outcome"), [("true", "1 failed"), ("", "1 skipped")])
def test_a_skip_of_a_real_part_fails_in_ci(tmp_path: Path, ci: str, outcome: str) -> None:
    (tmp_path / "conftest.py").write_text(
        "from tests.conftest import pytest_runtest_makereport  # noqa: F401\n"
    )
    (tmp_path / "test_skipping.py").write_text(
        "import pytest\n\n@pytest.mark.browser\ndef test_it():\n    pytest.skip('no Chromium')\n"
    )
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    options = ["--rootdir", str(tmp_path), "-c", str(ROOT / "pyproject.toml"), str(tmp_path)]
    environment = {**os.environ, "CI": ci, "PYTHONPATH": str(ROOT)}
    run = subprocess.run(
        command + options, env=environment, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert outcome in run.stdout, run.stdout + run.stderr
