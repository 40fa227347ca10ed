"""Everything the page needs to draw the tenants, as JSON."""

from __future__ import annotations

from dataclasses import dataclass

from integrations.sandbox.teams.activities import download_url
from integrations.sandbox.teams.asking import Outcome, shown_card
from integrations.sandbox.teams.compose import EMOJI_SPAN
from integrations.sandbox.teams.model import (
    Conversation,
    Dialog,
    Json,
    Member,
    Message,
    StoredFile,
    Workspace,
    World,
)
from integrations.sandbox.teams.show import bot_html, clean_html

MESSAGES_SHOWN = 200


@dataclass(slots=True)
class Snapshot:
    """Draws the world for the page; `files_url` is where the page fetches files."""

    world: World
    files_url: str = ""

    def everything(self, *, messages: int = MESSAGES_SHOWN) -> Json:
        """All workspaces, each conversation with its newest messages."""
        bot = self.world.bot
        return {
            "platform": "teams",
            "bot": {"id": bot.id, "name": bot.name},
            "workspaces": [self.workspace(w, messages) for w in self.world.workspaces.values()],
        }

    def workspace(self, workspace: Workspace, messages: int) -> Json:
        """One team with its people, conversations, open dialogs and faults."""
        return {
            "id": workspace.key,
            "name": workspace.name,
            "tenant": workspace.tenant_id,
            "team": workspace.team_id,
            "group": workspace.group_id,
            "installed": workspace.installed,
            "archived": workspace.archived,
            "reads_all": workspace.reads_all,
            "graph_consent": workspace.graph_consent,
            "members": [member_json(m) for m in workspace.members.values()],
            "conversations": [
                self.conversation(workspace, c, messages)
                for c in workspace.conversations.values()
                if not c.deleted
            ],
            "dialogs": [dialog_json(d) for d in workspace.dialogs.values()],
            "faults": workspace.faults_json(),
        }

    def conversation(self, workspace: Workspace, place: Conversation, messages: int) -> Json:
        """One conversation; deleted roots stay as a mark while they have replies."""
        newest = list(place.messages.values())[-messages:] if messages else []
        answered = {m.root for m in newest if m.root and m.deleted is None}
        shown = [m for m in newest if m.deleted is None or m.id in answered]
        people = [m.key for m in workspace.members.values() if m.id in place.members]
        return {
            "id": place.id,
            "name": place.name,
            "kind": place.kind,
            "channel_type": place.channel_type,
            "members": people,
            "messages": [self.message(workspace, place, m) for m in shown],
        }

    def message(self, workspace: Workspace, place: Conversation, message: Message) -> Json:
        """One message; `html` is safe to put into a page, emoji are characters in it."""
        person = self.world.member_by_id(message.author)
        by_bot = message.author == self.world.bot.id
        gone = message.deleted is not None
        name = self.world.bot.name if by_bot else (person.name if person else "Somebody who left")
        target = self.world.member_by_id(message.visible_to) if message.visible_to else None
        return {
            "id": message.id,
            "conversation": place.id,
            "thread": message.root,
            "author": {
                "id": message.author,
                "key": person.key if person else "",
                "name": name,
                "bot": by_bot,
            },
            "at": message.created.isoformat(),
            "edited": message.edited.isoformat() if message.edited else None,
            "deleted": gone,
            "typed": "" if gone else message.typed,
            "text": "" if gone else message.text,
            "html": "" if gone else self._html(message),
            "cards": [] if gone else self._cards(message),
            "images": [] if gone else self._images(message),
            "views": {} if gone else self._views(message),
            "files": [] if gone else [self._file(f) for f in message.files],
            "reactions": {
                kind: [self._name(p) for p in people] for kind, people in message.reactions.items()
            },
            "visible_to": target.key if target else "",
        }

    def _html(self, message: Message) -> str:
        if message.activity is not None:
            return bot_html(message.activity)
        html = EMOJI_SPAN.sub(lambda found: found["alt"], message.html)
        for file in message.files:
            # Files are drawn from `files`; the picture in the text wants the bot's token.
            if file.inline and f'itemid="{file.id}"' in html:
                start = html.rfind("<p><img ", 0, html.index(f'itemid="{file.id}"'))
                html = html[:start] + html[html.index("</p>", start) + 4 :]
        return clean_html(html)

    def _cards(self, message: Message) -> list[Json]:
        attachments = (message.activity or {}).get("attachments") or ()
        return [
            {"type": a.get("contentType"), "content": a.get("content")}
            for a in attachments
            if "card" in str(a.get("contentType"))
        ]

    def _images(self, message: Message) -> list[Json]:
        attachments = (message.activity or {}).get("attachments") or ()
        return [
            {"url": a.get("contentUrl"), "name": a.get("name") or ""}
            for a in attachments
            if str(a.get("contentType")).startswith("image/")
        ]

    def _views(self, message: Message) -> Json:
        views: Json = {}
        for person_id in message.views:
            person = self.world.member_by_id(person_id)
            if person is not None:
                views[person.key] = shown_card(message, person)
        return views

    def _file(self, file: StoredFile) -> Json:
        return {
            "id": file.id,
            "name": file.name,
            "type": file.content_type,
            "size": len(file.content),
            "alt": file.alt,
            "inline": file.inline,
            "url": download_url(self.files_url, file),
        }

    def _name(self, person_id: str) -> str:
        if person_id == self.world.bot.id:
            return self.world.bot.name
        person = self.world.member_by_id(person_id)
        return person.name if person else "Somebody who left"


def member_json(member: Member) -> Json:
    """A person, for the page's switch of persons."""
    return {
        "key": member.key,
        "id": member.id,
        "name": member.name,
        "title": member.title,
        "role": member.role,
        "email": member.email,
        "aad_object_id": member.aad_object_id,
        "timezone": member.timezone,
        "blocked_bot": member.blocked_bot,
    }


def dialog_json(dialog: Dialog) -> Json:
    """An open dialog."""
    return {
        "id": dialog.id,
        "member": dialog.member,
        "conversation": dialog.conversation,
        "title": dialog.title,
        "card": dialog.card,
        "url": dialog.url,
        "message": dialog.message,
    }


def outcome_json(outcome: Outcome) -> Json:
    """What came of asking the bot."""
    return {
        "status": outcome.status,
        "body": outcome.body,
        "dialog": dialog_json(outcome.dialog) if outcome.dialog else None,
        "message": outcome.message,
        "results": outcome.results,
        "card": outcome.card,
        "error": outcome.error,
    }
