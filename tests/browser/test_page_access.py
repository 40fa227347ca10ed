"""The page for everybody: names for controls, contrast, keyboard, small and large screens."""

from typing import Any

import pytest
from playwright.async_api import Browser, expect

from tests.browser.conftest import Shown

pytestmark = pytest.mark.browser

CONTROLS = {"button", "textbox", "combobox", "checkbox", "radio", "tab", "menuitem", "log", "link"}
# Every visible text against the first opaque colour behind it (WCAG 2, 1.4.3).
FAINT_TEXTS = """() => {
  const parse = (value) => { const found = value.match(/[\\d.]+/g).map(Number); return { r: found[0], g: found[1], b: found[2], a: found[3] ?? 1 }; };
  const light = ({ r, g, b }) => { const [x, y, z] = [r, g, b].map((v) => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; }); return 0.2126 * x + 0.7152 * y + 0.0722 * z; };
  const behind = (node) => { for (let at = node; at; at = at.parentElement) { const colour = parse(getComputedStyle(at).backgroundColor); if (colour.a === 1) return colour; } return { r: 255, g: 255, b: 255 }; };
  const faint = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !node.checkVisibility({ visibilityProperty: true }) || node.closest(".unseen, :disabled, option")) continue;
    const [first, second] = [light(parse(getComputedStyle(node).color)), light(behind(node))];
    const ratio = (Math.max(first, second) + 0.05) / (Math.min(first, second) + 0.05);
    if (ratio < 4.5) faint.push(`${ratio.toFixed(2)} ${node.tagName}.${node.className}: ${walker.currentNode.data.trim().slice(0, 30)}`);
  }
  return faint;
}"""  # noqa: E501 - a script of the browser's
OVERFLOW = """() => [document.documentElement.scrollWidth - innerWidth,
  document.documentElement.scrollHeight - innerHeight]"""


async def nameless(shown: Shown) -> list[str]:
    """Controls that a screen reader could only call "button"."""
    session = await shown.page.context.new_cdp_session(shown.page)
    tree: dict[str, Any] = await session.send("Accessibility.getFullAXTree")
    found = []
    for node in tree["nodes"]:
        role = node.get("role", {}).get("value")
        name = node.get("name", {}).get("value", "")
        if not node.get("ignored") and role in CONTROLS and not name.strip():
            found.append(f"{role} {node.get('backendDOMNodeId')}")
    return found


async def test_every_control_has_a_name(shown: Shown) -> None:
    assert await nameless(shown) == []
    await shown.city("Boston, MA").locator(".talk .thread-link").first.click()
    await shown.city("Boston, MA").locator(".talk .message").first.focus()
    await shown.page.get_by_label("How Marfa, TX answers").click()
    assert await nameless(shown) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_text_stands_out_from_what_is_behind_it(shown: Shown, theme: str) -> None:
    await shown.page.evaluate("(name) => { document.documentElement.dataset.theme = name; }", theme)
    await shown.write("Boston, MA", "*bold* `code` <@U0SAMKELLY1> https://example.org :tada:")
    last = shown.city("Boston, MA").locator(".talk .message").last
    await expect(last.locator(".mention")).to_be_visible()
    await last.focus()
    await shown.page.get_by_label("How Marfa, TX answers").click()
    assert await shown.page.evaluate(FAINT_TEXTS) == []


async def test_it_all_goes_by_keyboard(shown: Shown) -> None:
    keys = shown.page.keyboard
    await shown.city("Boston, MA").locator(".talk .message").first.focus()
    await keys.press("Tab")
    await keys.press("Tab")
    await expect(shown.page.locator(":focus")).to_have_accessible_name("React")
    await keys.press("Enter")
    await keys.press("ArrowRight")
    await keys.press("Enter")
    reaction = shown.city("Boston, MA").locator(".talk .reaction")
    await expect(reaction).to_have_accessible_name("❤️, 1: Ana Ruiz")
    await shown.city("Boston, MA").locator(".talk .thread-link").first.focus()
    await keys.press("Enter")
    await expect(shown.city("Boston, MA").locator(".thread textarea")).to_be_focused()
    await keys.press("Escape")
    await expect(shown.city("Boston, MA").locator(".thread")).to_be_hidden()


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (1366, 620), (683, 384), (390, 780)])
async def test_the_page_itself_never_scrolls(shown: Shown, width: int, height: int) -> None:
    """683 × 384 is the laptop at 200 % zoom."""
    await shown.page.set_viewport_size({"width": width, "height": height})
    assert max(await shown.page.evaluate(OVERFLOW)) <= 0
    area = shown.city("Boston, MA").locator(".talk .composer textarea")
    box = await area.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= height
    await expect(shown.city("Boston, MA").locator(".talk .message").first).to_be_in_viewport()


async def test_on_a_phone_cities_are_tabs(shown: Shown) -> None:
    await shown.page.set_viewport_size({"width": 390, "height": 780})
    await expect(shown.page.locator("section.pane:visible")).to_have_count(1)
    await shown.page.get_by_role("tab", name="Marfa").click()
    await expect(shown.city("Marfa, TX")).to_be_visible()
    await expect(shown.city("Boston, MA")).to_be_hidden()
    await shown.page.get_by_role("button", name="Channels in Marfa").click()
    await shown.city("Marfa, TX").get_by_role("button", name="Water").click()
    await expect(shown.city("Marfa, TX").locator(".talk .message")).to_contain_text("Leaks")


async def test_dark_follows_the_computer(shown: Shown, browser: Browser) -> None:
    context = await browser.new_context(color_scheme="dark")
    page = await context.new_page()
    await page.goto(shown.address)
    dark = await page.evaluate("getComputedStyle(document.body).backgroundColor")
    light = await shown.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert dark != light
    await context.close()
