"""Every recorded Teams payload is understood, ignored with a reason, or refused; none raises."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.events import Ignored, Malformed, MessagePosted, ReactionChanged
from core.text import plain_text
from integrations.teams.parse import one_reaction_each, parse

APP = "11111111-2222-3333-4444-555555555555"
TENANT = "a1b2c3d4-e5f6-7890-abcd-ef1234567890"
CHANNEL = "19:d441d38c655c47a085215b2726e76927@thread.tacv2"


def _recorded(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for path in sorted((folder / "recorded").glob("*/teams.json")):
        for name, value in json.loads(path.read_text(encoding="utf-8")).items():
            if isinstance(value, dict):
                yield f"{path.parent.name}/{name}", value
    for path in sorted((folder / "teams").rglob("*.json")):
        value = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(value, dict):
            yield path.name, value


def _one(folder: Path, name: str, key: str) -> dict[str, Any]:
    path = folder / "recorded" / name / "teams.json"
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))[key]
    return found


def test_none_raises(shared_data: Path) -> None:
    kinds = {}
    for name, payload in _recorded(shared_data):
        for single in one_reaction_each(payload):
            kinds[name] = parse(single, APP)
    assert len(kinds) > 25
    nameless = [
        name
        for name, payload in _recorded(shared_data)
        if "type" not in payload or "id" not in payload
    ]
    refused = [name for name, kind in kinds.items() if isinstance(kind, Malformed)]
    assert refused == nameless


def test_a_mention_speaks_to_the_bot(shared_data: Path) -> None:
    event = parse(_one(shared_data, "channel", "mention"), APP)
    assert isinstance(event, MessagePosted)
    assert event.to_bot
    assert not event.private
    assert not event.ours
    assert plain_text(event.body) == "Hey"
    assert event.thread is None
    assert event.source.conversation == CHANNEL
    assert event.source.tenant == TENANT
    assert event.source.workspace.startswith(f"{TENANT}/19:")
    assert event.author.name == "Test User"
    assert event.at.isoformat().startswith("2026-02-17T01:01:47.451381")


def test_a_reply_knows_its_root_and_perhaps_only_its_tenant(shared_data: Path) -> None:
    event = parse(_one(shared_data, "thread", "followUp"), APP)
    assert isinstance(event, MessagePosted)
    assert event.thread == "1767224924615"
    assert event.source.workspace == ""
    assert event.source.conversation == CHANNEL
    assert event.at.year == 2025
    assert not event.to_bot


def test_a_personal_message_speaks_to_the_bot(shared_data: Path) -> None:
    event = parse(_one(shared_data, "dm", "dmMessage"), APP)
    assert isinstance(event, MessagePosted)
    assert event.private
    assert event.to_bot


def test_a_pressed_button_speaks_to_the_bot(shared_data: Path) -> None:
    event = parse(_one(shared_data, "channel", "channel_post_action"), APP)
    assert isinstance(event, MessagePosted)
    assert event.to_bot
    assert event.body == ()


def test_a_reaction(shared_data: Path) -> None:
    event = parse(_one(shared_data, "actions-reactions", "reaction"), APP)
    assert isinstance(event, ReactionChanged)
    assert (event.emoji, event.character, event.added) == ("+1", "👍", True)
    assert event.message == "1767326111492"


def test_other_channels_are_left_alone(shared_data: Path) -> None:
    path = shared_data / "teams" / "012_Agents-for-net_json.json"
    assert isinstance(parse(json.loads(path.read_text(encoding="utf-8")), APP), Ignored)


@pytest.mark.parametrize("value", [None, 1, "x", [], {"id": 5}, [1]])
@pytest.mark.parametrize(
    "key",
    ["conversation", "from", "recipient", "entities", "attachments", "channelData", "value", "id"],
)
def test_odd_values_count_as_absent(shared_data: Path, key: str, value: object) -> None:
    parse({**_one(shared_data, "channel", "mention"), key: value}, APP)
