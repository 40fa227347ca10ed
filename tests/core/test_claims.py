"""What speaks for a claim, where a workspace stands, and which buttons are the office's."""

import dataclasses
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import office_words
from core.claims import (
    Claim,
    ClaimState,
    Evidence,
    Standing,
    WorkspaceSettings,
    domain_of,
    evidence_for,
    standing,
)
from core.ids import (
    CityId,
    ExternalMember,
    ExternalTenant,
    ExternalWorkspace,
    PlatformName,
    WorkspaceId,
)
from core.places import City, SizeClass, Workspace, WorkspaceState, size_class, size_range
from core.screens import is_office_verb
from core.words import Request

AT = datetime(2026, 3, 2, tzinfo=UTC)
BOSTON = City(CityId("2507000"), "Boston", "MA", "city", 663_972, 42.3, -71.0, "America/New_York")
SPRINGS = City(CityId("1"), "Yellow Springs", "OH", "village", 3_655, 0, 0, "America/New_York")
PENDING = Workspace(
    WorkspaceId(1),
    PlatformName("slack"),
    ExternalWorkspace("T1"),
    ExternalTenant("T1"),
    "Boston",
    None,
    WorkspaceState.PENDING,
)
CLAIM = Claim(
    *(1, WorkspaceId(1), BOSTON.id, ExternalMember("U1"), "Ana", "", "", ClaimState.WAITING),
    *("", "", AT, None),
)


@pytest.mark.parametrize(
    ("email", "city", "evidence"),
    [
        ("ana@boston.gov", BOSTON, Evidence.CITY_DOMAIN),
        ("ana@CityOfBoston.GOV", BOSTON, Evidence.CITY_DOMAIN),
        ("ana@yellow-springs.oh.gov", SPRINGS, Evidence.CITY_DOMAIN),
        ("ana@ci.boston.ma.us", BOSTON, Evidence.CITY_DOMAIN),
        ("ana@ci.salem.ma.us", BOSTON, Evidence.GOVERNMENT),
        ("ana@salem.gov", BOSTON, Evidence.GOVERNMENT),
        ("ana@boston.com", BOSTON, Evidence.NAMES_CITY),
        ("ana@boston.gov.evil.com", BOSTON, Evidence.NAMES_CITY),
        ("ana@example.com", BOSTON, Evidence.OTHER),
        ("ana@notgov", BOSTON, Evidence.NOTHING),
        ("boston.gov", BOSTON, Evidence.NOTHING),
        ("ana@.gov", BOSTON, Evidence.NOTHING),
        ("ana@boston.gov\n@evil.com", BOSTON, Evidence.OTHER),
        ("", BOSTON, Evidence.NOTHING),
    ],
)
def test_what_an_address_says(email: str, city: City, evidence: Evidence) -> None:
    assert evidence_for(email, city) is evidence
    assert office_words.EVIDENCE[evidence]


@given(st.text())
def test_an_address_is_never_more_than_it_is(email: str) -> None:
    domain = domain_of(email)
    assert domain == domain.casefold()
    if evidence_for(email, BOSTON) in (Evidence.CITY_DOMAIN, Evidence.GOVERNMENT):
        assert domain.endswith((".gov", ".us"))


def _stands(workspace: Workspace | None, claim: Claim | None = None, **given: bool) -> Standing:
    settings = WorkspaceSettings(set_up_at=AT if given.get("set_up") else None)
    return standing(
        workspace,
        claim,
        settings,
        linked=given.get("linked", False),
        is_operator=given.get("operator", False),
    )


def test_where_a_workspace_stands() -> None:
    confirmed = dataclasses.replace(PENDING, state=WorkspaceState.CONFIRMED, city=BOSTON.id)
    refused = dataclasses.replace(CLAIM, state=ClaimState.REFUSED)
    taken_back = dataclasses.replace(CLAIM, state=ClaimState.WITHDRAWN)
    gone = dataclasses.replace(confirmed, state=WorkspaceState.REMOVED)
    paused = dataclasses.replace(confirmed, state=WorkspaceState.PAUSED)
    assert _stands(None) is _stands(gone) is Standing.UNKNOWN
    assert _stands(PENDING) is _stands(PENDING, taken_back) is Standing.UNCLAIMED
    assert _stands(PENDING, CLAIM) is Standing.WAITING
    assert _stands(PENDING, refused) is Standing.REFUSED
    assert _stands(confirmed, refused) is Standing.FIRST_RUN
    assert _stands(confirmed, linked=True) is _stands(confirmed, set_up=True) is Standing.RUNNING
    assert _stands(paused, linked=True) is Standing.PAUSED
    assert _stands(confirmed, operator=True) is Standing.OPERATOR


@given(st.integers(0, 10_000_000))
def test_a_size_has_a_range_that_holds_it(population: int) -> None:
    least, most = size_range(size_class(population))
    assert least <= population <= most
    assert size_range(SizeClass.VILLAGE)[0] == 0


def test_the_offices_buttons_are_told_from_the_front_desks() -> None:
    for verb in ("home", "setup", "claim.city", "links.edit:7", "claim.confirm:12"):
        assert is_office_verb(verb)
    for request in Request:
        assert not is_office_verb(request)
    assert not is_office_verb("link:1.2")


def test_titles_fit_into_a_forms_head() -> None:
    titles = {
        name: text
        for name, text in vars(office_words).items()
        if name.endswith("_TITLE") and isinstance(text, str) and "{" not in text
    }
    assert {name: text for name, text in titles.items() if len(text) > 24} == {
        "NOTICE_ENDED_TITLE": office_words.NOTICE_ENDED_TITLE
    }
