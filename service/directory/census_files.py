"""Reads the Census Bureau's files as they are published, line by line.

Places: https://www.census.gov/geographies/reference-files/time-series/geo/gazetteer-files.html
People: the answer of https://api.census.gov/data/2023/acs/acs5 for all places, with B01003_001E.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from core.directory import ListedPlace, name_key

PLACE_COLUMNS = ("USPS", "GEOID", "NAME", "LSAD", "FUNCSTAT", "INTPTLAT", "INTPTLONG")
PEOPLE_COLUMNS = ("NAME", "B01003_001E", "state", "place")
_CHUNK = 65_536
_LONGEST_ROW = 65_536


class FileWrong(Exception):
    """A file that cannot be read: which, where, and what to do."""

    def __init__(self, path: Path, line: int, what: str, remedy: str) -> None:
        at = f"{path}, line {line}" if line else str(path)
        super().__init__(f"{at}: {what}\n{remedy}")
        self.what = f"{at}: {what}"
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class People:
    """How many people live in a place, and what it is called in this file."""

    name: str
    number: int | None


def read_places(path: Path) -> Iterator[ListedPlace]:
    """The lines of the Gazetteer's file of places. FileWrong when it is none."""
    with _opened(path) as file:
        header, divider = _header(path, file)
        where = {column: header.index(column) for column in PLACE_COLUMNS}
        for number, line in enumerate(file, start=2):
            if not line.strip():
                continue
            cells = [cell.strip() for cell in line.split(divider)]
            if len(cells) != len(header):
                raise FileWrong(
                    path,
                    number,
                    f"columns on this line: {len(cells)}, on the first line: {len(header)}.",
                    "The file seems to be cut off. Download it again and import it once more.",
                )
            yield _place(path, number, {name: cells[at] for name, at in where.items()})


def read_people(path: Path) -> dict[str, People]:
    """People by GEOID. FileWrong when the file is not the Census API's answer about places."""
    found: dict[str, People] = {}
    with _opened(path) as file:
        rows = _json_rows(path, file)
        number, header = next(rows, (1, []))
        missing = [name for name in PEOPLE_COLUMNS if name not in header]
        if missing:
            raise FileWrong(
                path,
                number,
                f"the columns {', '.join(missing)} are missing.",
                "--population takes the Census API's answer for all places (place_2023.json).",
            )
        name, people, state, place = (header.index(column) for column in PEOPLE_COLUMNS)
        for number, row in rows:
            if len(row) != len(header):
                raise FileWrong(path, number, "a row has another number of columns.", _AGAIN)
            geoid = f"{row[state]}{row[place]}"
            found[geoid] = People(str(row[name]), _people(path, number, row[people]))
    if not found:
        raise FileWrong(path, 0, "no place is in it.", _AGAIN)
    return found


def other_years_key(state_code: str, people: People) -> tuple[str, str]:
    """What stays the same of a place when its GEOID changes: state and name."""
    return state_code, name_key(people.name.rpartition(",")[0])


_AGAIN = "Download it again and import it once more."


@contextmanager
def _opened(path: Path) -> Iterator[TextIO]:
    try:
        with path.open("rb") as start:
            if start.read(2) == b"PK":
                raise FileWrong(path, 0, "this is a zip file.", "Unpack it, then import the file.")
        with path.open(encoding="utf-8-sig", newline=None) as file:
            yield file
    except UnicodeDecodeError as error:
        raise FileWrong(
            path,
            _line_of_bad_text(path),
            "the text is not in UTF-8.",
            f"Save it as UTF-8, for example with: iconv -f LATIN1 -t UTF-8 {path.name} > new.txt",
        ) from error
    except OSError as error:
        reason = error.strerror or "unreadable"
        raise FileWrong(
            path, 0, f"it can't be read ({reason.lower()}).", "Check the path and who may read it."
        ) from error


def _line_of_bad_text(path: Path) -> int:
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError:
                return number
    return 0


def _header(path: Path, file: TextIO) -> tuple[list[str], str]:
    line = file.readline(_LONGEST_ROW)
    divider = "|" if "|" in line else "\t"
    header = [cell.strip() for cell in line.split(divider)]
    missing = [column for column in PLACE_COLUMNS if column not in header]
    if not missing:
        return header, divider
    if line.lstrip().startswith("["):
        what, remedy = "this looks like the file with the people.", _SWAPPED
    elif not line.strip():
        what, remedy = "the file is empty.", _AGAIN
    else:
        what = f"the columns {', '.join(missing)} are missing."
        remedy = "--gazetteer takes the national file of places (2025_Gaz_place_national.txt)."
    raise FileWrong(path, 1, what, remedy)


_SWAPPED = (
    "The two files are swapped: --gazetteer takes the .txt file, --population the .json file."
)


def _place(path: Path, number: int, cells: Mapping[str, str]) -> ListedPlace:
    try:
        latitude, longitude = float(cells["INTPTLAT"]), float(cells["INTPTLONG"])
    except ValueError:
        latitude = longitude = 999.0
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise FileWrong(path, number, "INTPTLAT and INTPTLONG are not a place on the map.", _AGAIN)
    geoid = cells["GEOID"]
    if not (len(geoid) == 7 and geoid.isascii() and geoid.isdecimal() and cells["NAME"]):
        raise FileWrong(
            path,
            number,
            f"{geoid!r} is not the GEOID of a place, which has seven digits, or it has no name.",
            "--gazetteer takes the national file of places, not of counties or other areas.",
        )
    return ListedPlace(
        geoid=geoid,
        state=cells["USPS"],
        name=cells["NAME"],
        legal_form=cells["LSAD"],
        function=cells["FUNCSTAT"],
        latitude=latitude,
        longitude=longitude,
    )


def _people(path: Path, number: int, value: Any) -> int | None:
    if value is None or value == "":
        return None
    try:
        people = int(value)
    except (TypeError, ValueError):
        raise FileWrong(
            path, number, f"B01003_001E is {value!r}, not a number of people.", _AGAIN
        ) from None
    return people if people >= 0 else None  # the API's "no figure" is a large negative number


def _json_rows(path: Path, file: TextIO) -> Iterator[tuple[int, list[Any]]]:
    """The rows of a JSON list of lists with their lines, without holding the whole text."""
    text = _Unread(path, file)
    if text.next_sign() != "[":
        gazetteer = "GEOID" in text.waiting[:200]
        what = "this looks like the file with the places." if gazetteer else "it is not JSON."
        remedy = _SWAPPED if gazetteer else "--population takes the Census API's answer (.json)."
        raise FileWrong(path, text.line, what, remedy)
    text.drop(1)
    while (sign := text.next_sign()) != "]":
        if sign == ",":
            text.drop(1)
            continue
        yield text.line, text.next_row()


class _Unread:
    """The part of a JSON text that has not been read yet."""

    def __init__(self, path: Path, file: TextIO) -> None:
        self._path = path
        self._file = file
        self._decoder = json.JSONDecoder()
        self._at = 0
        self.waiting = ""
        self.line = 1

    def next_sign(self) -> str:
        """The next character that is no space."""
        while True:
            while self._at < len(self.waiting):
                sign = self.waiting[self._at]
                if not sign.isspace():
                    return sign
                self.drop(1)
            if not self._more():
                raise self._cut_off()

    def drop(self, length: int) -> None:
        """Go on by so many characters."""
        self.line += self.waiting.count("\n", self._at, self._at + length)
        self._at += length

    def next_row(self) -> list[Any]:
        """The list that begins here."""
        while True:
            try:
                row, end = self._decoder.raw_decode(self.waiting, self._at)
            except json.JSONDecodeError as error:
                if len(self.waiting) - self._at < _LONGEST_ROW and self._more():
                    continue
                if len(self.waiting) - self._at < _LONGEST_ROW:
                    raise self._cut_off() from error
                raise self._not_a_row() from error
            if not isinstance(row, list):
                raise self._not_a_row()
            self.drop(end - self._at)
            return row

    def _more(self) -> bool:
        chunk = self._file.read(_CHUNK)
        self.waiting = self.waiting[self._at :] + chunk
        self._at = 0
        return bool(chunk)

    def _cut_off(self) -> FileWrong:
        what = "the file ends in the middle of its JSON."
        return FileWrong(self._path, self.line, what, _AGAIN)

    def _not_a_row(self) -> FileWrong:
        what = "it is not a list of rows, as the Census API answers."
        remedy = "--population takes the Census API's answer for all places (place_2023.json)."
        return FileWrong(self._path, self.line, what, remedy)
