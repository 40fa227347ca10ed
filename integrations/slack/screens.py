"""The office's forms and pages as Slack's views, and what people filled in there.

Sources: docs.slack.dev/surfaces/modals, docs.slack.dev/reference/views,
docs.slack.dev/reference/interaction-payloads/view-interactions-payload (state, errors).
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core import screen_words
from core.ids import ExternalTenant
from core.ports import Answer
from core.screens import Form, Home, Section, Values
from core.text import paragraph
from core.words import NAME
from integrations.slack.answers import (
    answer_blocks,
    button_blocks,
    shortened,
    text_blocks,
    with_title,
)
from integrations.slack.fields import Json, object_in, objects_in, text_in
from integrations.slack.inputs import Element, block_id_of, input_blocks, name_of_block, plain
from integrations.slack.limits import LIMITS

OFFICE_FORM = "office"
"""The callback id of every form of the office."""

_MOST_SECTIONS = (LIMITS.view_blocks - 2) // 4
_CHOSEN_ONE = ("selected_option", "selected_user", "selected_conversation", "selected_channel")
_CHOSEN_MANY = ("selected_options", "selected_users", "selected_conversations")


@dataclass(frozen=True, slots=True)
class Carried:
    """What a form carries along: its verb and state, and where it was asked for."""

    verb: str
    state: str = ""
    conversation: str = ""


def form_view(form: Form, tenant: ExternalTenant, conversation: str = "") -> Element:
    """A form as a modal. What is wrong with a field stands above it."""
    carried = {"verb": form.verb, "state": form.state, "conversation": conversation}
    blocks = text_blocks(shortened(form.intro, tenant), tenant) if form.intro else []
    for field in form.fields:
        blocks.extend(input_blocks(field, block_id_of(form, field)))
    return {
        "type": "modal",
        "callback_id": OFFICE_FORM,
        "title": plain(form.title or NAME, LIMITS.view_title),
        "submit": plain(form.submit or screen_words.CONTINUE, LIMITS.view_title),
        "close": plain(screen_words.CANCEL, LIMITS.view_title),
        "private_metadata": json.dumps(carried, ensure_ascii=False),
        "blocks": blocks[: LIMITS.view_blocks] or text_blocks(paragraph(form.title), tenant),
    }


def answer_view(answer: Answer, tenant: ExternalTenant) -> Element:
    """An answer as a modal that only says something; a long title stands in the text."""
    fits = 0 < len(answer.title) <= LIMITS.view_title
    said = answer.body if fits and answer.body else with_title(answer)
    return {
        "type": "modal",
        "title": plain(answer.title if fits else NAME, LIMITS.view_title),
        "close": plain(screen_words.CLOSE, LIMITS.view_title),
        "blocks": answer_blocks(answer, shortened(said, tenant), tenant),
    }


def waiting_view() -> Element:
    """What is shown while the next screen takes longer than Slack waits."""
    return {
        "type": "modal",
        "title": plain(NAME, LIMITS.view_title),
        "close": plain(screen_words.CLOSE, LIMITS.view_title),
        "blocks": [
            {"type": "section", "text": plain(screen_words.ONE_MOMENT, LIMITS.section_text)}
        ],
    }


def page_view(home: Home, tenant: ExternalTenant) -> Element:
    """The home page as App Home: a heading, then a heading, a text and buttons a section."""
    blocks = [_header(home.title or NAME)]
    for number, section in enumerate(home.sections[:_MOST_SECTIONS]):
        if number:
            blocks.append({"type": "divider"})
        blocks.extend(_section(section, tenant))
    if len(home.sections) > _MOST_SECTIONS:
        blocks.extend(text_blocks(paragraph(screen_words.MORE_THAN_FITS), tenant))
    return {"type": "home", "blocks": blocks}


def _header(text: str) -> Element:
    return {"type": "header", "text": plain(text, LIMITS.header_text)}


def _section(section: Section, tenant: ExternalTenant) -> Iterator[Element]:
    if section.heading:
        yield _header(section.heading)
    yield from text_blocks(shortened(section.body, tenant) if section.body else (), tenant)
    yield from button_blocks(section.choices)


def problems_in(form: Form, view: Json) -> dict[str, str] | None:
    """What is wrong, by block of the view that was submitted, so that Slack shows it by each field
    and keeps what was typed. None when that can't be done, and the form is to be shown anew."""
    carried = carried_in(view)
    problems = {field.name: field.problem for field in form.fields if field.problem}
    if not problems or (carried.verb, carried.state) != (form.verb, form.state):
        return None
    blocks = {
        name_of_block(text_in(block, "block_id")): text_in(block, "block_id")
        for block in objects_in(view, "blocks")
        if text_in(block, "type") == "input"
    }
    if set(blocks) != {field.name for field in form.fields}:
        return None
    return {blocks[name]: problem for name, problem in problems.items()}


def carried_in(view: Json) -> Carried:
    """What a form of ours carried along; empty when the view is none."""
    try:
        loaded = json.loads(text_in(view, "private_metadata") or "{}")
    except (ValueError, RecursionError):
        loaded = {}
    return Carried(
        text_in(loaded, "verb"), text_in(loaded, "state"), text_in(loaded, "conversation")
    )


def values_in(view: Json) -> Values:
    """What was filled in, by field; fields left empty have no values."""
    values: dict[str, tuple[str, ...]] = {}
    for block in object_in(object_in(view, "state"), "values").values():
        if not isinstance(block, Mapping):
            continue
        for name, element in block.items():
            values[name] = tuple(_chosen(element))
    return values


def _chosen(element: Any) -> Iterator[str]:
    """The texts of one element of `state.values`."""
    if typed := text_in(element, "value").strip():
        yield typed
    for key in _CHOSEN_ONE:
        yield from _texts([element.get(key)] if isinstance(element, Mapping) else [])
    for key in _CHOSEN_MANY:
        found = element.get(key) if isinstance(element, Mapping) else None
        yield from _texts(found if isinstance(found, list) else [])


def _texts(chosen: Sequence[Any]) -> Iterator[str]:
    for one in chosen:
        text = text_in({"it": one}, "it") or text_in(one, "value")
        if text:
            yield text
