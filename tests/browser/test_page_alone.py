"""The page over the stand-ins alone: what a person can do in one city."""

import base64
import json
from typing import Any

import pytest
from playwright.async_api import expect

from integrations.sandbox.slack.views import push_view
from tests.browser.conftest import Shown
from tests.browser.fake_bot import FakeBot

pytestmark = pytest.mark.browser

BOSTON = "Boston, MA"
PAUL = "St. Paul, MN"
DOT = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


async def test_the_page_says_what_it_is_and_shows_four_cities(shown: Shown) -> None:
    await expect(shown.page.locator(".sandbox-note")).to_contain_text("stays on this computer")
    await expect(shown.page.locator("section.pane")).to_have_count(4)
    await expect(shown.city("Marfa, TX").locator(".talk .empty")).to_contain_text("Nothing here")


@pytest.mark.parametrize(
    ("city", "typed"),
    [
        (BOSTON, "*bold* _italic_ ~gone~ `code` :tada:\n- one\n- two\n> said"),
        (PAUL, "**bold** _italic_ ~~gone~~ `code` 🎉\n- one\n- two\n> said"),
    ],
)
async def test_what_is_typed_is_shown_with_its_formatting(
    shown: Shown, city: str, typed: str
) -> None:
    await shown.write(city, typed)
    body = shown.city(city).locator(".talk .message .body").last
    for tag, text in {"em, i": "italic", "s": "gone", "code": "code", "blockquote": "said"}.items():
        await expect(body.locator(tag)).to_have_text(text)
    await expect(body.locator("strong, b")).to_have_text("bold")
    await expect(body.locator("ul li")).to_have_text(["one", "two"])
    await expect(body).to_contain_text("🎉")


async def test_a_reply_stands_in_the_thread_and_may_go_to_the_channel(shown: Shown) -> None:
    boston = shown.city(BOSTON)
    await boston.locator(".talk .thread-link").first.click()
    thread = boston.locator(".thread")
    await expect(thread.locator(".message")).to_have_count(2)
    area = thread.locator("textarea")
    await area.fill("Only here")
    await area.press("Enter")
    await expect(thread.locator(".message").last).to_contain_text("Only here")
    await expect(boston.locator(".talk .message")).to_have_count(1)
    await thread.get_by_label("Also send to #housing").check()
    await area.fill("For everyone")
    await area.press("Enter")
    await expect(boston.locator(".talk .message").last).to_contain_text("For everyone")
    await expect(boston.locator(".talk .message").last).to_contain_text("Replied to a thread")


async def test_a_post_in_teams_is_answered_in_its_thread(shown: Shown) -> None:
    paul = shown.city(PAUL)
    await paul.get_by_role("button", name="Reply", exact=True).first.click()
    area = paul.locator(".thread textarea")
    await area.fill("Since when?")
    await area.press("Enter")
    await expect(paul.locator(".thread .message").last).to_contain_text("Since when?")
    await expect(paul.locator(".talk .thread-link").last).to_contain_text("1 reply")


@pytest.mark.parametrize("city", [BOSTON, PAUL])
async def test_a_message_is_edited_reacted_to_and_deleted(shown: Shown, city: str) -> None:
    await shown.write(city, "Frist")
    message = shown.city(city).locator(".talk .message").last
    await expect(message).to_contain_text("Frist")
    await shown.choose(message, "Edit")
    area = message.locator("textarea")
    await area.fill("First & <best>")
    await area.press("Enter")
    await expect(message.locator(".body")).to_have_text("First & <best>")
    await expect(message).to_contain_text("(edited)")

    await message.focus()
    await message.get_by_label("React").click()
    await shown.page.get_by_role("menuitem", name="Celebrate").click()
    reaction = message.locator(".reaction")
    await expect(reaction).to_have_attribute("aria-pressed", "true")
    await reaction.click()
    await expect(reaction).to_have_count(0)

    before = await shown.city(city).locator(".talk .message").count()
    await shown.choose(message, "Delete")
    await shown.page.get_by_role("button", name="Delete").click()
    await expect(shown.city(city).locator(".talk .message")).to_have_count(before - 1)


@pytest.mark.parametrize("city", [BOSTON, PAUL])
async def test_a_picture_is_attached_with_its_description(shown: Shown, city: str) -> None:
    pane = shown.city(city)
    composer = pane.locator(".talk .composer")
    await composer.locator("input[type=file]").set_input_files(
        {"name": "map.png", "mimeType": "image/png", "buffer": DOT}
    )
    await composer.get_by_label("Description").fill("A map of empty homes")
    await composer.get_by_role("button", name="Send", exact=True).click()
    await expect(pane.locator(".talk .message").last.get_by_alt_text("A map")).to_be_visible()


async def test_another_person_sees_through_their_own_eyes(shown: Shown) -> None:
    boston = shown.city(BOSTON)
    await boston.get_by_label("You are, in Boston").select_option(
        label="Sam Kelly, Housing director"
    )
    await shown.write(BOSTON, "It is Sam now")
    await expect(boston.locator(".talk .message").last).to_contain_text("Sam Kelly")
    channel = shown.slack.state.workspaces["T0BOSTON001"].conversations["C0BOSHOUSE1"]
    channel.ephemerals.append(
        {"ts": "9999999999.000001", "text": "Psst", "is_ephemeral": True, "to": "U0SAMKELLY1"}
    )
    shown.slack.changes.publish("ephemeral", "T0BOSTON001", channel.id)
    await expect(boston.locator(".message.private")).to_contain_text("Only visible to you")
    await boston.get_by_label("You are, in Boston").select_option(label="Ana Ruiz, Mayor")
    await expect(boston.locator(".message.private")).to_have_count(0)


async def test_a_name_is_a_mention_also_after_an_edit(shown: Shown) -> None:
    await shown.write(BOSTON, "Ask @Sam Kelly in #transport, not @Nobody")
    message = shown.city(BOSTON).locator(".talk .message").last
    await expect(message.locator(".mention")).to_have_text(["@Sam Kelly", "#transport"])
    await shown.choose(message, "Edit")
    await expect(message.locator("textarea")).to_have_value(
        "Ask @Sam Kelly in #transport, not @Nobody"
    )
    await message.locator("textarea").press("Enter")
    await expect(message.locator(".mention")).to_have_text(["@Sam Kelly", "#transport"])
    await shown.write(PAUL, "Ask @Marcus Lind")
    paul = shown.city(PAUL).locator(".talk .message").last
    await expect(paul.locator(".mention")).to_have_text("Marcus Lind")


async def test_trouble_is_made_and_said_in_words(shown: Shown) -> None:
    for city in (BOSTON, PAUL):
        await shown.page.get_by_label(f"How {city} answers").click()
        await shown.page.get_by_role("menuitemradio", name="Offline").click()
        await expect(shown.city(city).locator(".status")).to_have_text("offline")
        await shown.page.get_by_label(f"How {city} answers").click()
        await shown.page.get_by_role("menuitemradio", name="Answers at once").click()
        await expect(shown.city(city).locator(".status")).to_have_text("")


async def test_markup_in_messages_is_only_words(shown: Shown) -> None:
    attack = '<img src=x onerror="window.hit=1"><script>window.hit=1</script>'
    for city in (BOSTON, PAUL):
        await shown.write(city, attack)
        await expect(shown.city(city).locator(".talk .message .body").last).to_have_text(attack)
    assert await shown.page.evaluate("window.hit") is None


async def test_a_slack_dialog_is_filled_corrected_and_sent(shown: Shown, fake_bot: FakeBot) -> None:
    shown.slack.app_named("").events_url = fake_bot.url
    fake_bot.answers = [
        {"response_action": "errors", "errors": {"what": "Please say a little more."}},
        {"response_action": "clear"},
    ]
    workspace = shown.slack.state.workspaces["T0BOSTON001"]
    installation = shown.slack.installation("T0BOSTON001")
    push_view(shown.slack.state, workspace, installation, "U0ANARUIZ01", SLACK_FORM)
    dialog = shown.page.get_by_role("dialog")
    await expect(dialog).to_contain_text("Share a case")
    await dialog.get_by_label("What you tried").fill("Fund")
    await dialog.get_by_label("Channel").select_option(label="Transport")
    await dialog.get_by_role("button", name="Share").click()
    await expect(dialog).to_contain_text("Please say a little more.")
    await expect(dialog.get_by_label("What you tried")).to_have_value("Fund")
    await dialog.get_by_label("What you tried").fill("A lease-up fund")
    await dialog.get_by_role("button", name="Share").click()
    await expect(dialog).to_have_count(0)
    values: dict[str, Any] = json.loads(fake_bot.forms[-1]["payload"])["view"]["state"]["values"]
    assert values["what"]["typed"]["value"] == "A lease-up fund"
    assert values["where"]["chosen"]["selected_option"]["value"] == "transport"


async def test_a_button_and_a_dialog_in_teams(shown: Shown, fake_bot: FakeBot) -> None:
    shown.teams.events_url = fake_bot.url
    place = shown.teams.people.place("stpaul", "lena", "Housing")
    sent = shown.teams.people.say(place, "card")
    sent.author = shown.teams.world.bot.id
    card = {"contentType": CARD, "content": ASKING}
    sent.activity = {"type": "message", "attachments": [card]}
    fake_bot.answers = [
        {"task": {"type": "continue", "value": {"title": "A case", "card": FORM}}},
        {"task": {"type": "message", "value": "Thank you."}},
    ]
    shown.teams.changes.publish("message_changed", "stpaul", place.conversation.id)
    await shown.city(PAUL).get_by_role("button", name="Share a case").click()
    dialog = shown.page.get_by_role("dialog")
    await dialog.get_by_label("What you tried").fill("A registry")
    await dialog.get_by_role("button", name="Send it").click()
    await expect(shown.page.locator(".notices")).to_contain_text("Thank you.")
    await expect(dialog).to_have_count(0)
    assert fake_bot.bodies[-1]["name"] == "task/submit"
    assert fake_bot.bodies[-1]["value"]["data"] == {"step": 1, "tried": "A registry"}


SLACK_FORM: dict[str, Any] = {
    "type": "modal",
    "title": {"type": "plain_text", "text": "Share a case"},
    "submit": {"type": "plain_text", "text": "Share"},
    "blocks": [
        {
            "type": "input",
            "block_id": "what",
            "label": {"type": "plain_text", "text": "What you tried"},
            "element": {"type": "plain_text_input", "action_id": "typed"},
        },
        {
            "type": "input",
            "block_id": "where",
            "label": {"type": "plain_text", "text": "Channel"},
            "element": {
                "type": "static_select",
                "action_id": "chosen",
                "options": [
                    {"text": {"type": "plain_text", "text": "Housing"}, "value": "housing"},
                    {"text": {"type": "plain_text", "text": "Transport"}, "value": "transport"},
                ],
            },
        },
    ],
}
CARD = "application/vnd.microsoft.card.adaptive"
ASKING: dict[str, Any] = {
    "type": "AdaptiveCard",
    "version": "1.5",
    "body": [{"type": "TextBlock", "text": "Did it **work**?"}],
    "actions": [
        {
            "type": "Action.Submit",
            "title": "Share a case",
            "data": {"msteams": {"type": "task/fetch"}},
        }
    ],
}
FORM: dict[str, Any] = {
    "contentType": CARD,
    "content": {
        "type": "AdaptiveCard",
        "version": "1.5",
        "body": [{"type": "Input.Text", "id": "tried", "label": "What you tried"}],
        "actions": [{"type": "Action.Submit", "title": "Send it", "data": {"step": 1}}],
    },
}
