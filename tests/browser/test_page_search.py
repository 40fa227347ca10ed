"""A field that suggests while somebody types: by keyboard, by mouse, and when nothing comes."""

import json
from typing import Any

import pytest
from playwright.async_api import Locator, expect

from integrations.sandbox.slack.views import push_view
from tests.browser.conftest import Shown
from tests.browser.fake_bot import FakeBot
from tests.browser.test_page_access import FAINT_TEXTS, nameless

pytestmark = pytest.mark.browser

TEAM, ANA = "T0BOSTON001", "U0ANARUIZ01"


def option(value: str, text: str) -> dict[str, Any]:
    """An option as an app suggests it."""
    return {"text": {"type": "plain_text", "text": text}, "value": value}


MANY = [option("5000000", "Washington, DC · 689,545 people"), option("4981960", "Washington, UT")]


def form(kind: str) -> dict[str, Any]:
    """A dialog with one field that is filled from outside."""
    element = {"type": kind, "action_id": "city", "min_query_length": 2}
    return {
        "type": "modal",
        "title": {"type": "plain_text", "text": "Claim your city"},
        "submit": {"type": "plain_text", "text": "Next"},
        "blocks": [
            {
                "type": "input",
                "block_id": "city",
                "label": {"type": "plain_text", "text": "Your city"},
                "element": element,
            }
        ],
    }


async def opened(shown: Shown, fake_bot: FakeBot, kind: str = "external_select") -> Locator:
    """The field, in an open dialog."""
    shown.slack.app_named("").events_url = fake_bot.url
    workspace = shown.slack.state.workspaces[TEAM]
    push_view(shown.slack.state, workspace, shown.slack.installation(TEAM), ANA, form(kind))
    box = shown.page.get_by_role("dialog").get_by_role("combobox", name="Your city")
    await expect(box).to_be_visible()
    return box


def offered(shown: Shown) -> Locator:
    """What is suggested."""
    return shown.page.get_by_role("dialog").get_by_role("option")


def sent(fake_bot: FakeBot) -> dict[str, Any]:
    """The last thing that the app was sent."""
    payload: dict[str, Any] = json.loads(fake_bot.forms[-1]["payload"])
    return payload


async def test_a_city_is_found_and_chosen_with_the_keyboard(
    shown: Shown, fake_bot: FakeBot
) -> None:
    box = await opened(shown, fake_bot)
    await box.press_sequentially("w")
    await expect(shown.page.get_by_role("dialog").get_by_role("status")).to_have_text(
        "Type at least 2 letters."
    )
    assert fake_bot.forms == []
    fake_bot.answers = [{"options": MANY}]
    await box.press_sequentially("a")
    options = offered(shown)
    await expect(options).to_have_text([one["text"]["text"] for one in MANY])
    await expect(box).to_have_attribute("aria-expanded", "true")
    assert sent(fake_bot)["value"] == "wa"
    await box.press("ArrowDown")
    await box.press("ArrowDown")
    await expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    assert await nameless(shown) == []
    assert await shown.page.evaluate(FAINT_TEXTS) == []
    await box.press("Enter")
    await expect(box).to_have_value("Washington, UT")
    await expect(options).to_have_count(0)
    fake_bot.answers = [{"response_action": "clear"}]
    await shown.page.get_by_role("button", name="Next").click()
    await expect(shown.page.get_by_role("dialog")).to_have_count(0)
    values = sent(fake_bot)["view"]["state"]["values"]
    assert values["city"]["city"]["selected_option"]["value"] == "4981960"


async def test_words_that_were_not_chosen_are_not_an_answer(
    shown: Shown, fake_bot: FakeBot
) -> None:
    box = await opened(shown, fake_bot)
    fake_bot.answers = [{"options": []}]
    await box.fill("Roslindale")
    await expect(shown.page.get_by_role("dialog").get_by_role("status")).to_contain_text(
        "Nothing found"
    )
    before = len(fake_bot.forms)
    await shown.page.get_by_role("button", name="Next").click()
    await expect(shown.page.get_by_role("dialog")).to_be_visible()
    assert len(fake_bot.forms) == before


async def test_the_list_closes_before_the_dialog_does(shown: Shown, fake_bot: FakeBot) -> None:
    box = await opened(shown, fake_bot)
    fake_bot.answers = [{"options": MANY}]
    await box.fill("wash")
    await expect(offered(shown)).to_have_count(2)
    await box.press("Escape")
    await expect(offered(shown)).to_have_count(0)
    await expect(box).to_be_visible()
    await box.press("Escape")
    await expect(shown.page.get_by_role("dialog")).to_have_count(0)


async def test_several_are_chosen_and_one_is_taken_out_again(
    shown: Shown, fake_bot: FakeBot
) -> None:
    box = await opened(shown, fake_bot, "multi_external_select")
    for number in range(2):
        fake_bot.answers = [{"options": MANY}]
        await box.fill("wash")
        await offered(shown).nth(number).click()
    await shown.page.get_by_label("Remove Washington, UT").click()
    await expect(shown.page.locator(".picked li")).to_have_count(1)
    fake_bot.answers = [{"response_action": "clear"}]
    await shown.page.get_by_role("button", name="Next").click()
    await expect(shown.page.get_by_role("dialog")).to_have_count(0)
    values = sent(fake_bot)["view"]["state"]["values"]
    assert [one["value"] for one in values["city"]["city"]["selected_options"]] == ["5000000"]
