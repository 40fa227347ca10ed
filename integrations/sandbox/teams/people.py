"""What people do in Teams: write, edit, delete, react, attach, come and go.

Each act changes the world, tells the page, and sends the bot what Teams would send. The bot
never hears of its own messages.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from integrations.sandbox.teams.activities import Writer, image_url
from integrations.sandbox.teams.compose import Composed, Person, compose
from integrations.sandbox.teams.courier import Courier
from integrations.sandbox.teams.model import (
    Conversation,
    Json,
    Member,
    Message,
    StoredFile,
    Workspace,
    World,
    split_thread,
)
from integrations.sandbox.world import BadInputError, Changes, Clock

LARGEST_UPLOAD = 20 * 1024 * 1024
INSTALL_ACTIONS = ("add", "remove", "add-upgrade", "remove-upgrade")
TEAM_EVENTS = ("teamArchived", "teamUnarchived", "teamDeleted", "teamRestored")


@dataclass(slots=True)
class Upload:
    """A file on its way into a message; `inline` images stand in the text."""

    name: str
    content_type: str
    content: bytes
    alt: str = ""
    inline: bool = False


@dataclass(slots=True)
class Place:
    """Where something happens: the workspace, the person, the conversation and the thread."""

    workspace: Workspace
    member: Member
    conversation: Conversation
    root: str = ""

    def message(self, message_id: str) -> Message:
        """A message that is still there. Raises BadInputError."""
        found = self.conversation.messages.get(message_id)
        if found is None or found.deleted is not None:
            raise BadInputError("message", "is no message here")
        return found


@dataclass(slots=True)
class People:
    """Acts for people. Nothing here waits for the bot."""

    world: World
    writer: Writer
    courier: Courier
    changes: Changes
    clock: Clock

    def place(self, workspace: Any, member: Any, conversation: Any, thread: Any = "") -> Place:
        """Find a place by keys, ids or names. Raises BadInputError naming the wrong one.

        The conversation `bot` (or an empty one) is the person's chat with the bot.
        """
        found = self.world.workspace(workspace)
        person = found.member(str(member))
        if conversation in (None, "", "bot"):
            return Place(found, person, self.world.add_chat(found, [person.id], "personal"))
        where = found.conversation(str(conversation))
        if where.kind != "channel" and person.id not in where.members:
            raise BadInputError("member", "is not in this chat")
        root = str(thread or split_thread(str(conversation))[1])
        if root and root not in where.messages:
            raise BadInputError("thread", "is no message here")
        if root:
            root = where.messages[root].thread
        return Place(found, person, where, root if where.kind == "channel" else "")

    def hears(self, place: Place, message: Message) -> bool:
        """Whether the bot gets this message: chats, mentions, or consent to read the channel."""
        if not place.workspace.installed:
            return False
        if place.conversation.kind == "personal":
            return True
        bot = self.world.bot.id
        if any(mention["mentioned"]["id"] == bot for mention in message.mentions):
            return True
        # Shared and private channels do not deliver without a mention.
        return place.workspace.reads_all and place.conversation.channel_type == "standard"

    def say(
        self, place: Place, text: str, *, mention: bool = False, uploads: Sequence[Upload] = ()
    ) -> Message:
        """Write a message, with `mention` beginning with the bot's name."""
        if place.workspace.archived and place.conversation.kind == "channel":
            raise BadInputError("workspace", "is archived")
        files = [self._store(upload) for upload in uploads]
        composed = self._compose(place, text, files, mention=mention)
        if not composed.text and not files:
            raise BadInputError("text", "is empty")
        now = self.clock()
        where = place.conversation
        message = Message(
            id=where.next_id(now),
            conversation=where.id,
            root=place.root,
            author=place.member.id,
            created=now,
            changed=where.next_change(),
            typed=f"@{self.world.bot.name} {text}" if mention else text,
            text=composed.text,
            html=composed.html,
            mentions=composed.mentions,
            files=files,
        )
        where.messages[message.id] = message
        self._touch_root(where, message)
        self.changes.publish("message", place.workspace.key, where.id, message=message.id)
        if self.hears(place, message):
            self._send(place, self.writer.message(place.workspace, where, place.member, message))
        return message

    def edit(self, place: Place, message_id: str, text: str) -> Message:
        """Change one's own message. Raises BadInputError for another's, or an empty text."""
        message = self._own(place, message_id)
        heard = self.hears(place, message)
        composed = self._compose(place, text, message.files)
        if not composed.text and not message.files:
            raise BadInputError("text", "is empty")
        message.typed, message.text, message.html = text, composed.text, composed.html
        message.mentions = composed.mentions
        message.edited = self.clock()
        self._changed(place, message, "message_changed")
        if place.workspace.hears_edits and (heard or self.hears(place, message)):
            self._update(place, message, "editMessage")
        return message

    def delete(self, place: Place, message_id: str) -> Message:
        """Delete one's own message; replies stay."""
        message = self._own(place, message_id)
        message.deleted = self.clock()
        self._changed(place, message, "message_deleted")
        if place.workspace.hears_edits and self.hears(place, message):
            activity = self.writer.message_delete(
                place.workspace, place.conversation, place.member, message
            )
            self._send(place, activity)
        return message

    def undelete(self, place: Place, message_id: str) -> Message:
        """Bring one's own deleted message back."""
        message = place.conversation.messages.get(message_id)
        if message is None or message.deleted is None or message.author != place.member.id:
            raise BadInputError("message", "is no deleted message of this person")
        message.deleted = None
        self._changed(place, message, "message_changed")
        if place.workspace.hears_edits and self.hears(place, message):
            self._update(place, message, "undeleteMessage")
        return message

    def react(self, place: Place, message_id: str, reaction: str, *, added: bool) -> Message:
        """React to anyone's message, or take the reaction back."""
        message = place.message(message_id)
        if not reaction:
            raise BadInputError("reaction", "is empty")
        people = message.reactions.setdefault(reaction, [])
        if added == (place.member.id in people):
            return message
        if added:
            people.append(place.member.id)
        else:
            people.remove(place.member.id)
        if not people:
            del message.reactions[reaction]
        self._changed(place, message, "reactions")
        own = message.author == self.world.bot.id
        if place.workspace.installed and (own or place.workspace.reacts_everywhere):
            activity = self.writer.reaction(
                place.workspace, place.conversation, place.member, message, reaction, added=added
            )
            self._send(place, activity)
        return message

    # Coming and going

    def open_chat(self, workspace: Workspace, member: Member) -> Conversation:
        """Open the chat with the bot; the first time, the bot is told."""
        known = len(workspace.conversations)
        chat = self.world.add_chat(workspace, [member.id], "personal")
        if len(workspace.conversations) > known and workspace.installed:
            joined = [
                {"id": self.world.bot.id},
                {"id": member.id, "aadObjectId": member.aad_object_id},
            ]
            self._update_of(workspace, chat, member, "", membersAdded=joined)
            self._installed(workspace, chat, member, "add")
        self.changes.publish("conversation", workspace.key, chat.id)
        return chat

    def add_group_chat(self, workspace: Workspace, members: list[str], name: str) -> Conversation:
        """Somebody makes a group chat with the bot in it."""
        chat = self.world.add_chat(workspace, members, "groupChat", name)
        if workspace.installed:
            bot = [{"id": self.world.bot.id}]
            maker = self.world.member_by_id(members[0])
            self._update_of(workspace, chat, maker, "", membersAdded=bot)
            self._installed(workspace, chat, maker, "add")
        self.changes.publish("conversation", workspace.key, chat.id)
        return chat

    def install(
        self, workspace: Workspace, member: Member | None, action: str, channel: str = ""
    ) -> None:
        """Add, remove or upgrade the app in the team. `channel` is where an owner wants it."""
        if action not in INSTALL_ACTIONS:
            raise BadInputError("action", f"must be one of {', '.join(INSTALL_ACTIONS)}")
        place = workspace.conversation(channel or workspace.team_id, "conversation")
        general = workspace.conversation(workspace.team_id)
        bot = [{"id": self.world.bot.id}]
        if action == "add":
            workspace.installed = True
            self._update_of(workspace, general, member, "teamMemberAdded", membersAdded=bot)
        elif action == "remove":
            workspace.installed = False
            self._update_of(workspace, general, member, "teamMemberRemoved", membersRemoved=bot)
        self._installed(workspace, place, member, action)
        self.changes.publish("workspace", workspace.key)

    def join(self, workspace: Workspace, key: str, name: str, **details: Any) -> Member:
        """Somebody joins the team."""
        member = self.world.add_member(workspace, key, name, **details)
        joined = [{"id": member.id, "aadObjectId": member.aad_object_id}]
        self._team_event(workspace, member, "teamMemberAdded", membersAdded=joined)
        return member

    def leave(self, workspace: Workspace, member: Member) -> None:
        """Somebody leaves the team."""
        del workspace.members[member.key]
        left = [{"id": member.id, "aadObjectId": member.aad_object_id}]
        self._team_event(workspace, member, "teamMemberRemoved", membersRemoved=left)

    def add_channel(
        self, workspace: Workspace, member: Member | None, name: str, channel_type: str
    ) -> Conversation:
        """Somebody makes a channel."""
        channel = self.world.add_channel(workspace, name, channel_type=channel_type)
        self._channel_event(workspace, channel, member, "channelCreated")
        return channel

    def rename_channel(
        self, workspace: Workspace, channel: Conversation, member: Member | None, name: str
    ) -> None:
        """Somebody renames a channel."""
        if not name:
            raise BadInputError("name", "is empty")
        channel.name = name
        self._channel_event(workspace, channel, member, "channelRenamed")

    def remove_channel(
        self, workspace: Workspace, channel: Conversation, member: Member | None
    ) -> None:
        """Somebody deletes a channel. General cannot be deleted."""
        if channel.id == workspace.team_id or channel.kind != "channel":
            raise BadInputError("conversation", "cannot be deleted")
        channel.deleted = True
        self._channel_event(workspace, channel, member, "channelDeleted")

    def rename_team(self, workspace: Workspace, member: Member | None, name: str) -> None:
        """Somebody renames the team."""
        if not name:
            raise BadInputError("name", "is empty")
        workspace.name = name
        self._team_event(workspace, member, "teamRenamed")

    def change_team(self, workspace: Workspace, member: Member | None, event: str) -> None:
        """The team is archived, brought back, or deleted."""
        if event not in TEAM_EVENTS:
            raise BadInputError("event", f"must be one of {', '.join(TEAM_EVENTS)}")
        if event in ("teamArchived", "teamUnarchived"):
            workspace.archived = event == "teamArchived"
        else:
            workspace.installed = event == "teamRestored"
        general = workspace.conversation(workspace.team_id)
        activity = self.writer.conversation_update(workspace, general, member, event)
        self.courier.send(workspace.key, activity)
        self.changes.publish("workspace", workspace.key)

    # The parts

    def _compose(
        self, place: Place, text: str, files: Sequence[StoredFile], *, mention: bool = False
    ) -> Composed:
        people = [Person(m.id, m.name) for m in place.workspace.members.values()]
        people.append(Person(self.world.bot.id, self.world.bot.name))
        if mention:
            text = f"@{self.world.bot.name} {text}"
        composed = compose(text, people) if text else Composed("", "")
        service_url = self.writer.service_url(place.workspace)
        for file in files:
            composed.html += _file_html(service_url, file)
        return composed

    def _store(self, upload: Upload) -> StoredFile:
        if len(upload.content) > LARGEST_UPLOAD:
            raise BadInputError("file", "is larger than 20 MB")
        file = StoredFile(
            str(uuid.uuid4()),
            upload.name,
            upload.content_type,
            upload.content,
            upload.alt,
            upload.inline,
        )
        self.world.files[file.id] = file
        return file

    def _own(self, place: Place, message_id: str) -> Message:
        message = place.message(message_id)
        if message.author != place.member.id:
            raise BadInputError("message", "belongs to somebody else")
        return message

    def _touch_root(self, where: Conversation, message: Message) -> None:
        root = where.messages.get(message.root)
        if root is not None:
            root.changed = where.next_change()

    def _changed(self, place: Place, message: Message, kind: str) -> None:
        message.changed = place.conversation.next_change()
        self._touch_root(place.conversation, message)
        self.changes.publish(kind, place.workspace.key, place.conversation.id, message=message.id)

    def _update(self, place: Place, message: Message, event: str) -> None:
        activity = self.writer.message_update(
            place.workspace, place.conversation, place.member, message, event
        )
        self._send(place, activity)

    def _send(self, place: Place, activity: Json) -> None:
        self.courier.send(place.workspace.key, activity)

    def _installed(
        self, workspace: Workspace, place: Conversation, member: Member | None, action: str
    ) -> None:
        activity = self.writer.installation_update(workspace, place, member, action)
        self.courier.send(workspace.key, activity)

    def _update_of(
        self,
        workspace: Workspace,
        place: Conversation,
        member: Member | None,
        event: str,
        **details: object,
    ) -> None:
        activity = self.writer.conversation_update(workspace, place, member, event, **details)
        self.courier.send(workspace.key, activity)

    def _team_event(
        self, workspace: Workspace, member: Member | None, event: str, **details: object
    ) -> None:
        general = workspace.conversation(workspace.team_id)
        if workspace.installed:
            self._update_of(workspace, general, member, event, **details)
        self.changes.publish("workspace", workspace.key)

    def _channel_event(
        self, workspace: Workspace, channel: Conversation, member: Member | None, event: str
    ) -> None:
        if workspace.installed:
            self._update_of(workspace, channel, member, event)
        self.changes.publish("conversation", workspace.key, channel.id)


def _file_html(service_url: str, file: StoredFile) -> str:
    if not file.inline:
        return f'<attachment id="{file.id}"></attachment>'
    alt = file.alt.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
    return (
        f'<p><img itemscope="" itemtype="http://schema.skype.com/AMSImage" alt="{alt}" '
        f'src="{image_url(service_url, file)}" itemid="{file.id}"></p>'
    )
