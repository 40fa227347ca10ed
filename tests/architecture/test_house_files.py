"""Dependencies are explained and locked without a host; no file tells of a machine."""

import re
import tomllib

import pytest

from tests.architecture.tree import ROOT, project_files

LOCKS = ("requirements.lock", "requirements-dev.lock")
REQUIREMENT = re.compile(r'^    "(?P<name>[A-Za-z0-9_.-]+)[^"]*",(?P<rest>.*)$')
PIN = re.compile(r"^(?P<name>[A-Za-z0-9_.-]+)==(?P<version>[^\s;]+)", re.MULTILINE)
#: Put together from pieces, so that this file does not hold what it looks for.
MACHINE_PATH = re.compile(
    rf"(?<![\w.$}}~*-])/({'|'.join(['wor' + 'k', 'roo' + 't', 'hom' + 'e'])})/\w"
)
REGISTRY_HOST = re.compile(
    r"\b("
    + "|".join(["pypi" + r"\.org", "python" + r"hosted\.org", "npm" + r"js\.(org|com)"])
    + r")\b"
)


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(lock: str) -> dict[str, set[str]]:
    """Versions by name; a universal lock may pin one package differently per platform."""
    found: dict[str, set[str]] = {}
    for match in PIN.finditer((ROOT / lock).read_text(encoding="utf-8")):
        found.setdefault(normal(match["name"]), set()).add(match["version"])
    return found


def declared() -> dict[str, list[str]]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    run = project["dependencies"]
    lists = {LOCKS[0]: run, LOCKS[1]: run + project["optional-dependencies"]["dev"]}
    return {
        lock: [normal(re.split(r"[\[<>=~! ]", row)[0]) for row in rows]
        for lock, rows in lists.items()
    }


def test_every_dependency_says_what_it_is_for() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8").split("[tool.", 1)[0]
    rows = [match for line in text.splitlines() if (match := REQUIREMENT.match(line))]
    assert len(rows) == len(declared()[LOCKS[1]])
    assert [row["name"] for row in rows if not re.search(r"# \w.{5,}", row["rest"])] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_place(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    rows = [row for row in text.splitlines() if row and not row.startswith("    --hash=sha256:")]
    assert [row for row in rows if not re.match(r"[A-Za-z0-9_.-]+==", row)] == []
    assert [row for row in rows if "://" in row or "@" in row] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_pins_every_dependency_by_hash(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    blocks = re.split(r"\n(?=[A-Za-z0-9])", text)
    assert [block.splitlines()[0] for block in blocks if "--hash=sha256:" not in block] == []
    assert set(declared()[lock]) <= set(pins(lock))


def test_tests_run_on_the_versions_that_are_served() -> None:
    development = pins(LOCKS[1])
    assert {
        name: found for name, found in pins(LOCKS[0]).items() if development.get(name) != found
    } == {}


@pytest.mark.parametrize("pattern", [MACHINE_PATH, REGISTRY_HOST], ids=["path", "host"])
def test_no_file_tells_of_a_machine(pattern: re.Pattern[str]) -> None:
    found = []
    for path in project_files():
        content = path.read_bytes()
        if b"\0" in content:
            continue
        for number, row in enumerate(content.decode("utf-8", "replace").splitlines(), 1):
            if match := pattern.search(row):
                found.append(f"{path.relative_to(ROOT)}:{number} {match[0]}")
    assert found == []
