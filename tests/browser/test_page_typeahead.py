"""A card of Teams on the page, whose choices the bot looks up while somebody types."""

from typing import Any

import pytest
from playwright.async_api import expect

from core.screens import Field, FieldKind, Form
from integrations.teams.screens import form_card
from tests.browser.conftest import Shown
from tests.browser.fake_bot import FakeBot

pytestmark = pytest.mark.browser

PAUL = "St. Paul, MN"
CARD = "application/vnd.microsoft.card.adaptive"
OPENS: dict[str, Any] = {
    "type": "AdaptiveCard",
    "version": "1.5",
    "body": [{"type": "TextBlock", "text": "Welcome"}],
    "actions": [
        {"type": "Action.Submit", "title": "Set up", "data": {"msteams": {"type": "task/fetch"}}}
    ],
}


async def test_a_city_is_found_while_one_types(shown: Shown, fake_bot: FakeBot) -> None:
    form = Form(
        "claim.city", "Claim your city", "Next", (Field("city", "Your city", FieldKind.SEARCH),)
    )
    shown.teams.events_url = fake_bot.url
    place = shown.teams.people.place("stpaul", "lena", "Housing")
    sent = shown.teams.people.say(place, "card")
    sent.author = shown.teams.world.bot.id
    sent.activity = {"type": "message", "attachments": [{"contentType": CARD, "content": OPENS}]}
    shown_card = {"contentType": CARD, "content": form_card(form, "t/19:team")}
    found = [{"title": "Marfa, TX · town · 1,788 people", "value": "4846620"}]
    fake_bot.answers = [
        {"task": {"type": "continue", "value": {"title": form.title, "card": shown_card}}},
        {"type": "application/vnd.microsoft.search.searchResponse", "value": {"results": found}},
        {"task": {"type": "message", "value": "Thank you."}},
    ]
    shown.teams.changes.publish("message_changed", "stpaul", place.conversation.id)
    await shown.city(PAUL).get_by_role("button", name="Set up").click()
    dialog = shown.page.get_by_role("dialog")
    await dialog.get_by_role("combobox", name="Your city").fill("mar")
    await dialog.get_by_role("option", name="Marfa, TX").click()
    await dialog.get_by_role("button", name="No list appears?").click()
    await expect(dialog.get_by_label("type it here")).to_be_visible()
    await dialog.get_by_role("button", name="Next").click()
    await expect(shown.page.locator(".notices")).to_contain_text("Thank you.")
    assert fake_bot.bodies[-1]["value"]["data"]["city"] == "4846620"
    assert fake_bot.bodies[-2]["value"]["queryText"] == "mar"
