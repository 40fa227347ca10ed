"""Forms, answers and the home page as Teams' cards, and what comes back from them. Pure."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.ports import Answer, Choice
from core.screens import Field, FieldKind, Form, Home, Option, Section
from core.text import paragraph
from integrations.teams.cards import answer_activity
from integrations.teams.inputs import CONVERSATIONS, PEOPLE
from integrations.teams.limits import LIMITS
from integrations.teams.screens import (
    Sent,
    answer_dialog,
    asked_in,
    form_card,
    home_card,
    is_form,
    sent_in,
    workspace_in,
)
from tests.teams.teams_cards import buttons_of, checked, filled_in, inputs_of, lines_of

TEAM = "tenant/19:team@thread.tacv2"
MODES = (Option("live", "Live", "every post"), Option("digest", "Digest", "once a week"))
PEOPLE_OF = tuple(Option(f"29:{n}", f"Person {n}") for n in range(3))
LISTS = {PEOPLE: PEOPLE_OF, CONVERSATIONS: (Option("19:a@thread.tacv2", "Housing"),)}


def form(*fields: Field, **more: Any) -> Form:
    """A step of the set-up."""
    return Form("setup.place", "Where?", "Link it", fields, **more)


def card_for(*fields: Field, **more: Any) -> dict[str, Any]:
    """The same as a card that everybody accepts."""
    return checked(form_card(form(*fields, **more), TEAM, LISTS))


def test_a_form_carries_its_verb_its_state_and_its_team() -> None:
    card = card_for(Field("name", "Name", FieldKind.TEXT), state="step 2 ☕")
    data = filled_in(card, name=" Homes ")
    assert is_form(data)
    assert sent_in(data) == Sent("setup.place", "step 2 ☕", {"name": ("Homes",)}, {})
    assert workspace_in({"data": data}) == TEAM
    assert card["actions"][0]["title"] == "Link it"


def test_every_kind_of_field_has_a_label_and_keeps_its_values() -> None:
    card = card_for(
        Field("note", "Note", FieldKind.LONG_TEXT, values=("a\nb",), optional=True),
        Field("mode", "How much", FieldKind.CHOICE, options=MODES, values=("digest",)),
        Field("topics", "Topics", FieldKind.CHOICES, options=MODES, values=("live", "digest")),
        Field("mayor", "Mayor", FieldKind.PERSON, values=("29:1",), optional=True),
        Field("admins", "Admins", FieldKind.PEOPLE, values=("29:0", "29:2")),
        Field("place", "Channel", FieldKind.CONVERSATION, values=("19:a@thread.tacv2",)),
    )
    asked = inputs_of(card)
    assert asked["note"]["isMultiline"]
    assert "isRequired" not in asked["note"]
    assert asked["mode"]["style"] == "expanded"
    assert asked["mode"]["choices"][0] == {"title": "Live · every post", "value": "live"}
    assert asked["mode"]["isRequired"]
    assert asked["mayor"]["style"] == "filtered"
    assert asked["admins"]["isMultiSelect"]
    assert sent_in(filled_in(card)).values == {
        "note": ("a\nb",),
        "mode": ("digest",),
        "topics": ("live", "digest"),
        "mayor": ("29:1",),
        "admins": ("29:0", "29:2"),
        "place": ("19:a@thread.tacv2",),
    }


def test_what_is_wrong_stands_before_its_field() -> None:
    wrong = Field("name", "Name", FieldKind.TEXT, values=("?",), problem="Use letters.", hint="Ab")
    card = card_for(Field("first", "First", FieldKind.TEXT), wrong)
    kinds = [one.get("id") or lines_of({"body": [one]}) for one in card["body"]]
    assert kinds == ["first", ["Use letters."], "name", ["Ab"]]
    assert inputs_of(card)["name"]["value"] == "?"


def test_a_search_names_what_it_asks_and_has_another_way() -> None:
    search = Field("city", "Your city", FieldKind.SEARCH)
    card = card_for(search)
    asked = inputs_of(card)["city"]
    found = asked_in(asked["choices.data"]["dataset"])
    assert (found.verb, found.field, found.workspace) == ("setup.place", "city", TEAM)
    assert workspace_in({"dataset": asked["choices.data"]["dataset"]}) == TEAM
    data = filled_in(card, **{"city?typed": "Marfa"})
    assert sent_in(data).typed == {"city": "Marfa"}
    again = card_for(Field("city", "Your city", FieldKind.SEARCH, options=MODES))
    assert inputs_of(again)["city"]["choices"][0]["value"] == "live"


def test_a_large_team_is_looked_up_while_one_types() -> None:
    many = tuple(Option(f"29:{n}", f"Person {n}") for n in range(LIMITS.choices + 1))
    field = Field("mayor", "Mayor", FieldKind.PERSON, values=("29:7",))
    asked = inputs_of(checked(form_card(form(field), TEAM, {PEOPLE: many})))["mayor"]
    assert asked["choices"] == [{"title": "Person 7", "value": "29:7"}]
    assert asked_in(asked["choices.data"]["dataset"]).field == PEOPLE
    assert asked["value"] == "29:7"


@pytest.mark.parametrize("kind", [FieldKind.CHOICE, FieldKind.PERSON, FieldKind.CONVERSATION])
def test_nothing_to_choose_from_is_said(kind: FieldKind) -> None:
    card = checked(form_card(form(Field("it", "Place", kind)), TEAM, {}))
    assert inputs_of(card) == {}
    assert "nothing to choose from" in lines_of(card)[0]


def test_the_office_s_buttons_open_dialogs_and_know_their_team() -> None:
    choices = (Choice("Claim", "claim.city"), Choice("Help", "help"))
    home = Home("Mayoral Exchange", (Section("City", paragraph("Hello."), choices * 4),))
    outside = buttons_of(checked(home_card(home, TEAM)))
    assert outside["Claim"] == {
        "verb": "claim.city",
        "workspace": TEAM,
        "msteams": {"type": "task/fetch"},
    }
    assert outside["Help"] == {"verb": "help"}
    inside = buttons_of(checked(home_card(home, TEAM, in_dialog=True)))
    assert inside["Claim"] == {"verb": "claim.city", "workspace": TEAM}
    answer = Answer("Done", paragraph("It is."), choices)
    (attachment,) = answer_activity(answer, TENANT, TEAM)["attachments"]
    assert buttons_of(checked(attachment["content"])) == outside
    shown = answer_dialog(answer, TEAM)["task"]["value"]["card"]["content"]
    assert buttons_of(checked(shown)) == inside
    assert workspace_in({"data": inside["Claim"]}) == TEAM


def test_a_card_comes_without_text() -> None:
    activity = answer_activity(Answer("A", paragraph("B"), (Choice("C", "home"),)), TENANT, TEAM)
    assert "text" not in activity
    assert activity["summary"] == "A"


TENANT: Any = "tenant"
WORDS = st.text(max_size=60)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["exchange", "city", "many", "x?typed"]), JSON))
def test_whatever_comes_back_is_read(data: dict[str, Any]) -> None:
    sent = sent_in(data)
    assert all(one for values in sent.values.values() for one in values)
    assert isinstance(workspace_in({"data": data}), str)


@settings(max_examples=25, deadline=None)  # the schema takes its time
@given(WORDS, WORDS, WORDS, st.sampled_from(sorted(FieldKind)))
def test_whatever_people_write_makes_a_card(a: str, b: str, c: str, kind: FieldKind) -> None:
    options = (Option("1", a, b), Option("2", b))
    field = Field("it", a, kind, hint=b, options=options, values=("1",), problem=c)
    card = checked(form_card(form(field, intro=paragraph(c), state=a), TEAM, LISTS))
    assert sent_in(json.loads(json.dumps(filled_in(card)))).state == a
