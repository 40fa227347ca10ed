"""Which of the places in the Census Bureau's list are cities here, and what people call them.

Codes: https://www.census.gov/library/reference/code-lists/legal-status-codes.html (LSAD) and
https://www.census.gov/library/reference/code-lists/functional-status-codes.html (FUNCSTAT).
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from core.ids import CityId
from core.place_words import folded
from core.places import City
from core.states import STATE_NAMES
from core.time_zones import time_zone


@dataclass(frozen=True, slots=True)
class ListedPlace:
    """A line of the Gazetteer's file of places."""

    geoid: str
    state: str
    name: str
    legal_form: str
    function: str
    latitude: float
    longitude: float


class LeftOut(StrEnum):
    """Why a listed place is not a city here, as people read it."""

    NO_GOVERNMENT = "a place that the Census Bureau drew for its statistics, without a government"
    PUERTO_RICO = "a town centre or community in Puerto Rico, governed by its municipio"
    INACTIVE = "its government is not active any more"
    ABSORBED = "its government was joined with one that is in the directory under the same name"
    OTHER_FUNCTION = "the file does not say that it has a government"
    UNKNOWN_STATE = "its state or territory is not one that we know"


_KINDS = {
    "21": "borough",
    "25": "city",
    "37": "municipality",
    "43": "town",
    "47": "village",
    "53": "city and borough",
    "CN": "corporation",
}
_CONSOLIDATED_FORMS = {"00", "CG", "MG", "UC", "UG"}
_CONSOLIDATED = "consolidated government"
_CONSOLIDATED_NAMES = (
    "metropolitan government",
    "metro government",
    "consolidated government",
    "unified government",
    "urban county",
)
#: Honolulu has no places with governments: this one is where its city hall is.
_HONOLULU = "1571550"
_IN_BRACKETS = re.compile(r"\(([^)]+)\)$")
_ENDINGS = re.compile(r"( (city|town|village|borough|municipality|corporation))+$", re.IGNORECASE)
_BEGINNINGS = re.compile(r"^(city|town|village) of ", re.IGNORECASE)


def judge(place: ListedPlace) -> City | LeftOut:
    """The city that a listed place is, still without population, or why it is none."""
    if place.state not in STATE_NAMES:
        return LeftOut.UNKNOWN_STATE
    if place.geoid == _HONOLULU:
        return _city(place, "Honolulu", "city and county")
    if place.state == "PR":
        return LeftOut.PUERTO_RICO
    if place.function == "S" or place.legal_form == "57":
        return LeftOut.NO_GOVERNMENT
    if place.function == "I":
        return LeftOut.INACTIVE
    if place.function not in {"A", "B", "C", "F", "N"}:
        return LeftOut.OTHER_FUNCTION
    name, kind = name_and_kind(place.name, place.legal_form)
    return _city(place, name, kind)


def may_be_absorbed(place: ListedPlace) -> bool:
    """Whether the place has no officials of its own, as after it was joined with its county."""
    return place.function == "N"


def is_consolidated(place: ListedPlace) -> bool:
    """Whether a city and its county are one government."""
    return place.legal_form in _CONSOLIDATED_FORMS


def name_and_kind(full_name: str, legal_form: str) -> tuple[str, str]:
    """What people call a place, and what kind of government it is.

    "Nashville-Davidson metropolitan government (balance)" is Nashville, "San Buenaventura
    (Ventura) city" is Ventura.
    """
    name = full_name.removesuffix(" (balance)").strip()
    if legal_form in _CONSOLIDATED_FORMS:
        return _consolidated(name)
    kind = _KINDS.get(legal_form, "city")
    name = name.removesuffix(f" {kind}").strip()
    if used := _IN_BRACKETS.search(name):
        name = used[1]
    return name, kind


def _consolidated(name: str) -> tuple[str, str]:
    for ending in _CONSOLIDATED_NAMES:
        if name.endswith(f" {ending}"):
            return _first_part(name.removesuffix(f" {ending}")), _CONSOLIDATED
    for kind in ("city", "town"):
        if name.endswith(f" {kind}"):
            return name.removesuffix(f" {kind}"), kind
    if name.endswith(" City"):
        return name, "city"
    first = _first_part(name)
    return first, _CONSOLIDATED if first != name else "municipality"


def _first_part(name: str) -> str:
    """`Louisville/Jefferson County` and `Lynchburg, Moore County` without the county."""
    return re.split(r"[-/,]", name, maxsplit=1)[0].strip()


def name_key(full_name: str) -> str:
    """The same for two spellings of one place's full name, as in two years' files."""
    name = _ENDINGS.sub("", full_name.removesuffix(" (balance)"))
    if used := _IN_BRACKETS.search(name):
        name = used[1]
    return " ".join(folded(_BEGINNINGS.sub("", name)))


def _city(place: ListedPlace, name: str, kind: str) -> City:
    plain = place.name.removesuffix(f" {kind}")
    return City(
        id=CityId(place.geoid),
        name=name,
        state=place.state,
        kind=kind,
        population=0,
        latitude=round(place.latitude, 5),
        longitude=round(place.longitude, 5),
        time_zone=time_zone(place.state, place.latitude, place.longitude),
        other_names=() if plain == name else (place.name,),
    )
