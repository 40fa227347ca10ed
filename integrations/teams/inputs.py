"""Fields of a form as inputs of an Adaptive Card.

Sources on learn.microsoft.com: "Typeahead search in Adaptive Cards" (`choices.data`, `filtered`, at
most 15 results), "Cards reference"; adaptivecards.io for `Input.Text` and `Input.ChoiceSet`. People
are chosen from the team and not with Microsoft's people picker, which gives directory ids that no
message of Teams' carries.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from core import screen_words as words
from core.screens import Field, FieldKind, Option
from integrations.teams.cards import plain_line
from integrations.teams.html_text import clean
from integrations.teams.limits import LIMITS

Element = dict[str, Any]

PEOPLE, CONVERSATIONS = "people", "conversations"
"""Data sets of our own: the team's people, and its channels."""

TYPED = "?typed"
"""Ends the id of the text input beside a search, for clients that show no list."""

_FROM_TEAM = {
    FieldKind.PERSON: PEOPLE,
    FieldKind.PEOPLE: PEOPLE,
    FieldKind.CONVERSATION: CONVERSATIONS,
}
_MANY = frozenset({FieldKind.CHOICES, FieldKind.PEOPLE})
_MOST_RADIO_BUTTONS = 5
_MOST_BOXES = 20


def data_set_of(field: Field) -> str:
    """Which of the team's lists a field chooses from; empty when from none."""
    return _FROM_TEAM.get(field.kind, "")


def takes_many(field: Field) -> bool:
    """Whether several values may be chosen."""
    return field.kind in _MANY


def inputs(
    field: Field, *, known: Mapping[str, Sequence[Option]], search: str, submit: str
) -> Iterator[Element]:
    """The elements of one field: what is wrong with it, the input, a hint, and beside a search a
    plain text.

    `known` holds the team's lists as far as they are at hand, by data set. `search` names the data
    set that is asked while somebody types; `submit` is what the form's button says.
    """
    if field.problem:
        yield plain_line(field.problem, color="Attention", weight="Bolder")
    label = clean(field.label).strip() or field.name
    if field.kind in (FieldKind.TEXT, FieldKind.LONG_TEXT):
        yield _text(field, label)
    elif field.kind is FieldKind.SEARCH:
        yield _search(field, label, search)
    else:
        offered = known.get(data_set_of(field), ()) if data_set_of(field) else field.options
        if not offered:
            yield plain_line(words.NOTHING_TO_CHOOSE.format(label=label))
            return
        yield _choice(field, label, offered, search)
    if field.hint:
        yield plain_line(field.hint, isSubtle=True, size="Small")
    if field.kind is FieldKind.SEARCH:
        yield from _typed(field, label, submit)


def _shared(field: Field, label: str) -> Element:
    shared: Element = {"id": field.name, "label": clean(label)}
    if not field.optional:
        shared |= {"isRequired": True, "errorMessage": words.FILL_IN.format(label=clean(label))}
    return shared


def _text(field: Field, label: str) -> Element:
    element: Element = {"type": "Input.Text", **_shared(field, label)}
    element["maxLength"] = LIMITS.input_text
    if field.kind is FieldKind.LONG_TEXT:
        element["isMultiline"] = True
    if field.values:
        element["value"] = clean(field.values[0])[: LIMITS.input_text]
    return element


def _choice(field: Field, label: str, offered: Sequence[Option], search: str) -> Element:
    many = takes_many(field)
    chosen = field.values if many else field.values[:1]
    asks = len(offered) > LIMITS.choices
    shown = [one for one in offered if not asks or one.value in chosen]
    element: Element = {
        "type": "Input.ChoiceSet",
        **_shared(field, label),
        "choices": [choice_of(option) for option in shown],
        "style": "filtered" if data_set_of(field) else _style(field, len(offered), many),
        "wrap": True,
    }
    if many:
        element["isMultiSelect"] = True
    if asks:
        element["choices.data"] = {"type": "Data.Query", "dataset": search}
    values = [value for value in chosen if any(value == one.value for one in shown)]
    if values:
        element["value"] = ",".join(values)
    return element


def _style(field: Field, count: int, many: bool) -> str:
    if many:
        return "expanded" if count <= _MOST_BOXES else "filtered"
    return "expanded" if count <= _MOST_RADIO_BUTTONS and not field.optional else "compact"


def _search(field: Field, label: str, search: str) -> Element:
    """A search. Where it was looked for already, what was found is chosen from; otherwise a list
    comes while one types."""
    element: Element = {"type": "Input.ChoiceSet", "id": field.name}
    if field.options:
        found = words.SEARCH_FOUND.format(label=label)
        return element | {
            "label": clean(found),
            "choices": [choice_of(option) for option in field.options],
            "style": "expanded",
            "wrap": True,
            **({"value": field.values[0]} if field.values else {}),
        }
    return element | {
        "label": clean(label),
        "choices": [],
        "choices.data": {"type": "Data.Query", "dataset": search},
        "style": "filtered",
        "placeholder": words.SEARCH_PLACEHOLDER,
    }


def _typed(field: Field, label: str, submit: str) -> Iterator[Element]:
    """A plain text that a button opens, for clients that show no list."""
    typed = words.SEARCH_TYPED.format(label=label, submit=submit)
    box = f"{field.name}?box"
    toggle = {
        "type": "Action.ToggleVisibility",
        "title": words.SEARCH_HELP,
        "targetElements": [box],
    }
    yield {"type": "ActionSet", "actions": [toggle]}
    text = {"type": "Input.Text", "id": field.name + TYPED, "label": clean(typed)}
    yield {"type": "Container", "id": box, "isVisible": False, "items": [text]}


def choice_of(option: Option) -> Element:
    """One thing to choose, in one line that tells it from its equals."""
    label = option.label or option.value
    line = f"{label} · {option.detail}" if option.detail else label
    return {"title": clean(line) or option.value, "value": option.value}
