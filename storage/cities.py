"""The directory of cities."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, delete, func, literal, or_, select, update

from core.ids import CityId
from core.place_words import Asked, asked, folded
from core.places import City
from core.states import STATE_NAMES
from storage.engine import Transaction
from storage.rows import city_of
from storage.tables import cities

_SHORTEST_JOINED = 4
_AT_ONCE = 500
_EXACTLY, _BEGINNING, _SOMEHOW = 0, 1, 2
_KEPT_APART = {"id", "other_names", "former_at"}


@dataclass(frozen=True, slots=True)
class Brought:
    """What became of the cities that were given: which are new, which got another name."""

    added: tuple[City, ...] = ()
    changed: int = 0
    same: int = 0
    renamed: tuple[tuple[str, City], ...] = ()


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
        rows = [_row_of(city) for city in places]
        if rows:
            fresh = self._transaction.insert(cities)
            changed = {name: fresh.excluded[name] for name in rows[0] if name not in _KEPT_APART}
            await self._transaction.run(
                fresh.on_conflict_do_update(index_elements=["id"], set_=changed), rows
            )
        return len(rows)

    async def bring(self, places: Sequence[City]) -> Brought:
        """Bring cities up to date with a newer list, a few hundred at a time.

        A city that got another name is still found by the one it had. One without population in
        the new list keeps the figure it has, and a former one that is listed again is former no
        more. Cities that are as they were are not written.
        """
        known = await self._known([city.id for city in places])
        rows: list[dict[str, object]] = []
        renamed: list[tuple[str, City]] = []
        added: list[City] = []
        for city in places:
            before = known.get(city.id)
            wanted = city if before is None else _continued(before, city)
            if wanted == before:
                continue
            if before is None:
                added.append(wanted)
            elif before.name != wanted.name:
                renamed.append((before.name, wanted))
            rows.append(_row_of(wanted))
        await self._write(rows)
        changed = len(rows) - len(added)
        return Brought(tuple(added), changed, len(places) - len(rows), tuple(renamed))

    async def unlisted(self, listed: Collection[str]) -> list[City]:
        """The cities that are not among these ids, former ones too."""
        ids = await self._transaction.rows(select(cities.c.id).order_by(cities.c.id))
        gone = [row.id for row in ids if row.id not in listed]
        found: list[City] = []
        for start in range(0, len(gone), _AT_ONCE):
            found += (await self._known(gone[start : start + _AT_ONCE])).values()
        return found

    async def mark_former(self, gone: Sequence[City], at: datetime) -> None:
        """Mark cities as not listed any more.

        They stay in the directory: workspaces and old posts may point to them.
        """
        ids = [city.id for city in gone]
        for start in range(0, len(ids), _AT_ONCE):
            of_part = cities.c.id.in_(ids[start : start + _AT_ONCE])
            await self._transaction.run(update(cities).where(of_part).values(former_at=at))

    async def keep_id(self, before: City, listed: City) -> bool:
        """Let a city that is listed under a new id keep the one it had; false if nothing changes.

        The row of the new id was added in this very transaction, so nobody points to it. The city
        is found by the new id as well.
        """
        await self._transaction.run(delete(cities).where(cities.c.id == listed.id))
        names = (*listed.other_names, str(listed.id))
        wanted = _continued(before, replace(listed, id=before.id, other_names=names))
        if wanted == before:
            return False
        await self._write([_row_of(wanted)])
        return True

    async def count(self) -> int:
        """How many cities the directory has."""
        return int(await self._transaction.value(select(func.count()).select_from(cities)))

    async def search(self, text: str, limit: int) -> list[City]:
        """Cities whose name and state hold all the words, in any order.

        First those that have just this name, then those whose name begins with it, larger ones
        before smaller ones, and former ones at the end. States go by code or name, "St." means
        "Saint", and accents, dots and spaces don't matter. Empty words find nothing.
        """
        found: list[City] = []
        for reading in asked(text):
            rank = _rank(reading).label("rank")
            rows = await self._transaction.rows(
                select(cities, rank)
                .where(_matches(reading))
                .order_by(
                    cities.c.former_at.is_not(None), rank, cities.c.population.desc(), cities.c.id
                )
                .limit(limit)
            )
            found = found or [city_of(row._mapping) for row in rows]
            # "New York City" matches villages in that state, but New York is meant.
            if rows and rows[0].rank < _SOMEHOW:
                return [city_of(row._mapping) for row in rows]
        return found

    async def _known(self, ids: Sequence[CityId]) -> dict[CityId, City]:
        rows = await self._transaction.rows(select(cities).where(cities.c.id.in_(ids)))
        return {city.id: city for row in rows for city in [city_of(row._mapping)]}

    async def _write(self, rows: list[dict[str, object]]) -> None:
        if not rows:
            return
        fresh = self._transaction.insert(cities)
        changed = {name: fresh.excluded[name] for name in rows[0] if name != "id"}
        await self._transaction.run(
            fresh.on_conflict_do_update(index_elements=["id"], set_=changed), rows
        )


def _continued(before: City, now: City) -> City:
    """The city as it is now, with what is known from before."""
    names = dict.fromkeys([*now.other_names, *before.other_names])
    if before.name != now.name:
        names[before.name] = None
    names.pop(now.name, None)
    population = now.population or before.population
    kept = tuple(names) if set(names) != set(before.other_names) else before.other_names
    return replace(now, population=population, other_names=kept)


def _matches(reading: Asked) -> ColumnElement[bool]:
    if not reading.name:
        return cities.c.state == reading.state
    words = cities.c.search_words
    every = and_(*(words.like(f"% {word}{_end(word)}") for word in reading.words))
    ways = [every, words.like(f" {' '.join(reading.words)}%")]
    joined = "".join(reading.name)
    if len(joined) >= _SHORTEST_JOINED:
        alike = words.like(f"% {joined}%")
        ways.append(and_(alike, cities.c.state == reading.state) if reading.state else alike)
    return or_(*ways)


def _end(word: str) -> str:
    # A state's code is a whole word: "MA" is not the beginning of "Maine".
    return " %" if word.upper() in STATE_NAMES else "%"


def _rank(reading: Asked) -> ColumnElement[int]:
    """How well a city fits: the very name, the beginning of a name, or somehow."""
    if not reading.name:
        return literal(_EXACTLY)
    words: Any = cities.c.search_words
    code = func.lower(cities.c.state)  # a row's words begin with the name and the state's code
    whole = " ".join(reading.words)
    exact, begins = [words.like(f" {whole} " + code + " %")], [words.like(f" {whole}%")]
    if reading.state:
        name = " ".join(reading.name)
        here = cities.c.state == reading.state
        exact.append(and_(words.like(f" {name} " + code + " %"), here))
        begins.append(and_(words.like(f" {name}%"), here))
    return case((or_(*exact), _EXACTLY), (or_(*begins), _BEGINNING), else_=_SOMEHOW)


def _search_words(city: City) -> str:
    """The name, the state, and then all other ways to write the name."""
    name = folded(city.name)
    others = [word for other in city.other_names for word in folded(other)]
    joined = [
        "".join(words)
        for words in (name, *(folded(other) for other in city.other_names))
        if len(words) > 1
    ]
    state = folded(STATE_NAMES.get(city.state, ""))
    found = [*name, city.state.lower(), *state, *dict.fromkeys([*others, *joined])]
    return f" {' '.join(found)} "


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
        "search_words": _search_words(city),
        "other_names": "\n".join(city.other_names),
        "former_at": None,
    }
