"""Names, kinds and time zones of the Census Bureau's places."""

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.directory import LeftOut, ListedPlace, judge, name_and_kind, name_key
from core.place_words import asked, folded
from core.places import City
from core.states import STATE_NAMES
from core.time_zones import time_zone


def place(name: str, form: str = "25", function: str = "A", state: str = "OH") -> ListedPlace:
    return ListedPlace("3900001", state, name, form, function, 40.0, -83.0)


@pytest.mark.parametrize(
    ("full_name", "form", "name", "kind"),
    [
        ("Boston city", "25", "Boston", "city"),
        ("Yellow Springs village", "47", "Yellow Springs", "village"),
        ("Carson City", "00", "Carson City", "city"),
        ("Kansas City city", "25", "Kansas City", "city"),
        ("Winston-Salem city", "25", "Winston-Salem", "city"),
        ("San Buenaventura (Ventura) city", "25", "Ventura", "city"),
        ("Juneau city and borough", "53", "Juneau", "city and borough"),
        ("Anchorage municipality", "37", "Anchorage", "municipality"),
        ("Ranson corporation", "CN", "Ranson", "corporation"),
        ("Indianapolis city (balance)", "00", "Indianapolis", "city"),
        ("Princeton", "00", "Princeton", "municipality"),
        (
            "Nashville-Davidson metropolitan government (balance)",
            "00",
            "Nashville",
            "consolidated government",
        ),
        (
            "Louisville/Jefferson County metro government (balance)",
            "00",
            "Louisville",
            "consolidated government",
        ),
        ("Lexington-Fayette urban county", "UC", "Lexington", "consolidated government"),
        (
            "Lynchburg, Moore County metropolitan government",
            "MG",
            "Lynchburg",
            "consolidated government",
        ),
        ("Echols County consolidated government", "CG", "Echols County", "consolidated government"),
        ("Butte-Silver Bow (balance)", "00", "Butte", "consolidated government"),
        ("Anaconda-Deer Lodge County", "00", "Anaconda", "consolidated government"),
    ],
)
def test_what_people_call_a_place(full_name: str, form: str, name: str, kind: str) -> None:
    assert name_and_kind(full_name, form) == (name, kind)


@pytest.mark.parametrize(
    ("listed", "reason"),
    [
        (place("Arlington CDP", "57", "S", "VA"), LeftOut.NO_GOVERNMENT),
        (place("San Juan zona urbana", "62", "S", "PR"), LeftOut.PUERTO_RICO),
        (place("Frederick city", "25", "I", "KS"), LeftOut.INACTIVE),
        (place("Somewhere city", "25", "X"), LeftOut.OTHER_FUNCTION),
        (place("Somewhere city", state="XX"), LeftOut.UNKNOWN_STATE),
    ],
)
def test_what_is_no_city(listed: ListedPlace, reason: LeftOut) -> None:
    assert judge(listed) is reason


def test_a_capital_without_a_state_and_one_without_a_city() -> None:
    washington = judge(ListedPlace("1150000", "DC", "Washington city", "25", "N", 38.9, -77.0))
    honolulu = judge(ListedPlace("1571550", "HI", "Urban Honolulu CDP", "57", "S", 21.3, -157.8))
    assert isinstance(washington, City)
    assert washington.label == "Washington, DC"
    assert isinstance(honolulu, City)
    assert (honolulu.label, honolulu.kind) == ("Honolulu, HI", "city and county")
    assert honolulu.time_zone == "Pacific/Honolulu"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Amesbury city", "Amesbury Town city"),
        ("Brinkhaven village", "Gann (Brinkhaven) village"),
        ("Village of Minnetonka Beach city", "Minnetonka Beach city"),
    ],
)
def test_two_years_spellings_of_one_place(one: str, other: str) -> None:
    assert name_key(one) == name_key(other)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("St. Paul", "saint paul"),
        ("SAINT PAUL", "saint paul"),
        ("Ste. Genevieve", "sainte genevieve"),
        ("Mt Vernon", "mount vernon"),
        ("Butte MT", "butte mt"),
        ("Cañon City", "canon city"),
        ("O’Fallon", "ofallon"),
        ("Washington, D.C.", "washington dc"),
        ("N. Las Vegas", "north las vegas"),
    ],
)
def test_spellings_are_compared_alike(typed: str, words: str) -> None:
    assert " ".join(folded(typed)) == words


@given(st.text(max_size=60))
def test_anything_can_be_asked(text: str) -> None:
    for reading in asked(text):
        assert all(word.isascii() and word.isalnum() for word in reading.words)
        assert reading.state in {"", *STATE_NAMES}
        assert reading.name or reading.state


@given(
    st.sampled_from(sorted(STATE_NAMES)),
    st.floats(-90, 90),
    st.floats(-180, 180),
)
def test_every_place_has_a_time_zone(state: str, latitude: float, longitude: float) -> None:
    assert ZoneInfo(time_zone(state, latitude, longitude)).key


def _clock(zone: str) -> list[timedelta | None]:
    moments = [datetime(2026, month, 1, tzinfo=UTC) for month in (1, 7)]
    return [moment.astimezone(ZoneInfo(zone)).utcoffset() for moment in moments]


def test_clocks_agree_with_a_list_made_by_county(shared_data: Path) -> None:
    wrong, total = [], 0
    with (shared_data / "cities" / "us_governments.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            total += row["kind"] == "place"
            zone = time_zone(row["state"], float(row["lat"]), float(row["lon"]))
            if row["kind"] == "place" and _clock(zone) != _clock(row["tz"]):
                wrong.append(f"{row['name']}, {row['state']}")
    assert total > 19_000
    assert sorted(wrong) == ["Holland, IN", "North Judson, IN", "Troy, IN", "Upton, KY"]
