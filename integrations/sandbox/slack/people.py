"""What a member does by hand: write, edit, delete, react, attach, look around."""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING

from integrations.sandbox.slack import files, messages
from integrations.sandbox.slack.chat import new_block_id
from integrations.sandbox.slack.rich_text import composed
from integrations.sandbox.slack.state import (
    conversation_named,
    member_named,
    message_at,
    workspace_named,
)
from integrations.sandbox.world import BadInputError

if TYPE_CHECKING:
    from integrations.sandbox.slack.model import (
        Conversation,
        Json,
        Member,
        Message,
        StoredFile,
        Workspace,
    )
    from integrations.sandbox.slack.state import State

LONGEST_TYPED = 12_000
BARE_LINK = re.compile(r"<?(https?://[^\s|>]+)")


class People:
    """Members at work. Places and people are given by id or name; every method raises
    BadInputError, naming the field, for what does not exist or may not be done."""

    def __init__(self, state: State) -> None:
        self._state = state

    def where(
        self, workspace: str, member: str, channel: str
    ) -> tuple[Workspace, Member, Conversation]:
        """The place and the person, who must be in it."""
        found = workspace_named(self._state, workspace)
        person = member_named(found, member)
        conversation = conversation_named(found, channel)
        if person.id not in conversation.members:
            raise BadInputError("member", "is not in this channel")
        return found, person, conversation

    def say(
        self,
        workspace: str,
        member: str,
        channel: str,
        text: str,
        *,
        thread_ts: str = "",
        broadcast: bool = False,
        shared: list[StoredFile] | None = None,
    ) -> Message:
        """Write a message, as typed into the composer; `/me …` makes a me_message."""
        place, person, conversation = self.where(workspace, member, channel)
        if conversation.archived:
            raise BadInputError("channel", "is archived")
        if not text.strip() and not shared:
            raise BadInputError("text", "must not be empty")
        if len(text) > LONGEST_TYPED:
            raise BadInputError("text", f"must be at most {LONGEST_TYPED} characters")
        parent = self._parent(conversation, thread_ts)
        if text.startswith("/me "):
            fields: Json = {
                "type": "message",
                "subtype": "me_message",
                "user": person.id,
                "text": text[4:],
            }
            return messages.add_message(self._state, place, conversation, fields, parent=parent)
        fields = self._typed(place, person, text)
        if shared:
            return files.share(self._state, place, conversation, shared, fields, parent)
        return messages.add_message(
            self._state,
            place,
            conversation,
            fields,
            parent=parent,
            broadcast=broadcast and parent is not None,
        )

    def _typed(self, place: Workspace, person: Member, text: str) -> Json:
        fields: Json = {
            "user": person.id,
            "type": "message",
            "client_msg_id": str(uuid.uuid4()),
            "text": "",
            "team": place.id,
        }
        if text.strip():
            fields["text"], fields["blocks"] = composed(text, new_block_id(self._state))
        return fields

    def mention(
        self,
        workspace: str,
        member: str,
        channel: str,
        text: str,
        app: str = "",
        thread_ts: str = "",
    ) -> Message:
        """Write a message that starts by mentioning an app's bot."""
        place = workspace_named(self._state, workspace)
        found = next((i for i in place.installations if not app or i.app.id == app), None)
        if found is None:
            raise BadInputError("app", "is not installed in this workspace")
        return self.say(
            workspace, member, channel, f"<@{found.bot_user}> {text}", thread_ts=thread_ts
        )

    def edit(self, workspace: str, member: str, channel: str, ts: str, text: str) -> Message:
        """Change one's own message."""
        place, person, conversation = self.where(workspace, member, channel)
        message = self._message(conversation, ts)
        if message.author != person.id or message.fields.get("subtype") == "tombstone":
            raise BadInputError("ts", "is not a message of this member")
        if not text.strip():
            raise BadInputError("text", "must not be empty")
        typed = self._typed(place, person, text)
        edited = {"user": person.id, "ts": f"{self._state.seconds()}.000000"}
        fields = {
            **message.fields,
            "text": typed["text"],
            "blocks": typed["blocks"],
            "edited": edited,
            "source_team": place.id,
            "user_team": place.id,
        }
        messages.change_message(self._state, place, conversation, message, fields)
        return message

    def delete(self, workspace: str, member: str, channel: str, ts: str) -> None:
        """Delete one's own message; an admin may delete any."""
        place, person, conversation = self.where(workspace, member, channel)
        message = self._message(conversation, ts)
        if message.author != person.id and not (person.admin or person.owner):
            raise BadInputError("ts", "is not a message of this member")
        messages.remove_message(self._state, place, conversation, message)

    def react(self, workspace: str, member: str, channel: str, ts: str, emoji: str) -> None:
        """Add a reaction. Raises also SlackApiError already_reacted."""
        place, person, conversation = self.where(workspace, member, channel)
        message = self._message(conversation, ts)
        name = self._emoji(emoji)
        messages.add_reaction(self._state, place, conversation, message, person.id, name)

    def unreact(self, workspace: str, member: str, channel: str, ts: str, emoji: str) -> None:
        """Take a reaction back. Raises also SlackApiError no_reaction."""
        place, person, conversation = self.where(workspace, member, channel)
        message = self._message(conversation, ts)
        name = self._emoji(emoji)
        messages.remove_reaction(self._state, place, conversation, message, person.id, name)

    def upload(
        self,
        workspace: str,
        member: str,
        channel: str,
        name: str,
        content: bytes,
        *,
        text: str = "",
        thread_ts: str = "",
        alt_text: str = "",
    ) -> Message:
        """Share a file, with words or without."""
        place, person, _ = self.where(workspace, member, channel)
        if not content:
            raise BadInputError("file", "must not be empty")
        file = files.new_file(self._state, place, person.id, name, len(content))
        file.content = content
        file.alt_text = alt_text
        file.complete = True
        return self.say(workspace, member, channel, text, thread_ts=thread_ts, shared=[file])

    def unfurl(self, workspace: str, channel: str, ts: str, title: str) -> None:
        """Let Slack add the preview of a message's first link, as it does seconds after it was
        written: a `message_changed` whose text is the same and that is not `edited`."""
        place = workspace_named(self._state, workspace)
        conversation = conversation_named(place, channel)
        message = self._message(conversation, ts)
        found = BARE_LINK.search(str(message.fields.get("text", "")))
        if found is None:
            raise BadInputError("ts", "is a message without a link")
        preview: Json = {
            "id": 1,
            "from_url": found.group(1),
            "original_url": found.group(1),
            "title": title,
            "title_link": found.group(1),
            "fallback": title,
        }
        fields = {**message.fields, "attachments": [preview]}
        messages.change_message(self._state, place, conversation, message, fields)

    def _parent(self, conversation: Conversation, thread_ts: str) -> Message | None:
        if not thread_ts:
            return None
        found = message_at(conversation, thread_ts)
        if found is None:
            raise BadInputError("thread_ts", "is not a message of this channel")
        return found.parent or found

    def _message(self, conversation: Conversation, ts: str) -> Message:
        found = message_at(conversation, ts)
        if found is None:
            raise BadInputError("ts", "is not a message of this channel")
        return found

    def _emoji(self, emoji: str) -> str:
        name = emoji.strip(":")
        if not name:
            raise BadInputError("emoji", "must be an emoji name")
        return name
