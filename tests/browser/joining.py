"""What the tests of joining share: a sandbox that the operator's commands reach, and an admin whose
clicks are counted."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from playwright.async_api import Browser, Locator, Page, expect

from tests.browser.conftest import LAPTOP
from tests.browser.test_page_whole import ROOT, started

PATIENCE = 15_000
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

    def confirm(self, name: str) -> None:
        """The operator confirms the one claim that waits, which is this person's."""
        [waiting] = self.command("workspaces", "waiting")
        assert waiting["name"] == name
        self.command("workspaces", "confirm", str(waiting["id"]))

    def removed(self, name: str) -> None:
        """Check that nothing of a workspace is left but its name."""
        [own] = [one for one in self.command("workspaces", "list") if name in one["name"]]
        assert own["state"] == "removed"
        assert own["id"] not in [link["workspace"] for link in self.command("links", "list")]

    async def control(self, platform: str, verb: str, **given: object) -> None:
        """What happens in this Slack or Teams without a browser."""
        url = f"{self.page}/{platform}/control/{verb}"
        async with aiohttp.ClientSession() as session, session.post(url, json=given) as answer:
            assert answer.status == 200, await answer.text()


@contextmanager
def serving(folder: Path, port: int) -> Iterator[Running]:
    """`python -m service serve` with nothing configured but a place for the database."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "EXCHANGE_PORT": str(port),
        "EXCHANGE_SANDBOX_PORT": "0",
        "EXCHANGE_DATABASE_URL": f"sqlite+aiosqlite:///{folder / 'exchange.db'}",
    }
    log = folder / "serve.log"
    with (
        log.open("w") as said,
        subprocess.Popen(
            [sys.executable, "-m", "service", "serve"], cwd=folder, env=environment, stderr=said
        ) as process,
    ):
        try:
            page = started(process, log)
            yield Running(page, f"http://127.0.0.1:{port}", folder, environment)
        finally:
            process.terminate()
            process.wait(timeout=30)


class Admin:
    """Somebody who has seen nothing of it, in one pane. Counts what they click."""

    def __init__(self, page: Page, city: str) -> None:
        self.page = page
        self.city = city
        self.clicks: list[str] = []
        self.began = time.monotonic()

    @property
    def pane(self) -> Locator:
        """Their city's pane."""
        return self.pane_of(self.city)

    @property
    def dialog(self) -> Locator:
        """The dialog that is open."""
        return self.page.get_by_role("dialog")

    @property
    def talk(self) -> Locator:
        """What they read in the middle of their pane."""
        return self.pane.locator(".talk")

    def pane_of(self, city: str) -> Locator:
        """A city's pane."""
        return self.page.locator("section.pane").filter(has=self.page.locator("h2", has_text=city))

    async def open_sandbox(self, address: str, pane: str) -> None:
        """Open the sandbox's page, and their own pane large: only here several share a page."""
        await self.page.goto(address)
        await self.page.wait_for_selector("body[data-ready]")
        await self.page.get_by_role("button", name=f"Show {pane} large").click()

    async def click(self, what: Locator, named: str) -> None:
        """One click."""
        await what.click()
        self.clicks.append(named)

    async def opens(self, title: str) -> None:
        """Wait for a dialog with this title."""
        await expect(self.dialog.get_by_role("heading", name=title)).to_be_visible()

    async def send(self, button: str, then: str) -> None:
        """Press the button of a dialog; `then` is the title of what follows."""
        await self.click(self.dialog.get_by_role("button", name=button, exact=True), button)
        await self.opens(then)

    async def choose_city(self, typed: str, city: str) -> None:
        """Type a part of a city's name, and choose it from what is offered."""
        await self.dialog.get_by_role("combobox").press_sequentially(typed)
        await self.click(self.dialog.get_by_role("option", name=city), city)

    async def close(self) -> None:
        """Close the dialog that is open."""
        await self.click(self.dialog.get_by_role("button", name="Close").first, "Close")
        await expect(self.dialog).to_have_count(0)

    async def write(self, text: str) -> None:
        """Write where they are, and press Enter."""
        area = self.talk.locator(".composer textarea")
        await area.fill(text)
        await area.press("Enter")

    async def arrived(self, text: str, author: str) -> None:
        """Wait for one copy under the author's name in Boston's Slack and in Marfa's Teams."""
        for name in ("Boston", "Marfa"):
            copy = self.pane_of(name).locator(".talk .message", has_text=text)
            await expect(copy).to_have_count(1)
            await expect(copy).to_contain_text(author)

    def joined(self) -> None:
        """Say what joining took, and check that it is little."""
        seconds = time.monotonic() - self.began
        print(  # noqa: T201 - the measurement is what these tests are for
            f"\n{self.city} joined with {len(self.clicks)} clicks in {seconds:.0f} s: {self.clicks}"
        )
        assert len(self.clicks) <= MOST_CLICKS
        assert seconds < MOST_SECONDS
        self.clicks.clear()


async def admin_of(browser: Browser, city: str) -> Admin:
    """An admin with a fresh browser on a laptop."""
    page = await browser.new_page(viewport=LAPTOP)  # type: ignore[arg-type]
    page.set_default_timeout(PATIENCE)
    expect.set_options(timeout=PATIENCE)
    return Admin(page, city)
