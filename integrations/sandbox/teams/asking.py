"""What people ask of the bot and wait for: buttons, dialogs, searches, message actions.

Source: "Invoke" activities of task modules, message extensions and universal actions. What the
bot answers is checked as Teams checks it, and shown.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any, Literal

from integrations.sandbox.teams.activities import message_payload
from integrations.sandbox.teams.cards import CARD_TYPE, CardError, actions, check_card
from integrations.sandbox.teams.courier import BotAnswer
from integrations.sandbox.teams.model import Dialog, Json, Member, Message, Workspace
from integrations.sandbox.teams.people import People, Place
from integrations.sandbox.teams.show import bot_html
from integrations.sandbox.world import BadInputError

MESSAGE_ANSWER = "application/vnd.microsoft.activity.message"
SEARCH_ANSWER = "application/vnd.microsoft.search.searchResponse"
MOST_FOUND = 15
"""A list of choices shows no more ("Typeahead search in Adaptive Cards")."""

THEME = {"theme": "default"}


@dataclass(slots=True)
class Outcome:
    """What a person sees after asking: a dialog, a line of text, a list of results, or a card.

    `error` is what Teams makes of an answer that it cannot use.
    """

    status: int
    body: Any = None
    dialog: Dialog | None = None
    message: str = ""
    results: list[Json] | None = None
    card: Json | None = None
    error: str = ""


@dataclass(slots=True)
class Asking:
    """Sends invokes and keeps the dialogs that the bot opens."""

    people: People

    async def press(self, place: Place, message_id: str, action: Json, inputs: Json) -> Outcome:
        """Press a button of a card. Raises BadInputError when the card has no such button."""
        message = place.message(message_id)
        card = shown_card(message, place.member)
        if card is None or not any(found == action for found in actions(card)):
            raise BadInputError("action", "is no button of this card")
        kind = action.get("type")
        if kind == "Action.Execute":
            return await self._execute(place, message, action, inputs, trigger="manual")
        if kind != "Action.Submit":
            raise BadInputError("action", "does not reach the bot")
        return await self._submit_action(place, message, action, inputs)

    async def _submit_action(
        self, place: Place, message: Message, action: Json, inputs: Json
    ) -> Outcome:
        data = action.get("data") or {}
        value: Any = {**data, **inputs} if isinstance(data, dict) else (data or inputs)
        teams: Any = data.get("msteams") if isinstance(data, dict) else None
        teams = teams if isinstance(teams, dict) else {}
        kind = teams.get("type")
        if kind == "task/fetch":
            answer = await self._invoke(
                place, "task/fetch", {"data": value, "context": THEME}, message
            )
            return self._dialog_outcome(place, answer, "task", message=message.id)
        if kind == "imBack":
            self.people.say(place, str(teams.get("value", "")))
            return Outcome(200)
        writer = self.people.writer
        if isinstance(value, dict):
            value.pop("msteams", None)
        activity = writer.submit(place.workspace, place.conversation, place.member, message, value)
        if kind == "messageBack":
            activity["text"] = str(teams.get("text", ""))
            activity["value"] = teams.get("value", value)
        self.people.courier.send(place.workspace.key, activity)
        return Outcome(200)

    async def _execute(
        self, place: Place, message: Message, action: Json, inputs: Json, trigger: str
    ) -> Outcome:
        data = action.get("data") or {}
        sent: Json = {
            "type": "Action.Execute",
            "id": action.get("id", ""),
            "verb": action.get("verb", ""),
            "data": {**data, **inputs} if isinstance(data, dict) else data,
        }
        value = {"action": sent, "trigger": trigger}
        answer = await self._invoke(place, "adaptiveCard/action", value, message)
        return self._card_outcome(place, message, answer)

    async def refresh(self, place: Place, message_id: str) -> Outcome:
        """Look at a card with a `refresh`: the clients of the first 60 users named ask anew."""
        message = place.message(message_id)
        card = shown_card(message, None)
        refresh = card.get("refresh") if card else None
        if not isinstance(refresh, dict) or not isinstance(refresh.get("action"), dict):
            raise BadInputError("message", "has no card that refreshes")
        if place.member.id not in (refresh.get("userIds") or [])[:60]:
            return Outcome(200)
        return await self._execute(place, message, refresh["action"], {}, trigger="automatic")

    def _card_outcome(self, place: Place, message: Message, answer: BotAnswer) -> Outcome:
        if not answer.fine or not isinstance(answer.body, dict):
            return Outcome(answer.status, answer.body, error="The app did not answer.")
        status = int(answer.body.get("statusCode", 200))
        kind: Any = answer.body.get("type")
        value: Any = answer.body.get("value")
        if kind == CARD_TYPE and status < 300:
            error = _card_error(value)
            if error:
                return Outcome(status, answer.body, error=error)
            message.views[place.member.id] = value
            self.people.changes.publish(
                "message_changed",
                place.workspace.key,
                place.conversation.id,
                message=message.id,
            )
            return Outcome(status, answer.body, card=value)
        if kind == MESSAGE_ANSWER:
            return Outcome(status, answer.body, message=str(value))
        error = str(value.get("message", "")) if isinstance(value, dict) else ""
        return Outcome(status, answer.body, error=error or "Something went wrong.")

    async def submit(self, workspace: Workspace, dialog_id: str, data: Json) -> Outcome:
        """Send what was typed into a dialog."""
        dialog = workspace.dialogs.get(dialog_id)
        if dialog is None:
            raise BadInputError("dialog", "is not open")
        place = self.people.place(workspace.key, dialog.member, dialog.conversation)
        message = place.conversation.messages.get(dialog.message)
        if dialog.origin == "task":
            value: Json = {"data": data, "context": THEME}
            answer = await self._invoke(place, "task/submit", value, message)
        else:
            value = self._command(place, dialog.command, dialog.command_context, message)
            value["data"] = data
            answer = await self._invoke(place, "composeExtension/submitAction", value, message)
        if answer.fine:
            self.close(workspace, dialog_id)
        return self._dialog_outcome(
            place,
            answer,
            dialog.origin,
            command=dialog.command,
            context=dialog.command_context,
            message=dialog.message,
        )

    async def typeahead(
        self, workspace: Workspace, dialog_id: str, data_set: str, typed: str
    ) -> Outcome:
        """Type into a choice set of a dialog that asks the bot for its choices."""
        dialog = workspace.dialogs.get(dialog_id)
        if dialog is None:
            raise BadInputError("dialog", "is not open")
        place = self.people.place(workspace.key, dialog.member, dialog.conversation)
        options = {"skip": 0, "top": MOST_FOUND}
        value = {"queryText": typed, "queryOptions": options, "dataset": data_set}
        answer = await self._invoke(place, "application/search", value, None)
        body = answer.body if isinstance(answer.body, dict) else {}
        found: Any = body.get("value")
        results = found.get("results") if isinstance(found, dict) else None
        if not answer.fine or body.get("type") != SEARCH_ANSWER or not isinstance(results, list):
            return Outcome(answer.status, answer.body, error="No results.")
        return Outcome(answer.status, body, results=results[:MOST_FOUND])

    def close(self, workspace: Workspace, dialog_id: str) -> None:
        """Close a dialog; the bot is not told."""
        dialog = workspace.dialogs.pop(dialog_id, None)
        if dialog is not None:
            self.people.changes.publish(
                "dialog_closed", workspace.key, dialog.conversation, dialog=dialog_id
            )

    async def command(
        self, place: Place, command: str, context: Literal["message", "compose"], message_id: str
    ) -> Outcome:
        """Choose a message action, or a command of the compose box, that opens a dialog."""
        message = place.message(message_id) if context == "message" else None
        value = self._command(place, command, context, message)
        answer = await self._invoke(
            place, "composeExtension/fetchTask", value, message, source=context
        )
        return self._dialog_outcome(
            place,
            answer,
            "composeExtension",
            command=command,
            context=context,
            message=message_id,
        )

    def _command(self, place: Place, command: str, context: str, message: Message | None) -> Json:
        value: Json = {
            "commandId": command,
            "commandContext": context,
            "requestId": uuid.uuid4().hex,
            "context": THEME,
        }
        if message is not None:
            html = message.html or bot_html(message.activity or {})
            value["messagePayload"] = message_payload(
                place.workspace, place.conversation, message, self._author(message), html
            )
        return value

    def _author(self, message: Message) -> Json:
        bot = self.people.world.bot
        author: Json = {"device": None, "conversation": None, "user": None, "application": None}
        if message.author == bot.id:
            author["application"] = {
                "applicationIdentityType": "bot",
                "id": bot.id.removeprefix("28:"),
                "displayName": bot.name,
            }
            return author
        person = self.people.world.member_by_id(message.author)
        author["user"] = {
            "userIdentityType": "aadUser",
            "id": person.aad_object_id if person else message.author,
            "displayName": person.name if person else None,
        }
        return author

    async def search(self, place: Place, command: str, parameter: str, query: str) -> Outcome:
        """Search in the compose box."""
        value = {
            "commandId": command,
            "parameters": [{"name": parameter, "value": query}],
            "queryOptions": {"skip": 0, "count": 25},
        }
        answer = await self._invoke(place, "composeExtension/query", value, None, "compose")
        return self._results_outcome(answer)

    async def unfurl(self, place: Place, url: str) -> Outcome:
        """Paste a link that the app's manifest claims."""
        answer = await self._invoke(
            place, "composeExtension/queryLink", {"url": url}, None, "compose"
        )
        return self._results_outcome(answer)

    async def select(self, place: Place, item: Any) -> Outcome:
        """Choose a search result that asks the bot for more."""
        answer = await self._invoke(place, "composeExtension/selectItem", item, None, "compose")
        return self._results_outcome(answer)

    async def _invoke(
        self,
        place: Place,
        name: str,
        value: Json,
        message: Message | None,
        source: str = "message",
    ) -> BotAnswer:
        activity = self.people.writer.invoke(
            place.workspace,
            place.conversation,
            place.member,
            name,
            value,
            message=message,
            source=source,
        )
        return await self.people.courier.post(activity)

    def _results_outcome(self, answer: BotAnswer) -> Outcome:
        body = answer.body if isinstance(answer.body, dict) else {}
        extension = body.get("composeExtension")
        if not answer.fine or not isinstance(extension, dict):
            return Outcome(answer.status, answer.body, error="Unable to reach app.")
        if extension.get("type") == "message":
            return Outcome(answer.status, body, message=str(extension.get("text", "")))
        results = extension.get("attachments") or []
        for found in results:
            if found.get("contentType") == CARD_TYPE:
                error = _card_error(found.get("content"))
                if error:
                    return Outcome(answer.status, body, error=error)
        return Outcome(answer.status, body, results=results)

    def _dialog_outcome(
        self,
        place: Place,
        answer: BotAnswer,
        origin: Literal["task", "composeExtension"],
        *,
        command: str = "",
        context: str = "",
        message: str = "",
    ) -> Outcome:
        body = answer.body if isinstance(answer.body, dict) else {}
        if not answer.fine:
            return Outcome(answer.status, answer.body, error="Unable to reach app.")
        task = body.get("task")
        if not isinstance(task, dict):
            return (
                self._results_outcome(answer)
                if body.get("composeExtension")
                else Outcome(answer.status, body)
            )
        value = task.get("value")
        if task.get("type") == "message":
            return Outcome(answer.status, body, message=str(value))
        if not isinstance(value, dict):
            return Outcome(answer.status, body, error="Something went wrong.")
        card = value.get("card")
        content = card.get("content") if isinstance(card, dict) else None
        error = _card_error(content) if content is not None or not value.get("url") else ""
        if error:
            return Outcome(answer.status, body, error=error)
        dialog = Dialog(
            id=str(uuid.uuid4()),
            member=place.member.key,
            conversation=place.conversation.id,
            title=str(value.get("title") or ""),
            card=content,
            url=str(value.get("url") or ""),
            origin=origin,
            command=command,
            command_context=context,
            message=message,
        )
        place.workspace.dialogs[dialog.id] = dialog
        self.people.changes.publish(
            "dialog",
            place.workspace.key,
            place.conversation.id,
            dialog=dialog.id,
            member=place.member.key,
        )
        return Outcome(answer.status, body, dialog=dialog)


def shown_card(message: Message, member: Member | None) -> Json | None:
    """The Adaptive Card that a person sees in a message of the bot, if any."""
    if member is not None and member.id in message.views:
        return message.views[member.id]
    for attachment in (message.activity or {}).get("attachments") or ():
        content = attachment.get("content")
        if attachment.get("contentType") == CARD_TYPE and isinstance(content, dict):
            return content
    return None


def _card_error(card: Any) -> str:
    try:
        check_card(card)
    except CardError as error:
        return f"The card cannot be shown: {error}"
    return ""
