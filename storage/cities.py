"""The directory of cities."""

import re
import unicodedata
from collections.abc import Iterable

from sqlalchemy import func, select

from core.ids import CityId
from core.places import City
from storage.engine import Transaction
from storage.rows import city_of
from storage.states import STATE_NAMES
from storage.tables import cities

_WORD = re.compile(r"[a-z0-9]+")
_LONG_FORMS = {"st": "saint", "ste": "sainte", "ft": "fort", "mt": "mount"}


class CitiesRepository:
    """Cities by their Census GEOID."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def get(self, city: CityId) -> City | None:
        """A city, or None when the directory does not have it."""
        row = await self._transaction.row(select(cities).where(cities.c.id == city))
        return None if row is None else city_of(row._mapping)

    async def put_many(self, places: Iterable[City]) -> int:
        """Add cities or bring them up to date; gives back how many were given."""
        rows = [{**_row_of(city), "search_words": _search_words(city)} for city in places]
        if rows:
            fresh = self._transaction.insert(cities)
            changed = {name: fresh.excluded[name] for name in rows[0] if name != "id"}
            await self._transaction.run(
                fresh.on_conflict_do_update(index_elements=["id"], set_=changed), rows
            )
        return len(rows)

    async def count(self) -> int:
        """How many cities the directory has."""
        return int(await self._transaction.value(select(func.count()).select_from(cities)))

    async def search(self, text: str, limit: int) -> list[City]:
        """Cities whose name and state hold all the words, in any order; larger ones first.

        States go by code or name, and "St." means "Saint". Empty words find nothing.
        """
        words = _words(text)
        if not words:
            return []
        statement = select(cities).order_by(cities.c.population.desc(), cities.c.id).limit(limit)
        for word in words:
            # A state's code is a whole word: "MA" is not the beginning of "Maine".
            end = " %" if word.upper() in STATE_NAMES else "%"
            statement = statement.where(cities.c.search_words.like(f"% {word}{end}"))
        return [city_of(row._mapping) for row in await self._transaction.rows(statement)]


def _words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", text.replace("'", "").replace("’", "")).casefold()
    letters = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return [_LONG_FORMS.get(word, word) for word in _WORD.findall(letters)]


def _search_words(city: City) -> str:
    state = STATE_NAMES.get(city.state, "")
    return " " + " ".join(_words(f"{city.name} {city.state} {state}")) + " "


def _row_of(city: City) -> dict[str, object]:
    return {
        "id": city.id,
        "name": city.name,
        "state": city.state,
        "kind": city.kind,
        "population": city.population,
        "latitude": city.latitude,
        "longitude": city.longitude,
        "time_zone": city.time_zone,
    }
