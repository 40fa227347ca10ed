"""The attacked: the whole exchange, on a seeded database of its own."""

from tests.stories.conftest import rig, seeded_sqlite, sqlite_url, story_url

__all__ = ["rig", "seeded_sqlite", "sqlite_url", "story_url"]
