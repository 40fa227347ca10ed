"""What Slack refuses in blocks, views and metadata.

Lengths and counts: docs.slack.dev/reference/block-kit, and the models of slack_sdk.
"""

from __future__ import annotations

import json
from typing import Any

from integrations.sandbox.slack.model import Json, SlackApiError

MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
MESSAGE_BLOCK_CHARACTERS = 13_200
VIEW_CHARACTERS = 250_000
METADATA_CHARACTERS = 8_000
ATTACHMENTS = 100

# block type -> {text field: (longest, must be plain_text)}
TEXTS: dict[str, dict[str, tuple[int, bool]]] = {
    "section": {"text": (3000, False)},
    "header": {"text": (150, True)},
    "input": {"label": (2000, True), "hint": (2000, True)},
    "image": {"title": (2000, True)},
    "button": {"text": (75, True)},
    "plain_text_input": {"placeholder": (150, True)},
}
STRINGS: dict[str, dict[str, int]] = {
    "image": {"image_url": 3000, "alt_text": 2000},
    "button": {"value": 2000, "url": 3000, "accessibility_label": 75},
}
REQUIRED: dict[str, tuple[str, ...]] = {
    "header": ("text",),
    "context": ("elements",),
    "actions": ("elements",),
    "rich_text": ("elements",),
    "input": ("label", "element"),
    "image": ("alt_text",),
    "markdown": ("text",),
    "table": ("rows",),
    "button": ("text",),
    "video": ("alt_text", "title", "video_url", "thumbnail_url"),
}
COUNTS = {
    "context": ("elements", 10),
    "actions": ("elements", 25),
    "table": ("rows", 100),
    "overflow": ("options", 5),
    "checkboxes": ("options", 10),
    "radio_buttons": ("options", 10),
    "static_select": ("options", 100),
    "multi_static_select": ("options", 100),
    "context_actions": ("elements", 5),
}
# fmt: off
MESSAGE_TYPES = frozenset({
    "actions", "alert", "call", "card", "carousel", "container", "context", "context_actions",
    "data_table", "data_visualization", "divider", "file", "header", "image", "input", "markdown",
    "plan", "rich_text", "section", "share_shortcut", "table", "task_card", "video",
})
# fmt: on
VIEW_TYPES = MESSAGE_TYPES - {"file", "markdown", "table"}


class _Problems:
    def __init__(self) -> None:
        self.messages: list[str] = []

    def add(self, message: str, path: str) -> None:
        self.messages.append(f"[ERROR] {message} [json-pointer:{path}]")


def check_blocks(blocks: Any, *, error: str = "invalid_blocks") -> list[Json]:
    """The blocks of a message. Raises SlackApiError invalid_blocks_format, msg_blocks_too_long
    or invalid_blocks with `response_metadata.messages`."""
    if not isinstance(blocks, list):
        raise SlackApiError("invalid_blocks_format")
    problems = _Problems()
    if len(blocks) > MESSAGE_BLOCKS:
        problems.add(f"no more than {MESSAGE_BLOCKS} items allowed", "/blocks")
    _check_list(blocks, "/blocks", MESSAGE_TYPES, problems)
    _refuse(problems, error)
    if len(json.dumps(blocks, ensure_ascii=False)) > MESSAGE_BLOCK_CHARACTERS:
        raise SlackApiError("msg_blocks_too_long")
    return blocks


def check_view(view: Any) -> Json:
    """A modal or home view. Raises SlackApiError invalid_arguments or view_too_large."""
    if not isinstance(view, dict):
        raise SlackApiError("invalid_arguments")
    problems = _Problems()
    if view.get("type") not in {"modal", "home"}:
        problems.add("must be one of: modal, home", "/view/type")
    blocks = view.get("blocks")
    if not isinstance(blocks, list):
        problems.add("missing required field: blocks", "/view")
        blocks = []
    if len(blocks) > VIEW_BLOCKS:
        problems.add(f"no more than {VIEW_BLOCKS} items allowed", "/view/blocks")
    if view.get("type") == "modal":
        _check_modal(view, blocks, problems)
    for name, longest in (("private_metadata", 3000), ("callback_id", 255), ("external_id", 255)):
        _check_string(view.get(name), longest, f"/view/{name}", problems)
    _check_list(blocks, "/view/blocks", VIEW_TYPES, problems)
    _refuse(problems, "invalid_arguments")
    if len(json.dumps(view)) > VIEW_CHARACTERS:
        raise SlackApiError("view_too_large")
    return view


def check_metadata(metadata: Any) -> Json | None:
    """Message metadata; None clears. Raises SlackApiError."""
    if not metadata:
        return None
    known = isinstance(metadata, dict) and (
        isinstance(metadata.get("event_type"), str)
        and isinstance(metadata.get("event_payload"), dict)
    )
    if not known and not (isinstance(metadata, dict) and "entities" in metadata):
        raise SlackApiError("invalid_metadata_format")
    if len(json.dumps(metadata)) > METADATA_CHARACTERS:
        raise SlackApiError("metadata_too_large")
    return dict(metadata)


def with_block_ids(blocks: list[Json], new_id: Any) -> list[Json]:
    """Blocks with an id each, as Slack fills in; given ids stay."""
    return [b if b.get("block_id") else {**b, "block_id": new_id()} for b in blocks]


def _refuse(problems: _Problems, error: str) -> None:
    if problems.messages:
        raise SlackApiError(
            error,
            errors=[m.removeprefix("[ERROR] ") for m in problems.messages],
            response_metadata={"messages": problems.messages},
        )


def _check_modal(view: Json, blocks: list[Any], problems: _Problems) -> None:
    if "title" not in view:
        problems.add("missing required field: title", "/view")
    for name in ("title", "submit", "close"):
        if view.get(name) is not None:
            _check_text(view[name], 24, True, f"/view/{name}", problems)
    has_input = any(isinstance(b, dict) and b.get("type") == "input" for b in blocks)
    if has_input and view.get("submit") is None:
        problems.add("missing required field: submit", "/view")


def _check_list(blocks: list[Any], path: str, types: frozenset[str], problems: _Problems) -> None:
    seen: set[str] = set()
    for number, block in enumerate(blocks):
        where = f"{path}/{number}"
        if not isinstance(block, dict) or block.get("type") not in types:
            problems.add(f"unsupported type: {_type_of(block)}", f"{where}/type")
            continue
        block_id = block.get("block_id")
        if block_id and block_id in seen:
            problems.add(f'"block_id" {block_id} already exists', f"{where}/block_id")
        seen.add(str(block_id))
        _check_element(block, where, problems)
        if block["type"] == "section":
            _check_section(block, where, problems)
        if block["type"] == "image" and not (block.get("image_url") or block.get("slack_file")):
            problems.add("missing required field: image_url", where)
        if block["type"] == "markdown":
            _check_string(block.get("text"), 12_000, f"{where}/text", problems)


def _check_element(element: Json, path: str, problems: _Problems) -> None:
    kind = str(element.get("type"))
    for name in REQUIRED.get(kind, ()):
        if element.get(name) is None:
            problems.add(f"missing required field: {name}", path)
    for name, (longest, plain) in TEXTS.get(kind, {}).items():
        if element.get(name) is not None:
            _check_text(element[name], longest, plain, f"{path}/{name}", problems)
    for name, longest in STRINGS.get(kind, {}).items():
        _check_string(element.get(name), longest, f"{path}/{name}", problems)
    for name in ("block_id", "action_id"):
        _check_string(element.get(name), 255, f"{path}/{name}", problems)
    if kind in COUNTS:
        _check_count(element, *COUNTS[kind], path, problems)
    _check_options(element, path, problems)
    _check_nested(kind, element, path, problems)


def _check_nested(kind: str, element: Json, path: str, problems: _Problems) -> None:
    for name in ("element", "accessory"):
        if isinstance(element.get(name), dict):
            _check_element(element[name], f"{path}/{name}", problems)
    if kind in {"actions", "context"} and isinstance(element.get("elements"), list):
        _check_children(kind, element["elements"], f"{path}/elements", problems)


def _check_children(kind: str, elements: list[Any], path: str, problems: _Problems) -> None:
    for number, child in enumerate(elements):
        where = f"{path}/{number}"
        if not isinstance(child, dict):
            problems.add("must be an object", where)
        elif kind == "context" and child.get("type") in {"mrkdwn", "plain_text"}:
            _check_text(child, 2000, False, where, problems)
        else:
            _check_element(child, where, problems)


def _check_section(block: Json, path: str, problems: _Problems) -> None:
    fields = block.get("fields")
    if block.get("text") is None and not fields:
        problems.add("missing required field: text", path)
    if isinstance(fields, list):
        _check_count(block, "fields", 10, path, problems)
        for number, text in enumerate(fields):
            _check_text(text, 2000, False, f"{path}/fields/{number}", problems)


def _check_options(element: Json, path: str, problems: _Problems) -> None:
    options = element.get("options")
    if not isinstance(options, list):
        return
    for number, option in enumerate(options):
        where = f"{path}/options/{number}"
        if not isinstance(option, dict):
            problems.add("must be an object", where)
            continue
        _check_text(option.get("text"), 75, False, f"{where}/text", problems)
        _check_string(option.get("value"), 150, f"{where}/value", problems)


def _check_count(
    element: Json, name: str, most: int, path: str, problems: _Problems, least: int = 1
) -> None:
    items = element.get(name)
    if not isinstance(items, list):
        return
    if len(items) > most:
        problems.add(f"no more than {most} items allowed", f"{path}/{name}")
    if len(items) < least:
        problems.add(f"no less than {least} items allowed", f"{path}/{name}")


def _check_text(text: Any, longest: int, plain: bool, path: str, problems: _Problems) -> None:
    allowed = {"plain_text"} if plain else {"plain_text", "mrkdwn"}
    if not isinstance(text, dict) or text.get("type") not in allowed:
        problems.add(f"must be one of: {', '.join(sorted(allowed))}", f"{path}/type")
        return
    words = text.get("text")
    if not isinstance(words, str):
        problems.add("missing required field: text", path)
    elif not words:
        problems.add("must be more than 0 characters", f"{path}/text")
    else:
        _check_string(words, longest, f"{path}/text", problems)


def _check_string(value: Any, longest: int, path: str, problems: _Problems) -> None:
    if isinstance(value, str) and len(value) > longest:
        problems.add(f"must be less than {longest + 1} characters", path)


def _type_of(block: Any) -> str:
    return str(block.get("type")) if isinstance(block, dict) else type(block).__name__
