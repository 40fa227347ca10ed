"""A city joins from its Slack in a real browser, led by nothing but what it reads: from the front
page to a first message in other cities, and out again. Clicks and time are printed (`-s`)."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.browser.joining import Admin, Running, admin_of, serving

pytestmark = pytest.mark.browser

TEAM, RITA = "T0TUCSON001", "U0RITAMORA1"


@pytest.fixture
def running(tmp_path: Path, unused_tcp_port: int) -> Iterator[Running]:
    """A sandbox of this test alone."""
    with serving(tmp_path, unused_tcp_port) as served:
        yield served


async def test_a_city_joins_writes_and_leaves(browser: Browser, running: Running) -> None:
    await running.control("slack", "add", kind="workspace", id=TEAM, name="City of Tucson")
    person = {"id": RITA, "real_name": "Rita Mora", "email": "rita.mora@tucsonaz.gov"}
    await running.control("slack", "add", kind="member", workspace=TEAM, owner=True, **person)
    await running.control("slack", "add", kind="channel", workspace=TEAM, name="housing")
    admin = await admin_of(browser, "Tucson")
    await install(admin, running)
    await claim(admin, running)
    running.confirm("Rita Mora")
    await set_up(admin)
    await write(admin)
    admin.joined()
    await leave(admin)
    await running.control("slack", "uninstall", workspace=TEAM)
    running.removed("Tucson")


async def install(admin: Admin, running: Running) -> None:
    """From the front page through Slack's consent to the page that says what comes next."""
    page = admin.page
    await page.goto(running.exchange)
    await page.get_by_role("link", name="Add to Slack").click()
    await page.wait_for_url("**/install/slack")
    await admin.click(page.get_by_role("link", name="Add to Slack"), "Add to Slack")
    await admin.click(page.get_by_role("link", name="City of Tucson"), "City of Tucson")
    heading = page.get_by_role("heading", level=1)
    await expect(heading).to_have_text("Mayoral Exchange is in City of Tucson")


async def claim(admin: Admin, running: Running) -> None:
    """The app has written; its button leads to the claim."""
    await admin.open_sandbox(running.page, "City of Tucson")
    chat = admin.pane.locator(".channels").get_by_role("button", name="Mayoral Exchange")
    await admin.click(chat, "Mayoral Exchange")
    await admin.click(admin.pane.get_by_role("button", name="Set up"), "Set up")
    await admin.opens("Claim your city")
    await admin.choose_city("tucson", "Tucson, AZ")
    await admin.send("Next", "Is this right?")
    await admin.send("Send", "Sent to the operator")
    await admin.close()


async def set_up(admin: Admin) -> None:
    """The app writes that the city is confirmed: choose housing; the rest is filled in."""
    told = admin.talk.locator(".message", has_text="has confirmed Tucson, AZ")
    await expect(told).to_be_visible()
    await admin.click(admin.talk.get_by_role("button", name="Set up"), "Set up")
    await admin.opens("Choose topics")
    await admin.click(admin.dialog.get_by_role("option", name="Housing"), "Housing")
    await admin.send("Next", "Where does it go?")
    await admin.send("Link it", "Last step")
    await admin.send("Finish", "You are set")
    await admin.close()


async def write(admin: Admin) -> None:
    """A first message under a notice that says who reads it; Boston and Marfa read it."""
    channel = admin.pane.locator(".channels").get_by_role("button", name="exchange-housing")
    await admin.click(channel, "exchange-housing")
    await expect(admin.pane.get_by_text("This channel is shared.").first).to_be_visible()
    await admin.write("Our leak sensors paid for themselves in 14 months.")
    await admin.arrived("leak sensors", "Rita Mora")


async def leave(admin: Admin) -> None:
    """Out again in two clicks, from the app's home."""
    home = admin.pane.locator(".channels").get_by_role("button", name="Home", exact=True)
    await home.click()
    leave = admin.pane.locator(".home").get_by_role("button", name="Leave", exact=True)
    await admin.click(leave, "Leave")
    await admin.opens("Leave the exchange?")
    await admin.send("Leave", "You have left")
    assert len(admin.clicks) == 2
