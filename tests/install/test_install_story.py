"""A city installs, is confirmed, leaves, comes back, and is forgotten when it stays away."""

import re
from pathlib import Path

from sqlalchemy import text

from core.channels import Trouble
from core.places import WorkspaceState
from tests.install.browser import Browser
from tests.install.tucson import (
    TUCSON,
    confirm_and_link,
    known,
    our_app,
    token_of,
    tucson,
)
from tests.support.cities import only
from tests.support.exchange_rig import ExchangeRig


async def installed(rig: ExchangeRig, browser: Browser) -> None:
    """Tucson installs, is confirmed and links housing."""
    page = await browser.install(TUCSON.key)
    assert page.status == 200, page.text
    await rig.quiet()


async def test_a_new_city_waits_and_is_greeted(rig: ExchangeRig, browser: Browser) -> None:
    page = await browser.install(TUCSON.key)
    assert page.says("Mayoral Exchange is in City of Tucson")
    assert page.says("Nothing is shared yet.")
    assert page.says("press Set up")
    workspace = await known(rig)
    assert workspace is not None
    app = rig.slack.installation(TUCSON.key, "A0EXCHANGE1")
    assert (workspace.state, workspace.city) == (WorkspaceState.PENDING, None)
    assert (workspace.bot_member, workspace.bot_id) == (app.bot_user, app.bot_id)
    [greeting] = tucson(rig).told("Rita Mora")
    assert "Mayoral Exchange is here" in greeting.text
    buttons = [e for b in greeting.raw["blocks"] for e in b.get("elements", []) if "value" in e]
    assert [(b["text"]["text"], b["value"]) for b in buttons] == [("Set up", "home")]
    async with rig.running.database.view() as view:
        trail = await view.transaction.rows(text("SELECT act FROM audit"))
    assert "app installed" in {row.act for row in trail}


async def test_leave_and_come_back(rig: ExchangeRig, browser: Browser) -> None:
    await installed(rig, browser)
    await confirm_and_link(rig)
    rig.boston.say("Before Tucson left")
    await rig.quiet()
    only(tucson(rig).seen(), "Before Tucson left")

    await rig.slack_control("uninstall", workspace=TUCSON.key, app="A0EXCHANGE1")
    await rig.quiet()
    workspace = await known(rig)
    assert workspace is not None
    assert await token_of(rig) is None
    async with rig.running.database.view() as view:
        [link] = await view.links.list(workspace=workspace.id)
    assert link.trouble is Trouble.TOKEN_GONE

    rig.boston.say("While Tucson was away")
    await rig.pass_time(29 * 24 * 3600)
    page = await browser.install(TUCSON.key)
    assert page.says("Welcome back, City of Tucson")
    await rig.quiet(within=20)
    again = await known(rig)
    assert again is not None
    assert (again.id, again.state, again.city) == (workspace.id, "confirmed", "0477000")
    only(tucson(rig).seen(), "While Tucson was away")
    tucson(rig).say("Tucson is back")
    await rig.quiet()
    only(rig.boston.seen(), "Tucson is back")
    assert not [m for m in tucson(rig).told("Rita Mora") if "stopped" in m.text]


async def test_who_stays_away_is_ended(rig: ExchangeRig, browser: Browser) -> None:
    await installed(rig, browser)
    workspace = await confirm_and_link(rig)
    tucson(rig).say("What Tucson said stays")
    await rig.quiet()
    await rig.slack_control("revoke", workspace=TUCSON.key, app="A0EXCHANGE1")
    await rig.quiet()
    await rig.pass_time(30 * 24 * 3600 + 1)
    async with rig.running.database.view() as view:
        assert await view.links.list(workspace=workspace.id) == []
    ended = await known(rig)
    assert ended is not None
    assert ended.state is WorkspaceState.REMOVED
    only(rig.boston.seen(), "What Tucson said stays")
    page = await browser.install(TUCSON.key)
    assert page.says("Nothing is shared yet.")
    fresh = await known(rig)
    assert fresh is not None
    assert (fresh.state, fresh.city) == (WorkspaceState.PENDING, None)


async def test_installing_again_changes_the_token_without_a_gap(
    rig: ExchangeRig, browser: Browser
) -> None:
    await installed(rig, browser)
    await confirm_and_link(rig)
    rig.boston.say("With the first token")
    await rig.quiet()
    first = await token_of(rig)
    page = await browser.install(TUCSON.key)
    assert page.says("nothing else has changed")
    assert await token_of(rig) != first
    rig.boston.say("With the second token")
    await rig.quiet()
    only(tucson(rig).seen(), "With the second token")


async def test_a_late_word_of_an_uninstall_does_no_harm(rig: ExchangeRig, browser: Browser) -> None:
    await installed(rig, browser)
    await rig.slack_control("uninstall", workspace=TUCSON.key, app="A0EXCHANGE1")
    await rig.quiet()
    gone = [
        d.envelope["event_id"]
        for d in rig.slack.outgoing.deliveries
        if d.envelope["event"]["type"] == "app_uninstalled"
    ]
    await rig.pass_time(3600)
    await browser.install(TUCSON.key)
    token = await token_of(rig)
    async with rig.running.database.unit() as unit:
        await unit.transaction.run(text("UPDATE inbox SET key = key || '-old'"))
    await rig.slack_control("redeliver", event_id=gone[0])
    await rig.quiet()
    assert token is not None
    assert await token_of(rig) == token


async def test_a_token_the_operator_gave_is_replaced_by_consent(
    rig: ExchangeRig, browser: Browser
) -> None:
    given = await token_of(rig, "T0BOSTON001")
    page = await browser.install("T0BOSTON001")
    assert page.status == 200
    workspace = await known(rig, "T0BOSTON001")
    assert workspace is not None
    assert workspace.state is WorkspaceState.CONFIRMED
    assert await token_of(rig, "T0BOSTON001") not in (None, given)
    rig.boston.say("Still here")
    await rig.quiet()
    only(rig.yellow_springs.seen(), "Still here")


async def test_no_secret_stands_in_the_database(
    small_rig: ExchangeRig, small_browser: Browser, tmp_path: Path
) -> None:
    our_app(small_rig).token_rotation = True
    consent = await small_browser.press_add()
    [cookie] = small_browser.cookies()
    under_way = await dump(small_rig, tmp_path)
    state = re.search(r"state=([^&]+)", consent)
    assert state is not None
    assert state.group(1).encode() not in under_way
    assert cookie.value.encode() not in under_way
    await small_browser.get(await small_browser.agree(consent, TUCSON.key))
    grant = small_rig.slack.installation(TUCSON.key, "A0EXCHANGE1").grant
    assert await token_of(small_rig) == grant.token
    whole = await dump(small_rig, tmp_path)
    for secret in (grant.token, grant.refresh_token, our_app(small_rig).client_secret):
        assert secret.encode() not in whole
    assert b"xoxb-" not in whole
    assert b"xoxe" not in whole


async def dump(rig: ExchangeRig, folder: Path) -> bytes:
    """Every byte of the database, with what is not yet in its main file."""
    assert rig.database_url.endswith("exchange.db")
    return b"".join(
        (folder / name).read_bytes()
        for name in ("exchange.db", "exchange.db-wal")
        if (folder / name).exists()
    )


async def test_two_tabs_of_one_browser(small_rig: ExchangeRig, small_browser: Browser) -> None:
    one, two = await small_browser.press_add(), await small_browser.press_add()
    for consent in (one, two):
        page = await small_browser.get(await small_browser.agree(consent, TUCSON.key))
        assert page.status == 200
