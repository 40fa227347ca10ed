"""`workspaces remove` and `workspaces reencrypt`, as the operator types them."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from core.ids import ExternalWorkspace, NodeId
from core.installations import Granted, Team, Tokens
from integrations.slack.ids import SLACK
from service.__main__ import main
from service.clock import Clock
from service.membership.installing import Installing
from service.opening import open_database
from service.settings import ExchangeSettings
from storage.errors import SecretKeysMissing

OLD, NEW = "the-old-key-that-is-long-enough", "the-new-key-that-is-long-enough"
Command = Callable[..., Any]


@pytest.fixture
def command(
    file_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """Run a command with --json, with these keys, and read its answer."""
    monkeypatch.setenv("EXCHANGE_DATABASE_URL", file_url)

    def run(*words: str, keys: str = OLD) -> Any:
        monkeypatch.setenv("EXCHANGE_SECRET_KEYS", keys)
        code = main([*words, "--json"])
        printed = capsys.readouterr()
        assert code == 0, printed.err
        assert not re.search(r"xox[be]", printed.out)
        return json.loads(printed.out)

    return run


def with_database(url: str, keys: tuple[str, ...], act: Callable[[Any], Any]) -> Any:
    """Do something with the database as a node with these keys."""

    async def do() -> Any:
        settings = ExchangeSettings.model_validate({"database_url": url, "secret_keys": keys})
        database = await open_database(settings, clock=Clock(), node=NodeId("n"))
        try:
            return await act(database)
        finally:
            await database.close()

    return asyncio.run(do())


async def install(database: Any) -> None:
    """Tucson has installed, with a token that ends."""
    tokens = Tokens("xoxe.xoxb-1-tucson", "xoxe-1-tucson", Clock()())
    team = Team(ExternalWorkspace("T0TUCSON001"), "City of Tucson")
    granted = Granted(SLACK, team, is_organization=False, tokens=tokens, teams=(team,))
    await Installing(database, Clock()).installed(granted)


async def tokens(database: Any) -> set[str]:
    """Every token that can be read."""
    async with database.view() as view:
        every = [workspace.id for workspace in await view.workspaces.list()]
        return {found.token for found in (await view.installations.credentials(every)).values()}


def test_new_keys_step_by_step(command: Command, file_url: str) -> None:
    given = ["--team", "T0BOSTON001", "--token", "xoxb-boston", "--city", "2507000"]
    command("workspaces", "add", "slack", *given, "--api-url", "http://127.0.0.1:9/api/")
    with_database(file_url, (OLD,), install)
    both = {"xoxb-boston", "xoxe.xoxb-1-tucson"}
    assert with_database(file_url, (NEW, OLD), tokens) == both
    with pytest.raises(SecretKeysMissing):
        with_database(file_url, (NEW,), tokens)
    done = command("workspaces", "reencrypt", keys=f"{NEW},{OLD}")
    assert done == {"given": 1, "granted": 2, "tokens": 3}
    assert with_database(file_url, (NEW,), tokens) == both


def test_a_removed_workspace_keeps_neither_token_nor_link(command: Command, file_url: str) -> None:
    with_database(file_url, (OLD,), install)
    [tucson] = command("workspaces", "list")
    own = str(tucson["id"])
    command("links", "add", "housing", "--workspace", own, "--conversation", "C0HOUSING01")
    removed = command("workspaces", "remove", own)
    assert (removed["id"], removed["state"], removed["links_ended"]) == (tucson["id"], "removed", 1)
    assert command("links", "list") == []
    assert with_database(file_url, (OLD,), tokens) == set()
