"""Counting what reaches the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import event

from storage.database import Database


@dataclass
class Counted:
    """What was sent, and how often something was committed."""

    statements: list[str] = field(default_factory=list)
    commits: int = 0


@contextmanager
def count_statements(database: Database) -> Iterator[Counted]:
    """Counts for as long as the block runs. A statement run for many rows counts once."""
    counted = Counted()
    engine = database._connections.engine.sync_engine

    def on_execute(
        _connection: Any, _cursor: Any, statement: str, _parameters: Any, *_rest: Any
    ) -> None:
        if not statement.startswith("BEGIN"):
            counted.statements.append(statement)

    def on_commit(_connection: Any) -> None:
        counted.commits += 1

    event.listen(engine, "before_cursor_execute", on_execute)
    event.listen(engine, "commit", on_commit)
    try:
        yield counted
    finally:
        event.remove(engine, "before_cursor_execute", on_execute)
        event.remove(engine, "commit", on_commit)
