"""Nobody changes what they may not, whatever is pressed or sent."""

import asyncio
import json
from collections.abc import Iterator, Mapping

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.claims import ClaimState
from core.ids import ExternalMember, NodeId
from core.places import MemberProfile, Role
from core.ports import Answer
from core.screens import Form, Home
from storage.database import Database
from storage.migrating import migrate
from tests.office.town import MARFA, SPRINGS, Person, Town, form_of, said
from tests.storage.conftest import Clock
from tests.support.postgres import TestPostgres

VERBS = (
    *("home", "setup", "claim.city", "claim.send", "claim.withdraw"),
    *("claim.confirm:1", "claim.refuse:1", "claim.look:1"),
    *("setup.topics", "setup.place", "setup.place:water", "setup.people"),
    *("roles.edit", "digest.edit", "links.all", "health.show", "audit.show"),
    *("links.show:1", "links.edit:1", "links.pause:1", "links.resume:1"),
    *("links.remove:1", "links.restore:1", "links.restore:2", "leave.start", "leave.confirm"),
)
FILLED: Mapping[str, tuple[str, ...]] = {
    "city": (SPRINGS.id,),
    "reason": ("No",),
    "topics": ("2",),
    "conversation": ("C2",),
    "name": ("new-room",),
    "mode": ("paused",),
    "apps": ("on",),
    "day": ("3",),
    "hour": ("10",),
    "mayor": ("U2",),
    "admins": ("U2", "U3"),
}
STATE = json.dumps({"topics": [2], "count": 1})


async def everything(town: Town) -> object:
    """All that an office could change."""
    async with town.database.view() as view:
        found = [
            await view.workspaces.list(),
            await view.links.list(),
            await view.claims.waiting(),
        ]
        for workspace in await view.workspaces.list():
            found.append(await view.claims.newest(workspace.id))
            found.append(await view.grants.of(workspace.id))
            found.append(await view.settings.of(workspace.id))
            found.append(await view.members.holding(workspace.id, Role.MAYOR))
            found.append(await view.workspaces.token(workspace.id))
            found.append(await view.trail.newest(workspace.id, 100))
    return repr(found)


async def peopled(town: Town) -> Town:
    """A city that takes part, one that waits, one that has just come, and the operator."""
    one = await town.running("T1", MARFA)
    await town.link(one, "housing", "C1")
    await town.workspace("T2")
    ana = Person(town, "T2")
    await ana.press("setup")
    await ana.fill(city=SPRINGS.id)
    await ana.fill()
    await town.running("T3", SPRINGS)
    await town.workspace("T4")
    await town.operator()
    return town


def strangers(town: Town) -> list[Person]:
    """People without a right to change anything."""
    return [
        Person(town, key, "U7", "Tom", is_admin=False) for key in ("T1", "T2", "T3", "T4", "TOP")
    ] + [
        Person(town, "T404", "U7", "Tom", is_admin=True),
        Person(town, "TOP", "U7", "Tom", is_admin=False, conversation="C1"),
    ]


async def test_nobody_but_admins_changes_anything(town: Town) -> None:
    await peopled(town)
    before = await everything(town)
    for tom in strangers(town):
        await tom.home()
        for verb in VERBS:
            await tom.press(verb)
            await tom.send(verb, STATE, FILLED)
            await tom.send(verb, SPRINGS.id, FILLED)
    assert await everything(town) == before
    assert town.platform.made == []


async def test_an_admin_of_one_city_changes_nothing_of_another(town: Town) -> None:
    await peopled(town)
    eve = Person(town, "T4", "U5", "Eve")
    before = await everything(town)
    for verb in VERBS:
        if verb not in ("claim.city", "claim.send"):
            await eve.press(verb)
            await eve.send(verb, STATE, FILLED)
    assert await everything(town) == before


async def test_the_right_is_looked_up_again_when_a_form_is_sent(town: Town) -> None:
    await peopled(town)
    ana = Person(town, "T1")
    await ana.press("roles.edit")
    await ana.fill(admins=["U3"])
    cy = Person(town, "T1", "U3", "Cy Fox", is_admin=False)
    form = form_of(await cy.press("links.remove:1"))
    await ana.press("roles.edit")
    await ana.fill(admins=())
    before = await everything(town)
    assert "Only an admin" in said(await cy.send(form.verb, form.state, {}))
    assert await everything(town) == before


async def test_an_admin_who_is_one_no_more_has_no_right_left(town: Town) -> None:
    await peopled(town)
    async with town.database.unit() as unit:
        [one, *_] = await unit.workspaces.list()
        profile = MemberProfile(ExternalMember("U6"), "Dee", is_admin=True)
        await unit.members.put(one.id, profile, town.clock())
    dee = Person(town, "T1", "U6", "Dee", is_admin=False)
    assert "Only an admin" in said(await dee.press("leave.start"))


async def test_a_workspace_that_waits_reads_and_posts_nothing(town: Town) -> None:
    await peopled(town)
    waiting = Person(town, "T2")
    before = await everything(town)
    for verb in VERBS:
        if not verb.startswith("claim."):
            await waiting.press(verb)
            await waiting.send(verb, STATE, FILLED)
    assert await everything(town) == before


ANYTHING = st.text(max_size=40) | st.sampled_from(
    ["1", "2", "-1", "9" * 30, "٣", "C1", "U1", "\x00", "\ud800", STATE, "[]", "{", SPRINGS.id]
)
ANY_STATE = ANYTHING | st.sampled_from(
    [
        '{"topics": [], "count": 0}',
        '{"topics": [1, 1], "count": 2}',
        '{"topics": ["x"], "count": 1}',
        '{"topics": [1e400], "count": 1}',
        '{"topics": [99999999999999999999], "count": 1}',
        '{"topics": {"a": 1}, "count": null}',
        "[" * 5_000,
    ]
)
ANY_VERB = st.sampled_from(VERBS) | st.builds(
    lambda verb, rest: f"{verb.partition(':')[0]}:{rest}", st.sampled_from(VERBS), ANYTHING
)
ANY_VALUES = st.dictionaries(
    st.sampled_from(sorted(FILLED)) | ANYTHING,
    st.lists(ANYTHING, max_size=4).map(tuple),
    max_size=8,
)


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
)
def lasting_url(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The URL of a migrated database that all examples share."""
    if request.param == "sqlite":
        url = f"sqlite+aiosqlite:///{tmp_path_factory.mktemp('office') / 'exchange.db'}"
        asyncio.run(migrate(url))
        yield url
        return
    server: TestPostgres = request.getfixturevalue("postgres_server")
    name = server.create_database()
    asyncio.run(migrate(server.url(name)))
    yield server.url(name)
    server.drop_database(name)


@settings(
    max_examples=80,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(verb=ANY_VERB, state=ANY_STATE, values=ANY_VALUES, who=st.integers(0, 8), typed=ANYTHING)
def test_nothing_that_is_sent_breaks_the_office_or_gets_around_it(
    lasting_url: str,
    verb: str,
    state: str,
    values: dict[str, tuple[str, ...]],
    who: int,
    typed: str,
) -> None:
    async def once() -> None:
        clock = Clock()
        database = await Database.open(
            lasting_url, node=NodeId("n"), clock=clock, secret_keys=["a key"]
        )
        try:
            town = Town(database, clock)
            async with database.view() as view:
                fresh = not await view.workspaces.list()
            if fresh:
                await peopled(await town.found())
            people = [*strangers(town), Person(town, "T1"), Person(town, "T4", "U5", "Eve")]
            person = people[who]
            before = await everything(town)
            assert isinstance(await person.home(), Home)
            assert isinstance(await person.press(verb), Answer | Form)
            assert isinstance(await person.send(verb, state, values), Answer | Form)
            options = await town.office.suggest(person.guest, verb, "city", typed)
            assert len(options) <= 20
            if who < len(strangers(town)):
                assert await everything(town) == before
            async with database.view() as view:
                claim = await view.claims.get(1)
            assert claim is not None
            assert claim.state is ClaimState.WAITING
        finally:
            await database.close()

    asyncio.run(once())
