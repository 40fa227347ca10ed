"""Fields of a form as Block Kit inputs.

Sources: docs.slack.dev/reference/block-kit/blocks/input-block,
docs.slack.dev/reference/block-kit/block-elements, docs.slack.dev/reference/block-kit/
composition-objects/option-object.
"""

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

from core import screen_words
from core.screens import Field, FieldKind, Form, Option
from integrations.slack.limits import LIMITS

Element = dict[str, Any]

_MOST_RADIO_BUTTONS = 4
_LEAST_TYPED = 2
_CHANNELS = {"include": ["public", "private"], "exclude_bot_users": True}


def plain(text: str, most: int) -> Element:
    """A plain text object, cut where Slack would refuse it."""
    return {"type": "plain_text", "text": text if len(text) <= most else f"{text[: most - 1]}…"}


def block_id_of(form: Form, field: Field) -> str:
    """The field's name, and what tells this step from others.

    Slack keeps what was typed where a view is updated and a block has the id it had before: a step
    that looks the same but means something else must not inherit it.
    """
    meant = "\n".join((form.verb, form.state, field.kind, *field.values))
    sign = hashlib.sha256(meant.encode(errors="replace")).hexdigest()[:8]
    return f"{field.name[: LIMITS.action_id - 9]}@{sign}"


def name_of_block(block_id: str) -> str:
    """The field that a block asks for."""
    return block_id.rpartition("@")[0]


def input_blocks(field: Field, block_id: str) -> Iterator[Element]:
    """The blocks of one field: what is wrong with it, if anything, and the input."""
    label = field.label or field.name
    if field.problem:
        yield {"type": "section", "text": plain(field.problem, LIMITS.section_text)}
    element = _element(field)
    if element is None:
        said = screen_words.NOTHING_TO_CHOOSE.format(label=label)
        yield {"type": "section", "text": plain(said, LIMITS.section_text)}
        return
    block: Element = {
        "type": "input",
        "block_id": block_id,
        "label": plain(label, LIMITS.field_text),
        "element": {**element, "action_id": field.name[: LIMITS.action_id]},
        "optional": field.optional,
    }
    if field.hint:
        block["hint"] = plain(field.hint, LIMITS.field_text)
    yield block


def _element(field: Field) -> Element | None:
    """The element of a field, None when there is nothing to choose from."""
    first = field.values[0] if field.values else ""
    match field.kind:
        case FieldKind.TEXT | FieldKind.LONG_TEXT:
            return _text(field, first)
        case FieldKind.CHOICE:
            return _choice(field)
        case FieldKind.CHOICES:
            return _choices(field)
        case FieldKind.SEARCH:
            return _search(field, first)
        case FieldKind.PERSON:
            return {"type": "users_select", **({"initial_user": first} if first else {})}
        case FieldKind.PEOPLE:
            chosen = {"initial_users": list(field.values)} if field.values else {}
            return {"type": "multi_users_select", **chosen}
        case FieldKind.CONVERSATION:
            return {"type": "conversations_select", "filter": _CHANNELS, **_place(field, first)}


def _place(field: Field, first: str) -> Element:
    """Where a conversation field starts. Slack ignores a given conversation when the current one
    is asked for as well; a field that may stay empty must not be filled by chance."""
    if first:
        return {"initial_conversation": first}
    return {} if field.optional else {"default_to_current_conversation": True}


def _text(field: Field, first: str) -> Element:
    most = LIMITS.input_text
    element: Element = {"type": "plain_text_input", "max_length": most}
    if field.kind is FieldKind.LONG_TEXT:
        element["multiline"] = True
    return {**element, **({"initial_value": first[:most]} if first else {})}


def _choice(field: Field) -> Element | None:
    if not field.options:
        return None
    if len(field.options) <= _MOST_RADIO_BUTTONS and not field.optional:
        offered = [_described(option) for option in field.options]
        return {"type": "radio_buttons", "options": offered, **_chosen_one(offered, field)}
    offered = option_objects(field.options)
    return {"type": "static_select", **_offered(offered), **_chosen_one(offered, field)}


def _choices(field: Field) -> Element | None:
    if not field.options:
        return None
    few = len(field.options) <= LIMITS.boxes
    offered = [_described(o) for o in field.options] if few else option_objects(field.options)
    chosen = [option for option in offered if option["value"] in field.values]
    start = {"initial_options": chosen} if chosen else {}
    if few:
        return {"type": "checkboxes", "options": offered, **start}
    return {"type": "multi_static_select", **_offered(offered), **start}


def _search(field: Field, first: str) -> Element:
    element: Element = {
        "type": "external_select",
        "min_query_length": _LEAST_TYPED,
        "placeholder": plain(screen_words.SEARCH_PLACEHOLDER, LIMITS.option_text),
    }
    if first:
        known = next((o for o in field.options if o.value == first), Option(first, first))
        element["initial_option"] = _in_a_line(known)
    return element


def _chosen_one(offered: Sequence[Element], field: Field) -> Element:
    for option in offered:
        if option["value"] in field.values[:1]:
            return {"initial_option": option}
    return {}


def _offered(options: Sequence[Element]) -> Element:
    """Options of a menu, in groups by first and last where there are more than a menu takes."""
    most = LIMITS.options
    if len(options) <= most:
        return {"options": list(options)}
    parts = [options[start : start + most] for start in range(0, len(options), most)][:most]
    return {
        "option_groups": [
            {
                "label": plain(f"{_words(part[0])} – {_words(part[-1])}", LIMITS.option_text),
                "options": list(part),
            }
            for part in parts
        ]
    }


def _words(option: Element) -> str:
    return str(option["text"]["text"])[:30]


def option_objects(options: Sequence[Option]) -> list[Element]:
    """Options of a menu. Once chosen only one line of them is seen, so it tells equals apart."""
    return [_in_a_line(option) for option in options]


def _in_a_line(option: Option) -> Element:
    label = option.label or option.value
    line = f"{label} · {option.detail}" if option.detail else label
    if len(line) > LIMITS.option_text:
        return _described(option)
    return {"text": plain(line, LIMITS.option_text), "value": option.value}


def _described(option: Option) -> Element:
    text = plain(option.label or option.value, LIMITS.option_text)
    described: Element = {"text": text, "value": option.value}
    if option.detail:
        described["description"] = plain(option.detail, LIMITS.option_text)
    return described
