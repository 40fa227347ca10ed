"""Our Slack side in front of a local stand-in for Slack, with an exchange that only remembers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import aiohttp
from aiohttp import web
from pydantic import SecretStr

from core.events import Received, Source
from core.failures import Refused
from core.ids import (
    CityId,
    EventKey,
    ExternalConversation,
    ExternalMember,
    ExternalMessage,
    ExternalTenant,
    ExternalWorkspace,
    FileId,
    WorkspaceId,
)
from core.places import Workspace, WorkspaceState
from core.ports import Answer, Asker, Choice, Destination
from core.screens import Office
from core.text import paragraph
from integrations.sandbox.slack.app import SlackStandIn
from integrations.slack.ids import SLACK
from integrations.slack.manifest import slack_manifest
from integrations.slack.platform import SlackPlatform
from integrations.slack.settings import SlackSettings
from integrations.slack.webhook import SlackWebhook

TEAM, CHANNEL = "T0BOSTON001", "C0HOUSING01"
ANA, BEN = "U0ANARUIZ01", "U0BENSMITH1"
TOKEN = "xoxb-boston"
SECRET = "a-signing-secret"
PICTURE = b"\x89PNG\r\n" + b"a picture" * 20


def seed() -> dict[str, object]:
    """One city with two people and one linked channel. Our app is what its manifest says."""
    manifest = slack_manifest("https://exchange.example.gov")
    events = manifest["settings"]["event_subscriptions"]["bot_events"]
    return {
        "apps": [
            {
                "id": "A0EXCHANGE1",
                "name": manifest["display_information"]["name"],
                "signing_secret": SECRET,
                "app_token": "xapp-1-exchange",
                "scopes": ",".join(manifest["oauth_config"]["scopes"]["bot"]),
                "events": [name.partition(".")[0] for name in events],
                "commands": [one["command"] for one in manifest["features"]["slash_commands"]],
                "shortcuts": manifest["features"]["shortcuts"],
            }
        ],
        "workspaces": [
            {
                "id": TEAM,
                "name": "City of Boston",
                "domain": "boston",
                "members": [
                    {"id": ANA, "name": "ana", "real_name": "Ana Ruiz", "title": "Mayor"},
                    {"id": BEN, "name": "ben", "real_name": "Ben Smith", "admin": True},
                ],
                "installations": [{"app": "A0EXCHANGE1", "token": TOKEN}],
                "channels": [{"id": CHANNEL, "name": "housing", "bots": True}],
            }
        ],
    }


@dataclass
class Exchange:
    """Intake, registry, credentials, files and front desk that remember what they were asked."""

    workspaces: dict[str, Workspace] = field(default_factory=dict)
    received: dict[EventKey, Received] = field(default_factory=dict)
    asked: list[tuple[Asker, str]] = field(default_factory=list)
    wondered: list[tuple[Asker, ExternalMessage | None]] = field(default_factory=list)
    files: dict[FileId, bytes] = field(default_factory=dict)
    broken: bool = False
    ready: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        """The front desk answers at once unless a test says otherwise."""
        self.ready.set()

    async def put(self, received: Received) -> bool:
        """Remember an event."""
        is_new = received.key not in self.received
        self.received.setdefault(received.key, received)
        return is_new

    async def workspace(self, source: Source) -> Workspace | None:
        """The workspace of a team."""
        return self.workspaces.get(source.workspace)

    async def token(self, workspace: WorkspaceId) -> str:
        """The one token there is."""
        if workspace != 1:
            raise Refused("no_token")
        return TOKEN

    async def read(self, file: FileId) -> bytes:
        """A kept file."""
        return self.files[file]

    async def ask(self, asker: Asker, words: str) -> Answer:
        """Answer with what was asked."""
        if self.broken:
            raise RuntimeError("out of order")
        self.asked.append((asker, words))
        await self.ready.wait()
        choices = (Choice("Help", "help"), Choice("Status", "status"))
        return Answer("The exchange", paragraph(f"You asked: {words}"), choices, "7K2M")

    async def who_has_got(self, asker: Asker, message: ExternalMessage | None) -> Answer:
        """Answer with the message meant."""
        self.wondered.append((asker, message))
        return Answer("Who has got this?", paragraph("39 of 41 cities have it."))


@dataclass
class Rig:
    """Everything a test needs."""

    slack: SlackStandIn
    platform: SlackPlatform
    exchange: Exchange
    webhook: SlackWebhook
    settings: SlackSettings
    session: aiohttp.ClientSession
    url: str

    @property
    def workspace(self) -> Workspace:
        """Boston."""
        return self.exchange.workspaces[TEAM]

    def destination(
        self, thread: ExternalMessage | None = None, *, broadcast: bool = False
    ) -> Destination:
        """Boston's linked channel, or a thread in it."""
        return Destination(self.workspace, ExternalConversation(CHANNEL), thread, broadcast)


def boston(api_url: str) -> Workspace:
    """The workspace as the exchange knows it."""
    return Workspace(
        id=WorkspaceId(1),
        platform=SLACK,
        external_id=ExternalWorkspace(TEAM),
        tenant=ExternalTenant(TEAM),
        name="City of Boston",
        city=CityId("2507000"),
        state=WorkspaceState.CONFIRMED,
        api_url=api_url,
        bot_member=ExternalMember(""),
    )


@asynccontextmanager
async def exchange_rig(
    *, signing_secret: str = SECRET, office: Office | None = None
) -> AsyncIterator[Rig]:
    """The stand-in and our webhook, listening to each other on free ports."""
    slack = SlackStandIn(seed(), time_factor=0.0001)
    await slack.start()
    exchange = Exchange({TEAM: boston(slack.api_url)})
    settings = SlackSettings(
        signing_secret=SecretStr(signing_secret),
        app_token=SecretStr("xapp-1-exchange"),
        api_url=slack.api_url,
    )
    async with aiohttp.ClientSession() as session:
        platform = SlackPlatform(
            settings=settings, credentials=exchange, files=exchange, session=session, clock=now
        )
        webhook = SlackWebhook(
            settings=settings,
            platform=platform,
            intake=exchange,
            registry=exchange,
            desk=exchange,
            credentials=exchange,
            clock=now,
            session=session,
            office=office,
        )
        app = web.Application()
        app.router.add_post("/slack/events", webhook.handle)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
        try:
            yield Rig(slack, platform, exchange, webhook, settings, session, url)
        finally:
            await runner.cleanup()
            await slack.stop()


def listen(rig: Rig) -> None:
    """Let the stand-in send its events and interactions to our webhook."""
    app = rig.slack.app_named("")
    app.events_url = rig.url
    app.interactivity_url = rig.url


def now() -> datetime:
    """The time."""
    return datetime.now(UTC)
