"""Every recording goes through the real webhooks, and hard words cross unharmed."""

import hashlib
import hmac
import json
import logging
import re
import unicodedata
from collections.abc import Iterator, Mapping
from html import escape, unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from core.ids import (
    CityId,
    ExternalConversation,
    ExternalTenant,
    ExternalWorkspace,
    PlatformName,
)
from core.places import WorkspaceState
from integrations.sandbox.slack import messages
from integrations.sandbox.teams.model import Message
from integrations.teams.ids import workspace_id
from tests.slack.recordings import recorded_payloads
from tests.support.city_seeds import SIGNING_SECRET
from tests.support.exchange_rig import ExchangeRig

RECORDED_TENANT = "a1b2c3d4-e5f6-7890-abcd-ef1234567890"
RECORDED_CHANNEL = "19:d441d38c655c47a085215b2726e76927@thread.tacv2"
#: What Slack sends as a form: a click, a shortcut, a dialog, a command.
NO_FORM = frozenset({"event_callback", "url_verification", "lifespan", ""})


async def _recorded_places_take_part(rig: ExchangeRig, data: Path) -> None:
    """The workspaces of the recordings are known, and one conversation of each is linked."""
    teams: dict[str, str] = {}
    for _, payload in recorded_payloads(data):
        event = payload.get("event")
        channel = event.get("channel") if isinstance(event, dict) else None
        team = payload.get("team_id") or payload.get("team")
        if isinstance(team, dict):
            team = team.get("id")
        if isinstance(team, str) and team:
            teams[team] = channel if isinstance(channel, str) else teams.get(team, "")
    async with rig.running.database.unit() as unit:
        housing = await unit.channels.by_slug("transport")
        assert housing is not None
        places = [("slack", team, team, channel) for team, channel in teams.items()]
        team_in_teams = workspace_id(RECORDED_TENANT, "19:team@thread.tacv2")
        places.append(("teams", team_in_teams, RECORDED_TENANT, RECORDED_CHANNEL))
        for platform, external, tenant, channel in places:
            workspace = await unit.workspaces.add(
                PlatformName(platform),
                ExternalWorkspace(external),
                ExternalTenant(tenant),
                name=external,
                city=CityId("2507000"),
                state=WorkspaceState.CONFIRMED,
                api_url=rig.slack.api_url if platform == "slack" else rig.teams.public_url,
                token="xoxb-recorded" if platform == "slack" else None,
            )
            if channel:
                await unit.links.add(housing.id, workspace.id, ExternalConversation(channel))


def _signed(rig: ExchangeRig, body: bytes) -> dict[str, str]:
    stamp = str(int(rig.clock().timestamp()))
    base = b"v0:" + stamp.encode() + b":" + body
    digest = hmac.new(SIGNING_SECRET.encode(), base, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}"}


def _request_of(payload: Mapping[str, Any]) -> tuple[str, bytes]:
    """Content type and body, as Slack would send this payload."""
    if "command" in payload and "type" not in payload:
        fields = {key: str(value or "") for key, value in payload.items()}
        return "application/x-www-form-urlencoded", urlencode(fields).encode()
    if payload.get("type") not in NO_FORM and "event" not in payload and payload.get("type"):
        form = urlencode({"payload": json.dumps(payload)})
        return "application/x-www-form-urlencoded", form.encode()
    return "application/json", json.dumps(payload).encode()


async def test_every_recorded_slack_payload_is_answered_and_none_crashes(
    rig: ExchangeRig, shared_data: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await _recorded_places_take_part(rig, shared_data)
    url = f"{rig.base_url}/slack/events"
    answers: dict[str, int] = {}
    for name, payload in recorded_payloads(shared_data):
        content_type, body = _request_of(payload)
        headers = {"Content-Type": content_type}
        async with rig.session.post(url, data=body, headers=headers) as answer:
            assert answer.status == 401, (name, "unsigned")
        headers |= _signed(rig, body)
        async with rig.session.post(url, data=body, headers=headers) as answer:
            answers[name] = answer.status
            if payload.get("type") == "event_callback" and payload.get("team_id"):
                assert answer.status == 200, (name, payload)
            if payload.get("type") == "url_verification":
                assert await answer.text() == payload["challenge"]
    await rig.quiet(within=30)
    await rig.pass_time(60)

    assert set(answers.values()) <= {200, 400}, answers
    assert len(answers) > 180
    assert list(answers.values()).count(200) > 100
    assert "search word" not in caplog.text, "what people type is never logged"
    assert _errors(caplog) == []
    assert (await rig.status()).failed_events == ()


def _recorded_activities(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for path in sorted((folder / "recorded").glob("*/teams.json")):
        for name, value in json.loads(path.read_text(encoding="utf-8")).items():
            if isinstance(value, dict):
                yield f"{path.parent.name}/{name}", value
    for path in sorted((folder / "teams").rglob("*.json")):
        value = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(value, dict):
            yield path.name, value


async def test_every_recorded_teams_activity_is_answered_and_none_crashes(
    rig: ExchangeRig, shared_data: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await _recorded_places_take_part(rig, shared_data)
    answers: dict[str, int] = {}
    for name, activity in _recorded_activities(shared_data):
        async with rig.session.post(f"{rig.base_url}/api/messages", json=activity) as answer:
            answers[name] = answer.status
        if "type" not in activity:
            assert answers[name] == 400, name
    await rig.quiet(within=30)
    await rig.pass_time(60)

    assert set(answers.values()) <= {200, 202, 400, 403, 501}, answers
    assert list(answers.values()).count(200) > 10, answers
    assert _errors(caplog) == []
    assert (await rig.status()).failed_events == ()


def _errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [r.getMessage() for r in caplog.records if r.levelno >= logging.ERROR]


# Words that are hard on programs


def _hard_words(data: Path) -> list[str]:
    """Naughty strings, injections and made-up personal details: all only text to us."""
    naughty = json.loads((data / "text" / "naughty-strings.json").read_text(encoding="utf-8"))
    personal = json.loads((data / "text" / "pii-synthetic.json").read_text(encoding="utf-8"))
    found = [*naughty, *(one["full_text"] for one in personal[:40])]
    for path in sorted((data / "text" / "injection").rglob("*.json")):
        found += [text[:900] for text in _texts(json.loads(path.read_text(encoding="utf-8")))][:12]
    return [text for text in found if _essence(text) and not text.strip().startswith("//")]


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for inner in value.values() for text in _texts(inner)]
    return [text for inner in value for text in _texts(inner)] if isinstance(value, list) else []


def _essence(text: str) -> str:
    """A text without blanks, control and no characters, which every platform treats its own way."""
    return "".join(
        letter
        for letter in text
        if unicodedata.category(letter) not in {"Cc", "Cn", "Cs", "Zs", "Zl", "Zp"}
    )


def _bunches(texts: list[str], size: int = 90) -> list[list[str]]:
    return [texts[at : at + size] for at in range(0, len(texts), size)]


def _elements(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from _elements(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _elements(inner)


def _read_in_slack(rig: ExchangeRig) -> str:
    """All that stands in Yellow Springs, from the blocks; no mention may be among it."""
    words: list[str] = []
    for message in rig.yellow_springs.seen():
        for element in _elements(message.raw["blocks"]):
            assert element.get("type") not in {"user", "usergroup", "broadcast", "channel"}
            if element.get("type") == "text":
                words.append(element["text"])
            elif element.get("type") == "link":
                words.append(element.get("text") or element["url"])
            elif element.get("type") == "emoji":
                words.append(f":{element['name']}:")
        assert not re.search(r"<[@!#]", message.raw["text"])
    return _essence("".join(words))


def _read_in_teams(rig: ExchangeRig) -> str:
    """All that stands in Marfa; nothing but text may have come of it."""
    words: list[str] = []
    place = rig.marfa.workspace.conversation("Housing")
    for message in place.messages.values():
        activity = message.activity
        if activity is not None:
            assert not activity.get("entities"), "no mention"
            text = activity["text"]
            assert not re.search(r"<\s*(script|img|iframe|at|style|svg|object)\b", text, re.I)
            words.append(unescape(re.sub(r"</?[a-zA-Z][^<>]*>", "", text)))
    return _essence("".join(words))


async def test_hard_words_cross_from_slack_unharmed(rig: ExchangeRig, shared_data: Path) -> None:
    words = _hard_words(shared_data)
    place, where = rig.slack.state.workspaces["T0BOSTON001"], rig.boston.conversation()
    for bunch in _bunches(words):
        sections = [
            {"type": "rich_text_section", "elements": [{"type": "text", "text": f"{text}\n"}]}
            for text in ["Hard words:", *bunch]
        ]
        fields = {
            "type": "message",
            "user": "U0ANARUIZ01",
            "team": place.id,
            "text": "\n".join(escape(text, quote=False) for text in bunch),
            "blocks": [{"type": "rich_text", "block_id": "b", "elements": sections}],
        }
        messages.add_message(rig.slack.state, place, where, fields)
        await rig.quiet(within=30)

    in_slack, in_teams = _read_in_slack(rig), _read_in_teams(rig)
    assert [text for text in words if _essence(text) not in in_slack] == []
    assert [text for text in words if _essence(text) not in in_teams] == []


async def test_hard_words_cross_from_teams_unharmed(rig: ExchangeRig, shared_data: Path) -> None:
    words = _hard_words(shared_data)
    city = rig.st_paul
    where, author = city.workspace.conversation("Housing"), city.workspace.member("lena")
    for bunch in _bunches(words):
        now = rig.clock()
        message = Message(
            id=where.next_id(now),
            conversation=where.id,
            root="",
            author=author.id,
            created=now,
            changed=where.next_change(),
            text="\n".join(["Hard words:", *bunch]),
            html="".join(f"<p>{escape(text)}</p>" for text in ["Hard words:", *bunch]),
        )
        where.messages[message.id] = message
        activity = rig.teams.writer.message(city.workspace, where, author, message)
        rig.teams.courier.send("stpaul", activity)
        await rig.quiet(within=30)

    in_slack, in_teams = _read_in_slack(rig), _read_in_teams(rig)
    assert [text for text in words if _essence(text) not in in_slack] == []
    assert [text for text in words if _essence(text) not in in_teams] == []
