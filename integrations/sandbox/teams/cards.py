"""Structural checks of Adaptive Cards, as Teams refuses them: plain, and without a schema file.

Bot-sent cards may use version 1.5 at most (Teams cards reference).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from integrations.sandbox.teams.model import Json

CARD_TYPE = "application/vnd.microsoft.card.adaptive"
NEWEST_VERSION = (1, 5)

REQUIRED: dict[str, tuple[str, ...]] = {
    "TextBlock": ("text",),
    "Image": ("url",),
    "Media": ("sources",),
    "RichTextBlock": ("inlines",),
    "TextRun": ("text",),
    "ActionSet": ("actions",),
    "Container": ("items",),
    "ColumnSet": (),
    "Column": (),
    "FactSet": ("facts",),
    "ImageSet": ("images",),
    "Table": (),
    "TableRow": (),
    "TableCell": ("items",),
    "Input.Text": ("id",),
    "Input.Number": ("id",),
    "Input.Date": ("id",),
    "Input.Time": ("id",),
    "Input.Toggle": ("id", "title"),
    "Input.ChoiceSet": ("id",),
    "Action.OpenUrl": ("url",),
    "Action.Submit": (),
    "Action.Execute": (),
    "Action.ShowCard": ("card",),
    "Action.ToggleVisibility": ("targetElements",),
}
# Parts whose type Teams knows from where they stand, so authors leave it out.
IMPLIED = {"columns": "Column", "rows": "TableRow", "cells": "TableCell"}
CHILDREN = ("body", "items", "columns", "rows", "cells", "images", "inlines", "actions")
SINGLE = ("selectAction", "inlineAction")


class CardError(ValueError):
    """A card that Teams would refuse; the message says where and why."""


def check_card(card: Any) -> None:
    """Check one card. Raises CardError."""
    if not isinstance(card, dict) or card.get("type") != "AdaptiveCard":
        raise CardError("the content is no AdaptiveCard")
    _check_version(card.get("version"))
    seen: set[str] = set()
    for element in elements(card):
        _check_element(element, seen)


def elements(card: Json) -> Iterator[Json]:
    """Every element and action of a card, nested cards included, in reading order."""
    for name in CHILDREN:
        yield from _listed(card, name)
    for name in SINGLE:
        if name in card:
            yield from _one(card[name], name)
    if isinstance(card.get("card"), dict):
        yield from elements(card["card"])


def actions(card: Json) -> Iterator[Json]:
    """Every action of a card, nested cards included."""
    return (found for found in elements(card) if str(found.get("type")).startswith("Action."))


def _listed(parent: Json, name: str) -> Iterator[Json]:
    children = parent.get(name)
    if children is None:
        return
    if not isinstance(children, list):
        raise CardError(f"{name} is no list")
    for child in children:
        if name == "inlines" and isinstance(child, str):
            continue
        yield from _one(child, name)


def _one(child: Any, name: str) -> Iterator[Json]:
    if not isinstance(child, dict):
        raise CardError(f"{name} holds something that is no object")
    if name in IMPLIED and "type" not in child:
        child = {"type": IMPLIED[name], **child}
    yield child
    yield from elements(child)


def _check_version(version: Any) -> None:
    try:
        major, minor = (int(part) for part in str(version).split("."))
    except ValueError:
        raise CardError("version is missing or unreadable") from None
    if (major, minor) > NEWEST_VERSION:
        raise CardError(f"version {version} is newer than 1.5")


def _check_element(element: Json, seen: set[str]) -> None:
    kind = str(element.get("type"))
    if kind not in REQUIRED:
        if element.get("fallback") is None:
            raise CardError(f"{kind!r} is no element of Adaptive Cards 1.5")
        return
    for required in REQUIRED[kind]:
        if element.get(required) in (None, ""):
            raise CardError(f"{kind} lacks {required}")
    if kind.startswith("Input."):
        name = str(element["id"])
        if name in seen:
            raise CardError(f"two inputs have the id {name!r}")
        seen.add(name)
