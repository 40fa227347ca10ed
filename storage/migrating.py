"""Bringing a database to the tables that this program needs."""

import os
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, select

from storage.engine import Connections, parse_url
from storage.errors import NotMigrated

HEAD = "0005"
"""The newest step in `migrations/versions`; steps are numbered in order."""

FOLDER = Path(__file__).parent / "migrations"
_LOCK = 7_305_808_869_231_650_167  # any number, the same for every node


async def migrate(url: str) -> None:
    """Run the steps that the database has not seen. Safe to call from several nodes at once.

    A SQLite file that is missing is made, readable by its owner alone. Raises DatabaseUnreachable
    when nobody answers, NotMigrated when the database is newer than this program.
    """
    connections = Connections(parse_url(url))
    try:
        if connections.path is not None:
            _make_file(connections.path)
        async with connections.writing() as transaction:
            if connections.postgres:
                await transaction.value(select(func.pg_advisory_xact_lock(_LOCK)))
            await transaction.connection.run_sync(_upgrade)
    finally:
        await connections.close()


def configuration(connection: Connection) -> Any:
    """Alembic's configuration, independent of the working folder."""
    # Alembic is large and only migrations need it.
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.util import CommandError

    try:
        command.upgrade(configuration(connection), "head")
    except CommandError as error:
        raise NotMigrated(
            "The database is from a newer version of this program. Update the program, or restore "
            "the backup made before the update."
        ) from error


def _make_file(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
