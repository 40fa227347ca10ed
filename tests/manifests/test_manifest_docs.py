"""The pages about installation say what is asked for, as the code does."""

import re
from collections.abc import Mapping

import pytest

from integrations.slack.scopes import BOT_SCOPES
from integrations.teams.permissions import PERMISSIONS
from manifests.samples import FOLDER
from service.__main__ import build_parser

DOCS = FOLDER.parent / "docs"


@pytest.mark.parametrize(
    ("page", "asked"), [("install-slack.md", BOT_SCOPES), ("install-teams.md", PERMISSIONS)]
)
def test_the_table_is_what_is_asked_for(page: str, asked: Mapping[str, str]) -> None:
    text = (DOCS / page).read_text(encoding="utf-8")
    table = text.split("## What it asks for, and why")[1]
    assert dict(re.findall(r"^\| `(\S+)` \| (.+) \|$", table, re.MULTILINE)) == dict(asked)


@pytest.mark.parametrize("page", ["../README.md", "install-slack.md", "install-teams.md"])
def test_the_commands_are_taken(page: str) -> None:
    text = (DOCS / page).read_text(encoding="utf-8").replace("\\\n", " ")
    commands = re.findall(r"python -m service (manifest [^`\n]+)", text)
    assert commands
    for command in commands:
        words = command.replace("BOT-APP-ID", "12345678-90ab-4cde-8f01-234567890abc").split()
        build_parser().parse_args(words)
