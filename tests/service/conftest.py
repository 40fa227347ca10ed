"""What tests of the service share."""

import json
from pathlib import Path

import pytest

from service.directory.seed import seed_cities
from tests.service.processes import run_service


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the database that a first command has made; copy it, don't change it."""
    folder = tmp_path_factory.mktemp("migrated")
    done = run_service(folder, "migrate", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["cities"] == len(seed_cities())
    return folder
