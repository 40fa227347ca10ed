"""`cities search` and `cities import`: the directory of places."""

import argparse
from typing import Any

from core.places import City
from service.commands import city_import
from service.commands.output import show, table
from service.commands.parsing import Subparsers, add_command, add_group

MOST_SHOWN = 20


def add_to(parsers: "Subparsers[argparse.ArgumentParser]") -> None:
    """Add the command."""
    group = add_group(parsers, "cities", "look up places and their GEOIDs")
    city_import.add_to(group)
    parser = add_command(
        group,
        "search",
        search,
        about="find a city's GEOID by its name",
        example='python -m service cities search "Boston MA"',
    )
    parser.add_argument("text", nargs="+", metavar="TEXT", help="name, with or without the state")


async def search(arguments: argparse.Namespace) -> None:
    """Answer the cities that match: the very name first, then larger ones before smaller ones."""
    from service.opening import reading

    text = " ".join(arguments.text)
    async with reading() as unit:
        found = await unit.cities.search(text, MOST_SHOWN)
        total = await unit.cities.count()
    rows = [(city.id, city.label, _kind(city), f"{city.population:,}") for city in found]
    nothing = [
        f"No city matches {text!r}. The directory has {total:,} places.",
        "Try fewer words, or only the state. Neighbourhoods, counties, and places that are",
        "governed by their county or township are not in it.",
    ]
    lines = table(("GEOID", "City", "Kind", "People"), rows) if rows else nothing
    if len(found) == MOST_SHOWN:
        lines.append(f"These are the first {MOST_SHOWN}. Add the state to see fewer.")
    show([as_thing(city) for city in found], arguments.json, lines)


def _kind(city: City) -> str:
    return f"former {city.kind}" if city.former else city.kind


def as_thing(city: City) -> dict[str, Any]:
    """A city for JSON."""
    return {
        "id": city.id,
        "name": city.name,
        "state": city.state,
        "label": city.label,
        "kind": city.kind,
        "population": city.population,
        "size": city.size.value,
        "latitude": city.latitude,
        "longitude": city.longitude,
        "time_zone": city.time_zone,
        "other_names": list(city.other_names),
        "former": city.former,
    }
