"""An office for tests of Slack's side, and what people then see in the stand-in."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from core.ports import Answer, Choice
from core.screens import Field, FieldKind, Form, Guest, Home, Option, Screen, Section, Values
from core.text import paragraph
from integrations.sandbox.slack.model import Json
from tests.slack.exchange_rig import BEN, CHANNEL, TEAM, Rig

CITIES = (
    Option("2507000", "Boston, MA", "city · 675,647 people"),
    Option("1807786", "Boston, IN", "town · 130 people"),
)


@dataclass
class FakeOffice:
    """An office with one form, which knows who came and what they wrote."""

    came: list[tuple[str, str, Guest]] = field(default_factory=list)
    sent: list[tuple[str, str, Values]] = field(default_factory=list)
    typed: list[tuple[str, str, str]] = field(default_factory=list)
    broken: bool = False
    ready: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        """It answers at once unless a test says otherwise."""
        self.ready.set()

    async def home(self, guest: Guest) -> Home:
        """A page with a button of each kind."""
        await self._met("home", "", guest)
        choices = (
            Choice("Claim your city", "claim.city"),
            Choice("Say", "links.say"),
            Choice("Help", "help"),
        )
        return Home("Boston, MA", (Section("Start here", paragraph("Hello."), choices),))

    async def open(self, guest: Guest, verb: str) -> Screen:
        """The form, or an answer with a button."""
        await self._met("open", verb, guest)
        if verb in {"claim.city", "setup"}:
            return claim_form()
        return Answer("Done", paragraph(f"This was {verb}."), (Choice("Undo", "links.undo"),))

    async def submit(self, guest: Guest, verb: str, state: str, values: Values) -> Screen:
        """The form again with what is wrong, a second step, or an answer."""
        await self._met("submit", verb, guest)
        self.sent.append((verb, state, values))
        if values.get("note") == ("wrong",):
            return claim_form(problem="Please say more.", note="wrong")
        if verb == "claim.city":
            return Form("claim.confirm", "Is this right?", "Claim", (), paragraph("Boston, MA"))
        return Answer("Thank you", paragraph("The operator has been told."))

    async def suggest(self, guest: Guest, verb: str, name: str, typed: str) -> tuple[Option, ...]:
        """The cities that begin like that."""
        await self._met("suggest", verb, guest)
        self.typed.append((verb, name, typed))
        return tuple(city for city in CITIES if city.label.startswith(typed))

    async def _met(self, what: str, verb: str, guest: Guest) -> None:
        self.came.append((what, verb, guest))
        await self.ready.wait()
        if self.broken:
            raise RuntimeError("out of order")


def claim_form(problem: str = "", note: str = "") -> Form:
    """Which city are you?"""
    return Form(
        "claim.city",
        "Claim your city",
        "Continue",
        (
            Field("city", "Your city", FieldKind.SEARCH),
            Field(
                "note",
                "Anything to add?",
                FieldKind.LONG_TEXT,
                optional=True,
                values=(note,) if note else (),
                problem=problem,
            ),
        ),
        state="first",
    )


async def until(is_so: Callable[[], bool], within: float = 5.0) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(within):
        while not is_so():  # noqa: ASYNC110 - the state of the stand-in has no event
            await asyncio.sleep(0.01)


def dialog(rig: Rig, member: str = BEN) -> Json | None:
    """The dialog that a member has open."""
    place = rig.slack.state.workspaces[TEAM]
    stack = place.modals.get(member, [])
    return place.views[stack[-1]] if stack else None


def home_of(rig: Rig, member: str = BEN) -> Json | None:
    """A member's App Home."""
    place = rig.slack.state.workspaces[TEAM]
    return place.views.get(place.homes.get((member, "A0EXCHANGE1"), ""))


def whispered(rig: Rig) -> list[Json]:
    """What single members see in the channel."""
    return rig.slack.state.workspaces[TEAM].conversations[CHANNEL].ephemerals


async def visit_home(rig: Rig, member: str = BEN) -> Json:
    """Open the home page and wait for it."""
    rig.slack.interactions.open_home(TEAM, member)
    await until(lambda: home_of(rig, member) is not None)
    view = home_of(rig, member)
    assert view is not None
    return view
