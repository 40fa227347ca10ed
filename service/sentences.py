"""Collects every sentence that people read, from the code itself, for whoever edits them."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WORDS = "core/*words.py"
"""Modules that hold nothing but what people read."""

OTHERS = ("integrations/slack/*.py", "integrations/teams/*.py", "integrations/web/*.py")
"""Modules that say a few things of their own; of these, only whole sentences count."""

INTRODUCTION = """# What the exchange says

Every sentence that people read, taken from the code by `python -m service sentences`. Words in
braces are filled in. To change one, change it where it stands and run the command again: a test
compares this page with the code.
"""
_SENTENCE = re.compile(r"[A-Z“].*\s.*\S[.?:…”]\Z", re.DOTALL)
_NOT_SHOWN = {"log", "logger", "logging", "re", "warning"}


def page() -> str:
    """The whole page, as Markdown. Reads the source files beside it."""
    parts = [INTRODUCTION]
    for path in sorted(ROOT.glob(WORDS)):
        parts += _chapter(path, whole=True)
    for pattern in OTHERS:
        for path in sorted(ROOT.glob(pattern)):
            parts += _chapter(path, whole=False)
    return "\n".join(parts)


def _chapter(path: Path, *, whole: bool) -> list[str]:
    """What a module says; nothing when it says nothing."""
    module = ast.parse(path.read_text(encoding="utf-8"))
    lines: list[str] = []
    for statement in module.body:
        said = [text for text in _said(statement) if _counts(text, whole=whole)]
        lines += [f"- {_quoted(text)}" for text in dict.fromkeys(said)]
    if not lines:
        return []
    about = (ast.get_docstring(module) or "").partition("\n")[0]
    return [f"## {path.relative_to(ROOT).as_posix()}\n", f"{about}\n", *lines, ""]


def _counts(text: str, *, whole: bool) -> bool:
    if not any(letter.isalpha() for letter in text):
        return False
    if whole:
        return text[:1].isupper() or " " in text.strip()
    return _SENTENCE.match(text) is not None


def _said(node: ast.AST) -> Iterator[str]:
    """The texts within a statement, in order, without those that nobody is shown."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield _filled_in(node)
    elif not _hidden(node):
        for child in ast.iter_child_nodes(node):
            yield from _said(child)


def _hidden(node: ast.AST) -> bool:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return True  # a docstring
    if isinstance(node, ast.Raise | ast.Import | ast.ImportFrom):
        return True
    if not isinstance(node, ast.Call):
        return False
    called = node.func
    owner = called.value if isinstance(called, ast.Attribute) else called
    return isinstance(owner, ast.Name) and owner.id in _NOT_SHOWN


def _filled_in(node: ast.JoinedStr) -> str:
    """A text with what is filled in within braces."""
    return "".join(
        str(part.value) if isinstance(part, ast.Constant) else f"{{{_name(part)}}}"
        for part in node.values
    )


def _name(part: ast.expr) -> str:
    return ast.unparse(part.value) if isinstance(part, ast.FormattedValue) else ast.unparse(part)


def _quoted(text: str) -> str:
    """A text in one line, with nothing in it that Markdown would take for its own."""
    return re.sub(r"([\\`*_<>\[\]#])", r"\\\1", " ".join(text.split()))
