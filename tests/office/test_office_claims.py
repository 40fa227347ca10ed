"""A workspace claims its city, and the operator answers."""

import asyncio

from core.claims import ClaimState
from core.places import WorkspaceState
from core.ports import Answer
from core.screens import Form
from storage.database import Database
from tests.office.town import (
    BOSTON,
    MARFA,
    Person,
    QuietPlatform,
    Town,
    choices,
    form_of,
    said,
    verb_of,
)
from tests.storage.conftest import Clock, OpenDatabase


async def claimed(town: Town, key: str = "T1", city: str = MARFA.id) -> Person:
    ana = Person(town, key, email="ana@marfatx.gov")
    await ana.press("setup")
    await ana.fill(city=city)
    await ana.fill(note="City clerk")
    return ana


async def test_an_admin_claims_and_the_operator_confirms_with_one_click(town: Town) -> None:
    operator = await town.operator()
    own = await town.workspace("T1")
    ana = Person(town, "T1", email="ana@marfatx.gov")

    assert "nothing is posted" in said(await ana.home())
    form = form_of(await ana.press(verb_of(await ana.home(), "Claim your city")))
    assert form.fields[0].kind == "search"
    options = await town.office.suggest(ana.guest, form.verb, "city", "marfa")
    assert [(o.label, o.detail) for o in options] == [("Marfa, TX", "city · 2,179 people")]
    check = form_of(await ana.fill(city=options[0].value))
    assert "Marfa, TX" in said(check)
    assert "public record" in said(check)
    sent = await ana.fill(note="City clerk")
    assert isinstance(sent, Answer)
    assert "Ana Ruiz asked to take part for Marfa, TX" in said(await ana.home())
    assert await town.state(own) is WorkspaceState.PENDING

    await town.board.show_all()
    [notice] = town.platform.notices.values()
    for words in ("Ana Ruiz (City clerk)", "ana@marfatx.gov", "government domain", "T1 town hall"):
        assert words in said(notice)
    await operator.press(verb_of(notice, "Confirm"))
    assert await town.state(own) is WorkspaceState.CONFIRMED
    await town.board.show_all()
    [shown] = town.platform.notices.values()
    assert "Confirmed by Olga Operator" in said(shown)
    assert choices(shown) == ()
    assert await town.trail(own) == [
        "Olga Operator confirmed Marfa, TX",
        "Ana Ruiz asked to take part for Marfa, TX",
    ]
    [told] = await town.database.notices.claim(9)
    assert (told.workspace, "confirmed Marfa, TX" in told.text) == (own, True)
    assert "Set up" in [choice.label for choice in choices(await ana.home())]


async def test_a_refusal_needs_a_reason_and_those_who_asked_read_it(town: Town) -> None:
    operator = await town.operator()
    own = await town.workspace("T1")
    ana = await claimed(town)
    await town.board.show_all()
    [notice] = town.platform.notices.values()

    await operator.press(verb_of(notice, "Refuse"))
    assert "Write a reason" in said(await operator.fill(reason=" "))
    await operator.fill(reason="Write from your city's address")
    assert await town.state(own) is WorkspaceState.PENDING
    assert "Write from your city's address." in said(await ana.home())
    assert choices(await ana.home())[0].label == "Who has got my post?"
    assert "refused" in said(await ana.press("claim.city"))
    [told] = await town.database.notices.claim(9)
    assert "Write from your city's address." in told.text

    async with town.database.unit() as unit:
        assert await unit.claims.reopen(own, decided_by="operator")
    assert isinstance(await ana.press("claim.city"), Form)


async def test_a_refusal_is_sent_from_a_form_that_has_lost_its_conversation(town: Town) -> None:
    await town.operator()
    await town.workspace("T1")
    await claimed(town)
    staff = Person(town, "TOP", "U8", "Sam Staff", is_admin=False, conversation="COP")
    form = form_of(await staff.press("claim.refuse:1"))
    staff.conversation = ""
    stranger = Person(town, "TOP", "U7", "Tom", is_admin=False)
    assert "Only the operator" in said(await stranger.press("claim.refuse:1"))
    forged = await stranger.send(form.verb, form.state, {"reason": ("no",)})
    assert "Only the operator" in said(forged)
    town.clock.forward(2 * 3600)
    assert "Only the operator" in said(await staff.fill(reason="too late"))
    town.clock.forward(-2 * 3600)
    staff.screen = form
    assert "was refused" in said(await staff.fill(reason="No"))


async def test_only_the_operator_decides(town: Town) -> None:
    await town.operator()
    own = await town.workspace("T1")
    ana = await claimed(town)
    for who in (ana, Person(town, "TOP", "U8", is_admin=False, conversation="CX")):
        for verb in ("claim.confirm:1", "claim.refuse:1", "claim.look:1"):
            assert "Only the operator" in said(await who.press(verb))
        await who.send("claim.refuse:1", "", {"reason": ("x",)})
    assert await town.state(own) is WorkspaceState.PENDING
    async with town.database.view() as view:
        claim = await view.claims.newest(own)
    assert claim is not None
    assert claim.state is ClaimState.WAITING


async def test_a_claim_can_be_taken_back_and_made_again(town: Town) -> None:
    operator = await town.operator()
    await town.workspace("T1")
    ana = await claimed(town)
    await town.board.show_all()
    assert "take that back first" in said(await ana.press("claim.city"))
    await ana.press(verb_of(await ana.home(), "Take it back"))
    assert "taken back" in said(ana.screen)
    await town.board.show_all()
    assert "Taken back" in said(town.platform.notices["notice1"])
    assert "decided already" in said(await operator.press("claim.confirm:1"))
    await claimed(town, city=BOSTON.id)
    assert "Boston, MA" in said(await ana.home())


async def test_two_workspaces_of_a_city_but_not_two_cities_in_a_workspace(town: Town) -> None:
    operator = await town.operator()
    first, second = await town.workspace("T1"), await town.workspace("T2")
    await claimed(town, "T1")
    await operator.press("claim.confirm:1")
    ana = Person(town, "T2")
    await ana.press("setup")
    assert "T1 town hall" in said(await ana.fill(city=MARFA.id))
    await ana.fill()
    await operator.press("claim.confirm:2")
    assert await town.state(first) is await town.state(second) is WorkspaceState.CONFIRMED
    assert "one city only" in said(await ana.press("claim.city"))
    again = await ana.send("claim.send", BOSTON.id, {})
    assert "one city only" in said(again)


async def test_two_admins_ask_at_once(town: Town) -> None:
    await town.workspace("T1")
    ana, ben = Person(town, "T1"), Person(town, "T1", "U2", "Ben Lee")
    for person, city in ((ana, MARFA), (ben, BOSTON)):
        await person.press("setup")
        await person.fill(city=city.id)
    await ana.fill()
    assert "already waits" in said(await ben.fill())


async def test_at_the_same_moment_one_claim_is_kept_and_decided_once(
    town: Town, open_database: OpenDatabase
) -> None:
    operator = await town.operator()
    own = await town.workspace("T1")
    elsewhere = Town(await open_database("other node"), town.clock)
    people = [Person(town, "T1"), Person(elsewhere, "T1", "U2", "Ben Lee")]
    screens = await asyncio.gather(*(p.send("claim.send", MARFA.id, {}) for p in people))
    assert sorted("already waits" in said(screen) for screen in screens) == [False, True]

    decided = await asyncio.gather(
        operator.press("claim.confirm:1"),
        Person(elsewhere, "TOP", "U9", "Olga", conversation="COP").press("claim.confirm:1"),
        people[0].press("claim.withdraw"),
    )
    done = [said(screen) for screen in decided]
    assert sum("takes part now" in text or "taken back" in text for text in done) == 1, done
    async with town.database.view() as view:
        claim = await view.claims.newest(own)
    assert claim is not None
    confirmed = await town.state(own) is WorkspaceState.CONFIRMED
    assert confirmed is (claim.state is ClaimState.CONFIRMED)


async def test_what_is_not_in_the_directory_is_asked_for_again(town: Town) -> None:
    await town.workspace("T1")
    ana = Person(town, "T1")
    await ana.press("setup")
    assert "Choose a city" in said(await ana.fill(city=()))
    assert "isn't in the directory" in said(await ana.fill(city="Atlantis"))


async def test_without_a_place_for_it_the_operator_sees_claims_once_there_is_one(
    town: Town,
) -> None:
    await town.workspace("T1")
    await claimed(town)
    await town.board.show_all()
    assert town.platform.notices == {}
    operator = await town.operator()
    await town.board.show_all()
    await town.board.show_all()
    assert len(town.platform.notices) == 1
    assert "Look at Marfa, TX" in [choice.label for choice in choices(await operator.home())]
    assert "Marfa, TX asks" in said(await operator.press("claim.look:1"))


async def test_who_is_no_admin_reads_whom_to_ask(town: Town) -> None:
    await town.workspace("T1")
    cy = Person(town, "T1", "U3", "Cy Fox", is_admin=False)
    assert "workspace's admins" in said(await cy.home())
    assert all(choice.verb != "claim.city" for choice in choices(await cy.home()))
    assert "Only an admin" in said(await cy.press("claim.city"))


async def test_an_unknown_workspace_is_told_how_to_begin(town: Town) -> None:
    lost = Person(town, "T404")
    assert "isn't part of the exchange yet" in said(await lost.home())
    assert "isn't part of the exchange yet" in said(await lost.press("setup"))
    assert "isn't part of the exchange yet" in said(await lost.press("claim.city"))


async def test_where_no_notices_can_be_shown_the_operators_admins_are_told_alone(
    database: Database, clock: Clock
) -> None:
    platform = QuietPlatform()
    town = await Town(database, clock, platform).found()
    await town.operator()
    await town.workspace("T1")
    await claimed(town)
    await town.board.show_all()
    await town.board.show_all()
    [(member, notice)] = platform.answered
    assert member == "U9"
    assert verb_of(notice, "Confirm") == "claim.confirm:1"
