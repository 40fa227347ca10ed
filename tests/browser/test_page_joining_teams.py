"""A city joins from its Teams in a real browser, from the app that was added to its team to a first
message in other cities, and out again. Clicks and time are printed (`-s`)."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, expect

from tests.browser.joining import Admin, Running, admin_of, serving

pytestmark = pytest.mark.browser

TENANT = "missoula"


@pytest.fixture
def running(tmp_path: Path, unused_tcp_port: int) -> Iterator[Running]:
    """A sandbox of this test alone."""
    with serving(tmp_path, unused_tcp_port) as served:
        yield served


async def test_a_city_joins_from_teams_writes_and_leaves(
    browser: Browser, running: Running
) -> None:
    await running.control(
        "teams", "add", kind="workspace", workspace=TENANT, name="City of Missoula"
    )
    person = {"member": "owen", "name": "Owen Berg", "role": "owner"}
    await running.control("teams", "add", kind="member", workspace=TENANT, **person)
    await running.control("teams", "add", kind="channel", workspace=TENANT, name="Housing")
    admin = await admin_of(browser, "Missoula")
    # Teams' own store is no part of the page.
    await running.control("teams", "install", workspace=TENANT, member="owen", action="add")
    await claim(admin, running)
    running.confirm("Owen Berg")
    await set_up(admin)
    await write(admin)
    admin.joined()
    await leave(admin)
    await running.control("teams", "install", workspace=TENANT, member="owen", action="remove")
    running.removed("Missoula")


async def claim(admin: Admin, running: Running) -> None:
    """The app has written; its card leads to the claim."""
    await admin.open_sandbox(running.page, "City of Missoula")
    await admin.click(chat(admin), "Mayoral Exchange")
    await admin.click(admin.talk.get_by_role("button", name="Set up"), "Set up")
    await admin.opens("Claim your city")
    await admin.choose_city("missou", "Missoula, MT")
    await admin.send("Next", "Is this right?")
    await admin.send("Send", "Sent to the operator")
    await admin.close()


async def set_up(admin: Admin) -> None:
    """The app writes that the city is confirmed: housing alone, in a channel of theirs."""
    told = admin.talk.locator(".message", has_text="has confirmed Missoula, MT")
    await expect(told).to_be_visible()
    await admin.click(admin.talk.get_by_role("button", name="Set up"), "Set up")
    await admin.opens("Choose topics")
    await admin.click(admin.dialog.get_by_label("Transport"), "Transport")
    await admin.send("Next", "Where does it go?")
    await admin.dialog.get_by_role("combobox").press_sequentially("Housing")
    await admin.send("Link it", "Last step")
    await admin.send("Finish", "You are set")
    await admin.close()


async def write(admin: Admin) -> None:
    """A first message under a notice that says who reads it; Boston and Marfa read it."""
    channel = admin.pane.locator(".channels").get_by_role("button", name="Housing")
    await admin.click(channel, "Housing")
    await expect(admin.pane.get_by_text("This channel is shared.").first).to_be_visible()
    await admin.write("Our snow plows share their route in a map.")
    await admin.arrived("snow plows", "Owen Berg")


async def leave(admin: Admin) -> None:
    """Out again in two clicks, from the card of the person's page."""
    await chat(admin).click()
    await admin.write("home")
    await admin.click(admin.talk.get_by_role("button", name="Leave", exact=True).last, "Leave")
    await admin.opens("Leave the exchange?")
    await admin.send("Leave", "You have left")
    assert len(admin.clicks) == 2


def chat(admin: Admin) -> Locator:
    """What opens their chat with the app."""
    return admin.pane.locator(".channels").get_by_role("button", name="Mayoral Exchange")
