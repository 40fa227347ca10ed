"""Adaptive Cards as a second opinion sees them, and filled in as Teams does it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

from jsonschema.validators import Draft6Validator

from integrations.sandbox.teams.cards import check_card, elements

CHECKER = Draft6Validator(
    json.loads((files("adaptive_cards") / "schemas" / "schema-1.5.json").read_text("utf-8"))
)


def checked(card: dict[str, Any]) -> dict[str, Any]:
    """The card, once the schema of Adaptive Cards 1.5 and our stand-in accept it.

    `choices.data` and the style `filtered` are documented by Microsoft ("Typeahead search in
    Adaptive Cards"); that schema lacks them.
    """
    check_card(card)
    known = json.loads(json.dumps(card), object_hook=_as_in_the_schema)
    problems = list(CHECKER.iter_errors(known))
    assert problems == [], problems[0].message
    return card


def _as_in_the_schema(found: dict[str, Any]) -> dict[str, Any]:
    data = found.pop("choices.data", None)
    assert data is None or (data["type"], bool(data["dataset"])) == ("Data.Query", True)
    if found.get("style") == "filtered":
        found["style"] = "compact"
    return found


def inputs_of(card: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The inputs of a card by id; each has a label."""
    found = {one["id"]: one for one in elements(card) if str(one.get("type")).startswith("Input.")}
    assert all(one.get("label") for one in found.values())
    return found


def buttons_of(card: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What a card's buttons send, by what they say."""
    return {one["title"]: one["data"] for one in elements(card) if one["type"] == "Action.Submit"}


def lines_of(card: dict[str, Any]) -> list[str]:
    """What a card says, line by line."""
    return list(_lines(card))


def _lines(card: dict[str, Any]) -> Iterator[str]:
    for one in elements(card):
        if one["type"] == "RichTextBlock":
            yield "".join(run["text"] for run in one["inlines"])


def filled_in(card: dict[str, Any], **given: str) -> dict[str, Any]:
    """What a card's only button sends: its data and every input, as it stands or as given."""
    (button,) = [one for one in card["actions"] if one["type"] == "Action.Submit"]
    known = inputs_of(card)
    assert set(given) <= set(known), set(given) - set(known)
    stands = {name: one["value"] for name, one in known.items() if one.get("value")}
    return {**button["data"], **stands, **given}
