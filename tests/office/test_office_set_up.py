"""The first run: topics, where for each, who is who; and linking a topic later."""

import pytest

from core.failures import Later, Refused
from core.ids import ExternalMember
from core.places import Role
from core.ports import Answer
from core.screens import Form
from storage.database import Database
from tests.office.town import (
    BOSTON,
    MARFA,
    SPRINGS,
    ListingPlatform,
    Person,
    Town,
    choices,
    form_of,
    said,
    verb_of,
)
from tests.storage.conftest import Clock


async def test_the_first_run_from_topics_to_the_first_words(town: Town) -> None:
    boston = await town.running("T0", BOSTON)
    await town.link(boston, "water", "C77")
    own = await town.running("T1", MARFA)
    ana = Person(town, "T1")

    form = form_of(await ana.press(verb_of(await ana.home(), "Set up")))
    [topics] = form.fields
    assert topics.options[0].label == "Water"
    assert topics.options[0].detail == "1 city"
    assert topics.values == (topics.options[0].value,)
    housing = next(o.value for o in topics.options if o.label == "Housing")

    place = form_of(await ana.fill(topics=[topics.values[0], housing]))
    assert "Topic 1 of 2." in said(place)
    assert "goes to 1 city" in said(place)
    assert "exchange-water" in [value for field in place.fields for value in field.values]
    place = form_of(await ana.fill())
    assert town.platform.made == ["exchange-water"]
    assert "Topic 2 of 2." in said(place)
    assert "no other city follows it yet" in said(place)
    last = form_of(await ana.fill(conversation="C1", mode="digest"))

    assert len(last.fields) <= 5
    done = await ana.fill(mayor="U2", admins=["U3"], day="2", hour="9")
    assert isinstance(done, Answer)
    assert "Water (#exchange-water)" in said(done)
    assert "Housing (#housing)" in said(done)

    async with town.database.view() as view:
        settings = await view.settings.of(own)
        mayor = await view.members.find(own, ExternalMember("U2"))
        links = await view.links.list(workspace=own)
    assert (settings.digest_weekday, settings.digest_hour) == (2, 9)
    assert mayor is not None
    assert (mayor.role, mayor.name) == (Role.MAYOR, "Ben Lee")
    assert [(link.mode.value, link.conversation_name) for link in links] == [
        ("live", "exchange-water"),
        ("digest", "housing"),
    ]
    trail = "\n".join(await town.trail(own))
    for act in ("named Ben Lee mayor", "let Cy Fox administer", "linked Water", "Wednesday, 9 am"):
        assert act in trail
    assert "Housing in #housing: a summary." in said(await ana.home())

    await town.board.show_all()
    assert len(town.platform.pinned) == 2
    assert "goes to every city that follows Water" in town.platform.pinned[0][1]
    await town.board.show_all()
    assert len(town.platform.pinned) == 2

    cy = Person(town, "T1", "U3", "Cy Fox", is_admin=False)
    assert verb_of(await cy.home(), "Link a topic")


@pytest.mark.parametrize(
    ("chosen", "name", "refusal", "told"),
    [
        ("", "housing", None, "There is a channel of this name"),
        ("", "", None, "Choose a channel, or give a name"),
        ("", "Ümläut!", None, "small letters"),
        ("C404", "", None, "can't see this channel"),
        ("C5", "", None, "can't see this channel"),
        ("C1", "", Refused("is_archived"), "archived"),
        ("", "new", Refused("restricted_action"), "doesn't let the app make channels"),
        ("", "new", Later("timeout"), "did not answer in time"),
        ("C1", "", Later("ratelimited"), "did not answer in time"),
        ("C9", "", None, "takes part in one topic only"),
    ],
)
async def test_a_place_that_can_not_be_had_is_explained_and_what_was_typed_stays(
    town: Town, chosen: str, name: str, refusal: Exception | None, told: str
) -> None:
    own = await town.running("T1", MARFA)
    await town.link(own, "housing", "C9")
    town.platform.rooms["C5"] = "secret"
    town.platform.private.add("C5")
    ana = Person(town, "T1")
    await ana.press("setup.place:parks")
    if isinstance(refusal, Refused | Later):
        town.platform.refuse.append(refusal)
    form = form_of(await ana.fill(conversation=chosen, name=name, mode="digest"))
    assert told in said(form)
    kept = {field.name: field.values for field in form.fields}
    assert kept["conversation"] == ((chosen,) if chosen else ())
    assert kept["name"] == ((name,) if name else ())
    assert kept["mode"] == ("digest",)
    async with town.database.view() as view:
        assert len(await view.links.list(workspace=own)) == 1


async def test_a_private_channel_with_the_app_in_it_is_fine(town: Town) -> None:
    own = await town.running("T1", MARFA)
    await town.link(own, "housing", "C9")
    ana = Person(town, "T1")
    await ana.press("setup.place:parks")
    town.platform.refuse.append(Refused("method_not_supported_for_channel_type"))
    await ana.fill(conversation="C3")
    async with town.database.view() as view:
        links = await view.links.list(workspace=own)
    assert [link.conversation_name for link in links] == ["housing-room", "general"]


async def test_a_topic_that_is_linked_already_is_not_linked_twice(town: Town) -> None:
    own = await town.running("T1", MARFA)
    await town.link(own, "housing", "C9")
    ana, ben = Person(town, "T1"), Person(town, "T1", "U2", "Ben Lee")
    for person in (ana, ben):
        await person.press("setup.place:parks")
    await ana.fill()
    assert "everything twice" in said(await ben.fill(conversation="C2"))
    form = form_of(await ana.press("setup.topics"))
    assert [option.label for option in form.fields[0].options] == ["Water"]


async def test_another_workspace_of_the_city_is_named(town: Town) -> None:
    first = await town.running("T0", MARFA)
    await town.link(first, "housing", "C77")
    await town.running("T1", MARFA)
    ana = Person(town, "T1")
    form = await ana.press("setup.place:housing")
    assert "Marfa, TX follows this topic in #housing-room too" in said(form)


async def test_people_who_are_not_there_are_asked_for_again(town: Town) -> None:
    own = await town.running("T1", MARFA)
    await town.link(own, "housing", "C9")
    ana = Person(town, "T1")
    await ana.press("roles.edit")
    form = form_of(await ana.fill(mayor="U404", admins=["U2"]))
    assert "can't find this person" in said(form)
    assert form.fields[1].values == ("U2",)
    assert "Choose one person" in said(await ana.fill(mayor=["U1", "U2"]))
    await ana.fill(mayor="U2", admins=())
    assert "kept" in said(ana.screen)
    await ana.press("roles.edit")
    assert form_of(ana.screen).fields[0].values == ("U2",)
    await ana.fill(mayor=())
    async with town.database.view() as view:
        ben = await view.members.find(own, ExternalMember("U2"))
    assert ben is not None
    assert ben.role is Role.STAFF
    assert (await town.trail(own))[0] == "Ana Ruiz said that Ben Lee isn't mayor"


async def test_the_digest_has_a_time_in_the_citys_zone(town: Town) -> None:
    own = await town.running("T1", SPRINGS)
    await town.link(own, "housing", "C9")
    ana = Person(town, "T1")
    form = form_of(await ana.press("digest.edit"))
    assert form.fields[1].hint == "In your city's time: America/New York"
    assert [f.values for f in form.fields] == [("0",), ("8",)]
    assert "Choose one from the list" in said(await ana.fill(day="9"))
    await ana.fill(day="4", hour="12")
    assert (await town.trail(own))[0] == "Ana Ruiz set the digest to Friday, noon"


async def test_a_platform_that_makes_no_conversations_only_offers_its_own(
    database: Database, clock: Clock
) -> None:
    town = await Town(database, clock, ListingPlatform()).found()
    await town.running("T1", MARFA)
    ana = Person(town, "T1")
    form = form_of(await ana.press("setup.place:water"))
    assert [(field.name, field.optional) for field in form.fields] == [
        ("conversation", False),
        ("mode", False),
    ]
    assert "Choose a channel." in said(await ana.fill())
    assert "can't see this channel" in said(await ana.fill(conversation="C404"))
    assert form_of(await ana.fill(conversation="C2")).verb == "setup.people"


async def test_where_it_stands_decides_what_set_up_opens(town: Town) -> None:
    own = await town.running("T1", MARFA)
    ana = Person(town, "T1")
    assert isinstance(await ana.press("setup"), Form)
    await town.link(own, "housing", "C9")
    assert isinstance(await ana.press("setup"), Answer)
    assert choices(ana.screen)
