"""What the code of our Slack side does, read from its source: methods called, events understood."""

import ast
import inspect
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import slack_sdk.web.async_client

import integrations.slack
from tests.slack.slack_names import EVENTS

FOLDER = Path(integrations.slack.__file__).parent
TABLES = frozenset({"scopes.py", "limits.py"})
"""They name methods and events without using them."""


@cache
def sdk_methods() -> dict[str, str]:
    """Slack's methods by the name of the function that calls them in slack_sdk."""
    source = inspect.getsource(slack_sdk.web.async_client)
    found: dict[str, str] = {}
    for part in source.split("\n    async def ")[1:]:
        if method := re.search(r'self\.api_call\(\s*"([\w.]+)"', part):
            found[part.partition("(")[0]] = method[1]
    return found


def trees() -> Iterator[ast.Module]:
    """The syntax of every module of the Slack side but the tables."""
    for path in sorted(FOLDER.glob("*.py")):
        if path.name not in TABLES:
            yield ast.parse(path.read_text(encoding="utf-8"))


def _doc_strings(tree: ast.Module) -> set[int]:
    """Strings that stand alone: nothing is done with them."""
    return {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }


@cache
def texts() -> frozenset[str]:
    """Every text in the code."""
    found: set[str] = set()
    for tree in trees():
        alone = _doc_strings(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and id(node) not in alone:
                if isinstance(node.value, str):
                    found.add(node.value)
            elif isinstance(node, ast.keyword) and node.arg:
                found.add(node.arg)
    return frozenset(found)


@cache
def called_methods() -> frozenset[str]:
    """Methods of the Web API that the code names, or calls through slack_sdk."""
    known = frozenset(sdk_methods().values())
    through_sdk = {
        sdk_methods()[node.func.attr]
        for tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and "_" in node.func.attr
        and node.func.attr in sdk_methods()
    }
    return (known & texts()) | through_sdk


@cache
def understood_events() -> frozenset[str]:
    """Events whose names stand in the code."""
    return frozenset(EVENTS & texts())
