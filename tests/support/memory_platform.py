"""A platform that keeps its messages in memory and fails when it is told to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from core.events import Ignored, Parsed
from core.ids import ExternalMember, ExternalMessage, Marker, PlatformName
from core.pace import Pace
from core.places import Workspace
from core.ports import Abilities, Answer, Asker, Content, Destination, Part
from core.text import plain_text


@dataclass
class Shown:
    """A message that stands in memory."""

    text: str
    thread: ExternalMessage | None
    marker: Marker
    broadcast: bool = False
    reactions: list[str] = field(default_factory=list)


class MemoryPlatform:
    """Keeps what it is given. `fail_next` are raised one by one by the next calls.

    With `then_do` the failing call is carried out all the same: the answer was lost on its way.
    """

    def __init__(self, *, paces: tuple[Pace, ...] = (Pace(0.001, 1000),)) -> None:
        self.messages: dict[ExternalMessage, Shown] = {}
        self.fail_next: list[Exception | None] = []
        self.then_do = False
        self.calls = 0
        self._paces = paces
        self._made = 0

    name = PlatformName("memory")
    abilities = Abilities(True, True, True, True, False, False, False)

    @property
    def paces(self) -> tuple[Pace, ...]:
        return self._paces

    def parse(self, payload: Mapping[str, Any]) -> Parsed:
        return Ignored("nothing is received from memory")

    def render(self, contents: Sequence[Content]) -> tuple[Part, ...]:
        """One part for each 100 characters, and one for each file."""
        quote = f"({contents[0].in_reply_to}) " if contents[0].in_reply_to else ""
        tally = "".join(f" [{c.emoji} {c.people}]" for c in contents[0].tally)
        text = quote + " + ".join(plain_text(content.body) for content in contents) + tally
        pieces = [text[at : at + 100] for at in range(0, len(text), 100)] or [""]
        parts = [Part({"text": piece}, in_thread=at > 0) for at, piece in enumerate(pieces)]
        files = [link.file for content in contents for link in content.files]
        parts += [Part({"text": file.name}, in_thread=True, file=file.id) for file in files]
        return tuple(parts)

    def _fails(self) -> Exception | None:
        self.calls += 1
        return self.fail_next.pop(0) if self.fail_next else None

    async def post(self, destination: Destination, part: Part, marker: Marker) -> ExternalMessage:
        failure = self._fails()
        if failure is not None and not self.then_do:
            raise failure
        self._made += 1
        message = ExternalMessage(f"m{self._made}")
        self.messages[message] = Shown(
            part.payload["text"], destination.thread, marker, destination.broadcast
        )
        if failure is not None:
            raise failure
        return message

    async def edit(self, destination: Destination, message: ExternalMessage, part: Part) -> None:
        if failure := self._fails():
            raise failure
        self.messages[message].text = part.payload["text"]

    async def remove(self, destination: Destination, message: ExternalMessage) -> None:
        if failure := self._fails():
            raise failure
        self.messages.pop(message, None)

    async def react(self, destination: Destination, message: ExternalMessage, emoji: str) -> None:
        if failure := self._fails():
            raise failure
        if message in self.messages:
            self.messages[message].reactions.append(emoji)

    async def unreact(self, destination: Destination, message: ExternalMessage, emoji: str) -> None:
        if message in self.messages:
            self.messages[message].reactions.remove(emoji)

    async def find(
        self, destination: Destination, since: datetime
    ) -> Mapping[Marker, ExternalMessage]:
        return {
            shown.marker: message
            for message, shown in self.messages.items()
            if shown.thread == destination.thread
        }

    async def answer(self, workspace: Workspace, asker: Asker, answer: Answer) -> None:
        raise AssertionError("nobody asks in memory")

    async def tell(self, workspace: Workspace, member: ExternalMember, text: str) -> None:
        raise AssertionError("nobody is told in memory")

    async def close(self) -> None:
        return
