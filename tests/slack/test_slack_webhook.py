"""`POST /slack/events` from outside: what is let in, what is kept, what is answered."""

import asyncio
import gzip
import hashlib
import hmac
import io
import json
import os
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from core.events import MessageDeleted, MessageEdited, MessagePosted, ReactionChanged
from core.ids import Marker
from core.text import plain_text
from integrations.slack.parse import parse
from integrations.slack.socket_mode import SlackSocketMode
from tests.slack.exchange_rig import ANA, CHANNEL, SECRET, TEAM, Rig, exchange_rig, listen
from tests.slack.recordings import recorded_payloads
from tests.slack.test_slack_platform import part_of


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    """Our webhook, listening; the stand-in keeps still until told to send."""
    async with exchange_rig() as made:
        yield made


def signed(body: bytes, *, secret: str = SECRET, skew: int = 0) -> dict[str, str]:
    """The headers Slack sends along."""
    stamp = str(int(time.time()) + skew)
    digest = hmac.new(secret.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256)
    return {
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": f"v0={digest.hexdigest()}",
        "Content-Type": "application/json",
    }


async def send(rig: Rig, payload: Any, **options: Any) -> tuple[int, str]:
    """Send an event as Slack would."""
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    headers = {**signed(body), **options}
    async with rig.session.post(rig.url, data=body, headers=headers) as response:
        return response.status, await response.text()


def message(text: str, **more: Any) -> dict[str, Any]:
    """A message event of Boston."""
    event = {
        "type": "message",
        "channel": CHANNEL,
        "user": ANA,
        "ts": "1771287144.743569",
        "event_ts": "1771287144.743569",
        "text": text,
        **more,
    }
    return {"type": "event_callback", "team_id": TEAM, "event_id": f"Ev{len(text)}", "event": event}


def whispered(rig: Rig) -> list[dict[str, Any]]:
    """What only Ana sees in the channel."""
    channel = rig.slack.state.workspaces[TEAM].conversations[CHANNEL]
    return [shown for shown in channel.ephemerals if shown["to"] == ANA]


async def until(found: Callable[[], bool]) -> None:
    """Wait until something has happened."""
    async with asyncio.timeout(10):
        while not found():  # noqa: ASYNC110 - the stand-in has no event for it
            await asyncio.sleep(0.01)


async def test_an_event_is_kept_once_and_answered_with_nothing(rig: Rig) -> None:
    for _ in range(2):
        assert await send(rig, message("Hello")) == (200, "")
    (kept,) = rig.exchange.received.values()
    assert kept.key == "Ev5"
    assert kept.lane == f"slack:{TEAM}:{CHANNEL}"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        signed(b"{}", secret="another"),
        signed(b"other body"),
        signed(b"{}", skew=-600),
        signed(b"{}", skew=600),
        {**signed(b"{}"), "X-Slack-Request-Timestamp": "soon"},
    ],
)
async def test_only_slack_gets_in(rig: Rig, headers: dict[str, str]) -> None:
    async with rig.session.post(rig.url, data=b"{}", headers=headers) as response:
        assert response.status == 401


async def test_ssl_check_and_challenge_do_not_get_past_the_signature(rig: Rig) -> None:
    for body in (b"ssl_check=1", b'{"type":"url_verification","challenge":"x"}'):
        async with rig.session.post(rig.url, data=body) as response:
            assert response.status == 401
            assert await response.text() == ""


async def test_the_challenge_is_answered(rig: Rig) -> None:
    answer = await send(rig, {"type": "url_verification", "challenge": "3eZbrw1a"})
    assert answer == (200, "3eZbrw1a")


async def test_without_a_secret_nobody_gets_in() -> None:
    async with exchange_rig(signing_secret="") as rig:
        headers = signed(b"{}", secret="")
        async with rig.session.post(rig.url, data=b"{}", headers=headers) as response:
            assert response.status == 503


async def test_an_oversized_body_is_refused(rig: Rig) -> None:
    body = b" " * (1024 * 1024 + 1)
    sent = rig.session.post(rig.url, data=io.BytesIO(body), headers=signed(body))
    async with sent as response:
        assert response.status == 413


async def test_a_packed_bomb_is_refused(rig: Rig) -> None:
    bomb = gzip.compress(b" " * (50 * 1024 * 1024))
    headers = {**signed(bomb), "Content-Encoding": "gzip"}
    async with rig.session.post(rig.url, data=bomb, headers=headers) as response:
        assert response.status in {400, 401, 413}


async def test_a_damaged_or_endless_body_is_refused(rig: Rig) -> None:
    headers = {**signed(b"x"), "Content-Encoding": "gzip", "Connection": "close"}
    async with rig.session.post(rig.url, data=b"not packed", headers=headers) as response:
        assert 400 <= response.status < 500

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(64):
            yield b" " * 64 * 1024

    async with rig.session.post(rig.url, data=endless(), headers=signed(b"")) as response:
        assert response.status == 413
    assert (await send(rig, message("Still here")))[0] == 200


@pytest.mark.parametrize(
    "body", [b"", b"no json", b"[]", b"1", b"{", b"[" * 100_000, b'{"a":1}', b"\xff\xfe"]
)
async def test_what_is_not_slacks_is_refused(rig: Rig, body: bytes) -> None:
    assert (await send(rig, body))[0] == 400


async def test_an_unknown_team_is_dropped_kindly(rig: Rig) -> None:
    payload = {**message("Hello"), "team_id": "T0UNKNOWN01"}
    assert await send(rig, payload) == (200, "")
    assert rig.exchange.received == {}


async def test_every_recording_goes_through(rig: Rig, shared_data: Path) -> None:
    counted: dict[int, int] = {}
    for name, payload in recorded_payloads(shared_data):
        body = json.dumps(payload).encode()
        status, _ = await send(rig, body)
        assert status in {200, 400}, name
        counted[status] = counted.get(status, 0) + 1
        if payload.get("type") == "event_callback" and payload.get("team_id"):
            assert status == 200, name
    assert counted[200] > 100


async def test_recorded_interactions_are_answered(rig: Rig, shared_data: Path) -> None:
    for name, payload in recorded_payloads(shared_data):
        if payload.get("type") in {"event_callback", "url_verification"}:
            continue
        is_command = "command" in payload and "type" not in payload
        fields = payload if is_command else {"payload": json.dumps(payload)}
        body = urlencode(fields).encode()
        form = "application/x-www-form-urlencoded"
        status, _ = await send(rig, body, **{"Content-Type": form})
        assert status == 200, name


async def test_people_in_slack_are_heard(rig: Rig) -> None:
    listen(rig)
    people = rig.slack.people
    said = people.say(TEAM, ANA, CHANNEL, "Hello *all*, see <https://example.org|this> :tada:")
    people.edit(TEAM, ANA, CHANNEL, said.ts, "Hello again")
    people.react(TEAM, ANA, CHANNEL, said.ts, "+1")
    people.delete(TEAM, ANA, CHANNEL, said.ts)
    await until(lambda: len(rig.exchange.received) >= 4)
    posted, edited, reacted, deleted = (parse(r.payload) for r in rig.exchange.received.values())
    assert isinstance(posted, MessagePosted)
    assert plain_text(posted.body) == "Hello all, see this (https://example.org) 🎉"
    assert isinstance(edited, MessageEdited)
    assert plain_text(edited.body) == "Hello again"
    assert isinstance(reacted, ReactionChanged)
    assert reacted.character == "👍"
    assert isinstance(deleted, MessageDeleted)
    assert {e.message for e in (posted, edited, reacted, deleted)} == {said.ts}
    assert not any((posted.ours, edited.ours, deleted.ours))


async def test_our_own_messages_edits_and_deletions_are_known_as_ours(rig: Rig) -> None:
    listen(rig)
    sent = await rig.platform.post(rig.destination(), part_of("Ours"), Marker("1.0"))
    await rig.platform.edit(rig.destination(), sent, part_of("Ours, changed"))
    await rig.platform.remove(rig.destination(), sent)
    await until(lambda: len(rig.exchange.received) >= 3)
    events = [parse(r.payload) for r in rig.exchange.received.values()]
    assert [type(event) for event in events] == [MessagePosted, MessageEdited, MessageDeleted]
    for event in events:
        assert isinstance(event, MessagePosted | MessageEdited | MessageDeleted)
        assert event.ours
    assert isinstance(events[0], MessagePosted)
    assert events[0].markers == ("1.0",)


async def test_a_command_is_answered_at_once_to_the_asker(rig: Rig) -> None:
    listen(rig)
    await rig.slack.interactions.command(TEAM, ANA, CHANNEL, "/exchange status")
    assert [words for _, words in rig.exchange.asked] == ["status"]
    asker = rig.exchange.asked[0][0]
    assert (asker.member, asker.conversation) == (ANA, CHANNEL)
    (shown,) = whispered(rig)
    assert "You asked: status" in shown["text"]


async def test_when_all_breaks_the_asker_still_hears_something(rig: Rig) -> None:
    listen(rig)
    rig.exchange.broken = True
    await rig.slack.interactions.command(TEAM, ANA, CHANNEL, "/exchange status")
    (shown,) = whispered(rig)
    assert "try again" in shown["text"]


async def test_a_slow_answer_comes_after_the_acknowledgement(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    listen(rig)
    monkeypatch.setattr("integrations.slack.interactions._AT_ONCE_SECONDS", 0.0)
    rig.exchange.ready.clear()
    await rig.slack.interactions.command(TEAM, ANA, CHANNEL, "/exchange status")
    assert whispered(rig) == []
    rig.exchange.ready.set()
    await until(lambda: bool(whispered(rig)))
    assert "You asked: status" in whispered(rig)[0]["text"]


async def test_client_settings_in_the_environment_change_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Bolt reads these itself and would set up an installation store of its own."""
    for name in ("SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET", "SLACK_BOT_TOKEN"):
        monkeypatch.setenv(name, "given")
    monkeypatch.setenv("HOME", str(tmp_path))
    async with exchange_rig() as rig:
        listen(rig)
        await rig.slack.interactions.command(TEAM, ANA, CHANNEL, "/exchange help")
        assert "You asked: help" in whispered(rig)[0]["text"]
    assert os.listdir(tmp_path) == []


async def test_an_unknown_team_is_told_so_when_it_asks(rig: Rig) -> None:
    listen(rig)
    rig.exchange.workspaces.clear()
    await rig.slack.interactions.command(TEAM, ANA, CHANNEL, "/exchange status")
    assert "doesn't take part" in whispered(rig)[0]["text"]
    assert rig.exchange.asked == []


async def test_the_shortcut_asks_about_the_message_it_was_used_on(rig: Rig) -> None:
    listen(rig)
    said = rig.slack.people.say(TEAM, ANA, CHANNEL, "Who has this?")
    await rig.slack.interactions.shortcut(TEAM, ANA, "who_has_got_this", CHANNEL, said.ts)
    await until(lambda: bool(rig.exchange.wondered))
    asker, meant = rig.exchange.wondered[0]
    assert (asker.member, meant) == (ANA, said.ts)
    await until(lambda: bool(whispered(rig)))
    assert "39 of 41 cities" in whispered(rig)[0]["text"]


async def test_the_home_page_shows_the_menu(rig: Rig) -> None:
    listen(rig)
    rig.slack.interactions.open_home(TEAM, ANA)
    await until(lambda: any(e.method == "views.publish" for e in rig.slack.journal.entries))
    assert [words for _, words in rig.exchange.asked] == [""]


async def test_a_button_hands_its_verb_to_the_front_desk(rig: Rig) -> None:
    payload = {
        "type": "block_actions",
        "team": {"id": TEAM},
        "user": {"id": ANA, "team_id": TEAM},
        "channel": {"id": CHANNEL},
        "container": {"type": "message", "channel_id": CHANNEL},
        "actions": [{"type": "button", "action_id": "desk:0", "block_id": "b", "value": "help"}],
    }
    body = urlencode({"payload": json.dumps(payload)}).encode()
    form = "application/x-www-form-urlencoded"
    assert await send(rig, body, **{"Content-Type": form}) == (200, "")
    await until(lambda: bool(rig.exchange.asked))
    assert [words for _, words in rig.exchange.asked] == ["help"]


async def test_socket_mode_brings_the_same(rig: Rig) -> None:
    rig.slack.app_named("").socket_mode = True
    socket = SlackSocketMode(settings=rig.settings, reception=rig.webhook.reception)
    await socket.start()
    try:
        await until(lambda: rig.slack.outgoing.sockets.count("A0EXCHANGE1") > 0)
        rig.slack.people.say(TEAM, ANA, CHANNEL, "Over the socket")
        await until(lambda: bool(rig.exchange.received))
        (kept,) = rig.exchange.received.values()
        event = parse(kept.payload)
        assert isinstance(event, MessagePosted)
        assert plain_text(event.body) == "Over the socket"
        await rig.slack.interactions.command(TEAM, ANA, CHANNEL, "/exchange help")
        assert "You asked: help" in whispered(rig)[-1]["text"]
    finally:
        await socket.stop()
