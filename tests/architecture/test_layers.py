"""The arrows of the design hold, and the contracts that say so really bite."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.tree import PACKAGES, ROOT

LINT_IMPORTS = Path(sys.executable).parent / "lint-imports"


def check(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [LINT_IMPORTS, "--no-cache"], cwd=folder, capture_output=True, text=True, check=False
    )


def test_the_contracts_hold() -> None:
    run = check(ROOT)
    assert run.returncode == 0, run.stdout


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("core/posts.py", "import storage.engine", "service -> integrations | storage -> core"),
        ("storage/engine.py", "import integrations.slack", "service -> integrations | storage"),
        ("integrations/slack/client.py", "import integrations.teams", "Integrations stand side"),
        ("integrations/common/client.py", "import integrations.slack", "Integrations stand side"),
        ("integrations/fax/__init__.py", "", "Integrations stand side"),
        ("core/posts.py", "import aiohttp", "core knows no vendor"),
        ("core/posts.py", "from sqlalchemy.ext import asyncio", "core knows no vendor"),
        ("service/serve.py", "import storage.tables", "Only storage touches its tables"),
        ("integrations/web/pages.py", "from storage.tables import City", "Only storage touches"),
    ],
)
def test_each_contract_bites(tmp_path: Path, module: str, line: str, contract: str) -> None:
    make_packages(tmp_path)
    assert check(tmp_path).returncode == 0
    path = tmp_path / module
    path.parent.mkdir(exist_ok=True)
    path.write_text(line + "\n")
    run = check(tmp_path)
    broken = [row for row in run.stdout.splitlines() if row.endswith("BROKEN")]
    assert run.returncode == 1, run.stdout
    assert any(row.startswith(contract) for row in broken), run.stdout


def make_packages(folder: Path) -> None:
    """The smallest tree with our packages, under our own contracts."""
    shutil.copy(ROOT / "pyproject.toml", folder)
    integrations = [f"integrations/{name}" for name in ("common", "slack", "teams", "web")]
    for package in (*PACKAGES, *integrations):
        (folder / package).mkdir()
        (folder / package / "__init__.py").touch()
    (folder / "storage" / "engine.py").touch()
    for tables in ("tables", "membership_tables", "installation_tables"):
        (folder / "storage" / f"{tables}.py").write_text("City = object\n")
