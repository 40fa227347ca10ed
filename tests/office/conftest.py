"""An office over each database."""

import pytest

from storage.database import Database
from tests.office.town import Town
from tests.storage.conftest import (
    Clock,
    clock,
    database,
    database_url,
    migrated_sqlite,
    open_database,
)

__all__ = ["clock", "database", "database_url", "migrated_sqlite", "open_database"]


@pytest.fixture
async def town(database: Database, clock: Clock) -> Town:
    """Three cities in the directory, three topics, and nobody who takes part."""
    return await Town(database, clock).found()
