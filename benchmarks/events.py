"""Events as Slack would send them to the exchange, signed, at a steady rate."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count

import aiohttp

from benchmarks.processes import SIGNING_SECRET
from benchmarks.worlds import APP, Place
from integrations.sandbox.slack.events import sign

_numbers = count(1)
_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Told:
    """One event that was sent: when (wall clock), and how long the answer took, in seconds."""

    text: str
    at: float
    answered_after: float
    status: int


@asynccontextmanager
async def event_session() -> AsyncIterator[aiohttp.ClientSession]:
    """The connections that events travel on."""
    connector = aiohttp.TCPConnector(limit=_AT_ONCE)
    async with aiohttp.ClientSession(connector=connector) as session:
        yield session


async def tell(session: aiohttp.ClientSession, url: str, place: Place, text: str) -> Told:
    """Somebody writes a message in a place: send the event, wait for the answer."""
    body = _body(place, text)
    stamp = int(time.time())
    headers = {
        "Content-Type": "application/json",
        "X-Slack-Request-Timestamp": str(stamp),
        "X-Slack-Signature": sign(SIGNING_SECRET, stamp, body),
    }
    at, started = time.time(), time.perf_counter()
    async with session.post(f"{url}/slack/events", data=body, headers=headers) as answer:
        await answer.read()
        return Told(text, at, time.perf_counter() - started, answer.status)


async def tell_steadily(
    session: aiohttp.ClientSession,
    url: str,
    places: Sequence[Place],
    *,
    rate: float,
    number: int,
    say: Callable[[int], str],
) -> list[Told]:
    """Send events at so many a second, place after place, whether or not answers keep up.

    An event that leaves late because this process was busy counts from when it left.
    """
    loop = asyncio.get_running_loop()
    begin = loop.time()
    tasks: list[asyncio.Task[Told]] = []
    for index in range(number):
        wait = begin + index / rate - loop.time()
        if wait > 0:
            await asyncio.sleep(wait)
        place = places[index % len(places)]
        tasks.append(asyncio.create_task(tell(session, url, place, say(index))))
    return list(await asyncio.gather(*tasks))


def _body(place: Place, text: str) -> bytes:
    number = next(_numbers)
    stamp = f"{int(time.time())}.{number % 1_000_000:06d}"
    words = [{"type": "text", "text": text}]
    section = {"type": "rich_text_section", "elements": words}
    event = {
        "type": "message",
        "user": place.member,
        "ts": stamp,
        "client_msg_id": f"00000000-0000-4000-9000-{number:012d}",
        "text": text,
        "team": place.tenant,
        "blocks": [{"type": "rich_text", "block_id": "b1", "elements": [section]}],
        "channel": place.conversation,
        "event_ts": stamp,
        "channel_type": "channel",
    }
    authorization = {
        "enterprise_id": None,
        "team_id": place.tenant,
        "user_id": f"UBOT{place.number:06d}",
        "is_bot": True,
        "is_enterprise_install": False,
    }
    envelope = {
        "token": "unused",
        "team_id": place.tenant,
        "api_app_id": APP,
        "event": event,
        "type": "event_callback",
        "event_id": f"Ev{int(time.time())}{number:08d}",
        "event_time": int(time.time()),
        "authorizations": [authorization],
        "is_ext_shared_channel": False,
        "event_context": "4-measured",
    }
    return json.dumps(envelope).encode()
