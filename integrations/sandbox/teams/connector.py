"""The Bot Connector REST API as far as Teams answers it: conversations and activities.

Source: Bot Connector REST API reference, and the Teams pages named in `refusals` and `pace`.
Every route also answers below a prefix, because service URLs have one (`/amer/{tenant}/`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aiohttp import web

from integrations.sandbox.teams.checks import check_activity, splits
from integrations.sandbox.teams.gate import Call, Gate
from integrations.sandbox.teams.model import THREAD_MARK, Conversation, Json, Member, Message
from integrations.sandbox.teams.pace import REACTIONS, SENDING
from integrations.sandbox.teams.refusals import (
    RefusalError,
    activity_not_found,
    bad_argument,
    bad_syntax,
    conversation_not_found,
    not_in_roster,
    not_permitted,
    writes_blocked,
)
from integrations.sandbox.world import Changes

PREFIX = "/{prefix:(?:[^/]+/){0,3}?}v3"


@dataclass(slots=True)
class Connector:
    """What bots do to conversations and messages. All state is in `gate.world`."""

    gate: Gate
    changes: Changes

    def routes(self) -> list[web.RouteDef]:
        """The routes, each below any prefix of up to three segments."""
        activity = PREFIX + "/conversations/{conversation}/activities/{activity}"
        return [
            web.post(PREFIX + "/conversations", self.create_conversation),
            web.post(PREFIX + "/conversations/{conversation}/activities", self.post_activity),
            web.post(activity, self.post_activity),
            web.put(activity, self.put_activity),
            web.delete(activity, self.delete_activity),
            web.put(activity + "/reactions/{reaction}", self.put_reaction),
            web.delete(activity + "/reactions/{reaction}", self.delete_reaction),
        ]

    async def create_conversation(self, request: web.Request) -> web.Response:
        """A new thread in a channel, or the personal chat with one person."""
        return await self.gate.answer(
            request, "POST conversations", self._create, SENDING, write=True
        )

    def _create(self, call: Call) -> tuple[int, Any, str]:
        activity = call.body.get("activity")
        if activity is not None and not isinstance(activity, dict):
            raise bad_syntax("activity is no object")
        if call.place is not None:
            if not activity:
                raise bad_syntax("Incorrect conversation creation parameters: no activity")
            self._may_write(call)
            message_id = self._post(call, call.place, "", activity)
            answer = {"id": f"{call.place.id}{THREAD_MARK}{message_id}", "activityId": message_id}
            return 201, answer, message_id
        chat = self._personal_chat(call)
        call.place = chat
        message_id = self._post(call, chat, "", activity) if activity else ""
        answer = {"id": chat.id}
        if message_id:
            answer["activityId"] = message_id
        return 201, answer, message_id

    def _personal_chat(self, call: Call) -> Conversation:
        members = call.body.get("members")
        if not isinstance(members, list) or len(members) != 1 or not isinstance(members[0], dict):
            raise bad_syntax("Incorrect conversation creation parameters: one member is needed")
        person = call.workspace.find_member(str(members[0].get("id", "")))
        if person is None:
            raise bad_syntax("Invalid user identity in provided tenant")
        if not call.workspace.installed:
            raise RefusalError(
                403, "ForbiddenOperationException", "Bot is not installed in user's personal scope"
            )
        if person.blocked_bot:
            raise writes_blocked()
        return self.gate.world.add_chat(call.workspace, [person.id], "personal")

    def _may_write(self, call: Call) -> None:
        if call.place is None:
            raise conversation_not_found()
        if call.place.kind == "personal":
            person = self.gate.world.member_by_id(call.place.members[0])
            if person is not None and person.blocked_bot:
                raise writes_blocked()
        if not call.workspace.installed:
            raise not_in_roster()
        if call.workspace.archived and call.place.kind == "channel":
            raise writes_blocked()

    def _post(self, call: Call, place: Conversation, root: str, activity: Json) -> str:
        """Store a bot's activity as one message or several. Answers the usable id, if any."""
        check_activity(activity)
        if activity.get("type") == "typing":
            return ""
        if not splits(activity):
            return self._store(call, place, root, activity).id
        text = activity.get("text")
        if text:
            self._store(call, place, root, {**activity, "attachments": []})
        for attachment in activity.get("attachments") or ():
            alone = {**activity, "text": "", "attachments": [attachment], "entities": []}
            self._store(call, place, root, alone)
        return ""

    def _store(self, call: Call, place: Conversation, root: str, activity: Json) -> Message:
        now = self.gate.clock()
        recipient = activity.get("recipient")
        targeted = call.request.query.get("isTargetedActivity") == "true" or (
            isinstance(recipient, dict) and recipient.get("isTargeted") is True
        )
        visible_to = ""
        if targeted:
            visible_to = self._target(call, recipient).id
        message = Message(
            id=place.next_id(now),
            conversation=place.id,
            root=root,
            author=self.gate.world.bot.id,
            created=now,
            changed=place.next_change(),
            text=str(activity.get("text") or ""),
            activity=activity,
            visible_to=visible_to,
        )
        place.messages[message.id] = message
        self._touch_root(place, message)
        self.changes.publish("message", call.workspace.key, place.id, message=message.id)
        return message

    def _target(self, call: Call, recipient: Any) -> Member:
        key = recipient.get("id") if isinstance(recipient, dict) else None
        person = call.workspace.find_member(str(key))
        if person is None:
            raise bad_argument("A targeted message needs a recipient in the conversation")
        return person

    def _touch_root(self, place: Conversation, message: Message) -> None:
        root = place.messages.get(message.root)
        if root is not None:
            root.changed = place.next_change()

    async def post_activity(self, request: web.Request) -> web.Response:
        """Send to a conversation, or reply to an activity."""
        return await self.gate.answer(request, "POST activities", self._send, SENDING, write=True)

    def _send(self, call: Call) -> tuple[int, Any, str]:
        place = call.place
        if place is None:
            raise conversation_not_found()
        self._may_write(call)
        root = call.root
        # In a channel only the thread id routes; "reply to activity" names any message of it.
        answered = call.request.match_info.get("activity")
        if answered:
            known = place.messages.get(answered)
            if known is None:
                raise activity_not_found()
            root = root or known.thread
        if place.kind != "channel":
            root = ""
        elif root and root not in place.messages:
            raise activity_not_found()
        message_id = self._post(call, place, root, call.body)
        return 201, ({"id": message_id} if message_id else {}), message_id

    def _own_message(self, call: Call) -> tuple[Conversation, Message]:
        place = call.place
        if place is None:
            raise conversation_not_found()
        self._may_write(call)
        message = place.messages.get(call.request.match_info["activity"])
        if message is None or message.deleted is not None:
            raise activity_not_found()
        if message.author != self.gate.world.bot.id:
            raise not_permitted("The message was not sent by the bot.")
        return place, message

    async def put_activity(self, request: web.Request) -> web.Response:
        """Replace one of the bot's messages."""
        return await self.gate.answer(request, "PUT activity", self._update, SENDING, write=True)

    def _update(self, call: Call) -> tuple[int, Any, str]:
        place, message = self._own_message(call)
        check_activity(call.body)
        if splits(call.body):
            raise bad_argument("A message cannot become several: send text and card separately")
        message.activity = call.body
        message.text = str(call.body.get("text") or "")
        message.views.clear()
        message.edited = self.gate.clock()
        self._changed(call, place, message, "message_changed")
        return 200, {"id": message.id}, message.id

    async def delete_activity(self, request: web.Request) -> web.Response:
        """Delete one of the bot's messages; a root leaves its replies."""
        return await self.gate.answer(request, "DELETE activity", self._delete, SENDING, write=True)

    def _delete(self, call: Call) -> tuple[int, Any, str]:
        place, message = self._own_message(call)
        message.deleted = self.gate.clock()
        self._changed(call, place, message, "message_deleted")
        return 200, None, message.id

    def _changed(self, call: Call, place: Conversation, message: Message, kind: str) -> None:
        message.changed = place.next_change()
        self._touch_root(place, message)
        self.changes.publish(kind, call.workspace.key, place.id, message=message.id)

    async def put_reaction(self, request: web.Request) -> web.Response:
        """The bot reacts to a message."""
        return await self.gate.answer(request, "PUT reaction", self._react, REACTIONS, write=True)

    async def delete_reaction(self, request: web.Request) -> web.Response:
        """The bot takes its reaction back."""
        return await self.gate.answer(
            request, "DELETE reaction", self._react, REACTIONS, write=True
        )

    def _react(self, call: Call) -> tuple[int, Any, str]:
        place = call.place
        if place is None:
            raise conversation_not_found()
        self._may_write(call)
        message = place.messages.get(call.request.match_info["activity"])
        if message is None or message.deleted is not None:
            raise activity_not_found()
        reaction = call.request.match_info["reaction"]
        people = message.reactions.setdefault(reaction, [])
        bot = self.gate.world.bot.id
        if call.method.startswith("PUT") and bot not in people:
            people.append(bot)
        elif call.method.startswith("DELETE") and bot in people:
            people.remove(bot)
        if not people:
            del message.reactions[reaction]
        self._changed(call, place, message, "reactions")
        return 200, None, message.id
