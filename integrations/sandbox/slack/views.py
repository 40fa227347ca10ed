"""views.* of the Web API: modals and App Home.

Source: docs.slack.dev/surfaces/modals and docs.slack.dev/reference/methods/views.open.
"""

from __future__ import annotations

from typing import Any

from integrations.sandbox.slack.call import Call, Method
from integrations.sandbox.slack.chat import new_block_id
from integrations.sandbox.slack.checks import check_blocks, check_view, with_block_ids
from integrations.sandbox.slack.model import Installation, Json, SlackApiError, Workspace
from integrations.sandbox.slack.pace import Tier
from integrations.sandbox.slack.state import State, is_before

DEEPEST_STACK = 3
GIVEN: Json = {
    "title": {"type": "plain_text", "text": "View Title", "emoji": True},
    "close": None,
    "submit": None,
    "private_metadata": "",
    "callback_id": "",
    "external_id": "",
    "clear_on_close": False,
    "notify_on_close": False,
    "submit_disabled": False,
}
"""What an app may give a view, and what holds when it does not."""


def new_view(state: State, workspace: Workspace, installation: Installation, given: Any) -> Json:
    """Check a view and keep it. Raises SlackApiError."""
    view = check_view(given)
    _refuse_duplicate(workspace, view, "")
    made: Json = {
        "id": state.new_id("V"),
        "team_id": workspace.id,
        "app_id": installation.app.id,
        "app_installed_team_id": workspace.id,
        "bot_id": installation.bot_id,
        "type": view["type"],
        "previous_view_id": None,
        "state": {"values": {}},
    }
    made["root_view_id"] = made["id"]
    workspace.views[made["id"]] = made
    return replace_view(state, made, view)


def replace_view(state: State, view: Json, given: Json) -> Json:
    """Fill a kept view with new content and a new hash; nothing of the old content stays."""
    told = {name: given[name] for name in GIVEN if given.get(name) is not None}
    view.update({**GIVEN, **told})
    view["blocks"] = with_block_ids(given["blocks"], lambda: new_block_id(state))
    view["hash"] = f"{state.seconds()}.{state.new_secret()[:8]}"
    return view


def _refuse_duplicate(workspace: Workspace, view: Json, own: str) -> None:
    external = view.get("external_id")
    if external and any(
        v["external_id"] == external and v["id"] != own for v in workspace.views.values()
    ):
        raise SlackApiError("duplicate_external_id")


def push_view(
    state: State,
    workspace: Workspace,
    installation: Installation,
    member: str,
    given: Any,
) -> Json:
    """Put a modal on top of the member's stack. Raises SlackApiError push_limit_reached."""
    stack = workspace.modals.setdefault(member, [])
    if len(stack) >= DEEPEST_STACK:
        raise SlackApiError("push_limit_reached")
    made = new_view(state, workspace, installation, given)
    if stack:
        made["previous_view_id"] = stack[-1]
        made["root_view_id"] = stack[0]
    stack.append(made["id"])
    tell_modal(state, workspace, member)
    return made


def close_views(state: State, workspace: Workspace, member: str, *, all_of_them: bool) -> None:
    """Take the top modal, or the whole stack, away."""
    stack = workspace.modals.get(member, [])
    gone = list(stack) if all_of_them else stack[-1:]
    for view_id in gone:
        stack.remove(view_id)
        workspace.views.pop(view_id, None)
    tell_modal(state, workspace, member)


def tell_modal(state: State, workspace: Workspace, member: str) -> None:
    """Publish what the member now has open."""
    stack = workspace.modals.get(member, [])
    top = workspace.views.get(stack[-1]) if stack else None
    state.changes.publish("modal", workspace.id, member=member, view=top)


def _triggered(call: Call) -> str:
    """The member behind `trigger_id` (or `interactivity_pointer`), once, within 3 seconds."""
    given = call.arguments.text("trigger_id") or call.arguments.text("interactivity_pointer")
    trigger = call.state.triggers.get(given)
    mine = (
        trigger is not None
        and trigger.workspace == call.workspace.id
        and trigger.app_id == call.installation.app.id
    )
    if trigger is None or not mine:
        raise SlackApiError("invalid_trigger_id")
    if not is_before(call.state.clock(), trigger.expires):
        raise SlackApiError("expired_trigger_id")
    if trigger.used:
        raise SlackApiError("exchanged_trigger_id")
    trigger.used = True
    return trigger.member


def _given_view(call: Call) -> Any:
    return call.arguments.structure("view", "invalid_arguments")


def open_view(call: Call) -> Json:
    """views.open."""
    check_view(_given_view(call))
    member = _triggered(call)
    close_views(call.state, call.workspace, member, all_of_them=True)
    made = push_view(call.state, call.workspace, call.installation, member, _given_view(call))
    return {"view": made}


def push(call: Call) -> Json:
    """views.push."""
    check_view(_given_view(call))
    member = _triggered(call)
    made = push_view(call.state, call.workspace, call.installation, member, _given_view(call))
    return {"view": made}


def update(call: Call) -> Json:
    """views.update, by view_id or external_id, guarded by hash."""
    given = check_view(_given_view(call))
    external = call.arguments.text("external_id")
    found = call.workspace.views.get(call.arguments.text("view_id"))
    if found is None and external:
        found = next(
            (v for v in call.workspace.views.values() if v["external_id"] == external), None
        )
    if found is None or found["app_id"] != call.installation.app.id:
        raise SlackApiError("not_found")
    _check_hash(call, found)
    if given["type"] != found["type"]:
        raise SlackApiError("invalid_arguments")
    _refuse_duplicate(call.workspace, given, found["id"])
    replace_view(call.state, found, given)
    _tell_owner(call, found)
    return {"view": found}


def _check_hash(call: Call, view: Json) -> None:
    given = call.arguments.text("hash")
    if given and given != view["hash"]:
        raise SlackApiError("hash_conflict")


def _tell_owner(call: Call, view: Json) -> None:
    for member, stack in call.workspace.modals.items():
        if view["id"] in stack:
            tell_modal(call.state, call.workspace, member)
    for (member, _), view_id in call.workspace.homes.items():
        if view_id == view["id"]:
            call.state.changes.publish("home", call.workspace.id, member=member, view=view)


def publish(call: Call) -> Json:
    """views.publish: a member's App Home."""
    member = call.arguments.text("user_id")
    if member not in call.workspace.members:
        raise SlackApiError("user_not_found")
    given = check_view(_given_view(call))
    if given["type"] != "home":
        raise SlackApiError("invalid_arguments")
    key = (member, call.installation.app.id)
    found = call.workspace.views.get(call.workspace.homes.get(key, ""))
    if found is None:
        found = new_view(call.state, call.workspace, call.installation, given)
        call.workspace.homes[key] = found["id"]
    else:
        _check_hash(call, found)
        replace_view(call.state, found, given)
    call.state.changes.publish("home", call.workspace.id, member=member, view=found)
    return {"view": found}


def validate(call: Call) -> Json:
    """blocks.validate: the blocks or view that would be refused, without using them."""
    blocks = call.arguments.structure("blocks", "invalid_blocks_format")
    view = _given_view(call)
    message = call.arguments.structure("message", "invalid_arguments")
    if isinstance(message, dict):
        blocks = message.get("blocks", blocks)
    if view is not None:
        check_view(view)
    elif blocks is not None:
        check_blocks(blocks)
    else:
        raise SlackApiError("invalid_arguments")
    return {}


METHODS = {
    "views.open": Method(open_view, Tier.FOUR, (), True),
    "views.push": Method(push, Tier.FOUR, (), True),
    "views.update": Method(update, Tier.FOUR, (), True),
    "views.publish": Method(publish, Tier.FOUR, (), True),
    "blocks.validate": Method(validate, Tier.FOUR),
}
