"""The command line: what it answers, and how it says no."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from service.__main__ import build_parser, main
from service.directory.seed import seed_cities
from tests.service.processes import answered

BOSTON = "2507000"
NOWHERE = "http://127.0.0.1:9/api/"
"""Port 9 is closed: nobody answers there."""


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    error: str


Run = Callable[..., Done]
Answer = Callable[..., Any]


@pytest.fixture
def run(
    tmp_path: Path,
    migrated: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Run:
    """Run a command in this process, in a folder with a database of its own."""
    shutil.copytree(migrated, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> Done:
        try:
            code = main(words)
        except SystemExit as ended:
            code = int(ended.code or 0)
        printed = capsys.readouterr()
        return Done(code, printed.out, printed.err)

    return run


@pytest.fixture
def answer_of(run: Run) -> Answer:
    """Run a command with --json and read its answer."""

    def answer_of(*words: str) -> Any:
        done = run(*words, "--json")
        assert done.code == 0, done.error
        return json.loads(done.out)

    return answer_of


def add_boston(answer_of: Answer, *more: str) -> dict[str, Any]:
    words = ("--team", "T1", "--token", "xoxb-1", "--city", BOSTON, "--api-url", NOWHERE)
    made = answer_of("workspaces", "add", "slack", *words, *more)
    assert isinstance(made, dict)
    return made


@pytest.mark.parametrize(
    "words",
    [
        "serve",
        "migrate",
        "status",
        "cities search",
        "workspaces add slack",
        "workspaces add teams",
        "workspaces list",
        "workspaces confirm",
        "workspaces pause",
        "workspaces remove",
        "channels add",
        "channels list",
        "links add",
        "links list",
        "links remove",
        "manifest slack",
        "manifest teams",
        "bench",
    ],
)
def test_every_command_has_help(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        build_parser().parse_args([*words.split(), "--help"])
    assert ended.value.code == 0
    assert "--json" in capsys.readouterr().out


def test_a_fresh_folder_needs_nothing_else(answer_of: Answer, migrated: Path) -> None:
    found = answer_of("cities", "search", "Boston MA")
    assert (found[0]["id"], found[0]["label"]) == (BOSTON, "Boston, MA")
    slugs = {channel["slug"] for channel in answer_of("channels", "list")}
    assert slugs >= {"housing", "transport", "public-safety", "health", "sustainability"}
    assert answer_of("migrate")["cities"] == len(seed_cities())
    assert (migrated / "exchange.db").stat().st_mode & 0o077 == 0


def test_each_thing_that_is_made_is_answered_with_its_id_first(answer_of: Answer) -> None:
    slack = add_boston(answer_of)
    service_url = "http://127.0.0.1:9/teams/"
    teams = answer_of(
        *("workspaces", "add", "teams", "--tenant", "t-1", "--team", "19:a@thread.tacv2"),
        *("--city", "2758000", "--service-url", service_url, "--name", "City of St. Paul"),
    )
    channel = answer_of("channels", "add", "night-buses", "--name", "Night buses")
    link = answer_of(
        *("links", "add", "night-buses", "--workspace", str(slack["id"]), "--conversation", "C1"),
    )
    for made in (slack, teams, channel, link):
        assert next(iter(made)) == "id"
        assert isinstance(made["id"], int)
    assert (slack["state"], slack["city_name"]) == ("confirmed", "Boston, MA")
    assert (teams["name"], teams["external_id"]) == ("City of St. Paul", "t-1/19:a@thread.tacv2")
    assert (link["channel"], link["mode"]) == ("night-buses", "live")
    assert "xoxb" not in json.dumps(answer_of("workspaces", "list"))


def test_adding_again_keeps_the_id(answer_of: Answer) -> None:
    first = add_boston(answer_of)
    again = add_boston(answer_of, "--name", "City of Boston")
    assert (again["id"], again["name"]) == (first["id"], "City of Boston")
    words = ("links", "add", "housing", "--workspace", "T1", "--conversation", "C1")
    link = answer_of(*words)
    other = answer_of(*words, "--mode", "paused")
    assert (other["id"], other["mode"]) == (link["id"], "paused")
    twice = answer_of("channels", "add", "housing")
    assert twice["name"] == "Housing"


def test_a_workspace_can_be_paused_confirmed_and_removed(answer_of: Answer) -> None:
    own = str(add_boston(answer_of)["id"])
    for word, state in (("pause", "paused"), ("confirm", "confirmed"), ("remove", "removed")):
        assert answer_of("workspaces", word, own)["state"] == state


def test_a_link_that_was_removed_is_gone(answer_of: Answer, run: Run) -> None:
    add_boston(answer_of)
    words = ("links", "add", "housing", "--workspace", "1", "--conversation", "C1")
    own = str(answer_of(*words)["id"])
    assert str(answer_of("links", "remove", own)["id"]) == own
    assert answer_of("links", "list") == []
    assert run("links", "remove", own).code == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("workspaces add slack --team T1 --token x --city 999", ["999", "cities search", "87"]),
        ("workspaces add slack --team T1 --token x --city 2507000 --api-url slack", ["--api-url"]),
        (
            "workspaces add slack --team T --token x --city 2507000 --api-url http://a.example/",
            ["SLACK_API_URL"],
        ),
        ("workspaces confirm 7", ["7", "workspaces list"]),
        ("links add nowhere --workspace 1 --conversation C", ["nowhere", "housing", "transport"]),
        ("links add housing --workspace 7 --conversation C", ["7", "workspaces list"]),
        ("links remove x", ["x", "links list"]),
        ("channels add Night_Buses", ["Night_Buses", "hyphens"]),
    ],
)
def test_no_is_said_with_what_to_do(run: Run, words: str, said: list[str]) -> None:
    done = run(*words.split())
    assert done.code == 1
    assert all(word in done.error for word in said), done.error
    assert done.out == ""


def test_a_conversation_is_linked_once(answer_of: Answer, run: Run) -> None:
    add_boston(answer_of)
    place = ("--workspace", "1", "--conversation", "C1")
    answer_of("links", "add", "housing", *place)
    done = run("links", "add", "transport", *place)
    assert done.code == 1
    assert "housing" in done.error


@pytest.mark.parametrize(
    ("words", "settings"),
    [
        ((), {}),
        (("workspaces",), {}),
        (("links", "add", "housing"), {}),
        (("serve", "--port", "x"), {}),
        (("channels", "list"), {"EXCHANGE_PORT": "x"}),
        (("status",), {"EXCHANGE_DATABASE_URL": "mysql://db"}),
        (("serve",), {"EXCHANGE_HOST": "::"}),
    ],
)
def test_wrong_words_and_settings_end_with_2(
    run: Run, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], settings: dict[str, str]
) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    done = run(*words)
    assert done.code == 2
    assert all(name in done.error for name in settings)


def test_a_database_that_does_not_answer_is_said_so(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = "postgresql+asyncpg://nobody@127.0.0.1:9/nothing"
    monkeypatch.setenv("EXCHANGE_DATABASE_URL", url)
    done = run("status")
    assert done.code == 1
    assert "EXCHANGE_DATABASE_URL" in done.error


def test_status_of_an_empty_exchange(answer_of: Answer, run: Run) -> None:
    status = answer_of("status")
    assert status["inbox"]["depth"] == 0
    assert status["outbox"] == {"depth": 0, "oldest_age": None, "late": 0}
    assert status["uncertain"] == status["troubles"] == status["workspaces"] == []
    text = run("status").out
    assert "workspaces add" in text


async def test_commands_run_on_postgresql_too(tmp_path: Path, postgres_database_url: str) -> None:
    settings = {"EXCHANGE_DATABASE_URL": postgres_database_url, "EXCHANGE_SECRET_KEYS": "k"}
    words = ("--team", "T1", "--token", "xoxb-1", "--city", BOSTON, "--api-url", NOWHERE)
    made = await answered(tmp_path, "workspaces", "add", "slack", *words, **settings)
    assert made["id"] == 1
    found = await answered(tmp_path, "cities", "search", "yellow springs", **settings)
    assert found[0]["id"] == "3986940"
    assert not (tmp_path / "exchange.db").exists()
