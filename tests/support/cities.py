"""Four cities as their people see them: two Slack workspaces and two Teams tenants, on stand-ins.

Everything here acts and reads as a person would; nothing looks into the exchange.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import unescape
from typing import Any, Protocol

from integrations.sandbox.slack.app import SlackStandIn
from integrations.sandbox.teams.people import Place, Upload
from integrations.sandbox.teams.standin import TeamsStandIn
from tests.support.city_seeds import CitySeed, person_of

Json = dict[str, Any]


@dataclass(frozen=True)
class Seen:
    """A message as it stands in a city's conversation; `thread` is empty for a root.

    `author` is the name shown, `text` what is read (a file's name too), `raw` the platform's own
    form.
    """

    id: str
    thread: str
    author: str
    text: str
    by_bot: bool
    reactions: dict[str, int] = field(default_factory=dict)
    files: tuple[Json, ...] = ()
    raw: Json = field(default_factory=dict)


class CityAtWork(Protocol):
    """What people of a city can do in their own workspace. Ids are the platform's."""

    seed: CitySeed
    channel: str

    def say(self, text: str, *, by: str = "", thread: str = "", channel: str = "") -> str:
        """Write a message; `by` is a person's name, the first one when empty."""
        ...

    def edit(self, message: str, text: str, *, by: str = "") -> None:
        """Change one's own message."""
        ...

    def delete(self, message: str, *, by: str = "") -> None:
        """Take one's own message back."""
        ...

    def react(self, message: str, emoji: str, *, by: str = "") -> None:
        """Give an emoji: a Slack name, or a Teams reaction."""
        ...

    def unreact(self, message: str, emoji: str, *, by: str = "") -> None:
        """Take an emoji back."""
        ...

    def attach(
        self, name: str, content: bytes, *, text: str = "", alt: str = "", thread: str = ""
    ) -> str:
        """Write a message with a file."""
        ...

    def seen(self, channel: str = "") -> list[Seen]:
        """What stands in the conversation, oldest first."""
        ...

    def told(self, name: str) -> list[Seen]:
        """What the bot has said to a person alone, oldest first."""
        ...

    def faults(self, **values: Any) -> None:
        """Let the platform misbehave for this city; see `integrations.sandbox.world.Faults`."""
        ...


class SlackCity:
    """A city in Slack."""

    def __init__(self, stand_in: SlackStandIn, seed: CitySeed, channel: str) -> None:
        self.stand_in = stand_in
        self.seed = seed
        self.channel = channel

    @property
    def bot(self) -> str:
        """Our bot's member id."""
        return self.stand_in.installation(self.seed.key).bot_user

    def say(
        self,
        text: str,
        *,
        by: str = "",
        thread: str = "",
        channel: str = "",
        broadcast: bool = False,
    ) -> str:
        person = person_of(self.seed, by)
        said = self.stand_in.people.say(
            self.seed.key,
            person.key,
            channel or self.channel,
            text,
            thread_ts=thread,
            broadcast=broadcast,
        )
        return said.ts

    def edit(self, message: str, text: str, *, by: str = "") -> None:
        person = person_of(self.seed, by)
        self.stand_in.people.edit(self.seed.key, person.key, self.channel, message, text)

    def delete(self, message: str, *, by: str = "") -> None:
        person = person_of(self.seed, by)
        self.stand_in.people.delete(self.seed.key, person.key, self.channel, message)

    def react(self, message: str, emoji: str, *, by: str = "") -> None:
        person = person_of(self.seed, by)
        self.stand_in.people.react(self.seed.key, person.key, self.channel, message, emoji)

    def unreact(self, message: str, emoji: str, *, by: str = "") -> None:
        person = person_of(self.seed, by)
        self.stand_in.people.unreact(self.seed.key, person.key, self.channel, message, emoji)

    def attach(
        self, name: str, content: bytes, *, text: str = "", alt: str = "", thread: str = ""
    ) -> str:
        said = self.stand_in.people.upload(
            self.seed.key,
            self.seed.people[0].key,
            self.channel,
            name,
            content,
            text=text,
            thread_ts=thread,
            alt_text=alt,
        )
        return said.ts

    def conversation(self, channel: str = "") -> Any:
        """The stand-in's own conversation."""
        conversations = self.stand_in.state.workspaces[self.seed.key].conversations
        wanted = channel or self.channel
        return next(c for c in conversations.values() if wanted in (c.id, c.name))

    def seen(self, channel: str = "") -> list[Seen]:
        messages = self.conversation(channel).messages.values()
        return [self._seen(m.as_json(metadata=True)) for m in messages]

    def ephemerals(self, channel: str = "") -> list[Json]:
        """What the bot has shown to single people in a channel."""
        return list(self.conversation(channel).ephemerals)

    def told(self, name: str) -> list[Seen]:
        person = person_of(self.seed, name)
        found = []
        for place in self.stand_in.state.workspaces[self.seed.key].conversations.values():
            if place.kind == "im" and person.key in place.members:
                found += [m for m in self.seen(place.id) if m.by_bot]
        return found

    def faults(self, **values: Any) -> None:
        self.stand_in.faults(self.seed.key).change(values)

    def _seen(self, shown: Json) -> Seen:
        members = self.stand_in.state.workspaces[self.seed.key].members
        person = members.get(str(shown.get("user", "")))
        thread = str(shown.get("thread_ts", ""))
        return Seen(
            id=shown["ts"],
            thread="" if thread == shown["ts"] else thread,
            author=shown.get("username") or (person.real_name if person else ""),
            text=unescape(shown.get("text", "")),
            by_bot="bot_id" in shown,
            reactions={r["name"]: r["count"] for r in shown.get("reactions", [])},
            files=tuple(shown.get("files", ())),
            raw=shown,
        )


_TAG = re.compile(r"<[^>]+>")
_BREAK = re.compile(r"<br\s*/?>|</(?:p|div|li|blockquote|pre|h\d)>")


class TeamsCity:
    """A city in Teams."""

    def __init__(self, stand_in: TeamsStandIn, seed: CitySeed, channel: str) -> None:
        self.stand_in = stand_in
        self.seed = seed
        self.channel = channel

    @property
    def workspace(self) -> Any:
        """The stand-in's own workspace."""
        return self.stand_in.world.workspaces[self.seed.key]

    def say(
        self,
        text: str,
        *,
        by: str = "",
        thread: str = "",
        channel: str = "",
        mention: bool = False,
    ) -> str:
        place = self.place(by, thread, channel)
        return self.stand_in.people.say(place, text, mention=mention).id

    def edit(self, message: str, text: str, *, by: str = "") -> None:
        self.stand_in.people.edit(self.place(by), message, text)

    def delete(self, message: str, *, by: str = "") -> None:
        self.stand_in.people.delete(self.place(by), message)

    def react(self, message: str, emoji: str, *, by: str = "") -> None:
        self.stand_in.people.react(self.place(by), message, emoji, added=True)

    def unreact(self, message: str, emoji: str, *, by: str = "") -> None:
        self.stand_in.people.react(self.place(by), message, emoji, added=False)

    def attach(
        self, name: str, content: bytes, *, text: str = "", alt: str = "", thread: str = ""
    ) -> str:
        kind = "image/png" if name.endswith(".png") else "application/pdf"
        upload = Upload(name, kind, content, alt, inline=kind.startswith("image/"))
        place = self.place("", thread)
        return self.stand_in.people.say(place, text, uploads=[upload]).id

    def place(self, by: str = "", thread: str = "", channel: str = "") -> Place:
        """Where a person acts."""
        person = person_of(self.seed, by)
        return self.stand_in.people.place(
            self.seed.key, person.key, channel or self.channel, thread
        )

    def seen(self, channel: str = "") -> list[Seen]:
        place = self.workspace.conversation(channel or self.channel)
        shown = self.stand_in.snapshot()
        mine = next(w for w in shown["workspaces"] if w["id"] == self.seed.key)
        found = next(c for c in mine["conversations"] if c["id"] == place.id)
        return [_teams_seen(message) for message in found["messages"] if not message["deleted"]]

    def told(self, name: str) -> list[Seen]:
        person = self.workspace.member(person_of(self.seed, name).key)
        found: list[Seen] = []
        for place in self.workspace.conversations.values():
            if place.kind == "personal" and person.id in place.members:
                found += [m for m in self.seen(place.id) if m.by_bot]
        return found

    def faults(self, **values: Any) -> None:
        self.workspace.change_faults(values)


def _teams_seen(shown: Json) -> Seen:
    html = shown["html"]
    return Seen(
        id=shown["id"],
        thread=shown["thread"],
        author=shown["author"]["name"],
        text=readable(html),
        by_bot=shown["author"]["bot"],
        reactions={kind: len(people) for kind, people in shown["reactions"].items()},
        files=tuple([*shown["files"], *shown["images"]]),
        raw=shown,
    )


def readable(html: str) -> str:
    """What a person reads of some HTML, a line for each block."""
    lines = unescape(_TAG.sub("", _BREAK.sub("\n", html))).replace("\xa0", " ").split("\n")
    return "\n".join(line.strip() for line in lines).strip()


def only(messages: Sequence[Seen], words: str) -> Seen:
    """The one message that holds these words; fails with all that stands there."""
    found = [message for message in messages if words in message.text]
    assert len(found) == 1, [(m.author, m.text) for m in messages]
    return found[0]


def sent_all(slack: SlackStandIn) -> bool:
    """Whether every event has been answered, or given up."""
    for delivery in slack.outgoing.deliveries:
        if not delivery.attempts:
            return False
        last = delivery.attempts[-1]
        if last.reason and last.retry and len(delivery.attempts) < 4:
            return False
    return True
