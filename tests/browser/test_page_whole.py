"""The whole thing in a real browser: `python -m service serve` with nothing configured."""

import base64
import os
import re
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.browser.conftest import LAPTOP, listen

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 15_000
PLACE = re.compile(r"browser: (http://127\.0\.0\.1:\d+)")
DOT = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the page of a running sandbox."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "EXCHANGE_PORT": "0",
        "EXCHANGE_SANDBOX_PORT": "0",
    }
    folder = tmp_path_factory.mktemp("sandbox")
    log = folder / "serve.log"
    command = [sys.executable, "-m", "service", "serve"]
    with (
        log.open("w") as said,
        subprocess.Popen(command, cwd=folder, env=environment, stderr=said) as process,
    ):
        try:
            yield started(process, log)
        finally:
            process.terminate()
            process.wait(timeout=30)


def started(process: "subprocess.Popen[bytes]", log: Path) -> str:
    """The address that the sandbox says, once it is ready."""
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        text = log.read_text("utf-8")
        found = PLACE.search(text)
        if found and "Ready" in text:
            return found[1]
        time.sleep(0.05)
    pytest.fail(f"the sandbox did not start: {log.read_text('utf-8')}")


@pytest.fixture
async def page(browser: Browser, sandbox: str) -> AsyncIterator[Page]:
    opened = await browser.new_page(viewport=LAPTOP)  # type: ignore[arg-type]
    opened.set_default_timeout(PATIENCE)
    expect.set_options(timeout=PATIENCE)
    problems = listen(opened)
    await opened.goto(sandbox)
    await opened.wait_for_selector("body[data-ready]")
    yield opened
    await opened.close()
    assert problems == []


def city(page: Page, name: str) -> Locator:
    return page.locator("section.pane").filter(has=page.locator("h2", has_text=name))


def message(page: Page, name: str, text: str) -> Locator:
    return city(page, name).locator(".talk .message", has_text=text).last


async def write(page: Page, name: str, text: str) -> None:
    area = city(page, name).locator(".talk .composer textarea")
    await area.fill(text)
    await area.press("Enter")


async def choose(page: Page, chosen: Locator, action: str) -> None:
    await chosen.focus()
    await chosen.get_by_label("More actions").click()
    await page.get_by_role("menuitem", name=action).click()


async def test_a_message_from_boston_is_read_in_the_three_other_cities(page: Page) -> None:
    await write(
        page,
        "Boston",
        "We lease *empty shops* for _one_ dollar:\n- 14 leased\n- 11 open\nSee https://example.org",
    )
    for name in ("Yellow Springs", "St. Paul", "Marfa"):
        copy = message(page, name, "We lease")
        if name == "Yellow Springs":  # messages of one author stand under one name
            named = re.compile("Ana Ruiz · Boston, MA")
            await expect(copy).to_have_accessible_name(named)
        else:
            await expect(copy).to_contain_text("Ana Ruiz · Boston, MA")
        await expect(copy.locator(".body").locator("strong, b").last).to_have_text("empty shops")
        await expect(copy.locator(".body").locator("em, i").last).to_have_text("one")
        await expect(copy.locator(".body li")).to_have_text(["14 leased", "11 open"])
        await expect(copy.locator(".body a")).to_have_attribute("href", "https://example.org")

    figure = page.locator(".travel-figure[data-copies='3']")
    await expect(figure).to_contain_text(re.compile(r"\d+(\.\d)? m?s"))
    await expect(figure).to_contain_text("from key press to the last of 3 copies")
    taken = int(await figure.get_attribute("data-milliseconds") or 0)
    assert 0 < taken < PATIENCE
    steps = page.locator(".travel-steps li.done .step-name")
    await expect(steps).to_have_text(
        [
            "Key press",
            "Received",
            "On disk",
            "Decided",
            "Out",
            "Yellow Springs",
            "St. Paul",
            "Marfa",
        ]
    )


async def test_a_reply_in_a_teams_thread_lands_in_the_right_slack_thread(page: Page) -> None:
    await write(page, "Boston", "First question")
    await write(page, "Boston", "Second question")
    await expect(message(page, "St. Paul", "Second question")).to_be_visible()
    first = message(page, "St. Paul", "First question")
    await first.get_by_role("button", name="Reply", exact=True).click()
    area = city(page, "St. Paul").locator(".thread textarea")
    await area.fill("The **first** answer")
    await area.press("Enter")

    asked = message(page, "Boston", "First question")
    await expect(asked.locator(".thread-link")).to_contain_text("1 reply")
    await expect(message(page, "Boston", "Second question").locator(".thread-link")).to_have_count(
        0
    )
    await asked.locator(".thread-link").click()
    answer = city(page, "Boston").locator(".thread .message").last
    await expect(answer).to_contain_text("Lena Thao · St. Paul, MN")
    await expect(answer.locator(".body strong")).to_have_text("first")


async def test_edit_reaction_and_deletion_follow(page: Page) -> None:
    await write(page, "Boston", "Bus linn 7")
    await expect(message(page, "Marfa", "Bus linn 7")).to_be_visible()
    own = message(page, "Boston", "Bus linn 7")
    await choose(page, own, "Edit")
    editor = city(page, "Boston").locator(".editor textarea")
    await editor.fill("Bus line 7 runs all night")
    await editor.press("Enter")
    for name in ("Yellow Springs", "St. Paul", "Marfa"):
        await expect(message(page, name, "Bus line 7 runs all night")).to_be_visible()

    copy = message(page, "Marfa", "Bus line 7")
    await copy.focus()
    await copy.get_by_label("React").click()
    await page.get_by_role("menuitem", name="Thumbs up").click()
    await expect(
        message(page, "Boston", "Bus line 7").locator(".reaction", has_text="👍")
    ).to_be_visible()

    await choose(page, message(page, "Boston", "Bus line 7"), "Delete")
    await page.get_by_role("button", name="Delete").click()
    for name in ("Boston", "Yellow Springs", "St. Paul", "Marfa"):
        gone = city(page, name).locator(".talk .message:not(.deleted)", has_text="Bus line 7")
        await expect(gone).to_have_count(0)


async def test_a_picture_follows_with_its_description(page: Page) -> None:
    composer = city(page, "Boston").locator(".talk .composer")
    await composer.locator("input[type=file]").set_input_files(
        {"name": "map.png", "mimeType": "image/png", "buffer": DOT}
    )
    await composer.get_by_label("Description").fill("A map of empty homes")
    await composer.locator("textarea").fill("Where they are")
    await composer.get_by_role("button", name="Send", exact=True).click()
    await expect(message(page, "Boston", "Where they are").get_by_alt_text("A map")).to_be_visible()
    for name in ("St. Paul", "Marfa"):
        await expect(city(page, name).get_by_alt_text("A map of empty homes").first).to_be_visible()
    await message(page, "Yellow Springs", "Where they are").locator(".thread-link").click()
    thread = city(page, "Yellow Springs").locator(".thread")
    await expect(thread.get_by_alt_text("A map of empty homes")).to_be_visible()


async def test_who_has_got_this_is_told_in_private(page: Page) -> None:
    await write(page, "Boston", "Only for asking")
    await expect(message(page, "Marfa", "Only for asking")).to_be_visible()
    await choose(page, message(page, "Boston", "Only for asking"), "Who has got this?")
    answer = page.locator(".message.private, dialog", has_text="cities")
    await expect(answer.last).to_be_visible()


async def test_a_city_that_is_offline_gets_it_later(page: Page) -> None:
    await page.get_by_label(re.compile("How .*Marfa answers")).click()
    await page.get_by_role("menuitemradio", name="Offline").click()
    await expect(city(page, "Marfa").locator(".status")).to_have_text("offline")
    await write(page, "Boston", "Somebody sleeps")
    await expect(message(page, "St. Paul", "Somebody sleeps")).to_be_visible()
    await expect(message(page, "Marfa", "Somebody sleeps")).to_have_count(0)
    await page.get_by_label(re.compile("How .*Marfa answers")).click()
    await page.get_by_role("menuitemradio", name="Answers at once").click()
    await page.get_by_role("button", name="+1 h").click()
    await expect(message(page, "Marfa", "Somebody sleeps")).to_be_visible(timeout=30_000)
