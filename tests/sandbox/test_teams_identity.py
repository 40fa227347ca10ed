"""Tokens both ways, the Graph history, the stand-in in its own process, and its speed."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
import jwt
import pytest

from integrations.sandbox.teams.model import World
from integrations.sandbox.world import system_clock
from tests.sandbox.teams_rig import Rig, activity_path, teams_rig

APP = "11111111-2222-3333-4444-555555555555"
HERE = {"workspace": "stpaul", "member": "lena", "conversation": "Housing"}
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
async def secured() -> AsyncIterator[Rig]:
    async with teams_rig(app_id=APP, app_password="geheim") as made:
        yield made


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with teams_rig() as made:
        yield made


async def token(rig: Rig, scope: str, **more: str) -> tuple[int, dict[str, Any]]:
    form = {
        "grant_type": "client_credentials",
        "client_id": APP,
        "client_secret": "geheim",
        "scope": scope,
        **more,
    }
    url = f"{rig.teams.login_url}/botframework.com/oauth2/v2.0/token"
    async with rig.session.post(url, data=form) as response:
        return response.status, await response.json()


async def test_the_connector_wants_a_token_of_this_app(secured: Rig) -> None:
    path = f"v3/conversations/{secured.housing.id}/activities"
    body = {"type": "message", "text": "hello"}
    assert (await secured.call("POST", path, body))[0] == 401

    status, wrong = await token(
        secured, "https://api.botframework.com/.default", client_secret="guess"
    )
    assert (status, wrong["error"]) == (401, "invalid_client")
    assert (await token(secured, "x", grant_type="password"))[0] == 400
    assert (await token(secured, "https://api.botframework.com"))[0] == 400

    _, graph = await token(secured, "https://graph.microsoft.com/.default")
    secured.token = graph["access_token"]
    assert (await secured.call("POST", path, body))[0] == 401
    _, right = await token(secured, "https://api.botframework.com/.default")
    secured.token = right["access_token"]
    assert (await secured.call("POST", path, body))[0] == 201
    secured.token += "x"
    assert (await secured.call("POST", path, body))[0] == 401


async def test_activities_are_signed_as_the_bot_framework_signs_them(secured: Rig) -> None:
    message = await secured.say("Hey")
    sent = await secured.bot.wait_for(lambda a: a["id"] == message)
    bearer = secured.bot.headers[0]["Authorization"].removeprefix("Bearer ")
    async with secured.session.get(secured.teams.open_id_metadata_url) as response:
        metadata = await response.json()
    assert metadata["issuer"] == "https://api.botframework.com"
    async with secured.session.get(metadata["jwks_uri"]) as response:
        keys = (await response.json())["keys"]
    assert keys[0]["endorsements"] == ["msteams"]
    kid = jwt.get_unverified_header(bearer)["kid"]
    key = next(key for key in keys if key["kid"] == kid)
    claims = jwt.decode(
        bearer,
        jwt.PyJWK(key).key,
        algorithms=["RS256"],
        audience=APP,
        issuer="https://api.botframework.com",
    )
    assert claims["serviceurl"] == sent["serviceUrl"]
    assert sent["recipient"]["id"] == f"28:{APP}"

    secured.teams.identity.rotate()
    await secured.say("Hey again")
    await secured.teams.settle()
    later = secured.bot.headers[-1]["Authorization"].removeprefix("Bearer ")
    assert jwt.get_unverified_header(later)["kid"] != kid


async def test_a_token_expires() -> None:
    moments = [system_clock()]
    async with teams_rig(app_id=APP, app_password="geheim", clock=lambda: moments[0]) as rig:
        _, answer = await token(rig, "https://api.botframework.com/.default")
        rig.token = answer["access_token"]
        path = f"v3/conversations/{rig.housing.id}/members"
        assert (await rig.call("GET", path))[0] == 200
        moments[0] += timedelta(hours=2)
        assert (await rig.call("GET", path))[0] == 401


async def graph(rig: Rig, url: str) -> tuple[int, Any]:
    headers = {"Authorization": f"Bearer {rig.token}"} if rig.token else {}
    async with rig.session.get(url, headers=headers) as response:
        return response.status, await response.json()


def delta_url(rig: Rig, query: str = "") -> str:
    team, channel = rig.stpaul.group_id, quote(rig.housing.id, safe="")
    return f"{rig.teams.graph_url}/teams/{team}/channels/{channel}/messages/delta{query}"


async def whole_round(rig: Rig, url: str) -> tuple[list[Any], str]:
    """Every page of one round: the messages, and the link to the next round."""
    found: list[Any] = []
    while True:
        status, page = await graph(rig, url)
        assert status == 200, page
        found += page["value"]
        if "@odata.deltaLink" in page:
            return found, page["@odata.deltaLink"]
        url = page["@odata.nextLink"]


async def test_delta_gives_pages_then_only_what_changed(rig: Rig) -> None:
    rig.stpaul.faults.enforce_pace = False
    messages = [await rig.say(f"Post {number}") for number in range(5)]
    reply = await rig.say("A reply", thread=messages[0])
    _, own = await rig.new_thread(text="**From** the bot")

    first, link = await whole_round(rig, delta_url(rig, "?$top=2&$expand=replies"))
    assert sorted(m["id"] for m in first) == sorted([*messages, own])
    answered = next(m for m in first if m["id"] == messages[0])
    assert [r["id"] for r in answered["replies"]] == [reply]
    assert answered["body"] == {"contentType": "html", "content": "<p>Post 0</p>"}
    assert answered["from"]["user"]["displayName"] == "Lena Thao"
    by_bot = next(m for m in first if m["id"] == own)
    assert by_bot["from"]["user"] is None
    assert by_bot["from"]["application"]["id"] == rig.teams.world.bot.id.removeprefix("28:")

    assert (await whole_round(rig, link))[0] == []
    await rig.control("edit", message=messages[1], text="Edited", **HERE)
    await rig.control("delete", message=messages[2], **HERE)
    late = await rig.say("Late reply", thread=messages[3])
    changed, link = await whole_round(rig, link)
    by_id = {m["id"]: m for m in changed}
    assert list(by_id) == [messages[1], messages[2], messages[3]]
    assert by_id[messages[1]]["lastEditedDateTime"] is not None
    assert by_id[messages[2]]["deletedDateTime"] is not None
    assert by_id[messages[2]]["body"]["content"] == ""
    assert [r["id"] for r in by_id[messages[3]]["replies"]] == [late]
    assert (await whole_round(rig, link))[0] == []


async def test_delta_can_start_at_a_moment() -> None:
    moments = [datetime(2026, 10, 1, 12, tzinfo=UTC)]
    async with teams_rig(clock=lambda: moments[0]) as rig:
        await rig.say("Old")
        answered = await rig.say("Old, but answered")
        moments[0] += timedelta(hours=1)
        await rig.say("Reply", thread=answered)
        new = await rig.say("New")
        wanted = "?$filter=lastModifiedDateTime gt 2026-10-01T12:30:00Z"
        found, _ = await whole_round(rig, delta_url(rig, wanted))
        assert sorted(m["id"] for m in found) == sorted([answered, new])


async def test_graph_refuses_without_consent_token_or_thread(secured: Rig) -> None:
    url = delta_url(secured)
    status, answer = await graph(secured, url)
    assert (status, answer["error"]["code"]) == (401, "InvalidAuthenticationToken")
    _, given = await token(secured, "https://graph.microsoft.com/.default")
    secured.token = given["access_token"]
    assert (await graph(secured, url))[0] == 200
    await secured.control("settings", workspace="stpaul", graph_consent=False)
    status, answer = await graph(secured, url)
    assert (status, answer["error"]["code"]) == (403, "Forbidden")
    await secured.control("settings", workspace="stpaul", graph_consent=True)
    unknown = url.replace(secured.stpaul.group_id, "unknown")
    assert (await graph(secured, unknown))[0] == 404
    assert (await graph(secured, f"{url}?$skiptoken=nonsense"))[0] == 400


async def test_one_message_and_its_replies_can_be_read(rig: Rig) -> None:
    root = await rig.say("Question")
    reply = await rig.say("Answer", thread=root)
    base = delta_url(rig).removesuffix("/delta")
    assert (await graph(rig, f"{base}/{root}"))[1]["id"] == root
    replies = (await graph(rig, f"{base}/{root}/replies"))[1]["value"]
    assert [m["replyToId"] for m in replies] == [root]
    assert (await graph(rig, f"{base}/{root}/replies/{reply}"))[1]["id"] == reply
    assert (await graph(rig, f"{base}/1"))[0] == 404


async def test_it_runs_alone_and_stops_when_told(tmp_path: Path) -> None:
    seed = tmp_path / "seed.json"
    tenant = {"key": "a", "name": "A", "members": [{"key": "m", "name": "M"}], "channels": ["C"]}
    seed.write_text(json.dumps({"workspaces": [tenant]}))
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "integrations.sandbox.teams",
        "--seed",
        str(seed),
        "--no-pace",
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        ready = json.loads(await asyncio.wait_for(process.stdout.readline(), 20))
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{ready['url']}/control/state") as response,
        ):
            state = await response.json()
        assert [w["name"] for w in state["workspaces"]] == ["A"]
        assert state["workspaces"][0]["faults"]["enforce_pace"] is False
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 10) == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_ids_stay_the_same_over_a_restart() -> None:
    async with teams_rig() as first:
        ids = _ids(first.teams.world)
    async with teams_rig() as second:
        assert _ids(second.teams.world) == ids


def _ids(world: World) -> list[str]:
    return [
        *world.conversations,
        *(w.tenant_id for w in world.workspaces.values()),
        *(m.id for w in world.workspaces.values() for m in w.members.values()),
    ]


async def test_a_targeted_message_is_for_one_person(rig: Rig) -> None:
    lena = rig.stpaul.members["lena"]
    path = f"v3/conversations/{quote(rig.housing.id)}/activities?isTargetedActivity=true"
    body = {"type": "message", "text": "Only you", "recipient": {"id": lena.id}}
    status, answer, _ = await rig.call("POST", path, body)
    assert status == 201
    assert rig.housing.messages[answer["id"]].visible_to == lena.id
    assert (await whole_round(rig, delta_url(rig)))[0] == []
    path = activity_path(rig.housing.id, answer["id"])
    assert (await rig.call("DELETE", path))[0] == 200
