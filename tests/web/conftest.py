"""Every public page in a real browser, each as it looks set up and not set up."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import Browser, async_playwright
from yarl import URL

from core import install_words
from core.install_words import InstallPage, installed_page, organization_page
from core.installations import Welcome
from core.places import WorkspaceState
from integrations.web.files import FilePages
from integrations.web.health import HealthPages
from integrations.web.install_pages import SlackPage, TeamsPage, install_result_page
from integrations.web.legal_pages import LegalPages
from integrations.web.pages import FrontPage
from integrations.web.pictures import PicturePages
from integrations.web.signing import FileSigner
from integrations.web.site import SitePages
from service.app import Pages, create_app
from service.platforms import SLACK, TEAMS, Built, PlatformSettings
from service.public_site import public_site
from service.settings import ExchangeSettings

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
ADDRESS = "https://exchange.example.gov"
TOPICS = ("Housing", "Transport", "Water", "Parks and recreation", "Emergency management")

RESULTS: dict[str, InstallPage] = {
    "installed": installed_page(Welcome.NEW, "City of Tucson", WorkspaceState.PENDING),
    "back": installed_page(Welcome.BACK, "City of Tucson", WorkspaceState.CONFIRMED),
    "refused": installed_page(Welcome.REFUSED, "City of Tucson", WorkspaceState.PENDING),
    "organization": organization_page("State of Arizona", 3),
    "denied": install_words.DENIED,
    "unknown": install_words.STATE_UNKNOWN,
    "silent": install_words.NO_ANSWER,
}
OPEN = SitePages(
    SlackPage(),
    TeamsPage("https://admin.teams.microsoft.com"),
    LegalPages("The League of Cities", "exchange@cities.example"),
)
PAGES = ["/", "/open", "/install/slack", "/install/teams", "/privacy", "/terms"]
CLOSED = ["/closed/slack", "/closed/teams", "/closed/privacy"]
ADDRESSES = [*PAGES, *CLOSED, *(f"/result/{name}" for name in RESULTS)]


def _show(text: str) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def show(request: web.Request) -> web.StreamResponse:
        return web.Response(text=text, content_type="text/html")

    return show


def site_of(
    platforms: dict[str, dict[str, str]], *, base_url: str = ADDRESS, **settings: str
) -> SitePages:
    """The site as an operator with these settings has it."""
    none = PlatformSettings.read()
    given = PlatformSettings(
        slack=type(none.slack).model_validate(platforms.get("slack", {})),
        teams=type(none.teams).model_validate(platforms.get("teams", {})),
    )
    return public_site(ExchangeSettings.model_validate(settings), given, base_url)


def app_of(site: SitePages, extra: dict[str, str] | None = None) -> web.Application:
    """The server's own application with this site, and pages that need a certain state."""

    async def front() -> FrontPage:
        return FrontPage(41, TOPICS, "http://127.0.0.1:8010")

    async def nothing(_: object) -> None:
        return None

    async def empty(_: object) -> bytes:
        return b""

    async def fine() -> str:
        return ""

    async def measured() -> bytes:
        return b""

    pages = Pages(
        front=front,
        site=site,
        files=FilePages(FileSigner(["a-key"], ADDRESS), empty),
        pictures=PicturePages(nothing),
        health=HealthPages(fine),
        metrics=measured,
    )
    shown = {path: _show(text) for path, text in (extra or {}).items()}
    slack = Built(SLACK, "Slack", "/slack/events", missing="Set it.", pages=shown)
    return create_app(pages, [slack, Built(TEAMS, "Teams", "/api/messages", missing="Set it.")])


@pytest.fixture
async def pages() -> AsyncIterator[URL]:
    """The address of a server with every page."""
    closed = site_of({})
    extra = {
        "/open": FrontPage(1, TOPICS).html(),
        "/closed/slack": closed.slack.html(),
        "/closed/teams": closed.teams.html(),
        "/closed/privacy": closed.legal.privacy(),
    }
    for name, page in RESULTS.items():
        text = install_result_page(page.ok, page.title, page.lines, page.next_steps)
        extra[f"/result/{name}"] = text
    async with TestServer(app_of(OPEN, extra)) as server:
        yield server.make_url("/")


@pytest.fixture
async def chromium(chromium_path: str) -> AsyncIterator[Browser]:
    """A fresh Chromium."""
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=chromium_path, args=ARGUMENTS)
        yield started
        await started.close()
