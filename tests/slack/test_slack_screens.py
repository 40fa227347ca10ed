"""Forms, answers and the home page as Slack's views, and what comes back from them. Pure."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.ids import ExternalTenant
from core.ports import Answer, Choice
from core.screens import Field, FieldKind, Form, Home, Option, Section
from core.text import paragraph
from integrations.sandbox.slack.checks import check_blocks, check_view
from integrations.sandbox.slack.forms import state_values, suggested
from integrations.slack.answers import answer_message
from integrations.slack.inputs import name_of_block, option_objects
from integrations.slack.rooms import channel_name
from integrations.slack.screens import (
    OFFICE_FORM,
    Carried,
    answer_view,
    carried_in,
    form_view,
    page_view,
    problems_in,
    values_in,
    waiting_view,
)

TENANT = ExternalTenant("T0BOSTON001")
TOPICS = tuple(Option(str(n), f"Topic {n}", "12 cities") for n in range(12))
MODES = (Option("live", "Live", "every post"), Option("digest", "Digest", "once a week"))


def form(*fields: Field, **more: Any) -> Form:
    """A step of the set-up."""
    return Form("setup.topics", "First topics", "Continue", fields, **more)


def element(field: Field) -> dict[str, Any]:
    """How a field is asked for."""
    found: dict[str, Any] = form_view(form(field), TENANT)["blocks"][-1]["element"]
    return found


def submitted(view: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """A view as Slack sends it back; `given` is by field."""
    blocks = [dict(block) for block in view["blocks"]]
    return {**view, "state": {"values": state_values(blocks, given)}}


def test_a_form_carries_its_verb_its_state_and_where_it_was_asked_for() -> None:
    view = form_view(form(state="step:2 ☕"), TENANT, "C0HOUSING01")
    assert check_view(view)["callback_id"] == OFFICE_FORM
    assert carried_in(view) == Carried("setup.topics", "step:2 ☕", "C0HOUSING01")
    assert view["title"]["text"] == "First topics"
    assert view["submit"]["text"] == "Continue"


@pytest.mark.parametrize("metadata", ["", "not json", "[]", "17", '{"verb": 3}', "[" * 100_000])
def test_what_a_foreign_form_carries_is_nothing(metadata: str) -> None:
    assert carried_in({"private_metadata": metadata}) == Carried("")


def test_every_kind_of_field_has_its_element() -> None:
    kinds = {
        FieldKind.TEXT: "plain_text_input",
        FieldKind.LONG_TEXT: "plain_text_input",
        FieldKind.SEARCH: "external_select",
        FieldKind.PERSON: "users_select",
        FieldKind.PEOPLE: "multi_users_select",
        FieldKind.CONVERSATION: "conversations_select",
    }
    assert {kind: element(Field("x", "X", kind))["type"] for kind in kinds} == kinds
    assert element(Field("x", "X", FieldKind.LONG_TEXT))["multiline"] is True
    assert element(Field("x", "X", FieldKind.SEARCH))["min_query_length"] == 2


def test_few_modes_are_seen_at_a_glance_and_many_topics_in_a_menu() -> None:
    few = element(Field("mode", "Mode", FieldKind.CHOICE, options=MODES, values=("digest",)))
    assert few["type"] == "radio_buttons"
    assert few["initial_option"]["description"]["text"] == "once a week"
    many = element(Field("t", "Topic", FieldKind.CHOICE, options=TOPICS, values=("3",)))
    assert many["type"] == "static_select"
    assert many["initial_option"]["text"]["text"] == "Topic 3 · 12 cities"
    boxes = element(Field("t", "T", FieldKind.CHOICES, options=TOPICS[:10], values=("1", "9")))
    assert boxes["type"] == "checkboxes"
    assert [option["value"] for option in boxes["initial_options"]] == ["1", "9"]
    menu = element(Field("t", "T", FieldKind.CHOICES, options=TOPICS, values=("1", "11")))
    assert menu["type"] == "multi_static_select"
    assert [option["value"] for option in menu["initial_options"]] == ["1", "11"]


def test_a_choice_that_may_be_left_open_can_be_emptied_again() -> None:
    optional = Field("mode", "Mode", FieldKind.CHOICE, options=MODES, optional=True)
    assert element(optional)["type"] == "static_select"


def test_more_options_than_a_menu_takes_stand_in_groups() -> None:
    options = tuple(Option(str(n), f"Channel {n:03}") for n in range(230))
    field = Field("c", "Channel", FieldKind.CHOICE, options=options)
    view = form_view(form(field), TENANT)
    check_view(view)
    groups = view["blocks"][0]["element"]["option_groups"]
    assert [len(group["options"]) for group in groups] == [100, 100, 30]
    assert groups[1]["label"]["text"] == "Channel 100 – Channel 199"


def test_nothing_to_choose_from_is_said_instead_of_refused_by_slack() -> None:
    view = form_view(form(Field("t", "Topic", FieldKind.CHOICE)), TENANT)
    assert check_view(view)["blocks"][0]["text"]["text"] == (
        "Topic: there is nothing to choose from yet."
    )


def test_the_current_channel_is_offered_until_another_is_chosen() -> None:
    fresh = element(Field("where", "Where", FieldKind.CONVERSATION))
    assert fresh["default_to_current_conversation"] is True
    assert fresh["filter"]["include"] == ["public", "private"]
    free = element(Field("where", "Where", FieldKind.CONVERSATION, optional=True))
    assert "default_to_current_conversation" not in free
    chosen = element(Field("where", "Where", FieldKind.CONVERSATION, values=("C1",)))
    assert chosen["initial_conversation"] == "C1"
    assert "default_to_current_conversation" not in chosen


def test_a_chosen_city_is_shown_by_its_name() -> None:
    boston = Option("2507000", "Boston, MA", "city · 675,647 people")
    field = Field("city", "City", FieldKind.SEARCH, options=(boston,), values=("2507000",))
    assert element(field)["initial_option"]["text"]["text"] == "Boston, MA · city · 675,647 people"


def test_what_was_filled_in_comes_back_by_field() -> None:
    asked = form(
        Field("why", "Why", FieldKind.LONG_TEXT, optional=True),
        Field("note", "Note", FieldKind.TEXT, optional=True),
        Field("mode", "Mode", FieldKind.CHOICE, options=MODES),
        Field("topics", "Topics", FieldKind.CHOICES, options=TOPICS),
        Field("city", "City", FieldKind.SEARCH),
    )
    given_values = {
        "why": "  because  ",
        "note": None,
        "mode": "live",
        "topics": ["2", "7"],
        "city": "2507000",
    }
    assert values_in(submitted(form_view(asked, TENANT), given_values)) == {
        "why": ("because",),
        "note": (),
        "mode": ("live",),
        "topics": ("2", "7"),
        "city": ("2507000",),
    }
    people = form(
        Field("mayor", "Mayor", FieldKind.PERSON),
        Field("admins", "Admins", FieldKind.PEOPLE),
        Field("where", "Where", FieldKind.CONVERSATION),
    )
    chosen = {"mayor": "U1", "admins": ["U2", "U3"], "where": "C1"}
    assert values_in(submitted(form_view(people, TENANT), chosen)) == {
        "mayor": ("U1",),
        "admins": ("U2", "U3"),
        "where": ("C1",),
    }


@given(
    st.recursive(
        st.none() | st.booleans() | st.text(max_size=5) | st.integers(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["values", "a", "value", "selected_options", "selected_user", "selected_option"]
                ),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    )
)
def test_values_of_any_json_are_texts(state: Any) -> None:
    for values in values_in({"state": state}).values():
        assert all(type(value) is str and value != "" for value in values)


def test_problems_stand_by_the_field_they_belong_to() -> None:
    asked = form(Field("name", "Name", FieldKind.TEXT), Field("why", "Why", FieldKind.TEXT))
    view = submitted(form_view(asked, TENANT), {"name": "x", "why": "y"})
    wrong = form(
        Field("name", "Name", FieldKind.TEXT, values=("x",), problem="Taken already."),
        Field("why", "Why", FieldKind.TEXT, values=("y",)),
    )
    found = problems_in(wrong, view)
    assert found == {view["blocks"][0]["block_id"]: "Taken already."}
    assert problems_in(asked, view) is None


def test_problems_of_another_step_are_shown_in_a_new_form() -> None:
    view = submitted(form_view(form(Field("a", "A", FieldKind.TEXT)), TENANT), {"a": "x"})
    other = form(Field("a", "A", FieldKind.TEXT, problem="No."), state="2")
    assert problems_in(other, view) is None
    more = form(Field("a", "A", FieldKind.TEXT, problem="No."), Field("b", "B", FieldKind.TEXT))
    assert problems_in(more, view) is None
    shown = form_view(other, TENANT)["blocks"]
    assert [block["type"] for block in shown] == ["section", "input"]
    assert shown[0]["text"]["text"] == "No."


def test_a_step_that_looks_the_same_does_not_inherit_what_was_typed() -> None:
    def block(state: str, *values: str) -> str:
        field = Field("where", "Where", FieldKind.TEXT, values=values)
        return str(form_view(form(field, state=state), TENANT)["blocks"][0]["block_id"])

    assert block("housing") == block("housing")
    assert len({block("housing"), block("transport"), block("housing", "kept")}) == 3
    assert name_of_block(block("housing")) == "where"


def test_an_answer_with_a_long_title_says_it_in_the_text() -> None:
    short = answer_view(Answer("Linked", paragraph("Housing goes to #housing.")), TENANT)
    assert short["title"]["text"] == "Linked"
    assert "Linked" not in json.dumps(short["blocks"])
    long = answer_view(Answer("Your claim waits for the operator", paragraph("Soon.")), TENANT)
    assert long["title"]["text"] == "Mayoral Exchange"
    assert "Your claim waits for the operator" in json.dumps(long["blocks"])
    for view in (short, long, waiting_view(), answer_view(Answer("", ()), TENANT)):
        check_view(view)


def test_buttons_of_the_office_are_told_from_the_front_desks() -> None:
    choices = (Choice("Set up", "setup"), Choice("Help", "help"), Choice("Set up", "setup"))
    message = answer_message(Answer("Hello", paragraph("Hi"), choices), TENANT)
    buttons = message["blocks"][-1]["elements"]
    assert [(b["action_id"], b["value"]) for b in buttons] == [
        ("office:setup", "setup"),
        ("desk:1", "help"),
    ]


def test_the_home_page_has_headings_texts_and_buttons() -> None:
    home = Home(
        "Boston, MA",
        (
            Section("Channels", paragraph("Housing is linked."), (Choice("Link", "links.add"),)),
            Section("Help", choices=(Choice("Help", "help"),)),
        ),
    )
    view = page_view(home, TENANT)
    check_view(view)
    kinds = [block["type"] for block in view["blocks"]]
    assert kinds == [
        "header", "header", "rich_text", "actions", "divider", "header", "actions",
    ]  # fmt: skip


words = st.text(max_size=200)
verbs = st.from_regex(r"[a-z]{1,8}\.[a-z]{1,8}(:[0-9]{1,5})?", fullmatch=True)
choices = st.builds(Choice, label=words, verb=verbs)
options = st.builds(
    Option, value=st.text(min_size=1, max_size=60), label=st.text(max_size=120), detail=words
)
names = st.from_regex(r"[a-z_]{1,20}", fullmatch=True)
fields = st.builds(
    Field,
    name=names,
    label=words,
    kind=st.sampled_from(FieldKind),
    hint=words,
    options=st.lists(options, max_size=30).map(tuple),
    values=st.lists(st.text(min_size=1, max_size=60), max_size=3).map(tuple),
    optional=st.booleans(),
    problem=words,
)
forms = st.builds(
    Form,
    verb=verbs,
    title=words,
    submit=words,
    fields=st.lists(fields, max_size=5, unique_by=lambda field: field.name).map(tuple),
    intro=words.map(paragraph),
    state=st.text(max_size=300),
)


@given(forms)
def test_slack_takes_any_form(asked: Form) -> None:
    view = form_view(asked, TENANT)
    check_view(view)
    assert carried_in(view).verb == asked.verb


@given(
    st.builds(
        Home,
        title=words,
        sections=st.lists(
            st.builds(
                Section,
                heading=words,
                body=words.map(paragraph),
                choices=st.lists(choices, max_size=4).map(tuple),
            ),
            max_size=40,
        ).map(tuple),
    )
)
def test_slack_takes_any_home_page(home: Home) -> None:
    check_view(page_view(home, TENANT))


@given(
    st.builds(
        Answer,
        title=words,
        body=words.map(paragraph),
        choices=st.lists(choices, max_size=30).map(tuple),
        reference=words,
    )
)
def test_slack_takes_any_answer(answer: Answer) -> None:
    check_view(answer_view(answer, TENANT))
    check_blocks(answer_message(answer, TENANT)["blocks"])


@given(st.lists(options, max_size=20))
def test_slack_takes_any_suggestion(found: list[Option]) -> None:
    assert suggested({"options": option_objects(found)})["ok"] is True


@pytest.mark.parametrize(
    ("said", "made"),
    [
        ("Housing exchange", "housing-exchange"),
        ("  #Transport, transit & more!  ", "transport-transit-more"),
        ("Año nuevo", "año-nuevo"),
        ("!!!", "exchange"),
        ("x" * 200, "x" * 80),
    ],
)
def test_a_channel_gets_a_name_that_slack_takes(said: str, made: str) -> None:
    assert channel_name(said) == made
