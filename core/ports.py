"""What the exchange asks of the world: one small contract every platform keeps, one more for each
thing that only some can do, and what the platforms ask of the exchange.

Every method that talks to a platform is a coroutine, never blocks the loop, and fails only with
`core.failures.CallFailed`.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from core.events import Parsed, Received, Source
from core.ids import (
    ExternalConversation,
    ExternalMember,
    ExternalMessage,
    ExternalTenant,
    ExternalWorkspace,
    FileId,
    Marker,
    PlatformName,
    WorkspaceId,
)
from core.pace import Pace
from core.places import MemberProfile, Workspace
from core.posts import Author, Count, IncomingFile, StoredFile
from core.text import Body


@dataclass(frozen=True, slots=True)
class Abilities:
    """The optional contracts as data, so that a decision can be made without the platform.

    A contract test holds each against the matching `Supports…` class.
    """

    edit: bool
    remove: bool
    react: bool
    look_up: bool
    history: bool
    files: bool
    members: bool


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a message goes. `thread` is the thread's root; `broadcast` also shows it outside."""

    workspace: Workspace
    conversation: ExternalConversation
    thread: ExternalMessage | None = None
    broadcast: bool = False


@dataclass(frozen=True, slots=True)
class FileLink:
    """A file and the signed address at which the exchange gives it out."""

    file: StoredFile
    url: str


@dataclass(frozen=True, slots=True)
class Content:
    """One post, ready to be put into a platform's form.

    `tenant` is the destination's: a mention of one of its people becomes a real one. `notes`
    are short lines for what can't be shown. `in_reply_to` is a short quote for a reply whose thread
    is not known at the destination. `tally` is shown only when it is not empty. `broadcast` is a
    reply that is also meant for the whole conversation. `named` asks for the author's name in the
    text, because the message itself may carry another.
    """

    author: Author
    body: Body
    tenant: ExternalTenant
    files: tuple[FileLink, ...] = ()
    notes: tuple[str, ...] = ()
    tally: tuple[Count, ...] = ()
    in_reply_to: str = ""
    broadcast: bool = False
    named: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """One message in a platform's own form. Only the platform that made it looks inside.

    The first part stands where the post stands; with `in_thread`, the part goes into the thread
    below the first one (the rest of a long post, a file). `file` is the file that it carries.
    `pointer` parts point from the conversation into the thread, where a platform has no broadcast.
    """

    payload: Mapping[str, Any]
    in_thread: bool = False
    file: FileId | None = None
    pointer: bool = False


class Platform(Protocol):
    """What every platform can do."""

    @property
    def name(self) -> PlatformName:
        """The platform's name, as in the command line."""
        ...

    @property
    def abilities(self) -> Abilities:
        """What of the optional contracts it keeps."""
        ...

    @property
    def paces(self) -> tuple[Pace, ...]:
        """How fast one conversation may be written to."""
        ...

    def parse(self, payload: Mapping[str, Any]) -> Parsed:
        """Say what a payload means. Pure; never raises on any JSON object."""
        ...

    def render(self, contents: Sequence[Content]) -> tuple[Part, ...]:
        """Put posts into this platform's form. Pure.

        One content gives one part, or several when it is long or has files. Several contents give
        exactly one part, a joined message that shows them in order, or as many as they need.
        """
        ...

    async def post(self, destination: Destination, part: Part, marker: Marker) -> ExternalMessage:
        """Send a part and give back the platform's id of the message. Never retries by itself."""
        ...

    async def answer(self, workspace: Workspace, asker: "Asker", answer: "Answer") -> None:
        """Show an answer to the one who asked, and to nobody else where that is possible."""
        ...

    async def tell(self, workspace: Workspace, member: ExternalMember, text: str) -> None:
        """Say something to one person alone, as plain text. Not exactly once."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


@runtime_checkable
class SupportsEdit(Protocol):
    """Messages can be changed in place. Doing it twice is doing it once."""

    async def edit(self, destination: Destination, message: ExternalMessage, part: Part) -> None:
        """Make a message show this part instead."""
        ...


@runtime_checkable
class SupportsRemove(Protocol):
    """Messages can be taken away. One that is gone already counts as taken away."""

    async def remove(self, destination: Destination, message: ExternalMessage) -> None:
        """Take a message away."""
        ...


@runtime_checkable
class SupportsReact(Protocol):
    """Our bot can give an emoji to a message. Doing it twice is doing it once."""

    async def react(self, destination: Destination, message: ExternalMessage, emoji: str) -> None:
        """Give an emoji, by its short name. An unknown emoji is `Refused`."""
        ...

    async def unreact(self, destination: Destination, message: ExternalMessage, emoji: str) -> None:
        """Take our emoji back."""
        ...


@runtime_checkable
class SupportsLookUp(Protocol):
    """Our own messages can be found again by their marker."""

    async def find(
        self, destination: Destination, since: datetime
    ) -> Mapping[Marker, ExternalMessage]:
        """Our messages in the conversation (or in its `thread`) that are newer than `since`."""
        ...


@runtime_checkable
class SupportsProbe(Protocol):
    """Where nothing can be read back, one can at least see whether the destination answers."""

    async def probe(self, destination: Destination) -> None:
        """Return when the destination answers anything at all, otherwise fail with `Later`."""
        ...


@runtime_checkable
class SupportsHistory(Protocol):
    """What was said while we were away can be read."""

    def history(
        self, destination: Destination, since: str, threads: Sequence[ExternalMessage]
    ) -> AsyncIterator[Received]:
        """What happened after the message `since`, oldest first, as if it were received now.

        `threads` are roots whose replies are to be looked through as well.
        """
        ...

    def mark_of(self, at: datetime) -> str:
        """What to give as `since` for a moment, where no message has been seen yet."""
        ...


@runtime_checkable
class SupportsFiles(Protocol):
    """Files that people share can be fetched."""

    async def fetch(self, workspace: Workspace, file: IncomingFile, limit: int) -> bytes:
        """The bytes of a file; `Refused` when it is larger than `limit` bytes or not given out."""
        ...


@runtime_checkable
class SupportsMembers(Protocol):
    """The platform can say who somebody is."""

    async def member(self, workspace: Workspace, member: ExternalMember) -> MemberProfile:
        """The profile of a member."""
        ...

    async def admins(self, workspace: Workspace) -> Sequence[MemberProfile]:
        """The workspace's admins, to be told when something stops working."""
        ...


@runtime_checkable
class SupportsListing(Protocol):
    """Conversations can be listed."""

    async def conversations(
        self, workspace: Workspace
    ) -> Sequence[tuple[ExternalConversation, str]]:
        """The conversations that our bot can see, with their names."""
        ...


@runtime_checkable
class SupportsConversations(SupportsListing, Protocol):
    """Conversations can be joined as well, and new ones made."""

    async def create_conversation(self, workspace: Workspace, name: str) -> ExternalConversation:
        """Make a conversation that everybody of the workspace can find, with our bot in it.

        `Refused` with the platform's word when the name is taken or nobody but people may.
        """
        ...

    async def join_conversation(
        self, workspace: Workspace, conversation: ExternalConversation
    ) -> None:
        """Let our bot into a conversation; being there already counts as done."""
        ...


@runtime_checkable
class SupportsInviting(Protocol):
    """People can be let into a conversation that our bot has made."""

    async def let_in(
        self, workspace: Workspace, conversation: ExternalConversation, member: ExternalMember
    ) -> None:
        """Let somebody into a conversation; being there already counts as done."""
        ...


@runtime_checkable
class SupportsPin(Protocol):
    """A notice can be put where everybody in a conversation finds it."""

    async def pin(self, destination: Destination, text: str) -> ExternalMessage:
        """Post a notice and pin it, where the platform can; gives back the message."""
        ...


@runtime_checkable
class SupportsNotices(Protocol):
    """Notices of the bot itself can be shown in a conversation, with buttons, and changed."""

    async def announce(self, destination: Destination, answer: "Answer") -> ExternalMessage:
        """Show a notice to everybody in a conversation; gives back the message."""
        ...

    async def rewrite(
        self, destination: Destination, message: ExternalMessage, answer: "Answer"
    ) -> None:
        """Let a notice say something else, a pinned one too. One that is gone stays gone."""
        ...


class Intake(Protocol):
    """Where a webhook leaves what it received."""

    async def put(self, received: Received) -> bool:
        """Keep it on disk; false when it was there already. Returns once it is safe."""
        ...


class Registry(Protocol):
    """Which workspaces take part."""

    async def workspace(self, source: Source) -> Workspace | None:
        """The workspace an event comes from, or None when we do not know it.

        Looked up by its own id, else by the linked conversation within the tenant, else the
        tenant's only workspace, or its only one that is confirmed. Kept in memory for some seconds.
        """
        ...


class Credentials(Protocol):
    """Where a platform gets the secret of a workspace from."""

    async def token(self, workspace: WorkspaceId) -> str:
        """The workspace's token; `Refused` with trouble `token gone` when there is none."""
        ...


class FileStore(Protocol):
    """Where the bytes of files are."""

    async def read(self, file: FileId) -> bytes:
        """The content of a stored file; `KeyError` when there is none."""
        ...


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks the bot something, and where."""

    platform: PlatformName
    tenant: ExternalTenant
    workspace: ExternalWorkspace
    member: ExternalMember
    conversation: ExternalConversation | None = None
    thread: ExternalMessage | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """A button: `verb` is handed back to the front desk when it is pressed."""

    label: str
    verb: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What the bot says to one person. Each platform gives it its own looks."""

    title: str
    body: Body
    choices: tuple[Choice, ...] = ()
    reference: str = ""


class FrontDesk(Protocol):
    """What people can ask of the exchange, the same on every platform."""

    async def ask(self, asker: Asker, words: str) -> Answer:
        """Answer `/exchange WORDS`, or words spoken to the bot; empty words get the menu."""
        ...

    async def who_has_got(self, asker: Asker, message: ExternalMessage | None) -> Answer:
        """Which cities have a post and which have not, and why; None means the asker's newest."""
        ...
