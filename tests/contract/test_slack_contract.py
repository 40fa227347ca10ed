"""Slack keeps the contract of a platform."""

import json
from datetime import UTC, datetime
from typing import Any, cast

import aiohttp

from core.events import Ignored, Malformed, MessagePosted, Received
from core.ids import ExternalTenant, FileId, WorkspaceId
from core.ports import Part
from core.text import Body
from integrations.slack.limits import LIMITS
from integrations.slack.parse import parse, received
from integrations.slack.platform import SlackPlatform
from integrations.slack.settings import SlackSettings
from tests.contract.platform_contract import Payload, PlatformContract, Subject

TEAM = "T0BOSTON001"
BOT_MESSAGE: dict[str, Any] = {
    "type": "message",
    "subtype": "bot_message",
    "ts": "1771287144.743569",
    "text": "Ours",
    "username": "Ana Ruiz · Boston, MA",
    "bot_id": "B0EXCHANGE1",
    "app_id": "A0EXCHANGE1",
}


class NoSecrets:
    """Neither tokens nor files: nothing is sent here."""

    async def token(self, workspace: WorkspaceId) -> str:
        """No token."""
        raise NotImplementedError

    async def read(self, file: FileId) -> bytes:
        """No file."""
        raise NotImplementedError


def envelope(event: dict[str, Any], number: int) -> Payload:
    """An event as Slack delivers it."""
    return {
        "type": "event_callback",
        "team_id": TEAM,
        "api_app_id": "A0EXCHANGE1",
        "event_id": f"Ev{number}",
        "event_time": 1771287144,
        "authorizations": [{"team_id": TEAM, "user_id": "U0BOT", "is_bot": True}],
        "event": {"channel": "C1", "event_ts": "1771287144.743569", **event},
    }


def said(text: str, **more: Any) -> dict[str, Any]:
    """A person's message."""
    return {"type": "message", "user": "U1", "ts": "1771287144.743569", "text": text, **more}


def own() -> tuple[Payload, ...]:
    """Our own messages, customised and not, as they come back."""
    changed = {"type": "message", "subtype": "message_changed", "message": BOT_MESSAGE}
    deleted = {
        "type": "message",
        "subtype": "message_deleted",
        "deleted_ts": "1771287144.743569",
        "previous_message": BOT_MESSAGE,
    }
    marked = {
        **said("Ours"),
        "metadata": {"event_type": "exchange_copy", "event_payload": {"delivery": "1.0"}},
    }
    plain = {**said("Ours"), "user": "U0BOT", "bot_id": "B0EXCHANGE1"}
    events: tuple[dict[str, Any], ...] = (BOT_MESSAGE, changed, deleted, marked, plain)
    return tuple(envelope(event, number) for number, event in enumerate(events))


def receive(payload: Payload) -> Received:
    """What the webhook keeps."""
    event = parse(payload)
    assert not isinstance(event, Ignored | Malformed)
    return received(payload, event)


def read_back(part: Part) -> Body:
    """What parsing finds in a part."""
    event = parse(envelope(said(part.payload["text"], blocks=part.payload["blocks"]), 1))
    assert isinstance(event, MessagePosted)
    return event.body


def powers(part: Part) -> list[str]:
    """Elements and markup that are more than text."""
    blocks = json.dumps(part.payload["blocks"])
    kinds = ("user", "usergroup", "channel", "broadcast", "link")
    found = [kind for kind in kinds if f'"type": "{kind}"' in blocks]
    markup = [piece for piece in part.payload["text"].split("<")[1:]]
    name = part.payload.get("username", "")
    return [*found, *markup, *(["username"] if set(name) & set("<>") else [])]


def size(part: Part) -> int:
    """The larger of the two measures of a message, against 4,000."""
    blocks = len(json.dumps(part.payload["blocks"], ensure_ascii=False))
    return max(len(part.payload["text"]), blocks * LIMITS.text // LIMITS.blocks_size)


class TestSlackContract(PlatformContract):
    """Slack."""

    subject = Subject(
        platform=SlackPlatform(
            settings=SlackSettings(),
            credentials=NoSecrets(),
            files=NoSecrets(),
            session=cast("aiohttp.ClientSession", object()),
            clock=lambda: datetime(2026, 1, 1, tzinfo=UTC),
        ),
        tenant=ExternalTenant(TEAM),
        said=envelope(said("Hello <@U2> *there*"), 99),
        own=own(),
        receive=receive,
        read_back=read_back,
        powers=powers,
        size=size,
        most=LIMITS.text,
    )
