"""The Slack stand-in posts, changes, removes and shows messages as Slack does."""

from __future__ import annotations

import pytest
from slack_sdk.errors import SlackApiError

from tests.sandbox.slack_rig import (
    ANA,
    BEN,
    BOSTON,
    HOUSING,
    MARFA_TOKEN,
    OTHER_TOKEN,
    PRIVATE,
    Rig,
    slack_rig,
)

MARK = {"event_type": "exchange_copy", "event_payload": {"copy": "c1"}}


async def _refused(awaitable: object) -> dict[str, object]:
    with pytest.raises(SlackApiError) as caught:
        await awaitable  # type: ignore[misc]
    answer: dict[str, object] = caught.value.response.data
    return answer


async def test_a_message_under_a_custom_name_has_no_user() -> None:
    async with slack_rig() as rig:
        posted = await rig.client().chat_postMessage(
            channel=HOUSING,
            text="We cut vacancies",
            username="Ana Ruiz · Boston, MA",
            icon_url="https://example.org/boston.png",
            metadata=MARK,
        )
        message = posted["message"]
        assert message["subtype"] == "bot_message"
        assert message["username"] == "Ana Ruiz · Boston, MA"
        assert "user" not in message
        assert message["bot_id"] == rig.slack.installation(BOSTON).bot_id
        assert message["icons"]["image_48"] == "https://example.org/boston.png"
        event = await rig.app.event("message", ts=posted["ts"])
        assert event["subtype"] == "bot_message"
        assert event["channel_type"] == "channel"
        assert event["metadata"] == MARK


async def test_a_message_under_the_apps_name_has_its_bot_user() -> None:
    async with slack_rig() as rig:
        posted = await rig.client().chat_postMessage(channel=HOUSING, text="Hello *all*")
        message = posted["message"]
        assert message["user"] == rig.bot()
        assert message["bot_profile"]["app_id"] == "A0EXCHANGE1"
        assert "subtype" not in message
        styled = message["blocks"][0]["elements"][0]["elements"][1]
        assert styled == {"type": "text", "text": "all", "style": {"bold": True}}


async def test_own_edits_and_deletions_come_back_as_hidden_events() -> None:
    async with slack_rig() as rig:
        client = rig.client()
        posted = await client.chat_postMessage(
            channel=HOUSING, text="one", username="Ana", metadata=MARK
        )
        updated = await client.chat_update(channel=HOUSING, ts=posted["ts"], text="two")
        assert updated["message"]["username"] == "Ana"
        assert updated["message"]["metadata"] == MARK
        changed = await rig.app.event("message", subtype="message_changed")
        assert changed["hidden"] is True
        assert changed["message"]["text"] == "two"
        assert changed["previous_message"]["text"] == "one"
        assert changed["message"]["subtype"] == "bot_message"
        await client.chat_delete(channel=HOUSING, ts=posted["ts"])
        deleted = await rig.app.event("message", subtype="message_deleted")
        assert deleted["deleted_ts"] == posted["ts"]
        assert deleted["previous_message"]["bot_id"] == updated["message"]["bot_id"]
        again = await _refused(client.chat_delete(channel=HOUSING, ts=posted["ts"]))
        assert again["error"] == "message_not_found"


async def test_text_alone_takes_the_blocks_away_and_empty_metadata_clears() -> None:
    async with slack_rig() as rig:
        client = rig.client()
        section = {"type": "section", "text": {"type": "mrkdwn", "text": "hi"}}
        posted = await client.chat_postMessage(
            channel=HOUSING, text="hi", blocks=[section], metadata=MARK
        )
        assert posted["message"]["blocks"][0]["block_id"]
        updated = await client.chat_update(
            channel=HOUSING, ts=posted["ts"], text="plain", metadata={}
        )
        assert [b["type"] for b in updated["message"]["blocks"]] == ["rich_text"]
        history = await client.conversations_history(channel=HOUSING, include_all_metadata=True)
        assert "metadata" not in history["messages"][0]


async def test_a_deleted_root_with_replies_becomes_a_tombstone() -> None:
    async with slack_rig() as rig:
        people = rig.slack.people
        root = people.say(BOSTON, ANA, HOUSING, "root")
        reply = people.say(BOSTON, BEN, HOUSING, "reply", thread_ts=root.ts)
        people.delete(BOSTON, ANA, HOUSING, root.ts)
        changed = await rig.app.event("message", subtype="message_changed")
        assert changed["message"]["subtype"] == "tombstone"
        assert changed["previous_message"]["text"] == "root"
        thread = await rig.client().conversations_replies(channel=HOUSING, ts=root.ts)
        assert [m["ts"] for m in thread["messages"]] == [root.ts, reply.ts]


async def test_a_reply_to_a_vanished_root_lands_in_the_channel() -> None:
    async with slack_rig() as rig:
        root = rig.slack.people.say(BOSTON, ANA, HOUSING, "root")
        rig.slack.people.delete(BOSTON, ANA, HOUSING, root.ts)
        posted = await rig.client().chat_postMessage(
            channel=HOUSING, text="late", thread_ts=root.ts
        )
        assert "thread_ts" not in posted["message"]
        wrong = await _refused(
            rig.client().chat_postMessage(channel=HOUSING, text="x", thread_ts="zero")
        )
        assert wrong["error"] == "invalid_thread_ts"


async def test_a_broadcast_reply_is_in_thread_and_channel() -> None:
    async with slack_rig() as rig:
        root = rig.slack.people.say(BOSTON, ANA, HOUSING, "root")
        rig.slack.people.say(BOSTON, BEN, HOUSING, "quiet", thread_ts=root.ts)
        loud = await rig.client().chat_postMessage(
            channel=HOUSING, text="loud", thread_ts=root.ts, reply_broadcast=True
        )
        event = await rig.app.event("message", subtype="thread_broadcast")
        assert event["root"]["text"] == "root"
        assert event["thread_ts"] == root.ts
        history = await rig.client().conversations_history(channel=HOUSING)
        assert [m["ts"] for m in history["messages"]] == [loud["ts"], root.ts]
        assert history["messages"][1]["reply_count"] == 2


async def test_history_pages_back_by_cursor_and_forward_from_oldest() -> None:
    async with slack_rig() as rig:
        said = [rig.slack.people.say(BOSTON, ANA, HOUSING, f"m{n}").ts for n in range(7)]
        client = rig.client()
        seen: list[str] = []
        cursor = ""
        while True:
            page = await client.conversations_history(channel=HOUSING, limit=3, cursor=cursor)
            seen += [m["ts"] for m in page["messages"]]
            cursor = page.data.get("response_metadata", {}).get("next_cursor", "")  # type: ignore[union-attr]
            if not cursor:
                break
        assert seen == said[::-1]
        after = await client.conversations_history(channel=HOUSING, oldest=said[1], limit=2)
        assert [m["ts"] for m in after["messages"]] == [said[3], said[2]]
        assert after["has_more"] is True
        one = await client.conversations_history(
            channel=HOUSING, latest=said[4], inclusive=True, limit=1
        )
        assert [m["ts"] for m in one["messages"]] == [said[4]]


@pytest.mark.parametrize(
    ("method", "arguments", "error"),
    [
        ("chat.postMessage", {"channel": HOUSING}, "no_text"),
        ("chat.postMessage", {"channel": "C0NOTHERE11", "text": "x"}, "channel_not_found"),
        ("chat.postMessage", {"channel": PRIVATE, "text": "x"}, "channel_not_found"),
        ("chat.postMessage", {"channel": HOUSING, "blocks": "{"}, "invalid_blocks_format"),
        ("chat.update", {"channel": HOUSING, "ts": "1.2", "text": "x"}, "message_not_found"),
        ("conversations.replies", {"channel": HOUSING, "ts": "1.2"}, "thread_not_found"),
        ("conversations.history", {"channel": HOUSING, "cursor": "?"}, "invalid_cursor"),
        (
            "reactions.add",
            {"channel": HOUSING, "timestamp": "1.2", "name": "+1"},
            "message_not_found",
        ),
        ("users.info", {"user": "U0NOBODY111"}, "user_not_found"),
        ("no.such", {}, "unknown_method"),
        ("files.info", {"file": "F0NONE00000"}, "file_not_found"),
    ],
)
async def test_refusals(method: str, arguments: dict[str, str], error: str) -> None:
    async with slack_rig(listening=False) as rig:
        answer = await _refused(rig.client().api_call(method, params=arguments))
        assert answer["error"] == error


async def test_only_own_messages_may_be_changed() -> None:
    async with slack_rig() as rig:
        said = rig.slack.people.say(BOSTON, ANA, HOUSING, "mine").ts
        client = rig.client()
        changed = await _refused(client.chat_update(channel=HOUSING, ts=said, text="x"))
        removed = await _refused(client.chat_delete(channel=HOUSING, ts=said))
        assert (changed["error"], removed["error"]) == (
            "cant_update_message",
            "cant_delete_message",
        )
        own = await client.chat_postMessage(channel=HOUSING, text="x")
        long = await _refused(client.chat_update(channel=HOUSING, ts=own["ts"], text="x" * 4001))
        assert long["error"] == "msg_too_long"


async def test_long_text_is_cut_and_bad_blocks_are_named() -> None:
    async with slack_rig(listening=False) as rig:
        posted = await rig.client().chat_postMessage(channel=HOUSING, text="x" * 40_100)
        assert len(posted["message"]["text"]) == 40_000
        block = {"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}
        refused = await _refused(
            rig.client().chat_postMessage(channel=HOUSING, text="x", blocks=[block])
        )
        assert refused["error"] == "invalid_blocks"
        messages = refused["response_metadata"]["messages"]  # type: ignore[index]
        pointer = "[json-pointer:/blocks/0/text/text]"
        assert messages == [f"[ERROR] must be less than 3001 characters {pointer}"]


async def test_tokens_end_and_scopes_are_checked() -> None:
    async with slack_rig() as rig:
        assert (await _refused(rig.client("").auth_test()))["error"] == "not_authed"
        assert (await _refused(rig.client("xoxb-no").auth_test()))["error"] == "invalid_auth"
        installation = rig.slack.installation(BOSTON)
        installation.scopes -= {"chat:write.customize"}
        missing = await _refused(
            rig.client().chat_postMessage(channel=HOUSING, text="x", username="Ana")
        )
        assert (missing["error"], missing["needed"]) == ("missing_scope", "chat:write.customize")
        await rig.control("revoke", workspace=BOSTON)
        assert (await _refused(rig.client().auth_test()))["error"] == "token_revoked"
        event = await rig.app.event("tokens_revoked")
        assert event["tokens"]["bot"] == [rig.bot()]
        await rig.control("uninstall", workspace=BOSTON)
        assert (await _refused(rig.client().auth_test()))["error"] == "account_inactive"
        assert (await rig.client(MARFA_TOKEN).auth_test())["team"] == "Marfa"


async def test_reactions_tell_whose_message_it_was_only_when_someone_wrote_it() -> None:
    async with slack_rig() as rig:
        client = rig.client()
        said = rig.slack.people.say(BOSTON, ANA, HOUSING, "hi").ts
        await client.reactions_add(channel=HOUSING, timestamp=said, name="globe_with_meridians")
        added = await rig.app.event("reaction_added")
        assert (added["item_user"], added["user"]) == (ANA, rig.bot())
        twice = client.reactions_add(channel=HOUSING, timestamp=said, name="globe_with_meridians")
        assert (await _refused(twice))["error"] == "already_reacted"
        wrong = client.reactions_remove(channel=HOUSING, timestamp=said, name="+1")
        assert (await _refused(wrong))["error"] == "no_reaction"
        copy = await client.chat_postMessage(channel=HOUSING, text="x", username="Ana")
        rig.slack.people.react(BOSTON, BEN, HOUSING, copy["ts"], ":tada:")
        anonymous = await rig.app.event("reaction_added", reaction="tada")
        assert "item_user" not in anonymous


async def test_another_apps_post_has_its_own_bot() -> None:
    async with slack_rig() as rig:
        posted = await rig.client(OTHER_TOKEN).chat_postMessage(
            channel=HOUSING, text=f"<@{rig.bot()}> ping"
        )
        assert (await rig.app.event("app_mention"))["bot_id"] == posted["message"]["bot_id"]
        refused = rig.client().chat_delete(channel=HOUSING, ts=posted["ts"])
        assert (await _refused(refused))["error"] == "cant_delete_message"


async def test_pins_members_and_permalinks() -> None:
    async with slack_rig(listening=False) as rig:
        client = rig.client()
        said = rig.slack.people.say(BOSTON, ANA, HOUSING, "hi").ts
        await client.pins_add(channel=HOUSING, timestamp=said)
        assert (await client.pins_list(channel=HOUSING))["items"][0]["message"]["ts"] == said
        members = await client.conversations_members(channel=HOUSING)
        assert {ANA, BEN, rig.bot()} <= set(members["members"])
        user = await client.users_info(user=ANA)
        assert user["user"]["profile"]["title"] == "Mayor"
        assert user["user"]["tz"] == "America/New_York"
        link = await client.chat_getPermalink(channel=HOUSING, message_ts=said)
        assert link["permalink"].endswith(f"/{HOUSING}/p{said.replace('.', '')}")
        listed = await client.conversations_list(types="public_channel,private_channel")
        assert [c["id"] for c in listed["channels"]] == [HOUSING]
        opened = await client.conversations_open(users=ANA)
        assert opened["channel"]["id"].startswith("D")


async def test_pace_is_kept_until_it_is_switched_off() -> None:
    async with slack_rig(listening=False, monotonic=lambda: 100.0) as rig:
        await _exhaust(rig)
        answer = await _refused(rig.client().chat_postMessage(channel=HOUSING, text="x"))
        assert answer["error"] == "ratelimited"
        await rig.control("faults", workspace=BOSTON, enforce_pace=False)
        await rig.client().chat_postMessage(channel=HOUSING, text="x")


async def _exhaust(rig: Rig) -> None:
    for _ in range(5):
        await rig.client().chat_postMessage(channel=HOUSING, text="x")
