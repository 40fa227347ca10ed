"""The office in Slack, over HTTP: its page, its forms, its buttons, and what is suggested."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from core.failures import Refused
from core.ids import ExternalConversation, ExternalMember, ExternalMessage
from core.ports import (
    Answer,
    Choice,
    Destination,
    SupportsConversations,
    SupportsInviting,
    SupportsNotices,
    SupportsPin,
)
from core.screens import (
    Field,
    FieldKind,
    Form,
    Guest,
    Home,
    Option,
    Screen,
    Section,
    Values,
)
from core.text import paragraph
from integrations.sandbox.slack.model import Json
from tests.slack.exchange_rig import ANA, BEN, CHANNEL, TEAM, Rig, exchange_rig, listen

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


@pytest.fixture
def office() -> FakeOffice:
    """The office."""
    return FakeOffice()


@pytest.fixture
async def rig(office: FakeOffice) -> AsyncIterator[Rig]:
    """Our webhook with an office, and the stand-in that sends to it."""
    async with exchange_rig(office=office) as made:
        listen(made)
        yield made


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


async def press(rig: Rig, view: Json, verb: str, member: str = BEN) -> Json:
    """Press a button of the office in a view."""
    return await rig.slack.interactions.press(
        TEAM, member, action_id=f"office:{verb}", view_id=view["id"]
    )


async def open_claim(rig: Rig) -> Json:
    """Open the form from the home page."""
    home = await visit_home(rig)
    assert await press(rig, home, "claim.city") == {"ok": True}
    await until(lambda: dialog(rig) is not None)
    view = dialog(rig)
    assert view is not None
    return view


async def test_the_home_page_is_the_offices(rig: Rig, office: FakeOffice) -> None:
    home = await visit_home(rig)
    assert home["blocks"][0]["text"]["text"] == "Boston, MA"
    (_, _, guest) = office.came[0]
    assert (guest.name, guest.email, guest.is_admin) == ("Ben Smith", "ben@boston.example", True)
    assert guest.asker.member == BEN
    await visit_home(rig, ANA)
    assert office.came[1][2].is_admin is False


async def test_from_a_button_to_the_last_step(rig: Rig, office: FakeOffice) -> None:
    view = await open_claim(rig)
    assert view["title"]["text"] == "Claim your city"
    values = {"city": "2507000", "note": "We are the city."}
    by_block = {
        block["block_id"]: values[block["element"]["action_id"]] for block in view["blocks"]
    }
    second = await rig.slack.interactions.submit(TEAM, BEN, by_block)
    assert second["result"] == "updated"
    assert second["view"]["title"]["text"] == "Is this right?"
    last = await rig.slack.interactions.submit(TEAM, BEN, {})
    assert last["view"]["title"]["text"] == "Thank you"
    assert office.sent == [
        ("claim.city", "first", {"city": ("2507000",), "note": ("We are the city.",)}),
        ("claim.confirm", "", {}),
    ]


async def test_a_finished_form_shows_on_the_home_page(rig: Rig, office: FakeOffice) -> None:
    await open_claim(rig)
    before = home_of(rig)
    assert before is not None
    sign = before["hash"]
    await rig.slack.interactions.submit(TEAM, BEN, {"city": "2507000"})
    await rig.slack.interactions.submit(TEAM, BEN, {})
    await until(lambda: (home_of(rig) or {}).get("hash") != sign)


async def test_what_is_wrong_is_said_by_the_field_and_nothing_typed_is_lost(rig: Rig) -> None:
    view = await open_claim(rig)
    note = view["blocks"][1]["block_id"]
    answer = await rig.slack.interactions.submit(TEAM, BEN, {"city": "2507000", "note": "wrong"})
    assert answer == {"ok": False, "result": "errors", "errors": {note: "Please say more."}}
    shown = dialog(rig)
    assert shown is not None
    assert shown["blocks"] == view["blocks"]


async def test_suggestions_come_while_one_types(rig: Rig, office: FakeOffice) -> None:
    view = await open_claim(rig)
    found = await rig.slack.interactions.suggest(
        TEAM, BEN, view_id=view["id"], action_id="city", block_id="", typed="Bos"
    )
    assert [option["text"]["text"] for option in found["options"]] == [
        "Boston, MA · city · 675,647 people",
        "Boston, IN · town · 130 people",
    ]
    assert office.typed == [("claim.city", "city", "Bos")]


async def test_when_suggestions_break_the_list_is_empty(rig: Rig, office: FakeOffice) -> None:
    view = await open_claim(rig)
    office.broken = True
    found = await rig.slack.interactions.suggest(
        TEAM, BEN, view_id=view["id"], action_id="city", block_id="", typed="Bos"
    )
    assert found == {"ok": True, "options": []}


async def test_slack_is_asked_once_a_minute_who_somebody_is(rig: Rig) -> None:
    view = await open_claim(rig)
    for typed in ("Bo", "Bos", "Bost"):
        await rig.slack.interactions.suggest(
            TEAM, BEN, view_id=view["id"], action_id="city", block_id="", typed=typed
        )
    asked = [entry for entry in rig.slack.journal.entries if entry.method == "users.info"]
    assert len(asked) == 1


async def test_an_answer_to_a_button_on_the_home_page_is_a_dialog(rig: Rig) -> None:
    home = await visit_home(rig)
    await press(rig, home, "links.say")
    await until(lambda: dialog(rig) is not None)
    view = dialog(rig)
    assert view is not None
    assert view["title"]["text"] == "Done"
    await press(rig, view, "links.undo")
    await until(lambda: "links.undo." in json.dumps(dialog(rig)))
    assert dialog(rig)["id"] == view["id"]  # type: ignore[index]


async def test_a_question_to_the_front_desk_keeps_the_home_page(rig: Rig) -> None:
    home = await visit_home(rig)
    await rig.slack.interactions.press(TEAM, BEN, action_id="desk:2", view_id=home["id"])
    await until(lambda: dialog(rig) is not None)
    assert "You asked: help" in json.dumps(dialog(rig))
    assert "Start here" in json.dumps(home_of(rig))


@pytest.mark.parametrize("words", ["setup", "Set up", "set up?"])
async def test_the_command_opens_the_set_up(rig: Rig, words: str) -> None:
    answer = await rig.slack.interactions.command(TEAM, BEN, CHANNEL, f"/exchange {words}")
    assert answer["ok"] is True
    await until(lambda: dialog(rig) is not None)
    carried = json.loads(dialog(rig)["private_metadata"])  # type: ignore[index]
    assert carried["conversation"] == CHANNEL


async def test_the_command_shows_the_settings_to_the_asker_alone(
    rig: Rig, office: FakeOffice
) -> None:
    await rig.slack.interactions.command(TEAM, BEN, CHANNEL, "/exchange settings")
    await until(lambda: bool(whispered(rig)))
    assert office.came[0][:2] == ("open", "home")
    assert office.came[0][2].asker.conversation == CHANNEL
    assert [note["to"] for note in whispered(rig)] == [BEN]


async def test_a_button_in_a_message_opens_a_form_or_answers_beside_it(rig: Rig) -> None:
    notice = Answer(
        "A claim waits",
        paragraph("Ana Ruiz says: Boston."),
        (Choice("Refuse", "claim.city"), Choice("Confirm", "claim.yes:1")),
    )
    posted = await rig.platform.announce(rig.destination(), notice)
    where: Any = {"channel": CHANNEL, "ts": posted}
    await rig.slack.interactions.press(TEAM, BEN, action_id="office:claim.yes:1", **where)
    await until(lambda: bool(whispered(rig)))
    assert "This was claim.yes:1." in whispered(rig)[0]["text"]
    await rig.slack.interactions.press(TEAM, BEN, action_id="office:claim.city", **where)
    await until(lambda: dialog(rig) is not None)


async def test_when_the_office_breaks_the_person_is_told(rig: Rig, office: FakeOffice) -> None:
    home = await visit_home(rig)
    office.broken = True
    await press(rig, home, "claim.city")
    await until(lambda: "nothing was changed" in json.dumps(dialog(rig)))


async def test_one_of_whom_slack_tells_nothing_is_no_admin(rig: Rig, office: FakeOffice) -> None:
    place = rig.slack.state.workspaces[TEAM]
    kept = place.installations[0].scopes
    place.installations[0].scopes = frozenset(kept) - {"users:read"}
    await visit_home(rig)
    assert office.came[0][2].is_admin is False


async def test_an_admin_is_not_taken_for_somebody_else_while_slack_is_silent(
    rig: Rig, office: FakeOffice
) -> None:
    view = await open_claim(rig)
    known = len(office.came)
    rig.slack.state.faults_of(TEAM).change({"lost_requests": 1})
    await rig.slack.interactions.command(TEAM, ANA, CHANNEL, "/exchange settings")
    await until(lambda: bool(whispered(rig)))
    assert "could not see who you are" in whispered(rig)[0]["text"]
    assert len(office.came) == known
    assert view is not None


async def test_a_slow_screen_is_shown_when_it_is_there(
    rig: Rig, office: FakeOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("integrations.slack.office._OPEN_WITHIN", 0.0)
    home = await visit_home(rig)
    office.ready.clear()
    await press(rig, home, "claim.city")
    await until(lambda: "One moment" in json.dumps(dialog(rig)))
    office.ready.set()
    await until(lambda: "Your city" in json.dumps(dialog(rig)))


async def test_a_slow_form_is_answered_with_patience_and_then_with_the_next_step(
    rig: Rig, office: FakeOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    await open_claim(rig)
    monkeypatch.setattr("integrations.slack.office._SUBMIT_WITHIN", 0.05)
    office.ready.clear()
    answer = await rig.slack.interactions.submit(TEAM, BEN, {"city": "2507000"})
    assert "One moment" in json.dumps(answer["view"])
    office.ready.set()
    await until(lambda: "Is this right?" in json.dumps(dialog(rig)))


async def test_a_closed_dialog_is_left_in_peace(rig: Rig) -> None:
    view = await open_claim(rig)
    assert await rig.slack.interactions.close(TEAM, BEN, view["id"]) == {"ok": True}
    assert dialog(rig) is None


async def test_without_an_office_old_buttons_and_forms_say_so() -> None:
    async with exchange_rig() as rig:
        listen(rig)
        view = {
            "type": "view_submission",
            "team": {"id": TEAM},
            "user": {"id": BEN},
            "view": {"type": "modal", "callback_id": "office", "private_metadata": "{}"},
        }
        reply = await rig.webhook.reception.take_interaction(view)
        assert "no longer in use" in reply.body
        await rig.slack.interactions.command(TEAM, BEN, CHANNEL, "/exchange settings")
        assert [words for _, words in rig.exchange.asked] == ["settings"]


@pytest.mark.parametrize(
    "user",
    [
        {"team_id": "T0ELSEWHERE", "is_admin": True},
        {"team_id": TEAM, "is_admin": True, "is_stranger": True},
        {"team_id": TEAM, "is_admin": True, "is_ultra_restricted": True},
        {"team_id": TEAM, "is_admin": True, "deleted": True},
        {"team_id": TEAM, "is_admin": False},
        {"is_admin": True},
    ],
)
async def test_only_admins_of_this_workspace_are_admins(
    user: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not (await _guest_for(user, monkeypatch)).is_admin


async def test_admins_on_enterprise_grid_and_owners_are_admins(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    grid = {"team_id": "E0ORG", "enterprise_user": {"teams": [TEAM]}, "is_owner": True}
    assert (await _guest_for(grid, monkeypatch)).is_admin
    unverified = {
        "team_id": TEAM,
        "is_email_confirmed": False,
        "profile": {"email": "mayor@boston.gov"},
    }
    assert (await _guest_for(unverified, monkeypatch)).email == ""


async def _guest_for(user: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> Guest:
    office = FakeOffice()
    async with exchange_rig(office=office) as rig:
        listen(rig)
        real = rig.platform.client.call

        async def call(access: Any, method: str, *given: Any, **more: Any) -> Any:
            if method == "users.info":
                return {"ok": True, "user": {"id": BEN, **user}}
            return await real(access, method, *given, **more)

        monkeypatch.setattr(rig.platform.client, "call", call)
        await visit_home(rig)
        return office.came[0][2]


async def test_channels_are_made_entered_and_listed(rig: Rig) -> None:
    assert isinstance(rig.platform, SupportsConversations)
    made = await rig.platform.create_conversation(rig.workspace, "Housing Exchange")
    found = dict(await rig.platform.conversations(rig.workspace))
    assert found[made] == "housing-exchange"
    await rig.platform.join_conversation(rig.workspace, made)
    assert isinstance(rig.platform, SupportsInviting)
    for _ in range(2):
        await rig.platform.let_in(rig.workspace, made, ExternalMember(BEN))
    assert BEN in rig.slack.state.workspaces[TEAM].conversations[made].members
    with pytest.raises(Refused, match="name_taken"):
        await rig.platform.create_conversation(rig.workspace, "housing exchange")


async def test_a_private_channel_is_entered_by_invitation_only(rig: Rig) -> None:
    place = rig.slack.state.workspaces[TEAM]
    private = place.conversations[CHANNEL]
    private.kind = "private"
    await rig.platform.join_conversation(rig.workspace, ExternalConversation(CHANNEL))
    del private.members[place.installations[0].bot_user]
    with pytest.raises(Refused):
        await rig.platform.join_conversation(rig.workspace, ExternalConversation(CHANNEL))


async def test_a_notice_is_pinned_and_can_say_something_else(rig: Rig) -> None:
    assert isinstance(rig.platform, SupportsPin)
    assert isinstance(rig.platform, SupportsNotices)
    said = await rig.platform.pin(rig.destination(), "This channel is shared. *Not* <!here>.")
    shown = message_at(rig, rig.destination(), said)
    assert shown["text"] == "This channel is shared. *Not* &lt;!here&gt;."
    assert any(entry.method == "pins.add" for entry in rig.slack.journal.entries)
    await rig.platform.rewrite(rig.destination(), said, Answer("", paragraph("No longer.")))
    assert message_at(rig, rig.destination(), said)["text"] == "No longer."
    gone = ExternalMessage("1700000000.000001")
    await rig.platform.rewrite(rig.destination(), gone, Answer("", paragraph("No longer.")))


async def test_a_notice_that_cannot_be_pinned_still_stands_there(rig: Rig) -> None:
    place = rig.slack.state.workspaces[TEAM]
    place.installations[0].scopes = frozenset(place.installations[0].scopes) - {"pins:write"}
    said = await rig.platform.pin(rig.destination(), "This channel is shared.")
    assert message_at(rig, rig.destination(), said)["text"] == "This channel is shared."


def message_at(rig: Rig, destination: Destination, message: ExternalMessage) -> dict[str, Any]:
    """A message as Slack shows it."""
    place = rig.slack.state.workspaces[TEAM].conversations[destination.conversation]
    found: dict[str, Any] = next(m for m in place.messages.values() if m.ts == message).as_json()
    return found
