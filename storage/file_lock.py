"""A lock on a SQLite file for the one process that serves from it."""

import fcntl
import os
from pathlib import Path

from storage.errors import DatabaseInUse


class FileLock:
    """Held from making it until `release`, or until the process ends however it ends."""

    def __init__(self, database: Path) -> None:
        """Take the lock, DatabaseInUse when somebody has it. Does not wait."""
        path = database.with_name(f"{database.name}.lock")
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(self._descriptor)
            raise DatabaseInUse(
                f"Another exchange is serving from {database}. A SQLite file can serve one process "
                "at a time: stop the other one first, or move to PostgreSQL to run several."
            ) from error

    def release(self) -> None:
        """Let go. Once is enough."""
        os.close(self._descriptor)
