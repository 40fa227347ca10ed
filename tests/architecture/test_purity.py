"""core takes its settings and its clock from its callers; no module does work when imported."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.tree import PACKAGES, ROOT, application_files, place, python_files, syntax

#: What asks the machine instead of the caller.
ASKS_THE_MACHINE = {
    "os.environ",
    "os.getenv",
    "datetime.now",
    "datetime.utcnow",
    "datetime.today",
    "date.today",
    "time.time",
    "time.time_ns",
    "time.monotonic",
    "time.perf_counter",
    "time.sleep",
    "open",
    "print",
}
DECLARATIONS = (
    ast.Import,
    ast.ImportFrom,
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.Assign,
    ast.AnnAssign,
    ast.If,
    ast.Assert,
    ast.Delete,
)
HEAVY = ("botbuilder", "slack_bolt", "playwright", "alembic", "msrest")


def taken(tree: ast.Module) -> Iterator[tuple[ast.expr | ast.stmt, str]]:
    """What a module imports by name, calls, or reads with a dot (the last two parts of it)."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            yield from ((node, f"{node.module}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name | ast.Attribute):
            owner = node.value.id if isinstance(node.value, ast.Name) else node.value.attr
            yield node, f"{owner}.{node.attr}"
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node, node.func.id


def test_core_asks_nothing_of_the_machine() -> None:
    found = [
        f"{place(path, node)} {name}"
        for path in python_files("core")
        for node, name in taken(syntax(path))
        if name in ASKS_THE_MACHINE
    ]
    assert found == []


@pytest.mark.parametrize(
    "code",
    [
        "import os\nos.environ['A']",
        "datetime.datetime.now(UTC)",
        "from time import time",
        "open(1)",
    ],
)
def test_the_rule_for_core_bites(code: str) -> None:
    assert {name for _, name in taken(ast.parse(code))} & ASKS_THE_MACHINE


def test_modules_only_declare() -> None:
    found = [
        place(path, node)
        for path in application_files()
        if path.name != "__main__.py"
        for node in syntax(path).body
        if not isinstance(node, DECLARATIONS) and not is_docstring(node)
    ]
    assert found == []


def is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def run_python(*arguments: str, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments], cwd=folder, capture_output=True, text=True, check=False
    )


def test_every_module_can_be_imported_and_leaves_nothing_behind(tmp_path: Path) -> None:
    modules = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for path in application_files()
        if path.name != "__main__.py"
    ]
    code = (
        "import importlib, sys, threading\n"
        f"sys.path.insert(0, {str(ROOT)!r})\n"
        f"for name in {modules!r}: importlib.import_module(name)\n"
        "assert threading.active_count() == 1, threading.enumerate()\n"
    )
    run = run_python("-W", "error", "-c", code, folder=tmp_path)
    assert run.returncode == 0, run.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_alone_imports_no_platform(package: str) -> None:
    code = f"import {package}, sys; print(*[name for name in {HEAVY!r} if name in sys.modules])"
    run = run_python("-c", code)
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip() == ""


@pytest.mark.skipif(
    not (ROOT / "service" / "__main__.py").exists(), reason="the command line is not there yet"
)
def test_help_answers_without_loading_a_platform() -> None:
    run = run_python("-X", "importtime", "-m", "service", "--help")
    assert run.returncode == 0, run.stderr
    loaded = {row.rsplit("|", 1)[-1].strip() for row in run.stderr.splitlines()}
    assert loaded & set(HEAVY) == set()
