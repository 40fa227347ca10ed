"""A real Chromium on the sandbox page, with both stand-ins in this process."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.async_api import Browser, Locator, Page, async_playwright

from integrations.sandbox.page.__main__ import open_page
from integrations.sandbox.slack.app import SlackStandIn
from integrations.sandbox.teams.standin import TeamsStandIn
from tests.browser.fake_bot import FakeBot, running

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
]
LAPTOP = {"width": 1366, "height": 768}


@dataclass
class Shown:
    """The page in the browser, and the stand-ins behind it."""

    page: Page
    address: str
    slack: SlackStandIn
    teams: TeamsStandIn
    problems: list[str]

    def city(self, name: str) -> Locator:
        """A city's pane."""
        return self.page.locator("section.pane").filter(has=self.page.locator("h2", has_text=name))

    async def write(self, city: str, text: str) -> None:
        """Type into a city's composer and press Enter."""
        area = self.city(city).locator(".talk .composer textarea")
        await area.fill(text)
        await area.press("Enter")

    async def choose(self, message: Locator, action: str) -> None:
        """Choose from the menu of a message."""
        await message.focus()
        await message.get_by_label("More actions").click()
        await self.page.get_by_role("menuitem", name=action).click()


@pytest.fixture
async def browser(chromium_path: str) -> AsyncIterator[Browser]:
    """A fresh Chromium."""
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=chromium_path, args=ARGUMENTS)
        yield started
        await started.close()


@pytest.fixture
async def shown(browser: Browser) -> AsyncIterator[Shown]:
    """The page over the stand-ins alone. A script error or a refused request fails the test."""
    async with open_page() as (address, slack, teams):
        page = await browser.new_page(viewport=LAPTOP)  # type: ignore[arg-type]
        page.set_default_timeout(5_000)
        problems = listen(page)
        await page.goto(address)
        await page.wait_for_selector("body[data-ready]")
        yield Shown(page, address, slack, teams, problems)
        await page.close()
        assert problems == []


def listen(page: Page) -> list[str]:
    """What goes wrong in a page from now on."""
    problems: list[str] = []

    def hear(message: Any) -> None:
        if message.type == "error":
            problems.append(message.text)

    page.on("console", hear)
    page.on("pageerror", lambda error: problems.append(str(error)))
    return problems


@pytest.fixture
async def fake_bot() -> AsyncIterator[FakeBot]:
    """An app behind the stand-ins."""
    async with running() as bot:
        yield bot
