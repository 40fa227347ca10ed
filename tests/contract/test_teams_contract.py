"""Teams keeps the contract of a platform, with Microsoft Graph and without."""

from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any, cast

import aiohttp
from typing_extensions import override

from core.events import Ignored, Malformed, MessagePosted, Received
from core.ids import ExternalTenant, FileId
from core.ports import Part, SupportsProbe
from core.text import Body
from integrations.teams.graph import GraphTeamsPlatform
from integrations.teams.intake import received
from integrations.teams.limits import LIMITS, utf16_size
from integrations.teams.parse import parse
from integrations.teams.platform import TeamsPlatform
from integrations.teams.settings import TeamsSettings
from tests.contract.platform_contract import Payload, PlatformContract, Subject

APP = "11111111-2222-3333-4444-555555555555"
TENANT = "a1b2c3d4-e5f6-7890-abcd-ef1234567890"
CHANNEL = "19:d441d38c655c47a085215b2726e76927@thread.tacv2"
OURS = frozenset({"p", "b", "i", "br", "blockquote"})


class NoFiles:
    """Nothing is sent here."""

    async def read(self, file: FileId) -> bytes:
        """No file."""
        raise KeyError(file)


def activity(**more: Any) -> dict[str, Any]:
    """An activity as Teams posts it."""
    return {
        "type": "message",
        "id": "1771290107407",
        "timestamp": "2026-02-17T01:01:47.4513813Z",
        "channelId": "msteams",
        "serviceUrl": "https://smba.trafficmanager.net/amer/",
        "from": {"id": "29:1xXx", "name": "Lena Thao"},
        "recipient": {"id": f"28:{APP}", "name": "Exchange"},
        "conversation": {
            "conversationType": "channel",
            "tenantId": TENANT,
            "id": f"{CHANNEL};messageid=1771290107407",
        },
        "channelData": {"tenant": {"id": TENANT}, "team": {"id": "19:team@thread.tacv2"}},
        **more,
    }


def said() -> Payload:
    """A person's message."""
    html = "<p>Hello <b>there</b></p><ul><li>one</li></ul>"
    attachment = {"contentType": "text/html", "content": html}
    entity = {"type": "clientInfo", "locale": "en-US"}
    return activity(text="Hello there", attachments=[attachment], entities=[entity])


def own() -> tuple[Payload, ...]:
    """Our own messages, from the Bot Connector and read back from Graph."""
    bot = {"id": f"28:{APP}", "name": "Exchange"}
    message = {
        "id": "1771290107407",
        "messageType": "message",
        "createdDateTime": "2026-02-17T01:01:47.451Z",
        "lastEditedDateTime": "2026-02-17T01:02:47.451Z",
        "from": {"application": {"id": APP, "displayName": "Exchange"}},
        "body": {"contentType": "html", "content": "<p>Ours</p>"},
    }
    read_back = {"graph": message, "tenant": TENANT, "channel": CHANNEL, "team": "19:team"}
    return (
        activity(text="Ours", **{"from": bot}),
        activity(text="Ours", type="messageUpdate", **{"from": bot}),
        activity(type="messageDelete", **{"from": bot}),
        read_back,
        {**read_back, "change": "edited"},
        {**read_back, "graph": {**message, "deletedDateTime": "2026-02-17T01:03:47.451Z"}},
    )


def receive(payload: Payload) -> Received:
    """What the webhook keeps."""
    event = parse(payload, APP)
    assert not isinstance(event, Ignored | Malformed)
    return received(payload, payload, event)


def read_back(part: Part) -> Body:
    """What parsing finds in a part, without the author's line."""
    event = parse(activity(**part.payload), APP)
    assert isinstance(event, MessagePosted)
    return event.body[1:] if part.payload["text"].startswith("<p><b>Ana Ruiz") else event.body


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append(tag)
        self.found.extend(name for name, _ in attrs)


def powers(part: Part) -> list[str]:
    """Elements and entities that are more than text."""
    reader = _Tags()
    reader.feed(part.payload["text"])
    mentions = [str(entity) for entity in part.payload.get("entities", ())]
    return [*(tag for tag in reader.found if tag not in OURS), *mentions]


def subject(made: type[TeamsPlatform]) -> Subject:
    """Teams, of this class."""
    platform = made(
        settings=TeamsSettings(_env_file=None, app_id=APP),  # type: ignore[call-arg]
        files=NoFiles(),
        session=cast("aiohttp.ClientSession", object()),
        clock=lambda: datetime(2026, 1, 1, tzinfo=UTC),
    )
    return Subject(
        platform=platform,
        tenant=ExternalTenant(TENANT),
        said=said(),
        own=own(),
        receive=receive,
        read_back=read_back,
        powers=powers,
        size=lambda part: utf16_size(part.payload["text"]),
        most=LIMITS.most_size,
    )


class TestTeamsContract(PlatformContract):
    """Teams."""

    subject = subject(TeamsPlatform)

    def test_it_can_be_probed(self) -> None:
        assert isinstance(self.subject.platform, SupportsProbe)


class TestGraphTeamsContract(PlatformContract):
    """Teams with history."""

    subject = subject(GraphTeamsPlatform)
