"""The app package for Teams: what the schema checks, and what it doesn't."""

import ast
import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any, get_args

import jsonschema
import pytest

import integrations.teams
from core.events import MessagePosted
from core.screens import office_verb
from core.words import Request, read_request
from integrations.teams.clouds import CLOUDS
from integrations.teams.manifest import checked_app_id, teams_manifest, teams_package
from integrations.teams.parse import parse
from integrations.teams.permissions import (
    GRAPH_PERMISSIONS,
    HEARD_IN,
    PERMISSIONS,
    WHO_HAS_GOT_THIS,
)
from integrations.teams.settings import TeamsSettings

ADDRESS = "https://exchange.example.gov"
APP_ID = "12345678-90ab-4cde-8f01-234567890abc"
FOLDER = Path(integrations.teams.__file__).parent

RESOURCE_SPECIFIC = frozenset(
    """
    Channel.Create.Group Channel.Delete.Group ChannelMessage.Read.Group ChannelMessage.Send.Group
    ChannelSettings.Read.Group ChannelSettings.ReadWrite.Group Member.Read.Group Owner.Read.Group
    TeamMember.Read.Group TeamSettings.Read.Group TeamSettings.ReadWrite.Group
    TeamsActivity.Send.Group TeamsAppInstallation.Read.Group TeamsTab.Create.Group
    TeamsTab.Delete.Group TeamsTab.Read.Group TeamsTab.ReadWrite.Group Chat.Manage.Chat
    ChatMember.Read.Chat ChatMessage.Read.Chat ChatMessage.Send.Chat ChatSettings.Read.Chat
    ChatSettings.ReadWrite.Chat TeamsActivity.Send.Chat TeamsAppInstallation.Read.Chat
    TeamsTab.Create.Chat TeamsTab.Delete.Chat TeamsTab.Read.Chat TeamsTab.ReadWrite.Chat
    """.split()  # noqa: SIM905 - a list as one reads it
)
"""Permissions an application can ask for ("Resource-specific consent" on learn.microsoft.com)."""


@pytest.fixture(params=sorted(CLOUDS))
def manifest(request: pytest.FixtureRequest) -> dict[str, Any]:
    """The manifest for each cloud."""
    return teams_manifest(ADDRESS, APP_ID, request.param)


def test_microsofts_own_schema_accepts_it(shared_data: Path, manifest: dict[str, Any]) -> None:
    name = f"teams-manifest-v{manifest['manifestVersion']}.json"
    schema = json.loads((shared_data / "schemas" / name).read_text(encoding="utf-8"))
    checker = jsonschema.Draft4Validator(schema)
    assert [error.message for error in checker.iter_errors(manifest)] == []
    assert not checker.is_valid({**manifest, "accentColor": "blue"})
    assert f"/v{manifest['manifestVersion']}/" in manifest["$schema"]


def test_every_cloud_of_the_settings_has_one() -> None:
    assert set(get_args(TeamsSettings.model_fields["cloud"].annotation)) == set(CLOUDS)
    with pytest.raises(KeyError):
        teams_manifest(ADDRESS, APP_ID, "moon")


def test_lengths_ids_and_addresses(manifest: dict[str, Any]) -> None:
    assert manifest["id"] == manifest["bots"][0]["botId"] == manifest["webApplicationInfo"]["id"]
    assert manifest["composeExtensions"][0]["botId"] == APP_ID
    assert len(manifest["name"]["short"]) <= 30
    assert len(manifest["description"]["short"]) <= 80
    assert len(manifest["developer"]["name"]) <= 32
    addresses = [manifest["developer"][key] for key in manifest["developer"] if key != "name"]
    assert [one for one in addresses if not one.startswith(ADDRESS)] == []
    assert manifest["validDomains"] == ["exchange.example.gov"]
    assert re.fullmatch(r"\d+\.\d+\.\d+", manifest["version"])
    # Where every channel is to be had, Microsoft wants a bot that can be added to a team.
    assert manifest["supportsChannelFeatures"] == "tier1"
    assert "team" in manifest["bots"][0]["scopes"]


def test_a_port_and_a_path_do_not_get_among_the_domains() -> None:
    manifest = teams_manifest("https://city.example.gov:8443/exchange", APP_ID)
    assert manifest["validDomains"] == ["city.example.gov"]


def test_commands_are_what_the_bot_understands(manifest: dict[str, Any]) -> None:
    lists = manifest["bots"][0]["commandLists"]
    assert len(lists) <= 3
    for one in lists:
        assert len(one["commands"]) <= 12
        titles = [command["title"] for command in one["commands"]]
        assert {read_request(title) for title in titles} - {None} == set(Request)
        assert [office_verb(title) for title in titles if read_request(title) is None] == ["home"]
        # Menus show no more than this ("Create a commands menu" on learn.microsoft.com).
        assert [c["title"] for c in one["commands"] if len(c["title"]) > 32] == []
        assert [c["title"] for c in one["commands"] if len(c["description"]) > 128] == []


def test_message_actions_are_what_the_handler_answers(manifest: dict[str, Any]) -> None:
    (extension,) = manifest["composeExtensions"]
    (command,) = extension["commands"]
    assert command["id"] == WHO_HAS_GOT_THIS
    assert command["type"] == "action"
    assert command["context"] == ["message"]
    assert command["fetchTask"] is True
    compared = {
        name.id
        for node in ast.walk(ast.parse((FOLDER / "handler.py").read_text(encoding="utf-8")))
        if isinstance(node, ast.Compare)
        for name in node.comparators
        if isinstance(name, ast.Name)
    }
    assert "WHO_HAS_GOT_THIS" in compared


def graph_addresses() -> set[str]:
    """Every part of Microsoft Graph that the code calls, with * for what is filled in."""
    found: set[str] = set()
    for path in FOLDER.glob("*.py"):
        if path.name == "permissions.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            parts = node.values if isinstance(node, ast.JoinedStr) else [node]
            text = "".join(
                str(part.value) if isinstance(part, ast.Constant) else "*" for part in parts
            )
            if "/v1.0/" in text and (isinstance(node, ast.JoinedStr) or text.startswith("/")):
                found.add(text[text.index("/v1.0/") :])
    return {one for one in found if not any(other != one and one in other for other in found)}


def test_graph_is_asked_only_for_what_is_permitted() -> None:
    assert graph_addresses() == set(GRAPH_PERMISSIONS)


def unaddressed(kind: str) -> dict[str, Any]:
    """A message that does not mention the bot; only consent lets it come."""
    return {
        "type": "message",
        "channelId": "msteams",
        "id": "1771287144743",
        "timestamp": "2026-02-17T00:12:24.743Z",
        "from": {"id": "29:ana", "name": "Ana"},
        "recipient": {"id": f"28:{APP_ID}"},
        "conversation": {"id": "19:a@thread.v2", "conversationType": kind},
        "channelData": {"tenant": {"id": "t"}},
        "text": "Who has night buses?",
    }


@pytest.mark.parametrize("kind", sorted(HEARD_IN))
def test_what_consent_lets_us_hear_is_listened_to(kind: str) -> None:
    event = parse(unaddressed(kind), APP_ID)
    assert isinstance(event, MessagePosted)
    assert not event.to_bot


def test_no_permission_is_missing_and_none_is_too_much(manifest: dict[str, Any]) -> None:
    asked = manifest["authorization"]["permissions"]["resourceSpecific"]
    names = [permission["name"] for permission in asked]
    assert set(names) == {*HEARD_IN.values(), *GRAPH_PERMISSIONS.values()} == set(PERMISSIONS)
    assert len(names) == len(set(names)) <= 16
    assert {permission["type"] for permission in asked} == {"Application"}
    assert set(names) <= RESOURCE_SPECIFIC


def test_the_zip_holds_the_manifest_and_its_icons_at_the_root(manifest: dict[str, Any]) -> None:
    icons = {"color.png": b"colour", "outline.png": b"outline", "slack-512.png": b"not for Teams"}
    package = teams_package(manifest, icons)
    with zipfile.ZipFile(io.BytesIO(package)) as opened:
        assert opened.testzip() is None
        assert opened.namelist() == ["manifest.json", "color.png", "outline.png"]
        assert json.loads(opened.read("manifest.json")) == manifest
        assert opened.read("color.png") == b"colour"
    assert teams_package(manifest, icons) == package
    with pytest.raises(KeyError):
        teams_package(manifest, {"color.png": b"colour"})


@pytest.mark.parametrize("typed", [APP_ID.upper(), f" {APP_ID} "])
def test_an_app_id_as_people_copy_it(typed: str) -> None:
    assert checked_app_id(typed) == APP_ID


@pytest.mark.parametrize("typed", ["", "5", "{" + APP_ID + "}", APP_ID + "0", APP_ID[:-1] + "g"])
def test_what_is_no_app_id(typed: str) -> None:
    with pytest.raises(ValueError, match="Microsoft App ID"):
        checked_app_id(typed)
