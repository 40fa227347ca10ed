"""The office's forms and pages as cards and dialogs, and what people filled in there.

Sources on learn.microsoft.com: "Use dialogs" (task/fetch, task/submit), "Cards reference". A button
of a card opens a dialog (`task/fetch`); a button in a dialog sends it (`task/submit`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from core.ports import Answer
from core.screens import Form, Home, Option, Values
from core.words import NAME
from integrations.teams.cards import CARD_TYPE, answer_card, body_lines, button_sets, card_of, title
from integrations.teams.fields import object_at, text_at
from integrations.teams.html_text import clean
from integrations.teams.inputs import TYPED, data_set_of, inputs, takes_many

Element = dict[str, Any]

_FORM = "exchange"
"""What a form carries along stands under this name, beside what is filled in."""

_BETWEEN = "|"


@dataclass(frozen=True, slots=True)
class Sent:
    """A form as it comes back. `typed` holds what was typed for searches whose list did not come,
    by field."""

    verb: str
    state: str
    values: Values
    typed: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a search asks, as its data set names it."""

    verb: str
    field: str
    workspace: str


def form_card(
    form: Form, workspace: str, known: Mapping[str, Sequence[Option]] | None = None
) -> Element:
    """A form as a card for a dialog. What is wrong with a field stands above it."""
    body = body_lines(form.intro)
    for field in form.fields:
        name = data_set_of(field) or field.name
        asked = _BETWEEN.join((form.verb, name, workspace))
        body += inputs(field, known=known or {}, search=asked, submit=form.submit)
    carried = {
        "verb": form.verb,
        "state": form.state,
        "workspace": workspace,
        "many": [field.name for field in form.fields if takes_many(field)],
    }
    submit: Element = {
        "type": "Action.Submit",
        "title": clean(form.submit),
        "data": {_FORM: carried},
    }
    return card_of(body, [submit])


def home_card(home: Home, workspace: str, *, in_dialog: bool = False) -> Element:
    """The home page: a heading, then a heading, a text and buttons a section."""
    body = [title(home.title or NAME)]
    for section in home.sections:
        body.append({**title(section.heading or NAME, size="Default"), "separator": True})
        body += body_lines(section.body)
        body += button_sets(section.choices, workspace, in_dialog=in_dialog)
    return card_of(body)


def dialog(heading: str, card: Element, *, height: str = "medium") -> Element:
    """The answer to task/fetch or task/submit that shows a card."""
    return {
        "task": {
            "type": "continue",
            "value": {
                "title": clean(heading) or NAME,
                "height": height,
                "width": "medium",
                "card": {"contentType": CARD_TYPE, "content": card},
            },
        }
    }


def answer_dialog(answer: Answer, workspace: str = "") -> Element:
    """An answer in a dialog, whose title is the answer's."""
    untitled = replace(answer, title="")
    return dialog(answer.title, answer_card(untitled, workspace, in_dialog=True))


def is_form(data: Mapping[str, Any]) -> bool:
    """Whether this is a form of ours that comes back."""
    return isinstance(data.get(_FORM), Mapping)


def workspace_in(value: Any) -> str:
    """For which workspace a button, a form or a search was made; empty when it does not say."""
    data = object_at({"value": value}, "value", "data")
    action = object_at({"value": value}, "value", "action", "data")
    return (
        text_at(data, _FORM, "workspace")
        or text_at(data, "workspace")
        or text_at(action, "workspace")
        or text_at({"value": value}, "value", "workspace")
        or asked_in(text_at({"value": value}, "value", "dataset")).workspace
    )


def sent_in(data: Mapping[str, Any]) -> Sent:
    """What was filled in. Several values come as one text with commas."""
    carried = object_at(data, _FORM)
    listed = carried.get("many")
    many = listed if isinstance(listed, list) else []
    values: dict[str, tuple[str, ...]] = {}
    typed: dict[str, str] = {}
    for name, value in data.items():
        text = _text(value)
        if name == _FORM or not text:
            continue
        if name.endswith(TYPED):
            typed[name.removesuffix(TYPED)] = text
        else:
            several = [one.strip() for one in text.split(",")] if name in many else [text]
            values[name] = tuple(one for one in several if one)
    return Sent(text_at(carried, "verb"), text_at(carried, "state"), values, typed)


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(one for one in value if isinstance(one, str))
    return value.strip() if isinstance(value, str) else ""


def asked_in(data_set: str) -> Asked:
    """The name of a data set taken apart; parts are empty where it is not ours."""
    verb, _, rest = data_set.partition(_BETWEEN)
    name, _, workspace = rest.partition(_BETWEEN)
    return Asked(verb, name, workspace)
