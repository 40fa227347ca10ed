"""Brings the directory of cities up to date with the Census Bureau's files."""

import heapq
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from core.directory import (
    LeftOut,
    ListedPlace,
    is_consolidated,
    judge,
    may_be_absorbed,
    name_key,
)
from core.places import City
from service.directory.census_files import (
    FileWrong,
    People,
    other_years_key,
    read_people,
    read_places,
)
from storage.database import Database
from storage.unit import Unit

BATCH = 500
MOST_EXAMPLES = 5
NEAR_DEGREES = 0.3

NO_FIGURE = (
    "no figure in the file with the people: imported, counted as 0 people until there is one"
)
NO_PLACE = "in the file with the people, but not in the Gazetteer"
FORMER = "in the directory, but not in the Gazetteer any more: kept and marked as former"

Note = Callable[[str, str, str, str], None]
"""Takes GEOID, name, state and reason of a place that could not be matched."""


@dataclass
class Reason:
    """How many places share a reason, with the largest as examples."""

    count: int = 0
    largest: list[tuple[int, str]] = field(default_factory=list)

    @property
    def examples(self) -> list[str]:
        """The largest ones."""
        return [label for _people, label in sorted(self.largest, reverse=True)]


@dataclass
class Outcome:
    """What an import has done."""

    read: int = 0
    cities: int = 0
    added: int = 0
    changed: int = 0
    same: int = 0
    former: int = 0
    directory: int = 0
    renamed: list[tuple[str, City]] = field(default_factory=list)
    kept_ids: list[tuple[str, City]] = field(default_factory=list)
    reasons: dict[str, Reason] = field(default_factory=lambda: defaultdict(Reason))


async def import_cities(
    database: Database,
    *,
    gazetteer: Path,
    population: Path,
    at: datetime,
    note: Note,
    progress: Callable[[int], None],
) -> Outcome:
    """Read both files and keep what they say: all of it, or nothing when a file is wrong.

    `note` gets each place that could not be matched; `progress` the number of lines read. Blocks
    the loop while it reads, so it is for a command. Raises FileWrong.
    """
    people = read_people(population)
    async with database.unit() as unit:
        work = _Import(unit, people, at, note)
        for place in read_places(gazetteer):
            await work.take(place)
            if work.outcome.read % BATCH == 0:
                progress(work.outcome.read)
        if not work.outcome.read:
            raise FileWrong(gazetteer, 0, "no place is in it.", "Download it again.")
        if not work.matched:
            raise FileWrong(
                population,
                0,
                "it has no figure for any place in the Gazetteer's file.",
                "Take both files from the Census Bureau, for all places of the country.",
            )
        await work.finish()
        progress(work.outcome.read)
    return work.outcome


class _Import:
    """One import under way."""

    def __init__(self, unit: Unit, people: dict[str, People], at: datetime, note: Note) -> None:
        self.outcome = Outcome()
        self.matched = 0
        self._unit = unit
        self._people = people
        self._at = at
        self._note = note
        self._batch: list[City] = []
        self._waiting: list[tuple[ListedPlace, City]] = []
        self._listed: set[str] = set()
        self._consolidated: set[tuple[str, str]] = set()
        self._new: dict[tuple[str, str], City] = {}
        self._state_codes: dict[str, str] = {}

    async def take(self, place: ListedPlace) -> None:
        """Decide what a listed place is, and keep it when it is a city."""
        self.outcome.read += 1
        self._state_codes[place.geoid[:2]] = place.state
        figure = self._people.pop(place.geoid, None)
        number = figure.number if figure is not None else None
        self.matched += figure is not None
        judged = judge(place)
        if isinstance(judged, LeftOut):
            self._unmatched(place.geoid, place.name, place.state, judged.value, number)
            return
        if is_consolidated(place):
            self._consolidated.add((judged.state, judged.name))
        city = replace(judged, population=number or 0)
        if number is None or may_be_absorbed(place):
            self._waiting.append((place, city))  # decided when everything has been read
            return
        await self._keep(city)

    async def finish(self) -> None:
        """Decide what had to wait, and see what has vanished."""
        unused = {
            other_years_key(self._state_codes.get(geoid[:2], ""), people): geoid
            for geoid, people in self._people.items()
            if people.number is not None and not people.name.partition(",")[0].endswith(" CDP")
        }
        for place, city in self._waiting:
            if may_be_absorbed(place) and (city.state, city.name) in self._consolidated:
                reason = LeftOut.ABSORBED.value
                self._unmatched(place.geoid, place.name, place.state, reason, city.population)
                continue
            geoid = unused.get((city.state, name_key(place.name)))
            if city.population == 0 and geoid in self._people:
                city = replace(city, population=self._people.pop(geoid).number or 0)
            elif city.population == 0 and not may_be_absorbed(place):
                self._unmatched(place.geoid, place.name, place.state, NO_FIGURE, None)
            await self._keep(city)
        await self._write()
        for geoid, people in sorted(self._people.items()):
            name, _comma, state = people.name.rpartition(", ")
            code = self._state_codes.get(geoid[:2], state)
            self._unmatched(geoid, name, code, NO_PLACE, people.number)
        await self._vanish()
        self.outcome.directory = await self._unit.cities.count()

    async def _keep(self, city: City) -> None:
        if city.id in self._listed:
            return  # a line that is there twice
        self._listed.add(city.id)
        self.outcome.cities += 1
        self._batch.append(city)
        if len(self._batch) >= BATCH:
            await self._write()

    async def _write(self) -> None:
        brought = await self._unit.cities.bring(self._batch)
        self._batch = []
        self.outcome.added += len(brought.added)
        self.outcome.changed += brought.changed
        self.outcome.same += brought.same
        self.outcome.renamed += brought.renamed
        self._new.update({(city.state, city.name): city for city in brought.added})

    async def _vanish(self) -> None:
        gone = []
        for city in await self._unit.cities.unlisted(self._listed):
            successor = self._new.get((city.state, city.name))
            if successor is not None and _near(city, successor):
                changed = await self._unit.cities.keep_id(city, successor)
                self.outcome.added -= 1
                self.outcome.changed += changed
                self.outcome.same += not changed
                self.outcome.kept_ids.append((str(successor.id), city))
                continue
            self._unmatched(city.id, city.name, city.state, FORMER, city.population)
            if not city.former:
                gone.append(city)
        await self._unit.cities.mark_former(gone, self._at)
        self.outcome.former = len(gone)

    def _unmatched(
        self, geoid: str, name: str, state: str, reason: str, people: int | None
    ) -> None:
        self._note(geoid, name, state, reason)
        known = self.outcome.reasons[reason]
        known.count += 1
        heapq.heappush(known.largest, (people or 0, f"{name}, {state}"))
        if len(known.largest) > MOST_EXAMPLES:
            heapq.heappop(known.largest)


def _near(one: City, other: City) -> bool:
    """Whether two points could be the middle of the same town."""
    return (
        abs(one.latitude - other.latitude) < NEAR_DEGREES
        and abs(one.longitude - other.longitude) < NEAR_DEGREES
    )
