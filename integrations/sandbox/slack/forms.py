"""The state of a dialog's inputs and the action of a pressed element, as Slack's client makes them.

Source: docs.slack.dev/reference/interaction-payloads/block_actions-payload and
docs.slack.dev/reference/interaction-payloads/view-interactions-payload.
"""

from __future__ import annotations

from typing import Any

from integrations.sandbox.slack.model import Json
from integrations.sandbox.world import BadInputError

MOST_OPTIONS, LONGEST_OPTION, LONGEST_VALUE = 100, 75, 150

# element type -> (name of the value in the state, name of the initial value, the value is options)
VALUES: dict[str, tuple[str, str, bool]] = {
    "plain_text_input": ("value", "initial_value", False),
    "email_text_input": ("value", "initial_value", False),
    "url_text_input": ("value", "initial_value", False),
    "number_input": ("value", "initial_value", False),
    "rich_text_input": ("rich_text_value", "initial_value", False),
    "static_select": ("selected_option", "initial_option", True),
    "external_select": ("selected_option", "initial_option", True),
    "radio_buttons": ("selected_option", "initial_option", True),
    "overflow": ("selected_option", "", True),
    "checkboxes": ("selected_options", "initial_options", True),
    "multi_static_select": ("selected_options", "initial_options", True),
    "multi_external_select": ("selected_options", "initial_options", True),
    "users_select": ("selected_user", "initial_user", False),
    "multi_users_select": ("selected_users", "initial_users", False),
    "conversations_select": ("selected_conversation", "initial_conversation", False),
    "multi_conversations_select": ("selected_conversations", "initial_conversations", False),
    "channels_select": ("selected_channel", "initial_channel", False),
    "multi_channels_select": ("selected_channels", "initial_channels", False),
    "datepicker": ("selected_date", "initial_date", False),
    "timepicker": ("selected_time", "initial_time", False),
    "datetimepicker": ("selected_date_time", "initial_date_time", False),
    "file_input": ("files", "", False),
}


def find_element(blocks: list[Json], action_id: str, block_id: str = "") -> tuple[Json, Json]:
    """The block and its element with this action id. Raises BadInputError."""
    for block in blocks:
        if block_id and block.get("block_id") != block_id:
            continue
        for element in _elements(block):
            if element.get("action_id") == action_id:
                return block, element
    raise BadInputError("action_id", "is not an element here")


def action_of(block: Json, element: Json, chosen: Json, action_ts: str) -> Json:
    """An entry of `actions`; `chosen` holds what was picked, by its name in the payload or as
    `value`."""
    action: Json = {
        "type": element.get("type"),
        "action_id": element.get("action_id"),
        "block_id": block.get("block_id"),
        "action_ts": action_ts,
    }
    for name in ("text", "value", "style", "placeholder"):
        if name in element:
            action[name] = element[name]
    kind = VALUES.get(str(element.get("type")))
    if kind is not None and chosen:
        name, _, options = kind
        given = chosen.get(name, chosen.get("value"))
        action[name] = _picked(element, given, many=name.endswith("s")) if options else given
    return action


def state_values(blocks: list[Json], given: Json) -> Json:
    """`view.state.values` from what a person filled in and what was there initially."""
    values: Json = {}
    for block in blocks:
        for element in _elements(block):
            kind = VALUES.get(str(element.get("type")))
            action_id = str(element.get("action_id", ""))
            if kind is None or (block.get("type") != "input" and element["type"] == "overflow"):
                continue
            block_id = str(block["block_id"])
            value = _given(given, block_id, action_id)
            values.setdefault(block_id, {})[action_id] = _state_of(element, kind, value)
    return values


def _given(given: Json, block_id: str, action_id: str) -> Any:
    value = given.get(block_id, given.get(action_id))
    if isinstance(value, dict) and action_id in value:
        return value[action_id]
    return value


def _state_of(element: Json, kind: tuple[str, str, bool], value: Any) -> Json:
    name, initial, options = kind
    if isinstance(value, dict) and value.get("type") == element["type"]:
        return value
    many = name.endswith("s")
    if value is None:
        value = element.get(initial) if initial else None
    elif options:
        value = _picked(element, value, many=many)
    return {"type": element["type"], name: ([] if many and value is None else value)}


def _picked(element: Json, value: Any, *, many: bool) -> Any:
    known = list(element.get("options", []))
    for group in element.get("option_groups", []):
        known.extend(group.get("options", []))
    wanted = value if isinstance(value, list) else [value]
    wanted = [w.get("value") if isinstance(w, dict) else w for w in wanted]
    found = [o for o in known if o.get("value") in wanted]
    if not known:
        found = [{"text": {"type": "plain_text", "text": str(w)}, "value": w} for w in wanted]
    if len(found) < len([w for w in wanted if w is not None]):
        raise BadInputError("values", "hold an option that is not offered")
    if many:
        return found
    return found[0] if found else None


def suggested(body: Any) -> Json:
    """What an app suggested, as Slack's client takes it: at most 100 options, or as many groups."""
    given = body if isinstance(body, dict) else {}
    name = "option_groups" if "option_groups" in given else "options"
    found = given.get(name)
    options = found if isinstance(found, list) else None
    if name == "option_groups" and options is not None:
        options = [o for group in options for o in group.get("options", [])]
    if options is None or len(options) > MOST_OPTIONS or not all(map(_is_option, options)):
        return {"ok": False, "error": "invalid_options"}
    return {"ok": True, name: found}


def _is_option(option: Any) -> bool:
    text = option.get("text") if isinstance(option, dict) else None
    words = text.get("text") if isinstance(text, dict) else None
    value = option.get("value") if isinstance(option, dict) else None
    return (
        isinstance(words, str)
        and 0 < len(words) <= LONGEST_OPTION
        and isinstance(value, str)
        and len(value) <= LONGEST_VALUE
    )


def missing_inputs(view: Json) -> dict[str, str]:
    """What Slack's client complains of before it submits, by block id."""
    problems: dict[str, str] = {}
    for block in view["blocks"]:
        if block.get("type") != "input":
            continue
        element = block["element"]
        block_id = str(block["block_id"])
        state = view["state"]["values"].get(block_id, {}).get(str(element.get("action_id", "")), {})
        kind = VALUES.get(str(element.get("type")))
        value = state.get(kind[0]) if kind is not None else None
        if not value and not block.get("optional"):
            problems[block_id] = "Please complete this required field."
        elif isinstance(value, str):
            problems.update(_wrong_length(block_id, element, value))
    return problems


def _wrong_length(block_id: str, element: Json, value: str) -> dict[str, str]:
    shortest, longest = element.get("min_length", 0), element.get("max_length", 3000)
    if value and len(value) < shortest:
        return {block_id: f"Please enter at least {shortest} characters."}
    if len(value) > longest:
        return {block_id: f"Please enter at most {longest} characters."}
    return {}


def _elements(block: Json) -> list[Json]:
    found = [block[name] for name in ("element", "accessory") if isinstance(block.get(name), dict)]
    if isinstance(block.get("elements"), list):
        found.extend(e for e in block["elements"] if isinstance(e, dict))
    return found
