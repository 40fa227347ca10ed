"""Files, faults, installation and the walls of the Slack stand-in."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import aiohttp
import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from integrations.sandbox.slack import rich_text
from integrations.sandbox.slack.app import SlackStandIn
from integrations.sandbox.slack.rich_text import composed, unescaped
from tests.sandbox.slack_rig import ANA, BOSTON, HOUSING, MARFA, MARFA_TOKEN, TOKEN, seed, slack_rig

ROOT = Path(__file__).resolve().parents[2]
PLACE = {"workspace": BOSTON, "member": ANA, "channel": HOUSING}


async def test_a_file_is_uploaded_shared_and_fetched_with_a_token_only() -> None:
    async with slack_rig() as rig:
        root = rig.slack.people.say(BOSTON, ANA, HOUSING, "root")
        uploaded = await rig.client().files_upload_v2(
            filename="plan.png",
            content=b"\x89PNG picture",
            alt_txt="A plan",
            title="The plan",
            channel=HOUSING,
            thread_ts=root.ts,
            initial_comment="See",
        )
        file_id = uploaded["files"][0]["id"]
        event = await rig.app.event("message", subtype="file_share")
        assert (event["thread_ts"], event["text"]) == (root.ts, "See")
        info = (await rig.client().files_info(file=file_id))["file"]
        assert info["shares"]["public"][HOUSING][0]["ts"] == event["ts"]
        assert (info["alt_txt"], info["mimetype"]) == ("A plan", "image/png")
        assert await _fetch(info["url_private"], TOKEN) == ("image/png", b"\x89PNG picture")
        for token in ("", "xoxb-wrong", MARFA_TOKEN):
            kind, content = await _fetch(info["url_private_download"], token)
            assert kind == "text/html"
            assert b"Sign in" in content


async def _fetch(url: str, token: str) -> tuple[str, bytes]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as response:
        assert response.status == 200
        return response.content_type, await response.read()


async def test_a_member_attaches_a_file() -> None:
    async with slack_rig() as rig:
        form = aiohttp.FormData({**PLACE, "text": "notes"}, quote_fields=False)
        form.add_field("file", b"a,b", filename="../../etc/costs.csv", content_type="text/csv")
        url = f"{rig.slack.base_url}/control/upload"
        async with rig.session.post(url, data=form) as response:
            assert (await response.json())["ok"] is True
        event = await rig.app.event("message", subtype="file_share")
        file = event["files"][0]
        assert (file["name"], file["size"], event["user"]) == ("costs.csv", 3, ANA)
        assert (await _fetch(file["url_private"], TOKEN))[1] == b"a,b"


async def test_a_lost_answer_was_applied_and_a_lost_request_was_not() -> None:
    async with slack_rig(listening=False) as rig:
        api = f"{rig.slack.api_url}chat.postMessage"
        bearer = {"Authorization": f"Bearer {TOKEN}"}
        for fault, applied in (("lost_answers", 1), ("lost_requests", 0)):
            await rig.control("faults", workspace=BOSTON, **{fault: 1})
            before = len(rig.slack.state.workspaces[BOSTON].conversations[HOUSING].messages)
            with pytest.raises(aiohttp.ClientError):
                await rig.session.post(
                    api, json={"channel": HOUSING, "text": fault}, headers=bearer
                )
            after = len(rig.slack.state.workspaces[BOSTON].conversations[HOUSING].messages)
            assert after - before == applied
        entries = [e for e in rig.slack.journal.entries if e.method == "chat.postMessage"]
        assert [(e.status, bool(e.message_id)) for e in entries] == [(0, True), (0, False)]


async def test_offline_hanging_and_limited_workspaces_leave_others_alone() -> None:
    async with slack_rig(listening=False) as rig:
        await rig.control("faults", workspace=BOSTON, hang=True)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(rig.client().auth_test(), 0.1)
        assert (await rig.client(MARFA_TOKEN).auth_test())["team_id"] == MARFA
        limit = {"retry_after": 7, "calls": 1}
        await rig.control("faults", workspace=BOSTON, hang=False, rate_limit=limit)
        with pytest.raises(SlackApiError) as caught:
            await rig.client().chat_postMessage(channel=HOUSING, text="x")
        assert caught.value.response.status_code == 429
        assert caught.value.response.headers["Retry-After"] == "7"
        await rig.client().chat_postMessage(channel=HOUSING, text="x")
        await rig.control("faults", workspace=BOSTON, offline=True)
        with pytest.raises(aiohttp.ClientError):
            await rig.client().auth_test()


@pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning")
async def test_oauth_installs_and_answers_a_new_token() -> None:
    async with slack_rig(listening=False) as rig:
        query = {
            "client_id": "11.22",
            "redirect_uri": "http://127.0.0.1:9/back",
            "state": "s1",
            "team": MARFA,
        }
        url = f"{rig.slack.base_url}/oauth/v2/authorize"
        async with rig.session.get(url, params=query, allow_redirects=False) as response:
            back = dict(parse_qsl(urlsplit(response.headers["Location"]).query))
        assert back["state"] == "s1"
        granted = await rig.client("").oauth_v2_access(
            client_id="11.22",
            client_secret="client-secret",
            code=back["code"],
        )
        assert granted["team"] == {"id": MARFA, "name": "Marfa"}
        token = granted["access_token"]
        assert (await rig.client(token).auth_test())["user_id"] == granted["bot_user_id"]


async def test_only_this_machine_and_its_own_page_are_answered() -> None:
    async with slack_rig(listening=False) as rig:
        base = rig.slack.base_url
        foreign_host = {"Host": "evil.example"}
        async with rig.session.get(f"{base}/control/state", headers=foreign_host) as response:
            assert response.status == 403
        foreign_page = {"Origin": "https://evil.example"}
        async with rig.session.post(
            f"{base}/control/say", json={**PLACE, "text": "x"}, headers=foreign_page
        ) as response:
            assert response.status == 403
        async with rig.session.post(f"{base}/control/say", json={"workspace": "?"}) as response:
            assert response.status == 400
            assert (await response.json())["field"] == "member"


async def test_the_stream_tells_the_page_of_changes() -> None:
    async with slack_rig(listening=False) as rig:
        url = f"{rig.slack.base_url}/control/stream"
        async with rig.session.ws_connect(url) as socket:
            assert (await socket.receive_json(timeout=5))["kind"] == "hello"
            await rig.control("say", **PLACE, text="hi")
            change = await socket.receive_json(timeout=5)
            assert (change["kind"], change["message"]["text"]) == ("message", "hi")
        async with rig.session.get(f"{rig.slack.base_url}/control/state") as response:
            state = await response.json()
        assert state["workspaces"][0]["conversations"][0]["messages"][0]["text"] == "hi"


async def test_ids_outlive_a_restart_but_event_ids_are_new() -> None:
    seen: list[dict[str, str]] = []
    for _ in range(2):
        async with slack_rig() as rig:
            rig.slack.people.say(BOSTON, ANA, HOUSING, "hi")
            await rig.app.event("message", text="hi")
            opened = await rig.client().conversations_open(users=ANA)
            event_id = rig.app.received[0].json["event_id"]
            ids = {"bot": rig.bot(), "direct": opened["channel"]["id"], "event": event_id}
            seen.append(ids)
    first, second = seen
    assert (first["bot"], first["direct"]) == (second["bot"], second["direct"])
    assert first["event"] != second["event"]


async def test_it_runs_alone() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "integrations.sandbox.slack",
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )
    assert process.stdout is not None
    try:
        ready = json.loads(await asyncio.wait_for(process.stdout.readline(), 20))
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{ready['base_url']}/control/state") as response,
        ):
            assert (await response.json())["platform"] == "slack"
    finally:
        process.terminate()
        assert await asyncio.wait_for(process.wait(), 10) == 0


def test_the_composer_makes_what_slack_makes() -> None:
    text, blocks = composed("Hi <@U123ABC> see https://a.org/?a=1&b=2 & *really _so_* :tada:", "b")
    assert text == ("Hi <@U123ABC> see <https://a.org/?a=1&amp;b=2> &amp; *really _so_* :tada:")
    section = blocks[0]["elements"][0]["elements"]
    assert section == [
        {"type": "text", "text": "Hi "},
        {"type": "user", "user_id": "U123ABC"},
        {"type": "text", "text": " see "},
        {"type": "link", "url": "https://a.org/?a=1&b=2"},
        {"type": "text", "text": " & "},
        {"type": "text", "text": "really ", "style": {"bold": True}},
        {"type": "text", "text": "so", "style": {"bold": True, "italic": True}},
        {"type": "text", "text": " "},
        {"type": "emoji", "name": "tada", "unicode": "1f389"},
    ]


def test_lists_quotes_and_code_are_blocks_of_their_own() -> None:
    typed = "Plan:\n- one\n- *two*\n1. first\n> said\n```x < 1\ny```\nend `a*b*`"
    text, blocks = composed(typed, "b")
    kinds = [e["type"] for e in blocks[0]["elements"]]
    assert kinds == [
        "rich_text_section",
        "rich_text_list",
        "rich_text_list",
        "rich_text_quote",
        "rich_text_preformatted",
        "rich_text_section",
    ]
    assert "• one\n• *two*" in text
    assert "x &lt; 1" in text
    assert blocks[0]["elements"][4]["elements"][0]["text"] == "x < 1\ny"
    last = blocks[0]["elements"][5]["elements"][-1]
    assert last == {"type": "text", "text": "a*b*", "style": {"code": True}}


def test_pictures_get_names() -> None:
    assert composed("ok 👍🏽 🎉", "b")[0] == "ok :+1::skin-tone-4: :tada:"


def test_marks_without_end_cost_no_time() -> None:
    for typed in ("a *b " * 2_400, "*_" * 5_000 + "x" + "_*" * 5_000, "`" * 9_999, "<" * 9_999):
        assert composed(typed, "b")[1]


def test_naughty_strings_stay_what_they_are(shared_data: Path) -> None:
    for line in json.loads((shared_data / "text/naughty-strings.json").read_text("utf-8")):
        text, blocks = composed(line, "b")
        assert blocks[0]["type"] == "rich_text"
        assert "<!" not in text or rich_text.TOKEN.search(line)


@given(st.text(max_size=200))
def test_whatever_is_typed_stays_text_without_tokens(typed: str) -> None:
    text, blocks = composed(typed.replace("<", "(").replace("`", "'"), "b")
    assert blocks[0]["type"] == "rich_text"
    assert "<!" not in text
    if not any(mark in typed for mark in "*_~:>•-.\n<`") and typed.isascii():
        assert unescaped(text) == typed


async def test_it_can_be_mounted_below_a_page() -> None:
    slack = SlackStandIn(seed())
    site = web.Application()
    site.add_subapp("/slack/", slack.app)
    runner = web.AppRunner(site, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    slack.base_url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/"
    try:
        async with aiohttp.ClientSession() as session:
            client = AsyncWebClient(token=TOKEN, base_url=slack.api_url, session=session)
            uploaded = await client.files_upload_v2(filename="a.txt", content="a", channel=HOUSING)
            assert await _fetch(uploaded["file"]["url_private"], TOKEN) == ("text/plain", b"a")
            async with session.get(f"{slack.base_url}/control/journal") as response:
                methods = [e["method"] for e in (await response.json())["entries"]]
        assert methods == ["files.getUploadURLExternal", "files.completeUploadExternal"]
    finally:
        await runner.cleanup()
