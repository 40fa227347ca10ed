"""What single events of Slack mean."""

from typing import Any

import pytest

from core.channels import Trouble
from core.events import (
    ConversationMended,
    ConversationRenamed,
    ConversationTroubled,
    EventsMissed,
    Ignored,
    MemberChanged,
    MessageDeleted,
    MessageEdited,
    MessagePosted,
    Parsed,
    WorkspaceTroubled,
)
from core.ids import ExternalMember, ExternalTenant
from core.text import (
    CodeBlock,
    Emoji,
    Hyperlink,
    ListItem,
    MemberKey,
    Mention,
    Paragraph,
    Quote,
    Text,
    plain_text,
)
from integrations.slack.blocks import BUTTONS_NOTE
from integrations.slack.ids import SLACK
from integrations.slack.mrkdwn import parse_mrkdwn
from integrations.slack.parse import parse

TEAM = ExternalTenant("T1")
BOT = "U0BOT"
TS = "1771287144.743569"


def told(event: dict[str, Any], **envelope: Any) -> Parsed:
    """What an event means, delivered to Boston."""
    return parse(
        {
            "type": "event_callback",
            "team_id": "T1",
            "api_app_id": "A1",
            "event_time": 1771287144,
            "authorizations": [{"team_id": "T1", "user_id": BOT, "is_bot": True}],
            "event": {"event_ts": TS, **event},
            **envelope,
        }
    )


def posted(text: str = "", **event: Any) -> MessagePosted:
    """A message that somebody wrote."""
    whole = {"type": "message", "channel": "C1", "user": "U1", "ts": TS, "text": text, **event}
    parsed = told(whole)
    assert isinstance(parsed, MessagePosted)
    return parsed


def rich(*elements: dict[str, Any]) -> list[dict[str, Any]]:
    """A rich text block as the composer sends it."""
    return [{"type": "rich_text", "block_id": "x", "elements": list(elements)}]


def section(*elements: dict[str, Any], kind: str = "section") -> dict[str, Any]:
    """A part of a rich text block."""
    return {"type": f"rich_text_{kind}", "elements": list(elements)}


def test_everything_the_composer_writes_is_read() -> None:
    blocks = rich(
        section(
            {"type": "text", "text": "Hi "},
            {"type": "user", "user_id": "U2"},
            {"type": "text", "text": " bold", "style": {"bold": True}},
            {"type": "emoji", "name": "wave", "unicode": "1f44b-1f3fc", "skin_tone": 3},
            {"type": "emoji", "name": "boston-strong"},
            {"type": "link", "url": "https://example.org", "text": "here"},
            {"type": "broadcast", "range": "channel"},
            {"type": "channel", "channel_id": "C9"},
            {"type": "color", "value": "#F405B3"},
            {"type": "date", "timestamp": 1720710212, "format": "{date}", "fallback": "in July"},
            {"type": "never_seen", "text": "?"},
            {"type": "text", "text": "\n"},
        ),
        {
            "type": "rich_text_list",
            "style": "ordered",
            "indent": 1,
            "offset": 2,
            "elements": [section({"type": "text", "text": "three"})],
        },
        section({"type": "text", "text": "said"}, kind="quote"),
        section({"type": "text", "text": "x = 1"}, kind="preformatted"),
    )
    event = posted("Hi <#C9|housing>", blocks=blocks)
    who = MemberKey(SLACK, TEAM, ExternalMember("U2"))
    assert event.body == (
        Paragraph(
            (
                Text("Hi "),
                Mention("", who),
                Text(" bold", bold=True),
                Emoji("wave::skin-tone-3", "👋🏼"),
                Emoji("boston-strong"),
                Hyperlink("https://example.org", "here"),
                Text("@channel"),
                Text("#housing"),
                Text("#F405B3"),
                Text("in July"),
                Text("?"),
            )
        ),
        ListItem((Text("three"),), 3, 1),
        Quote((Text("said"),)),
        CodeBlock("x = 1"),
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a *b* _c_ ~d~ `e` *_f_*", "a b c d e f"),
        ("2 * 3 * 4 and snake_case_name", "2 * 3 * 4 and snake_case_name"),
        ("&lt;b&gt; &amp;amp;", "<b> &amp;"),
        ("<https://a.example|A> <https://b.example>", "A (https://a.example) https://b.example"),
        ("<mailto:a@b.example|a@b.example>", "a@b.example (mailto:a@b.example)"),
        ("<!here> <!subteam^S1|@crew> <!date^1^{date}|May>", "@here @crew May"),
        ("<#C1|general> <#C2>", "#general #channel"),
        ("<@U2|ana>", "@ana"),
        ("&gt; quoted\n• item\n2. two", "> quoted\n• item\n2. two"),
        ("```\ncode *x*\n```\nafter", "code *x*\nafter"),
        (":tada: at 10:30:15 :custom_one:", "🎉 at 10:30:15 :custom_one:"),
        ("<unclosed and <> and < b", "<unclosed and <> and < b"),
        ("", ""),
    ],
)
def test_message_text_is_read(text: str, said: str) -> None:
    assert plain_text(parse_mrkdwn(text, TEAM)) == said


def test_speaking_to_the_bot_leaves_its_name_out() -> None:
    event = posted(f"<@{BOT}> help me")
    assert event.to_bot
    assert plain_text(event.body) == "help me"
    direct = posted("help", channel="D1", channel_type="im")
    assert direct.to_bot
    assert direct.private


def test_kinds_of_messages() -> None:
    reply = posted("x", thread_ts="1771287000.000001", subtype="thread_broadcast")
    assert (reply.thread, reply.broadcast) == ("1771287000.000001", True)
    assert posted("root", thread_ts=TS).thread is None
    app = posted("x", subtype="bot_message", bot_id="B9", username="Weather", user=None)
    assert (app.author.external_id, app.author.name, app.author.is_app) == ("B9", "Weather", True)
    assert posted("x", bot_id="B9", app_id="A1").ours
    assert posted("x", user=BOT).ours
    assert posted("", subtype="huddle_thread").notes == ("A huddle was started in Slack.",)
    for subtype in ("channel_join", "channel_topic", "message_replied", "never_seen"):
        ignored = told({"type": "message", "channel": "C1", "ts": TS, "subtype": subtype})
        assert isinstance(ignored, Ignored)


def test_what_apps_post_is_read() -> None:
    event = posted(
        "fallback",
        bot_id="B9",
        blocks=[
            {"type": "header", "text": {"type": "plain_text", "text": "Deploy"}},
            {"type": "section", "text": {"type": "mrkdwn", "text": "It *works* <!channel>"}},
            {"type": "divider"},
            {"type": "image", "image_url": "https://example.org/i.png", "alt_text": "A chart"},
            {"type": "actions", "elements": [{"type": "button"}]},
            {"type": "carousel"},
        ],
    )
    said = "Deploy\nIt works @channel\nA chart (https://example.org/i.png)"
    assert plain_text(event.body) == said
    assert event.notes == (BUTTONS_NOTE, "A part of this can only be seen in Slack (carousel).")


def test_attachments_are_read_and_previews_are_not() -> None:
    event = posted(
        "See",
        attachments=[
            {"from_url": "https://example.org", "title": "A preview", "text": "long"},
            {
                "title": "Alarm",
                "title_link": "https://a.example",
                "text": "*CPU*",
                "fields": [{"title": "Host", "value": "web1"}],
            },
            {
                "is_share": True,
                "from_url": "https://s.example",
                "author_name": "Bo",
                "text": "forwarded",
            },
        ],
    )
    said = "See\nAlarm (https://a.example)\nCPU\nHost: web1\n> Bo: forwarded"
    assert plain_text(event.body) == said


def test_files_of_all_kinds() -> None:
    event = posted(
        files=[
            {
                "id": "F1",
                "name": "a.png",
                "mimetype": "image/png",
                "size": 5,
                "url_private": "https://files.slack.com/a",
                "alt_txt": "A plan",
            },
            {"id": "F2", "file_access": "check_file_info"},
            {"id": "F3", "mode": "tombstone"},
            {"id": "F4", "is_external": True, "title": "Doc", "url_private": "https://d.example"},
            "nonsense",
        ],
        subtype="file_share",
    )
    assert [(f.external_id, f.name, f.alt_text) for f in event.files] == [
        ("F1", "a.png", "A plan"),
        ("F2", "file", ""),
    ]
    assert event.notes == ("Linked file: Doc https://d.example",)


def changed(after: dict[str, Any], before: dict[str, Any]) -> Parsed:
    """A message_changed event."""
    base = {"type": "message", "user": "U1", "ts": TS}
    return told(
        {
            "type": "message",
            "subtype": "message_changed",
            "channel": "C1",
            "message": {**base, **after},
            "previous_message": {**base, **before},
            "event_ts": "1771287200.000100",
        }
    )


def test_an_edit_is_told_from_a_preview() -> None:
    preview = {"text": "https://a.example", "attachments": [{"from_url": "https://a.example"}]}
    assert isinstance(changed(preview, {"text": "https://a.example"}), Ignored)
    edit = changed(
        {"text": "new", "edited": {"user": "U1", "ts": "1771287200.000000"}}, {"text": "old"}
    )
    assert isinstance(edit, MessageEdited)
    assert (plain_text(edit.body), edit.editor, edit.files) == ("new", "U1", None)
    assert edit.at.timestamp() > 1771287200


def test_a_tombstone_is_a_deletion() -> None:
    event = changed({"subtype": "tombstone", "text": "This message was deleted."}, {"text": "x"})
    assert isinstance(event, MessageDeleted)
    assert event.message == TS


@pytest.mark.parametrize("kind", ["message_changed", "message_deleted"])
def test_our_customised_messages_are_ours_when_they_change(kind: str) -> None:
    mine = {"subtype": "bot_message", "ts": TS, "bot_id": "B1", "app_id": "A1", "text": "x"}
    event: dict[str, Any] = {"type": "message", "subtype": kind, "channel": "C1", "deleted_ts": TS}
    if kind == "message_changed":
        event |= {"message": {**mine, "text": "y"}}
    parsed = told({**event, "previous_message": mine})
    assert isinstance(parsed, MessageEdited | MessageDeleted)
    assert parsed.ours


@pytest.mark.parametrize(
    ("event", "trouble"),
    [
        ({"type": "channel_archive", "channel": "C1"}, Trouble.CONVERSATION_ARCHIVED),
        ({"type": "group_archive", "channel": "C1"}, Trouble.CONVERSATION_ARCHIVED),
        ({"type": "channel_deleted", "channel": "C1"}, Trouble.CONVERSATION_GONE),
        ({"type": "channel_left", "channel": "C1"}, Trouble.BOT_REMOVED),
        ({"type": "member_left_channel", "channel": "C1", "user": BOT}, Trouble.BOT_REMOVED),
    ],
)
def test_a_conversation_can_be_lost(event: dict[str, Any], trouble: Trouble) -> None:
    parsed = told(event)
    assert isinstance(parsed, ConversationTroubled)
    assert (parsed.trouble, parsed.source.conversation) == (trouble, "C1")


def test_a_conversation_can_be_found_again() -> None:
    for event in (
        {"type": "channel_unarchive", "channel": "C1"},
        {"type": "member_joined_channel", "channel": "C1", "user": BOT},
    ):
        assert isinstance(told(event), ConversationMended)
    stranger = {"type": "member_joined_channel", "channel": "C1", "user": "U9"}
    assert isinstance(told(stranger), Ignored)


def test_a_conversation_can_be_renamed_and_moved() -> None:
    renamed = told({"type": "channel_rename", "channel": {"id": "C1", "name": "homes"}})
    assert isinstance(renamed, ConversationRenamed)
    assert renamed.name == "homes"
    moved = told({"type": "channel_id_changed", "old_channel_id": "G1", "new_channel_id": "C2"})
    assert isinstance(moved, ConversationRenamed)
    assert (moved.source.conversation, moved.moved_to) == ("G1", "C2")


def test_a_workspace_can_be_lost() -> None:
    assert isinstance(told({"type": "app_uninstalled"}), WorkspaceTroubled)
    assert isinstance(told({"type": "tokens_revoked", "tokens": {"bot": [BOT]}}), WorkspaceTroubled)
    assert isinstance(told({"type": "tokens_revoked", "tokens": {"oauth": ["U1"]}}), Ignored)


def test_a_member_can_change() -> None:
    user = {"id": "U1", "profile": {"real_name": "Ana Ruiz", "title": "Mayor"}, "is_admin": True}
    event = told({"type": "user_change", "user": user})
    assert isinstance(event, MemberChanged)
    assert (event.profile.name, event.profile.title, event.profile.is_admin) == (
        "Ana Ruiz",
        "Mayor",
        True,
    )


def test_held_back_events_are_known() -> None:
    limited = parse(
        {"type": "app_rate_limited", "team_id": "T1", "minute_rate_limited": 1771287144}
    )
    assert isinstance(limited, EventsMissed)


def test_a_shared_channel_counts_for_who_installed_us() -> None:
    event = {"type": "channel_archive", "channel": "C1"}
    parsed = told(event, team_id="T_THEIRS")
    assert isinstance(parsed, ConversationTroubled)
    assert parsed.source.workspace == "T1"


def test_half_characters_do_not_reach_the_database() -> None:
    event = posted("a\ud800b\x00c")
    plain_text(event.body).encode()
    assert "\x00" not in plain_text(event.body)
