"""Files and functions stay short enough to be read at once."""

import ast

from tests.architecture.tree import ROOT, application_files, is_migration, python_files, syntax

FILE_LINES = 400
FUNCTION_LINES = 60
INIT_LINES = 40


def test_files_are_short() -> None:
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
        for path in python_files()
        if not is_migration(path)
    }
    assert {name: lines for name, lines in lengths.items() if lines > FILE_LINES} == {}


def test_functions_are_short() -> None:
    long = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
        for path in application_files()
        for node in ast.walk(syntax(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or node.lineno) - node.lineno >= FUNCTION_LINES
    ]
    assert long == []


def test_package_files_hold_no_code_to_speak_of() -> None:
    inits = [path for path in application_files() if path.name == "__init__.py"]
    long = [
        path for path in inits if len(path.read_text(encoding="utf-8").splitlines()) > INIT_LINES
    ]
    assert [str(path.relative_to(ROOT)) for path in long] == []
