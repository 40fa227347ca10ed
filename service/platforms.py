"""The platforms, one line each in `PLATFORMS`. A third one is a folder and a line more."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import aiohttp
from aiohttp import web

from core.ids import PlatformName
from core.installations import InstallDesk
from core.ports import Credentials, FileStore, FrontDesk, Intake, Platform, Registry
from core.screens import Office
from integrations.slack.settings import SlackSettings
from integrations.teams.settings import TeamsSettings
from service.clock import Clock
from service.membership.token_rotation import Refresher
from service.settings import read_settings

if TYPE_CHECKING:
    from integrations.slack.oauth import SlackOAuth
    from integrations.slack.platform import SlackPlatform

SLACK = PlatformName("slack")
TEAMS = PlatformName("teams")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class PlatformSettings:
    """What the operator has set for each platform."""

    slack: SlackSettings
    teams: TeamsSettings

    @classmethod
    def read(cls) -> "PlatformSettings":
        """From the environment and `.env`; raises `service.settings.SettingsWrong`."""
        return cls(slack=read_settings(SlackSettings), teams=read_settings(TeamsSettings))

    @property
    def nothing_set(self) -> bool:
        """Whether neither the environment nor `.env` names any platform's setting."""
        by_the_host = {"identity_endpoint", "identity_header"}
        return not (self.slack.model_fields_set or self.teams.model_fields_set - by_the_host)


@dataclass(frozen=True, slots=True)
class PlatformNeeds:
    """What a platform is built with."""

    settings: PlatformSettings
    intake: Intake
    registry: Registry
    desk: FrontDesk
    office: Office
    credentials: Credentials
    files: FileStore
    session: aiohttp.ClientSession
    clock: Clock
    on_loopback: bool
    base_url: str = ""
    installing: InstallDesk | None = None


class Background(Protocol):
    """Something that runs beside the web server: Slack's Socket Mode."""

    async def start(self) -> None:
        """Begin."""
        ...

    async def stop(self) -> None:
        """End, and let go of connections."""
        ...


@runtime_checkable
class SharesRates(Protocol):
    """A platform that divides its rates by the number of nodes."""

    def set_share(self, nodes: int) -> None:
        """There are this many nodes now."""
        ...


@dataclass(frozen=True, slots=True)
class Built:
    """One platform. `missing` says why it takes no requests, and what to set; empty when it does.

    `platform` is None only where it must not send either. `pages` are what browsers may get.
    """

    name: PlatformName
    label: str
    path: str
    platform: Platform | None = None
    handler: Handler | None = None
    background: tuple[Background, ...] = ()
    missing: str = ""
    pages: Mapping[str, Handler] = field(default_factory=dict)

    @property
    def summary(self) -> str:
        """One line for the operator who starts the server."""
        if self.missing:
            return f"{self.label}: off. {self.missing}"
        ways = [f"POST {self.path}"] if self.handler else []
        ways += ["Socket Mode"] if self.background else []
        return f"{self.label}: on ({', '.join(ways)})"


def _slack(given: PlatformNeeds) -> Built:
    from integrations.slack.platform import SlackPlatform

    settings = given.settings.slack
    platform = SlackPlatform(
        settings=settings,
        credentials=given.credentials,
        files=given.files,
        session=given.session,
        clock=given.clock,
    )
    pages = _slack_pages(given, platform)
    signed = bool(settings.signing_secret.get_secret_value())
    by_socket = bool(settings.app_token.get_secret_value())
    if not signed and not by_socket:
        missing = "Set SLACK_SIGNING_SECRET, or SLACK_APP_TOKEN for Socket Mode."
        return Built(
            SLACK, "Slack", "/slack/events", platform=platform, missing=missing, pages=pages
        )
    from integrations.slack.webhook import SlackWebhook

    webhook = SlackWebhook(
        settings=settings,
        platform=platform,
        intake=given.intake,
        registry=given.registry,
        desk=given.desk,
        credentials=given.credentials,
        clock=given.clock,
        session=given.session,
        office=given.office,
    )
    background: tuple[Background, ...] = ()
    if by_socket:
        from integrations.slack.socket_mode import SlackSocketMode

        background = (SlackSocketMode(settings=settings, reception=webhook.reception),)
    handler = webhook.handle if signed else None
    return Built(SLACK, "Slack", "/slack/events", platform, handler, background, pages=pages)


def _slack_pages(given: PlatformNeeds, platform: "SlackPlatform") -> Mapping[str, Handler]:
    if given.installing is None:
        return {}
    from integrations.slack.installation import INSTALL_PATH, SlackInstallation
    from integrations.slack.manifest import REDIRECT_PATH
    from integrations.web.install_pages import install_result_page

    pages = SlackInstallation(
        oauth=_slack_oauth(given.settings, given.session, given.clock),
        desk=given.installing,
        platform=platform,
        base_url=given.base_url,
        page=lambda page: install_result_page(page.ok, page.title, page.lines, page.next_steps),
    )
    return {INSTALL_PATH: pages.begin, REDIRECT_PATH: pages.finish}


def _slack_oauth(
    settings: PlatformSettings, session: aiohttp.ClientSession, clock: Clock
) -> "SlackOAuth":
    from integrations.slack.oauth import SlackOAuth

    return SlackOAuth(settings=settings.slack, session=session, clock=clock)


def token_refreshers(
    settings: PlatformSettings, session: aiohttp.ClientSession, clock: Clock
) -> Mapping[PlatformName, Refresher]:
    """Who exchanges tokens that end, of each platform that has such and is set up for it."""
    slack = _slack_oauth(settings, session, clock)
    return {SLACK: slack.refresh} if slack.is_set_up else {}


def _teams(given: PlatformNeeds) -> Built:
    settings = given.settings.teams
    if not settings.authenticates and not given.on_loopback:
        missing = "Set TEAMS_APP_ID: without it, only this machine may be listened to."
        return Built(TEAMS, "Teams", "/api/messages", missing=missing)
    from integrations.teams.graph import GraphTeamsPlatform
    from integrations.teams.platform import TeamsPlatform
    from integrations.teams.webhook import TeamsWebhook

    made = GraphTeamsPlatform if settings.graph else TeamsPlatform
    platform = made(settings=settings, files=given.files, session=given.session, clock=given.clock)
    webhook = TeamsWebhook(
        settings=settings,
        platform=platform,
        intake=given.intake,
        registry=given.registry,
        desk=given.desk,
        clock=given.clock,
        session=given.session,
        listens_on_loopback=given.on_loopback,
        office=given.office,
    )
    return Built(TEAMS, "Teams", "/api/messages", platform=platform, handler=webhook.handle)


PLATFORMS: tuple[Callable[[PlatformNeeds], Built], ...] = (
    _slack,
    _teams,
)


def build_platforms(given: PlatformNeeds) -> list[Built]:
    """Every platform, as far as it is configured. Imports only what is used."""
    return [build(given) for build in PLATFORMS]
