"""What a person meets on the public pages: nothing in their way, on any screen, in any light."""

import json
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.async_api import Browser, Page
from yarl import URL

from tests.web.conftest import ADDRESSES

pytestmark = pytest.mark.browser

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
HEADINGS = "nodes => nodes.map(node => Number(node.tagName[1]))"
SIDEWAYS = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
CUT_OFF = """() => [...document.querySelectorAll("svg text")].filter(text => {
    const box = text.getBBox(), view = text.ownerSVGElement.viewBox.baseVal;
    return box.x < 4 || box.x + box.width > view.width - 4;
}).map(text => text.textContent)"""


@pytest.fixture(scope="session")
def axe(node_modules: Path) -> str:
    """axe-core, as it is given to a page."""
    script = node_modules / "axe-core" / "axe.min.js"
    if not script.is_file():
        pytest.skip("no axe-core: make node-tools")
    return script.read_text(encoding="utf-8")


@pytest.fixture(params=["light", "dark"])
async def page(chromium: Browser, request: pytest.FixtureRequest) -> AsyncIterator[Page]:
    """A page of a small laptop, in light or dark."""
    scheme: Literal["light", "dark"] = request.param
    context = await chromium.new_context(
        color_scheme=scheme, viewport={"width": 1280, "height": 720}
    )
    yield await context.new_page()
    await context.close()


async def findings(page: Page, axe: str) -> list[Any]:
    """What axe finds, and what it could not decide about colours. It never decides about words in
    drawings: `test_pages_said.py` compares their colours."""
    await page.evaluate(axe)
    call = f"() => axe.run({{runOnly: {json.dumps(RULES)}}})"
    result = await page.evaluate(call)
    unsure = [one for one in result["incomplete"] if one["id"] == "color-contrast"]
    told = [
        (one["id"], [node["html"] for node in one["nodes"] if not _drawn(one["id"], node["html"])])
        for one in [*result["violations"], *unsure]
    ]
    return [(name, where) for name, where in told if where]


def _drawn(rule: str, html: str) -> bool:
    return rule == "color-contrast" and html.startswith("<text ")


async def test_axe_finds_nothing(page: Page, pages: URL, axe: str) -> None:
    found = {}
    for address in ADDRESSES:
        answer = await page.goto(str(pages.with_path(address)))
        assert answer is not None
        assert answer.status == 200, address
        if told := await findings(page, axe):
            found[address] = told
    assert found == {}


async def test_axe_would_find_something(page: Page, pages: URL, axe: str) -> None:
    await page.goto(str(pages.with_path("/install/slack")))
    await page.evaluate("document.querySelector('.steps svg').removeAttribute('aria-label')")
    await page.evaluate("document.querySelector('.quiet').style.color = '#ccc'")
    await page.evaluate("document.body.style.background = '#ccc'")
    names = {name for name, _ in await findings(page, axe)}
    assert {"svg-img-alt", "color-contrast"} <= names


@pytest.mark.parametrize(
    ("width", "letters"),
    [
        pytest.param(320, "100%", id="phone"),
        pytest.param(640, "100%", id="zoom of 200 %"),
        pytest.param(640, "200%", id="letters twice as large"),
    ],
)
async def test_nobody_scrolls_sideways(
    chromium: Browser, pages: URL, width: int, letters: str
) -> None:
    page = await chromium.new_page(viewport={"width": width, "height": 640})
    wide = {}
    for address in ADDRESSES:
        await page.goto(str(pages.with_path(address)))
        await page.evaluate(f"document.documentElement.style.fontSize = '{letters}'")
        if over := await page.evaluate(SIDEWAYS):
            wide[address] = over
    assert wide == {}


async def test_headings_stand_in_order_and_pictures_have_words(
    chromium: Browser, pages: URL
) -> None:
    page = await chromium.new_page()
    for address in ADDRESSES:
        await page.goto(str(pages.with_path(address)))
        ranks = await page.eval_on_selector_all("h1, h2, h3, h4, h5, h6", HEADINGS)
        assert ranks.count(1) == 1, address
        assert ranks[0] == 1, address
        assert all(later - earlier <= 1 for earlier, later in pairwise(ranks))
        silent = "svg:not([aria-hidden=true]):not([role=img][aria-label]), img:not([alt])"
        assert await page.locator(silent).count() == 0, address
        assert await page.evaluate(CUT_OFF) == [], address


async def test_all_is_reached_by_keyboard_and_works_without_script(
    chromium: Browser, pages: URL
) -> None:
    context = await chromium.new_context(java_script_enabled=False)
    page = await context.new_page()
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text))
    page.on("requestfailed", lambda request: refused.append(request.url))
    await page.goto(str(pages))
    for name, next_page in (
        ("Add to Slack", "/install/slack"),
        ("what belongs here", "/terms"),
        ("Start", "/"),
        ("Add to Microsoft Teams", "/install/teams"),
        ("Privacy: what we keep", "/privacy"),
        ("Mayoral Exchange", "/"),
    ):
        for _ in range(20):
            await page.keyboard.press("Tab")
            if await page.locator("a:focus").inner_text() == name:
                break
        await page.keyboard.press("Enter")
        await page.wait_for_url(str(pages.with_path(next_page)))
    assert [one for one in refused if "favicon" not in one] == []
    for address in ADDRESSES:
        await page.goto(str(pages.with_path(address)))
        assert await page.locator("script, style, [style], [onclick]").count() == 0, address
    await context.close()
