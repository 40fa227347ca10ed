"""Nobody installs with a state or a code that is not theirs, and nothing leads anywhere else."""

import re
from typing import cast
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from aiohttp.test_utils import make_mocked_request
from pydantic import SecretStr

from core.claims import ClaimState
from core.ids import CityId, ExternalMember
from core.install_words import CODE_USED, DENIED, SET_UP_WRONG, STATE_UNKNOWN
from integrations.slack.installation import SlackInstallation
from integrations.slack.oauth import SlackOAuth
from integrations.slack.platform import SlackPlatform
from integrations.slack.settings import SlackSettings
from service.membership.installing import Installing
from tests.install.browser import Browser, Page, browser_of
from tests.install.tucson import RITA, TUCSON, known, our_app, token_of
from tests.support.exchange_rig import ExchangeRig


def refused(page: Page) -> bool:
    """Whether a page refuses kindly and leads to nowhere but our own start."""
    addresses = re.findall(r'(?:href|src|action)="([^"]*)"', page.text)
    return page.status == 403 and page.says(STATE_UNKNOWN.title) and set(addresses) <= OUR_OWN


OUR_OWN = {"/style.css", "/slack/install", "/", "/install/slack", "/privacy", "/terms"}


async def test_what_slack_is_asked_for(small_rig: ExchangeRig, small_browser: Browser) -> None:
    consent = urlsplit(await small_browser.press_add())
    given = {name: values[0] for name, values in parse_qs(consent.query).items()}
    assert f"{consent.scheme}://{consent.netloc}" == small_rig.slack.base_url
    assert given["client_id"] == our_app(small_rig).client_id
    assert given["redirect_uri"] == f"{small_rig.base_url}/slack/oauth_redirect"
    assert "chat:write" in given["scope"].split(",")
    assert len(given["state"]) >= 32
    [cookie] = small_browser.cookies()
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert not cookie["secure"], "on this machine there is no https"
    assert cookie["max-age"] == "600"
    assert given["state"] not in cookie.value


async def test_a_forged_state(small_rig: ExchangeRig, small_browser: Browser) -> None:
    back = await small_browser.agree(await small_browser.press_add(), TUCSON.key)
    code = parse_qs(urlsplit(back).query)["code"][0]
    for state in ("", "made-up", "x" * 4_000, "%00", "é"):
        query = urlencode({"code": code, "state": state})
        page = await small_browser.get(f"{small_rig.base_url}/slack/oauth_redirect?{query}")
        assert refused(page)
    assert refused(await small_browser.get(f"{small_rig.base_url}/slack/oauth_redirect"))
    assert await known(small_rig) is None
    assert small_rig.slack.state.codes, "the code was never offered to Slack"


async def test_a_replayed_state(small_rig: ExchangeRig, small_browser: Browser) -> None:
    consent = await small_browser.press_add()
    back = await small_browser.agree(consent, TUCSON.key)
    kept = {cookie.key: cookie.value for cookie in small_browser.cookies()}
    assert (await small_browser.get(back)).status == 200
    token = await token_of(small_rig)
    again = await small_browser.agree(consent, TUCSON.key)
    small_browser.session.cookie_jar.update_cookies(kept)
    assert refused(await small_browser.get(again))
    assert await token_of(small_rig) == token


async def test_a_state_of_a_foreign_browser(small_rig: ExchangeRig) -> None:
    """Somebody lures a victim to finish what the attacker has begun."""
    async with browser_of(small_rig) as attacker, browser_of(small_rig) as victim:
        back = await attacker.agree(await attacker.press_add(), TUCSON.key)
        assert refused(await victim.get(back)), "without any cookie"
        await victim.press_add()
        assert refused(await victim.get(back)), "with a cookie of another state"
        [mine] = attacker.cookies()
        victim.session.cookie_jar.update_cookies({mine.key: "guessed"})
        assert refused(await victim.get(back)), "with the right name and another value"
        assert await known(small_rig) is None
        assert (await attacker.get(back)).status == 200, "others can't spoil it"


async def test_a_state_that_is_too_old(small_rig: ExchangeRig, small_browser: Browser) -> None:
    back = await small_browser.agree(await small_browser.press_add(), TUCSON.key)
    await small_rig.pass_time(601)
    page = await small_browser.get(back)
    assert refused(page)
    assert await known(small_rig) is None


async def test_a_code_used_twice(small_rig: ExchangeRig, small_browser: Browser) -> None:
    back = await small_browser.agree(await small_browser.press_add(), TUCSON.key)
    assert (await small_browser.get(back)).status == 200
    code = parse_qs(urlsplit(back).query)["code"][0]
    state = parse_qs(urlsplit(await small_browser.press_add()).query)["state"][0]
    for used in (code, "made-up", ""):
        query = urlencode({"code": used, "state": state})
        page = await small_browser.get(f"{small_rig.base_url}/slack/oauth_redirect?{query}")
        assert (page.status, page.says(CODE_USED.title)) == (400, True)
        state = parse_qs(urlsplit(await small_browser.press_add()).query)["state"][0]


async def test_somebody_who_declines(small_rig: ExchangeRig, small_browser: Browser) -> None:
    page = await small_browser.get(f"{await small_browser.press_add()}&deny=1")
    page = await small_browser.get(page.headers["Location"])
    assert (page.status, page.says(DENIED.title)) == (200, True)
    assert await known(small_rig) is None


async def test_nothing_of_the_address_is_shown_or_followed(
    small_rig: ExchangeRig, small_browser: Browser
) -> None:
    evil = "https://evil.example/x"
    for name in ("redirect_uri", "next", "return_to", "url", "state", "client_id", "team", "scope"):
        consent = await small_browser.press_add(f"?{urlencode({name: evil})}")
        assert consent.startswith(small_rig.slack.base_url)
        assert "evil.example" not in consent
    query = urlencode({"error": "<script>alert(1)</script>", "error_description": evil})
    page = await small_browser.get(f"{small_rig.base_url}/slack/oauth_redirect?{query}")
    assert "script>" not in page.text
    assert "evil.example" not in page.text
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    async with small_browser.session.head(f"{small_rig.base_url}/slack/install") as answer:
        assert answer.status == 405, "a preview of the link begins nothing"


async def test_a_workspace_that_was_refused(small_rig: ExchangeRig, small_browser: Browser) -> None:
    assert (await small_browser.install(TUCSON.key)).status == 200
    workspace = await known(small_rig)
    assert workspace is not None
    async with small_rig.running.database.unit() as unit:
        claim = await unit.claims.add(
            workspace.id,
            CityId("0477000"),
            member=ExternalMember(RITA),
            name="Rita Mora",
            email="rita@example.com",
            note="",
        )
        assert claim is not None
        await unit.claims.decide(
            claim.id, ClaimState.REFUSED, reason="not a city", decided_by="operator"
        )
    before = await token_of(small_rig)
    page = await small_browser.install(TUCSON.key)
    assert (page.status, page.says("City of Tucson does not take part")) == (403, True)
    assert await token_of(small_rig) == before, "the new token was not kept"
    await small_rig.quiet()
    assert small_rig.slack.installation(TUCSON.key, "A0EXCHANGE1").status == "revoked"


async def test_a_server_whose_secret_is_wrong(
    small_rig: ExchangeRig, small_browser: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    our_app(small_rig).client_secret = "another one"
    page = await small_browser.install(TUCSON.key)
    assert (page.status, page.says(SET_UP_WRONG.title)) == (502, True)
    assert "bad_client_secret" in caplog.text
    assert "another one" not in caplog.text


async def test_another_name_of_this_machine(small_rig: ExchangeRig, small_browser: Browser) -> None:
    """Slack comes back to the one address it knows, and only there is the cookie."""
    elsewhere = f"http://localhost:{small_rig.port}/slack/install"
    page = await small_browser.get(elsewhere)
    assert page.headers["Location"] == f"{small_rig.base_url}/slack/install"
    assert small_browser.cookies() == []
    foreign = {"Host": "evil.example"}
    url = f"{small_rig.base_url}/slack/install"
    async with small_browser.session.get(url, headers=foreign, allow_redirects=False) as answer:
        assert answer.headers["Location"].startswith(small_rig.slack.base_url)


async def test_behind_https_the_cookie_is_secure(small_rig: ExchangeRig) -> None:
    exchange = small_rig.running
    pages = SlackInstallation(
        oauth=SlackOAuth(
            settings=SlackSettings(client_id="1.2", client_secret=SecretStr("s")),
            session=small_rig.session,
            clock=small_rig.clock,
        ),
        desk=Installing(exchange.database, small_rig.clock),
        platform=cast("SlackPlatform", exchange.platforms[0].platform),
        base_url="https://exchange.example.gov",
        page=lambda page: page.title,
    )
    request = make_mocked_request("GET", "/slack/install?team=T0123")
    [cookie] = (await pages.begin(request)).cookies.values()
    assert (cookie["secure"], cookie["httponly"], cookie["samesite"]) == (True, True, "Lax")
