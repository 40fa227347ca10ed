"""What a member does with an app: commands, buttons, dialogs, shortcuts, App Home.

Payloads: docs.slack.dev/reference/interaction-payloads and
docs.slack.dev/interactivity/implementing-slash-commands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from integrations.sandbox.slack.forms import (
    action_of,
    find_element,
    missing_inputs,
    state_values,
    suggested,
)
from integrations.sandbox.slack.model import App, Installation, Json, ResponseUrl, SlackApiError
from integrations.sandbox.slack.responses import show_command_answer
from integrations.sandbox.slack.state import (
    direct_message,
    member_named,
    message_at,
    workspace_named,
)
from integrations.sandbox.slack.views import (
    close_views,
    new_view,
    push_view,
    replace_view,
    tell_modal,
)
from integrations.sandbox.world import BadInputError

if TYPE_CHECKING:
    from integrations.sandbox.slack.events import Answer, Outgoing
    from integrations.sandbox.slack.model import Conversation, Member, Message, Workspace
    from integrations.sandbox.slack.people import People
    from integrations.sandbox.slack.state import State

FAILED = {"http_timeout": "operation_timeout"}


class Interactions:
    """Each method answers `{"ok": …}` and, when the app failed, Slack's word for it in `error`.

    Raises BadInputError, naming the field, for what does not exist. Waits up to 3 seconds.
    """

    def __init__(self, state: State, people: People, outgoing: Outgoing) -> None:
        self._state = state
        self._people = people
        self._outgoing = outgoing

    async def command(self, workspace: str, member: str, channel: str, text: str) -> Json:
        """Type a slash command, such as `/exchange help`."""
        place, person, conversation = self._people.where(workspace, member, channel)
        name, _, rest = text.strip().partition(" ")
        installation = next(
            (i for i in place.installations if i.active and name in i.app.commands), None
        )
        if installation is None:
            raise BadInputError("text", f"{name} is not a valid command")
        response_url = self._response_url("commands", place, installation, person, conversation)
        fields = {
            "token": installation.app.verification_token,
            "team_id": place.id,
            "team_domain": place.domain,
            "channel_id": conversation.id,
            "channel_name": _shown_name(conversation),
            "user_id": person.id,
            "user_name": person.name,
            "command": name,
            "text": rest.strip(),
            "api_app_id": installation.app.id,
            "is_enterprise_install": "false",
            "response_url": response_url,
            "trigger_id": self._state.new_trigger(place.id, person.id, installation.app.id),
        }
        answer = await self._outgoing.command(installation.app, fields)
        if answer.reason:
            return _failure(answer)
        shown = show_command_answer(self._state, place, self._place_of(response_url), answer.body)
        return {"ok": True, "shown": shown}

    async def press(
        self,
        workspace: str,
        member: str,
        *,
        action_id: str,
        block_id: str = "",
        channel: str = "",
        ts: str = "",
        view_id: str = "",
        chosen: Json | None = None,
    ) -> Json:
        """Press a button or choose in a menu, on a message (`channel`, `ts`) or in a view."""
        if view_id:
            return await self._press_in_view(
                workspace, member, view_id, action_id, block_id, chosen or {}
            )
        place, person, conversation = self._people.where(workspace, member, channel)
        message = message_at(conversation, ts)
        private = next(
            (e for e in conversation.ephemerals if e["ts"] == ts and e["to"] == person.id), None
        )
        shown = message.as_json() if message is not None else private
        if shown is None:
            raise BadInputError("ts", "is not a message of this channel")
        installation = self._owner(place, str(shown.get("app_id", "")))
        block, element = find_element(shown.get("blocks", []), action_id, block_id)
        url = self._response_url(
            "actions",
            place,
            installation,
            person,
            conversation,
            **{"message_ts" if message is not None else "ephemeral_ts": ts},
        )
        payload = self._head("block_actions", place, person, installation)
        payload["container"] = _container(conversation, shown, private is not None)
        payload["channel"] = {"id": conversation.id, "name": _shown_name(conversation)}
        if message is not None:
            payload["message"] = shown
        payload["state"] = {"values": {}}
        payload["response_url"] = url
        payload["actions"] = [action_of(block, element, chosen or {}, self._state.event_ts())]
        return _plain(await self._outgoing.interact(installation.app, payload))

    async def _press_in_view(
        self,
        workspace: str,
        member: str,
        view_id: str,
        action_id: str,
        block_id: str,
        chosen: Json,
    ) -> Json:
        place = workspace_named(self._state, workspace)
        person = member_named(place, member)
        view = place.views.get(view_id)
        if view is None:
            raise BadInputError("view_id", "is not an open view")
        installation = self._owner(place, str(view["app_id"]))
        block, element = find_element(view["blocks"], action_id, block_id)
        payload = self._head("block_actions", place, person, installation)
        payload["container"] = {"type": "view", "view_id": view_id}
        payload["view"] = view
        payload["actions"] = [action_of(block, element, chosen, self._state.event_ts())]
        return _plain(await self._outgoing.interact(installation.app, payload))

    async def submit(self, workspace: str, member: str, values: Json, view_id: str = "") -> Json:
        """Submit the dialog on top. `values` are by block id or action id: words, an option's
        value, a list of them, or the full state of an element."""
        place = workspace_named(self._state, workspace)
        person = member_named(place, member)
        view = self._top(place, person, view_id)
        view["state"] = {"values": state_values(view["blocks"], values)}
        missing = missing_inputs(view)
        if missing:
            return {"ok": False, "result": "errors", "errors": missing}
        installation = self._owner(place, str(view["app_id"]))
        payload = self._head("view_submission", place, person, installation)
        payload["view"] = view
        payload["response_urls"] = []
        answer = await self._outgoing.interact(installation.app, payload)
        if answer.reason:
            return _failure(answer)
        return self._after_submit(place, person, installation, view, answer.body)

    def _after_submit(
        self, place: Workspace, person: Member, installation: Installation, view: Json, body: Any
    ) -> Json:
        action = body.get("response_action") if isinstance(body, dict) else None
        if action == "errors":
            return {"ok": False, "result": "errors", "errors": body.get("errors", {})}
        try:
            if action == "update":
                if body["view"].get("type") != "modal":
                    raise SlackApiError("invalid_arguments")
                new = new_view(
                    self._state, place, installation, {**body["view"], "external_id": ""}
                )
                del place.views[new["id"]]
                replace_view(self._state, view, body["view"])
                tell_modal(self._state, place, person.id)
                return {"ok": True, "result": "updated", "view": view}
            if action == "push":
                made = push_view(self._state, place, installation, person.id, body["view"])
                return {"ok": True, "result": "pushed", "view": made}
        except SlackApiError as error:
            return {"ok": False, "result": "failed", "error": error.code, **error.extra}
        if view["id"] in place.modals.get(person.id, []):
            close_views(self._state, place, person.id, all_of_them=action == "clear")
        return {"ok": True, "result": "cleared" if action == "clear" else "closed"}

    async def close(self, workspace: str, member: str, view_id: str = "") -> Json:
        """Cancel the dialog on top; the app hears of it if it asked to."""
        place = workspace_named(self._state, workspace)
        person = member_named(place, member)
        view = self._top(place, person, view_id)
        close_views(self._state, place, person.id, all_of_them=False)
        if not view["notify_on_close"]:
            return {"ok": True}
        installation = self._owner(place, str(view["app_id"]))
        payload = self._head("view_closed", place, person, installation)
        del payload["trigger_id"]
        payload.update({"view": view, "is_cleared": False})
        return _plain(await self._outgoing.interact(installation.app, payload))

    async def suggest(
        self,
        workspace: str,
        member: str,
        *,
        view_id: str,
        action_id: str,
        block_id: str,
        typed: str,
    ) -> Json:
        """Type into a menu with options from outside; answers `options` or `option_groups`.

        Source: docs.slack.dev/reference/interaction-payloads/block_suggestion-payload.
        """
        place = workspace_named(self._state, workspace)
        person = member_named(place, member)
        view = place.views.get(view_id)
        if view is None:
            raise BadInputError("view_id", "is not an open view")
        block, element = find_element(view["blocks"], action_id, block_id)
        if not str(element.get("type")).endswith("external_select"):
            raise BadInputError("action_id", "is not a menu with options from outside")
        installation = self._owner(place, str(view["app_id"]))
        payload = self._head("block_suggestion", place, person, installation)
        del payload["trigger_id"]
        payload["container"] = {"type": "view", "view_id": view_id}
        payload.update({"view": view, "block_id": block["block_id"], "action_id": action_id})
        payload["value"] = typed
        answer = await self._outgoing.interact(installation.app, payload)
        return _failure(answer) if answer.reason else suggested(answer.body)

    def open_home(self, workspace: str, member: str, app: str = "", tab: str = "home") -> Json:
        """Look at an app's Home (or messages) tab; answers the view published before, if any."""
        place = workspace_named(self._state, workspace)
        person = member_named(place, member)
        installation = self._owner(place, app)
        conversation = direct_message(self._state, place, person.id, installation.bot_user)
        view = place.views.get(place.homes.get((person.id, installation.app.id), ""))
        event: Json = {
            "type": "app_home_opened",
            "user": person.id,
            "channel": conversation.id,
            "tab": tab,
            "event_ts": self._state.event_ts(),
        }
        if view is not None and tab == "home":
            event["view"] = view
        self._state.events.emit(place, event, only=installation)
        return {"ok": True, "view": view, "channel": conversation.id}

    async def shortcut(
        self, workspace: str, member: str, callback_id: str, channel: str = "", ts: str = ""
    ) -> Json:
        """Use a shortcut: on a message when `ts` is given, otherwise a global one."""
        place = workspace_named(self._state, workspace)
        person = member_named(place, member)
        installation = self._offering(place, callback_id)
        if not ts:
            payload = self._head("shortcut", place, person, installation)
            payload.update({"callback_id": callback_id, "action_ts": self._state.event_ts()})
            return _plain(await self._outgoing.interact(installation.app, payload))
        _, _, conversation = self._people.where(workspace, member, channel)
        message = message_at(conversation, ts)
        if message is None:
            raise BadInputError("ts", "is not a message of this channel")
        payload = self._message_action(place, person, installation, conversation, message)
        payload["callback_id"] = callback_id
        return _plain(await self._outgoing.interact(installation.app, payload))

    def _message_action(
        self,
        place: Workspace,
        person: Member,
        installation: Installation,
        conversation: Conversation,
        message: Message,
    ) -> Json:
        payload = self._head("message_action", place, person, installation)
        url = self._response_url("app", place, installation, person, conversation)
        payload.update(
            {
                "action_ts": self._state.event_ts(),
                "channel": {"id": conversation.id, "name": _shown_name(conversation)},
                "message_ts": message.ts,
                "message": message.as_json(),
                "response_url": url,
            }
        )
        return payload

    def _offering(self, place: Workspace, callback_id: str) -> Installation:
        for installation in place.installations:
            offered = {str(s.get("callback_id")) for s in installation.app.shortcuts}
            if installation.active and callback_id in offered:
                return installation
        raise BadInputError("callback_id", "is not a shortcut of an app installed here")

    def _owner(self, place: Workspace, app_id: str) -> Installation:
        for installation in place.installations:
            if installation.active and app_id in ("", installation.app.id):
                return installation
        raise BadInputError("app", "is not installed in this workspace")

    def _top(self, place: Workspace, person: Member, view_id: str) -> Json:
        stack = place.modals.get(person.id, [])
        if not stack or (view_id and view_id != stack[-1]):
            raise BadInputError("view_id", "is not the dialog on top")
        return place.views[stack[-1]]

    def _head(
        self, kind: str, place: Workspace, person: Member, installation: Installation
    ) -> Json:
        app: App = installation.app
        return {
            "type": kind,
            "user": {
                "id": person.id,
                "username": person.name,
                "name": person.name,
                "team_id": place.id,
            },
            "api_app_id": app.id,
            "token": app.verification_token,
            "trigger_id": self._state.new_trigger(place.id, person.id, app.id),
            "team": {"id": place.id, "domain": place.domain},
            "enterprise": None,
            "is_enterprise_install": False,
        }

    def _response_url(
        self,
        kind: str,
        place: Workspace,
        installation: Installation,
        person: Member,
        conversation: Conversation,
        **where: Any,
    ) -> str:
        return self._state.new_response_url(
            kind, place, installation.app.id, person.id, conversation=conversation.id, **where
        )

    def _place_of(self, response_url: str) -> ResponseUrl:
        key = "/".join(response_url.rsplit("/", 3)[1:])
        return self._state.response_urls[key]


def _shown_name(conversation: Conversation) -> str:
    hidden = {"im": "directmessage", "private": "privategroup", "mpim": "mpdm"}
    return hidden.get(conversation.kind, conversation.name)


def _container(conversation: Conversation, shown: Json, ephemeral: bool) -> Json:
    container = {
        "type": "message",
        "message_ts": shown["ts"],
        "channel_id": conversation.id,
        "is_ephemeral": ephemeral,
    }
    if shown.get("thread_ts"):
        container["thread_ts"] = shown["thread_ts"]
    return container


def _failure(answer: Answer) -> Json:
    return {
        "ok": False,
        "error": FAILED.get(answer.reason, "dispatch_failed"),
        "status": answer.status,
    }


def _plain(answer: Answer) -> Json:
    return _failure(answer) if answer.reason else {"ok": True}
