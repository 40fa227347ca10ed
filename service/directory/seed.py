"""What a new database starts with: some real cities of all sizes, and the topic channels."""

import csv
from pathlib import Path

from core.channels import ChannelKind
from core.ids import CityId
from core.places import City
from storage.database import Database

CITIES_FILE = Path(__file__).with_name("seed_cities.csv")
"""Census gazetteer and population estimates, a small part of the whole directory."""

TOPICS = (
    ("housing", "Housing"),
    ("transport", "Transport"),
    ("public-safety", "Public safety"),
    ("health", "Health"),
    ("sustainability", "Sustainability"),
    ("water", "Water"),
    ("parks", "Parks and libraries"),
    ("jobs", "Jobs and local business"),
    ("budget", "Budget and finance"),
    ("digital", "Digital services"),
    ("resilience", "Storms, fire and heat"),
    ("small-towns", "Small towns"),
)


def seed_cities() -> list[City]:
    """The cities that every new database holds. Reads a small file."""
    with CITIES_FILE.open(encoding="utf-8", newline="") as file:
        return [
            City(
                id=CityId(row["geoid"]),
                name=row["name"],
                state=row["state"],
                kind=row["kind"],
                population=int(row["population"]),
                latitude=float(row["latitude"]),
                longitude=float(row["longitude"]),
                time_zone=row["time_zone"],
            )
            for row in csv.DictReader(file)
        ]


async def seed_if_empty(database: Database) -> None:
    """Fill an empty database; one that has cities and channels is left as it is."""
    async with database.view() as unit:
        if await unit.cities.count() and await unit.channels.list():
            return
    async with database.unit() as unit:
        if await unit.cities.count() == 0:
            await unit.cities.put_many(seed_cities())
        if not await unit.channels.list():
            for slug, name in TOPICS:
                await unit.channels.add(slug, name, ChannelKind.TOPIC)
