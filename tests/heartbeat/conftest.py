"""The exchange between stand-ins on both databases, as in the stories."""

from tests.stories.conftest import rig, seeded_sqlite, sqlite_url, story_url

__all__ = ["rig", "seeded_sqlite", "sqlite_url", "story_url"]
