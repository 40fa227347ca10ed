"""The office in Slack, over HTTP: its page, its forms, its buttons, and what is suggested."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from core.ports import Answer, Choice
from core.text import paragraph
from integrations.sandbox.slack.model import Json
from integrations.slack.socket_mode import SlackSocketMode
from tests.slack.exchange_rig import ANA, BEN, CHANNEL, TEAM, Rig, exchange_rig, listen
from tests.slack.office_rig import (
    FakeOffice,
    dialog,
    home_of,
    until,
    visit_home,
    whispered,
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
    assert last["view"]["submit"] is None
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


async def test_forms_and_suggestions_come_over_a_socket_too(rig: Rig, office: FakeOffice) -> None:
    app = rig.slack.app_named("")
    app.events_url = app.interactivity_url = ""
    app.socket_mode = True
    socket = SlackSocketMode(settings=rig.settings, reception=rig.webhook.reception)
    await socket.start()
    try:
        await until(lambda: rig.slack.outgoing.sockets.count(app.id) > 0)
        view = await open_claim(rig)
        found = await rig.slack.interactions.suggest(
            TEAM, BEN, view_id=view["id"], action_id="city", block_id="", typed="Boston, M"
        )
        assert [option["value"] for option in found["options"]] == ["2507000"]
        second = await rig.slack.interactions.submit(TEAM, BEN, {"city": "2507000"})
        assert second["view"]["title"]["text"] == "Is this right?"
    finally:
        await socket.stop()
