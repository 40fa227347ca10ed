"""A town with an office, a platform in memory, and people who press buttons."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from typing_extensions import override

from core.failures import CallFailed, Refused
from core.ids import (
    ChannelId,
    CityId,
    ExternalConversation,
    ExternalMember,
    ExternalMessage,
    ExternalTenant,
    ExternalWorkspace,
    PlatformName,
    WorkspaceId,
)
from core.places import City, MemberProfile, Workspace, WorkspaceState
from core.ports import Answer, Asker, Choice, Destination
from core.screens import Form, Guest, Home, Screen
from core.text import plain_text
from service.office.notice_board import NoticeBoard
from service.office.office import CityOffice
from storage.database import Database
from tests.storage.conftest import Clock
from tests.support.memory_platform import MemoryPlatform

MEMORY = PlatformName("memory")
BOSTON = City(CityId("2507000"), "Boston", "MA", "city", 663_972, 42.3, -71.0, "America/New_York")
MARFA = City(CityId("4846620"), "Marfa", "TX", "city", 2_179, 30.3, -104.0, "America/Chicago")
SPRINGS = City(
    CityId("3986940"), "Yellow Springs", "OH", "village", 3_655, 39.8, -83.9, "America/New_York"
)
CITIES = (BOSTON, MARFA, SPRINGS)


class ListingPlatform(MemoryPlatform):
    """Also lists conversations and has pins, notices and members; `refuse` fails the next call."""

    def __init__(self) -> None:
        super().__init__()
        self.rooms = {"C1": "housing", "C2": "water", "C3": "general"}
        self.private: set[str] = set()
        self.people = {"U1": "Ana Ruiz", "U2": "Ben Lee", "U3": "Cy Fox", "U9": "Olga Operator"}
        self.refuse: list[CallFailed] = []
        self.pinned: list[tuple[str, str]] = []
        self.notices: dict[str, Answer] = {}
        self.made: list[str] = []

    def _next(self) -> None:
        if self.refuse:
            raise self.refuse.pop(0)

    async def conversations(
        self, workspace: Workspace
    ) -> Sequence[tuple[ExternalConversation, str]]:
        return [
            (ExternalConversation(own), name)
            for own, name in self.rooms.items()
            if own not in self.private
        ]

    async def pin(self, destination: Destination, text: str) -> ExternalMessage:
        self._next()
        self.pinned.append((destination.conversation, text))
        return ExternalMessage(f"pin{len(self.pinned)}")

    async def announce(self, destination: Destination, answer: Answer) -> ExternalMessage:
        self._next()
        own = ExternalMessage(f"notice{len(self.notices) + 1}")
        self.notices[own] = answer
        return own

    async def rewrite(
        self, destination: Destination, message: ExternalMessage, answer: Answer
    ) -> None:
        self._next()
        self.notices[message] = answer

    async def member(self, workspace: Workspace, member: ExternalMember) -> MemberProfile:
        self._next()
        if member not in self.people:
            raise Refused("user_not_found")
        return MemberProfile(member, self.people[member])

    async def admins(self, workspace: Workspace) -> Sequence[MemberProfile]:
        return [MemberProfile(ExternalMember("U1"), "Ana Ruiz", is_admin=True)]


class TownPlatform(ListingPlatform):
    """Conversations can be made and joined as well."""

    async def create_conversation(self, workspace: Workspace, name: str) -> ExternalConversation:
        self._next()
        if name in self.rooms.values():
            raise Refused("name_taken")
        own = f"C{len(self.rooms) + 1}"
        self.rooms[own] = name
        self.made.append(name)
        return ExternalConversation(own)

    async def join_conversation(
        self, workspace: Workspace, conversation: ExternalConversation
    ) -> None:
        self._next()
        if conversation not in self.rooms:
            raise Refused("channel_not_found")
        if conversation in self.private:
            raise Refused("method_not_supported_for_channel_type")


class QuietPlatform(MemoryPlatform):
    """Shows no notices: it can only speak to single people."""

    def __init__(self) -> None:
        super().__init__()
        self.answered: list[tuple[str, Answer]] = []

    async def member(self, workspace: Workspace, member: ExternalMember) -> MemberProfile:
        return MemberProfile(member, "Somebody")

    async def admins(self, workspace: Workspace) -> Sequence[MemberProfile]:
        return [MemberProfile(ExternalMember("U9"), "Olga Operator", is_admin=True)]

    @override
    async def answer(self, workspace: Workspace, asker: Asker, answer: Answer) -> None:
        self.answered.append((asker.member, answer))


@dataclass
class Town:
    """An office over a database, with a platform in memory."""

    database: Database
    clock: Clock
    given: MemoryPlatform = field(default_factory=TownPlatform)

    def __post_init__(self) -> None:
        platforms = {MEMORY: self.given}
        self.office = CityOffice(database=self.database, clock=self.clock, platforms=platforms)
        self.board = NoticeBoard(database=self.database, platforms=platforms, clock=self.clock)

    @property
    def platform(self) -> ListingPlatform:
        """The platform, where it shows what it was given."""
        assert isinstance(self.given, ListingPlatform)
        return self.given

    async def found(self, topics: Iterable[str] = ("Housing", "Water", "Parks")) -> "Town":
        """Put cities and topics into the database."""
        from core.channels import ChannelKind

        async with self.database.unit() as unit:
            await unit.cities.put_many(CITIES)
            for name in topics:
                await unit.channels.add(name.lower(), name, ChannelKind.TOPIC)
        return self

    async def workspace(
        self,
        key: str,
        city: City | None = None,
        state: WorkspaceState = WorkspaceState.PENDING,
    ) -> WorkspaceId:
        """Let a workspace install the app."""
        async with self.database.unit() as unit:
            made = await unit.workspaces.add(
                MEMORY,
                ExternalWorkspace(key),
                ExternalTenant(key),
                name=f"{key} town hall",
                city=city.id if city is not None else None,
                state=state,
                token=f"token of {key}",
            )
        return made.id

    async def running(self, key: str, city: City) -> WorkspaceId:
        """Let a workspace take part already."""
        return await self.workspace(key, city, WorkspaceState.CONFIRMED)

    async def link(self, workspace: WorkspaceId, topic: str, conversation: str) -> None:
        """Link a conversation, as the operator would."""
        async with self.database.unit() as unit:
            channel = await unit.channels.by_slug(topic)
            assert channel is not None
            await unit.links.add(
                ChannelId(channel.id),
                workspace,
                ExternalConversation(conversation),
                conversation_name=f"{topic}-room",
            )

    async def operator(self) -> "Person":
        """The operator, in a workspace and conversation of their own."""
        from core.claims import OperatorPlace

        own = await self.workspace("TOP", None, WorkspaceState.CONFIRMED)
        async with self.database.unit() as unit:
            await unit.operator.set_place(OperatorPlace(own, ExternalConversation("COP")))
        return Person(self, "TOP", "U9", "Olga Operator", conversation="COP")

    async def trail(self, workspace: WorkspaceId) -> list[str]:
        """What stands in a workspace's trail, the newest first."""
        async with self.database.view() as view:
            return [f"{e.who} {e.act}" for e in await view.trail.newest(workspace, 50)]

    async def state(self, workspace: WorkspaceId) -> WorkspaceState:
        """A workspace's state."""
        async with self.database.view() as view:
            found = await view.workspaces.get(workspace)
        assert found is not None
        return found.state


@dataclass
class Person:
    """Somebody in a workspace, with the screen they see."""

    town: Town
    workspace: str
    member: str = "U1"
    name: str = "Ana Ruiz"
    email: str = "ana@city.example"
    is_admin: bool = True
    conversation: str = ""
    screen: Screen | None = None

    @property
    def guest(self) -> Guest:
        """As the platform shows them to the office."""
        asker = Asker(
            platform=MEMORY,
            tenant=ExternalTenant(self.workspace),
            workspace=ExternalWorkspace(self.workspace),
            member=ExternalMember(self.member),
            conversation=ExternalConversation(self.conversation) if self.conversation else None,
        )
        return Guest(asker, self.name, self.email, self.is_admin)

    async def home(self) -> Home:
        """Look at the home page."""
        return await self.town.office.home(self.guest)

    async def press(self, verb: str) -> Screen:
        """Press a button."""
        self.screen = await self.town.office.open(self.guest, verb)
        return self.screen

    async def fill(self, **values: str | Sequence[str]) -> Screen:
        """Fill in the form on the screen over what stands in it already, and send it."""
        form = self.screen
        assert isinstance(form, Form), form
        sent: dict[str, tuple[str, ...]] = {one.name: one.values for one in form.fields}
        for name, value in values.items():
            sent[name] = (value,) if isinstance(value, str) else tuple(value)
        return await self.send(form.verb, form.state, sent)

    async def send(self, verb: str, state: str, values: Mapping[str, tuple[str, ...]]) -> Screen:
        """Send a form by hand."""
        self.screen = await self.town.office.submit(self.guest, verb, state, values)
        return self.screen


def said(screen: Screen | Home | None) -> str:
    """Everything that a screen says."""
    if screen is None:
        return ""
    if isinstance(screen, Home):
        return "\n".join(f"{s.heading}\n{plain_text(s.body)}" for s in screen.sections)
    body = screen.intro if isinstance(screen, Form) else screen.body
    problems = [f.problem for f in screen.fields] if isinstance(screen, Form) else []
    return "\n".join([screen.title, plain_text(body), *problems])


def choices(screen: Screen | Home | None) -> tuple[Choice, ...]:
    """Every button of a screen."""
    if isinstance(screen, Home):
        return tuple(choice for section in screen.sections for choice in section.choices)
    return screen.choices if isinstance(screen, Answer) else ()


def verb_of(screen: Screen | Home | None, label: str) -> str:
    """What a button does."""
    found = [choice.verb for choice in choices(screen) if choice.label == label]
    assert len(found) == 1, choices(screen)
    return found[0]


def form_of(screen: Screen | None) -> Form:
    """The form on a screen."""
    assert isinstance(screen, Form), screen
    return screen
