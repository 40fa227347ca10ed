"""A city joins in a real browser, led by nothing but what it reads: from the front page to a first
message in other cities, and out again. Clicks and time are printed (`pytest -s`)."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.browser.conftest import LAPTOP
from tests.browser.test_page_whole import ROOT, started

pytestmark = pytest.mark.browser

PATIENCE = 15_000
TEAM, RITA = "T0TUCSON001", "U0RITAMORA1"
MOST_CLICKS = 15
"""From the install page to the first message across; typing and Enter are none."""
MOST_SECONDS = 600


@dataclass
class Running:
    """A sandbox on a database of its own, so that the operator's commands can reach it."""

    page: str
    exchange: str
    folder: Path
    environment: dict[str, str]

    def command(self, *words: str) -> Any:
        """What the operator runs."""
        run = subprocess.run(
            [sys.executable, "-m", "service", *words, "--json"],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode == 0, run.stdout + run.stderr
        return json.loads(run.stdout)

    async def control(self, verb: str, **given: object) -> None:
        """What happens in this Slack without a browser."""
        url = f"{self.page}/slack/control/{verb}"
        async with aiohttp.ClientSession() as session, session.post(url, json=given) as answer:
            assert answer.status == 200, await answer.text()


@pytest.fixture
def running(tmp_path: Path, unused_tcp_port: int) -> Iterator[Running]:
    """`python -m service serve` with nothing configured but a place for the database."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "EXCHANGE_PORT": str(unused_tcp_port),
        "EXCHANGE_SANDBOX_PORT": "0",
        "EXCHANGE_DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path / 'exchange.db'}",
    }
    log = tmp_path / "serve.log"
    with (
        log.open("w") as said,
        subprocess.Popen(
            [sys.executable, "-m", "service", "serve"], cwd=tmp_path, env=environment, stderr=said
        ) as process,
    ):
        try:
            page = started(process, log)
            yield Running(page, f"http://127.0.0.1:{unused_tcp_port}", tmp_path, environment)
        finally:
            process.terminate()
            process.wait(timeout=30)


class Admin:
    """Rita, who has seen nothing of it. Counts what she clicks."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.clicks: list[str] = []

    @property
    def pane(self) -> Locator:
        """Tucson's Slack."""
        return self.page.locator("section.pane").filter(
            has=self.page.locator("h2", has_text="Tucson")
        )

    @property
    def dialog(self) -> Locator:
        """The dialog that is open."""
        return self.page.get_by_role("dialog")

    async def click(self, what: Locator, named: str) -> None:
        """One click."""
        await what.click()
        self.clicks.append(named)

    async def send(self, button: str, then: str) -> None:
        """Press the button of a dialog; `then` is the title of what follows."""
        await self.click(self.dialog.get_by_role("button", name=button, exact=True), button)
        await expect(self.dialog.get_by_role("heading", name=then)).to_be_visible()


async def test_a_city_joins_writes_and_leaves(browser: Browser, running: Running) -> None:
    await running.control("add", kind="workspace", id=TEAM, name="City of Tucson")
    person = {"id": RITA, "real_name": "Rita Mora", "email": "rita.mora@tucsonaz.gov"}
    await running.control("add", kind="member", workspace=TEAM, owner=True, **person)
    await running.control("add", kind="channel", workspace=TEAM, name="housing")
    page = await browser.new_page(viewport=LAPTOP)  # type: ignore[arg-type]
    page.set_default_timeout(PATIENCE)
    expect.set_options(timeout=PATIENCE)
    admin, began = Admin(page), time.monotonic()
    await install(admin, running)
    await claim(admin, running)
    [waiting] = running.command("workspaces", "waiting")
    assert waiting["name"] == "Rita Mora"
    running.command("workspaces", "confirm", str(waiting["id"]))
    await set_up(admin)
    await write(admin)
    seconds = time.monotonic() - began
    joined = f"\nJoined with {len(admin.clicks)} clicks in {seconds:.0f} s: {admin.clicks}"
    print(joined)  # noqa: T201 - the measurement is what this test is for
    assert len(admin.clicks) <= MOST_CLICKS
    assert seconds < MOST_SECONDS
    await leave(admin, running)


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
    await admin.page.goto(running.page)
    await admin.page.wait_for_selector("body[data-ready]")
    # Only the sandbox has several workspaces on one page.
    await admin.page.get_by_role("button", name="Show City of Tucson large").click()
    chat = admin.pane.locator(".channels").get_by_role("button", name="Mayoral Exchange")
    await admin.click(chat, "Mayoral Exchange")
    await admin.click(admin.pane.get_by_role("button", name="Set up"), "Set up")
    await expect(admin.dialog.get_by_role("heading", name="Claim your city")).to_be_visible()
    box = admin.dialog.get_by_role("combobox")
    await box.press_sequentially("tucson")
    await admin.click(admin.dialog.get_by_role("option", name="Tucson, AZ"), "Tucson, AZ")
    await admin.send("Next", "Is this right?")
    await admin.send("Send", "Sent to the operator")
    await close(admin)


async def close(admin: Admin) -> None:
    """Close what is open."""
    await admin.click(admin.dialog.get_by_role("button", name="Close").first, "Close")
    await expect(admin.dialog).to_have_count(0)


async def set_up(admin: Admin) -> None:
    """The app writes that the city is confirmed: choose housing; the rest is filled in."""
    told = admin.pane.locator(".talk .message", has_text="has confirmed Tucson, AZ")
    await expect(told).to_be_visible()
    await admin.click(admin.pane.locator(".talk").get_by_role("button", name="Set up"), "Set up")
    await expect(admin.dialog.get_by_role("heading", name="Choose topics")).to_be_visible()
    await admin.click(admin.dialog.get_by_role("option", name="Housing"), "Housing")
    await admin.send("Next", "Where does it go?")
    await admin.send("Link it", "Last step")
    await admin.send("Finish", "You are set")
    await close(admin)


async def write(admin: Admin) -> None:
    """A first message under a notice that says who reads it; Boston and Marfa read it."""
    channel = admin.pane.locator(".channels").get_by_role("button", name="exchange-housing")
    await admin.click(channel, "exchange-housing")
    await expect(admin.pane.get_by_text("This channel is shared.").first).to_be_visible()
    area = admin.pane.locator(".talk .composer textarea")
    await area.fill("Our leak sensors paid for themselves in 14 months.")
    await area.press("Enter")
    for name in ("Boston", "Marfa"):
        pane = admin.page.locator("section.pane").filter(
            has=admin.page.locator("h2", has_text=name)
        )
        copy = pane.locator(".talk .message", has_text="leak sensors")
        await expect(copy).to_have_count(1)
        await expect(copy).to_contain_text("Rita Mora")


async def leave(admin: Admin, running: Running) -> None:
    """Out again in two clicks, from the app's home; then the app is removed."""
    home = admin.pane.locator(".channels").get_by_role("button", name="Home", exact=True)
    await home.click()
    admin.clicks.clear()
    leave = admin.pane.locator(".home").get_by_role("button", name="Leave", exact=True)
    await admin.click(leave, "Leave")
    await expect(admin.dialog.get_by_role("heading", name="Leave the exchange?")).to_be_visible()
    await admin.click(admin.dialog.get_by_role("button", name="Leave", exact=True), "Leave")
    await expect(admin.dialog.get_by_role("heading", name="You have left")).to_be_visible()
    assert len(admin.clicks) == 2
    await running.control("uninstall", workspace=TEAM)
    [own] = [one for one in running.command("workspaces", "list") if "Tucson" in one["name"]]
    assert own["state"] == "removed"
    links = running.command("links", "list")
    assert own["id"] not in [link["workspace"] for link in links]
