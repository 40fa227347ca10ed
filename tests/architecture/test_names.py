"""Our plain top-level names are ours alone (docs/decisions/0001-plain-top-level-names.md)."""

import ast
from collections import Counter
from importlib.metadata import packages_distributions

from tests.architecture.tree import PACKAGES, ROOT, is_migration, python_files, syntax


def test_no_installed_distribution_claims_our_names() -> None:
    claimed = packages_distributions()
    assert {name: claimed[name] for name in PACKAGES if name in claimed} == {}


def test_test_files_have_unique_names() -> None:
    names = Counter(path.name for path in python_files("tests") if path.name.startswith("test_"))
    assert [name for name, count in names.items() if count > 1] == []


def test_every_folder_of_code_is_a_package_with_a_docstring() -> None:
    folders = {path.parent for path in python_files(*PACKAGES) if not is_migration(path)}
    inits = [folder / "__init__.py" for folder in sorted(folders)]
    bare = [path for path in inits if not path.is_file() or not ast.get_docstring(syntax(path))]
    assert [str(path.relative_to(ROOT)) for path in bare] == []
