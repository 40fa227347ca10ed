"""Whoever is not Slack or Teams stays outside: over HTTP, against the whole exchange."""

import asyncio
import base64
import gzip
import hashlib
import hmac
import io
import json
from collections.abc import AsyncIterator
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.attacks.doors import (
    APP,
    KEY,
    SECRET,
    SERVICE,
    STRANGER,
    Doors,
    claims,
    open_doors,
    signed,
    token,
)

DEEP = b'{"a":' * 200_000 + b"1" + b"}" * 200_000
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
async def doors(sqlite_url: str) -> AsyncIterator[Doors]:
    async with open_doors(sqlite_url) as opened:
        yield opened


async def test_forged_slack_requests(doors: Doors) -> None:
    body, other = doors.event(), doors.event()
    good = signed(body)
    stamp, signature = good["X-Slack-Request-Timestamp"], good["X-Slack-Signature"]
    forged: list[dict[str, str]] = [
        {},
        {"X-Slack-Signature": signature},
        {"X-Slack-Request-Timestamp": stamp},
        signed(other),
        signed(body, secret=""),
        signed(body, secret=SECRET.upper()),
        signed(body, skew=-301),
        signed(body, skew=3_000),
        {**good, "X-Slack-Request-Timestamp": str(int(stamp) + 1)},
        {**good, "X-Slack-Request-Timestamp": f" {stamp}0"},
        {**good, "X-Slack-Request-Timestamp": "-1"},
        {**good, "X-Slack-Request-Timestamp": "1e9"},
        {**good, "X-Slack-Request-Timestamp": "9" * 400},
        {**good, "X-Slack-Signature": signature.replace("v0=", "v1=")},
        {**good, "X-Slack-Signature": signature[3:]},
        {**good, "X-Slack-Signature": signature[:-1]},
        {**good, "X-Slack-Signature": "v0="},
        {**good, "X-Slack-Signature": "v0=\u00e9\u00e9"},
    ]
    for headers in forged:
        assert await doors.slack(body, headers) == 401, headers
    assert await doors.kept() == 0
    assert await doors.slack(body, good) == 200
    assert await doors.slack(body, good) == 200, "repeated, so nothing new"
    assert await doors.kept() == 1


async def test_nothing_in_a_slack_body_gets_past_the_signature(doors: Doors) -> None:
    for body, kind in (
        (b"ssl_check=1&token=x", FORM),
        (b"payload=%7B%7D&ssl_check=1", FORM),
        (b'{"type":"url_verification","challenge":"x"}', {"Content-Type": "application/json"}),
        (b'{"type":"event_callback","ssl_check":1}', {"Content-Type": "application/json"}),
    ):
        assert await doors.slack(body, kind) == 401, body
        assert await doors.slack(body, {**signed(body, secret="x"), **kind}) == 401, body


async def test_forged_teams_tokens(doors: Doors) -> None:
    good = token()
    head, payload, signature = good.split(".")
    public = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    confused = jwt.PyJWS()
    confused_key = json.dumps(claims()).encode()
    forged = [
        token(STRANGER),
        token(STRANGER, "k2"),
        token(STRANGER, "../../../../dev/null"),
        token(STRANGER, "' OR 1=1 --"),
        token(aud="another-app"),
        token(aud=[f"{APP}0", "another-app"]),
        token(aud=None),
        token(iss="https://api.botframework.com.evil.example"),
        token(iss="https://sts.windows.net/tenant/"),
        token(iss=None),
        token(exp=1_700_000_000),
        token(exp=None),
        token(nbf=4_000_000_000, exp=4_000_003_600),
        jwt.encode(claims(), "", algorithm="none", headers={"kid": "k1"}),
        confused.encode(confused_key, b"k" * 64, algorithm="HS256", headers={"kid": "k1"}),
        f"{head}.{payload}.",
        f"{head}.{payload}",
        f"{head}..{signature}",
        good[:-4],
        "",
        "." * 7_000,
    ]
    for one in (*forged, _signed_with_the_public_key(public)):
        assert await doors.teams(doors.activity(), one) == 401, one[:400]
    assert await doors.teams(doors.activity()) == 401
    assert await doors.teams(doors.activity(), Authorization=f"bearer{good}") == 401
    assert await doors.kept() == 0
    assert await doors.teams(doors.activity(), good) == 200
    assert await doors.kept() == 1


def _signed_with_the_public_key(public: bytes) -> str:
    """HS256 with the published key as the secret; PyJWT refuses to make one, so by hand."""

    def packed(data: bytes) -> str:
        return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

    head = packed(json.dumps({"alg": "HS256", "typ": "JWT", "kid": "k1"}).encode())
    start = f"{head}.{packed(json.dumps(claims()).encode())}"
    return f"{start}.{packed(hmac.digest(public, start.encode(), hashlib.sha256))}"


@pytest.mark.parametrize(
    "address",
    [
        "https://smba.trafficmanager.net@evil.example/",
        "https://evil.example/?https://smba.trafficmanager.net/",
        "https://evil.example#smba.trafficmanager.net/",
        "https://smba.trafficmanager.net.evil.example/amer/",
        "https://evilsmba.trafficmanager.net/amer/",
        "https://smba.trafficmanager.net\\@evil.example/",
        "https://smba.trafficmanager.net:444/amer/",
        "http://smba.trafficmanager.net/amer/",
        "//smba.trafficmanager.net/amer/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0177.0.0.1/",
        "http://127.0.0.1/",
        "http://localhost:8000/",
        "http://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "http://169.254.169.254/metadata/",
        "https://smba.trafficmanager.net%2eevil.example/",
        "https://smba。trafficmanager。net/",
        "https://smba.trafficmanager.net\n.evil.example/",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "",
    ],
)
async def test_service_addresses_off_the_list(doors: Doors, address: str) -> None:
    activity = doors.activity(serviceUrl=address)
    assert await doors.teams(activity, token(serviceurl=address)) == 403
    assert await doors.teams(activity, token()) == 403, "and another one than the token tells"
    assert await doors.kept() == 0


async def test_another_tenant_and_another_team(doors: Doors) -> None:
    data = doors.activity()["channelData"]
    strange = doors.activity(channelData={**data, "tenant": {"id": "33333333-0"}})
    assert await doors.teams(strange, token()) == 403
    nobody = doors.activity(channelData={}, conversation={"id": "19:x@thread.tacv2"})
    assert await doors.teams(nobody, token()) == 403
    invoke = {**strange, "type": "invoke", "name": "adaptiveCard/action", "value": {}}
    assert await doors.teams(invoke, token()) == 403
    assert await doors.slack(doors.event(team_id="T0NOBODY001")) == 200, "dropped kindly"
    assert await doors.kept() == 0


async def _endless() -> AsyncIterator[bytes]:
    for _ in range(64):
        yield b" " * 64 * 1024


@pytest.mark.parametrize("path", ["/slack/events", "/api/messages"])
async def test_bodies_without_end(doors: Doors, path: str) -> None:
    for body in (io.BytesIO(b" " * 1_200_000), _endless()):
        headers = {**signed(b""), "Authorization": f"Bearer {token()}"}
        sent = doors.session.post(doors.url + path, data=body, headers=headers)
        async with sent as response:
            assert response.status == 413
    bomb = gzip.compress(b" " * 50_000_000)
    headers = {
        **signed(bomb),
        "Authorization": f"Bearer {token()}",
        "Content-Encoding": "gzip",
    }
    async with doors.session.post(doors.url + path, data=bomb, headers=headers) as response:
        assert response.status in {400, 401, 413}
    assert await doors.kept() == 0


STRANGE: list[bytes] = [
    DEEP[:900_000],
    b"[" * 500_000,
    b"\xff\xfe\x00",
    b'{"type": "message", "text": "\xc3\x28"}',
    b'{"type": NaN}',
    b'{"type": ' + b"9" * 5_000 + b"}",
    b'"message"',
    b"null",
    b"",
    b'{"type": {"$ne": ""}}',
    b'{"type": ["message"], "event": []}',
]


@pytest.mark.parametrize("body", STRANGE, ids=range(len(STRANGE)))
async def test_bodies_that_are_nothing(doors: Doors, body: bytes) -> None:
    assert await doors.slack(body) == 400
    assert await doors.teams(body, token()) == 400
    assert await doors.kept() == 0


async def test_of_a_key_given_twice_one_is_believed(doors: Doors) -> None:
    event = doors.event().decode()
    twice = event.replace('"team_id"', '"team_id": "T0NOBODY001", "team_id"', 1)
    assert await doors.slack(twice.encode()) == 200
    assert await doors.kept() == 1, "the last one counts, for the check and for the work"
    hidden = event.replace("}", ', "x": 1}', 1)[:-1] + ', "team_id": "T0NOBODY001"}'
    assert await doors.slack(hidden.encode()) == 200
    assert await doors.kept() == 1


async def test_odd_characters_are_kept_and_stop_nobody(story_url: str) -> None:
    """NUL and half characters are JSON, but no text that a database must take."""
    async with open_doors(story_url) as doors:
        odd: dict[str, Any] = {"text": "a\u0000b \ud800 c \ufffe", "from": {"id": "29:\u0000lena"}}
        assert await doors.teams(doors.activity(**odd), token()) == 200
        event = json.loads(doors.event())
        event["event"]["text"] = "a\u0000b \udfff c"
        assert await doors.slack(json.dumps(event).encode()) == 200
        event["event_id"], event["event"]["ts"] = "Ev\u0000\ud800", "1.\u0000"
        assert await doors.slack(json.dumps(event).encode()) in {200, 400}
        assert await doors.slack(doors.event()) == 200
        assert await doors.teams(doors.activity(), token(serviceurl=SERVICE)) == 200
        async with asyncio.timeout(10):
            while await doors.waiting():  # noqa: ASYNC110 - the inbox has no event for it
                await asyncio.sleep(0.05)
        assert await doors.set_aside() == 0
