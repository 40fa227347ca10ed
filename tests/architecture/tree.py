"""The project's own files, as git knows them."""

import ast
import functools
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
#: The packages that make up the application.
PACKAGES = ("core", "storage", "integrations", "service")


@functools.cache
def project_files() -> tuple[Path, ...]:
    """Tracked files and new ones that are not ignored; skips where there is no git checkout."""
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("no git checkout to look at: git clone the project")
    command = ["git", "ls-files", "-coz", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    paths = (ROOT / name for name in sorted(set(listed.split("\0"))) if name)
    return tuple(path for path in paths if path.is_file())


def python_files(*folders: str) -> list[Path]:
    """The Python files below these top-level folders; below any, when none is named."""
    files = [path for path in project_files() if path.suffix == ".py"]
    return [path for path in files if not folders or path.relative_to(ROOT).parts[0] in folders]


def application_files() -> list[Path]:
    """The Python files of the application, without tests and generated migrations."""
    return [path for path in python_files(*PACKAGES) if not is_migration(path)]


def is_migration(path: Path) -> bool:
    """Whether alembic made (and runs) the file."""
    return path.relative_to(ROOT).parts[:2] == ("storage", "migrations")


def syntax(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def place(path: Path, node: ast.stmt | ast.expr) -> str:
    """Where a node stands, as editors and terminals link it."""
    return f"{path.relative_to(ROOT)}:{node.lineno}"
