"""What Teams makes of what people type, and what hangs on it, as bodies, files and notes."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.channels import Trouble
from core.events import (
    ConversationMended,
    Ignored,
    Malformed,
    MessageDeleted,
    MessageEdited,
    MessagePosted,
    Parsed,
    ReactionChanged,
    WorkspaceTroubled,
)
from core.text import (
    CodeBlock,
    Emoji,
    Hyperlink,
    ListItem,
    Mention,
    Paragraph,
    Quote,
    Text,
    plain_text,
)
from integrations.teams.attachments import CARD_NOTE
from integrations.teams.html_body import from_html
from integrations.teams.parse import parse
from integrations.teams.reactions import emoji_of, reaction_of

APP = "app-1"


def _message(**changed: Any) -> dict[str, Any]:
    return {
        "type": "message",
        "id": "1767224937245",
        "from": {"id": "29:1", "name": "Ana"},
        "recipient": {"id": "28:app-1"},
        "conversation": {"id": "19:a@thread.tacv2;messageid=1767224937245", "tenantId": "t"},
        **changed,
    }


def _html(content: str, **changed: Any) -> MessagePosted:
    attachment = {"contentType": "text/html", "content": content}
    attachments = [*changed.pop("attachments", []), attachment]
    return _posted(_message(text="fallback", attachments=attachments, **changed))


def _posted(activity: dict[str, Any]) -> MessagePosted:
    event = parse(activity, APP)
    assert isinstance(event, MessagePosted)
    return event


def test_blocks() -> None:
    body = _html(
        "<h2>Head</h2><div>One&nbsp;&amp; <em>two</em><br>three</div>\n"
        "<ol start='3'><li>c<ul><li>deep</li></ul></li><li><p>d</p><p>e</p></li></ol>"
        "<blockquote><p>said</p></blockquote><hr>"
        '<codeblock class="Python"><code>a = 1<br>b</code></codeblock>'
        "<table><tr><td>x</td><td>y</td></tr><tr><td>1</td><td>2</td></tr></table>"
    ).body
    assert body == (
        Paragraph((Text("Head", bold=True),)),
        Paragraph((Text("One & "), Text("two", italic=True), Text("\nthree"))),
        ListItem((Text("c"),), number=3),
        ListItem((Text("deep"),), indent=1),
        ListItem((Text("d\ne"),), number=4),
        Quote((Text("said"),)),
        Paragraph((Text("———"),)),
        CodeBlock("a = 1\nb"),
        Paragraph((Text("x | y"),)),
        Paragraph((Text("1 | 2"),)),
    )


def test_emoji_links_and_images() -> None:
    event = _html(
        '<p><img alt="😀" itemtype="http://schema.skype.com/Emoji" src="x">'
        '<img alt="(party)" itemtype="http://schema.skype.com/Emoji" src="x">'
        '<emoji id="like" alt="👍" title="Yes"></emoji>'
        '<a href="https://a.example/?x=1&amp;y=2">here</a><a href="javascript:x()">there</a>'
        '<img alt="A map" src="https://graph.microsoft.com/v1.0/x/$value" '
        'itemtype="http://schema.skype.com/AMSImage"></p>',
        attachments=[{"contentType": "image/*", "contentUrl": "https://smba.example/v3/i"}],
    )
    assert event.body == (
        Paragraph(
            (
                Emoji("grinning", "😀"),
                Emoji("party", ""),
                Emoji("+1", "👍"),
                Hyperlink("https://a.example/?x=1&y=2", "here"),
                Text("there"),
            )
        ),
    )
    (image,) = event.files
    assert (image.url, image.alt_text) == ("https://smba.example/v3/i", "A map")


def test_mentions() -> None:
    def entity(member: str, name: str) -> dict[str, Any]:
        return {"type": "mention", "mentioned": {"id": member, "name": name}}

    span = '<span itemtype="http://schema.skype.com/Mention" itemid="{}">{}</span>'
    event = _html(
        f"<p>{span.format(0, 'Exchange')}&nbsp;{span.format(1, 'Ana')}"
        f"&nbsp;{span.format(2, 'Ruiz')} in {span.format(3, 'Housing')}"
        f" {span.format(9, 'Ghost')}</p>",
        entities=[
            {"type": "clientInfo"},
            entity("28:app-1", "Exchange"),
            entity("29:2", "Ana"),
            entity("29:2", "Ruiz"),
            entity("19:a@thread.tacv2", "Housing"),
        ],
    )
    assert event.to_bot
    mentions = [span for block in event.body for span in block.spans if isinstance(span, Mention)]  # type: ignore[union-attr]
    assert [mention.name for mention in mentions] == ["Ana Ruiz", "Ghost"]
    assert mentions[0].who is not None
    assert mentions[0].who.member == "29:2"
    assert plain_text(event.body) == "@Ana Ruiz in Housing @Ghost"


def test_text_without_html() -> None:
    entities = [{"type": "mention", "text": "<at>Bot</at>", "mentioned": {"id": "28:app-1"}}]
    plain = _posted(_message(text="<at>Bot</at> a < b\n\n**c**", entities=entities))
    assert plain.to_bot
    assert [plain_text((block,)) for block in plain.body] == ["a < b", "**c**"]
    marked = _posted(
        _message(
            textFormat="markdown",
            text="**b** and _i_ [x](https://a.example)\n- one\n2. two\n> said\n"
            "```py\ncode\n```\nend",
        )
    )
    assert marked.body == (
        Paragraph(
            (
                Text("b", bold=True),
                Text(" and "),
                Text("i", italic=True),
                Text(" "),
                Hyperlink("https://a.example", "x"),
            )
        ),
        ListItem((Text("one"),)),
        ListItem((Text("two"),), number=2),
        Quote((Text("said"),)),
        CodeBlock("code"),
        Paragraph((Text("end"),)),
    )
    assert _posted(_message(textFormat="xml", text="<b>b</b>")).body == (
        Paragraph((Text("b", bold=True),)),
    )


def test_attachments() -> None:
    event = _html(
        '<p>See</p><attachment id="9"></attachment>',
        attachments=[
            {
                "contentType": "application/vnd.microsoft.teams.file.download.info",
                "name": "plan.pdf",
                "content": {"downloadUrl": "https://x.sharepoint.com/f", "uniqueId": "u"},
            },
            {"contentType": "application/vnd.microsoft.card.adaptive", "content": {}},
            {"contentType": "application/vnd.microsoft.card.hero", "content": {}},
            {"contentType": "reference", "name": "budget.xlsx", "contentUrl": "https://x"},
            {
                "contentType": "messageReference",
                "content": '{"messagePreview": "Who pays?", "messageSender": '
                '{"user": {"displayName": "Lena"}}}',
            },
            {"contentType": "application/what"},
        ],
    )
    (file,) = event.files
    assert (file.name, file.media_type, file.external_id) == ("plan.pdf", "application/pdf", "u")
    assert event.notes.count(CARD_NOTE) == 1
    assert len(event.notes) == 3
    assert plain_text(event.body) == "> Lena: Who pays?\nSee"


def test_edits_and_deletions() -> None:
    for event in ("editMessage", "undeleteMessage"):
        kind = _message(type="messageUpdate", text="new", channelData={"eventType": event})
        assert isinstance(parse(kind, APP), MessageEdited)
    assert isinstance(parse(_message(type="messageDelete"), APP), MessageDeleted)


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"channelData": {"eventType": "teamArchived"}}, WorkspaceTroubled),
        ({"channelData": {"eventType": "teamDeleted"}}, WorkspaceTroubled),
        ({"channelData": {"eventType": "teamUnarchived"}}, ConversationMended),
        ({"channelData": {"eventType": "teamRenamed"}}, Ignored),
        ({"channelData": {"eventType": "channelCreated", "channel": {"id": "19:c"}}}, Ignored),
        ({"channelData": {"eventType": "channelDeleted"}}, Malformed),
        ({"membersRemoved": [{"id": "28:app-1"}]}, WorkspaceTroubled),
        ({"membersAdded": [{"id": "28:app-1"}]}, ConversationMended),
        ({"membersAdded": [{"id": "29:1"}]}, Ignored),
    ],
)
def test_conversation_updates(changed: dict[str, Any], expected: type[Parsed]) -> None:
    event = parse(_message(type="conversationUpdate", **changed), APP)
    assert isinstance(event, expected)
    if isinstance(event, WorkspaceTroubled):
        assert event.source.conversation is None


def test_installations() -> None:
    removed = parse(_message(type="installationUpdate", action="remove"), APP)
    assert isinstance(removed, WorkspaceTroubled)
    assert removed.trouble is Trouble.BOT_REMOVED
    added = parse(_message(type="installationUpdate", action="add"), APP)
    assert isinstance(added, ConversationMended)


def test_activities_with_ids_of_their_own() -> None:
    """In the Agents Playground, only the thread's id and the time tell which message it is."""
    own = "fd96f812-a569-41f6-b46d-35c45a2628b8"
    place = {"id": "team-id;messageid=1795297339354", "tenantId": "t"}
    first = _message(id=own, text="a", conversation=place, timestamp="2026-11-21T21:42:19.355Z")
    assert (_posted(first).message, _posted(first).thread) == (own, "1795297339354")
    assert _posted(first).may_begin_thread
    reply = _message(id=own, text="b", conversation=place, timestamp="2026-11-21T21:42:23.825Z")
    assert (_posted(reply).message, _posted(reply).thread) == (own, "1795297339354")
    assert not _posted(reply).may_begin_thread


def test_our_own_messages_are_known() -> None:
    assert _posted(_message(text="x", **{"from": {"id": "28:app-1"}})).ours
    other = _posted(_message(text="x", **{"from": {"id": "28:other"}}))
    assert not other.ours
    assert other.author.is_app


@pytest.mark.parametrize(
    ("reaction", "name", "character"),
    [
        ("like", "+1", "👍"),
        ("heart", "heart", "❤️"),
        ("1f440_eyes", "eyes", "👀"),
        ("1f44b_wavinghand-tone3", "wave::skin-tone-4", "👋🏽"),
        ("1f9d1200d1f4bb_technologist", "technologist", "🧑\u200d💻"),
        ("hajimi_run;0-ea-d11-abc", "hajimi_run", ""),
        ("", "reaction", ""),
    ],
)
def test_reactions(reaction: str, name: str, character: str) -> None:
    assert emoji_of(reaction) == (name, character)


def test_reactions_we_give() -> None:
    assert reaction_of("+1") == "like"
    assert reaction_of("globe_with_meridians") == "1f310_globewithmeridians"
    assert reaction_of("eyes") == "1f440_eyes"
    assert reaction_of("no_such_emoji") == ""
    assert emoji_of(reaction_of("hourglass_flowing_sand"))[1] == "⏳"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)
FIELDS = st.sampled_from(
    [
        "id",
        "from",
        "conversation",
        "channelData",
        "entities",
        "attachments",
        "text",
        "value",
        "timestamp",
        "reactionsAdded",
        "membersAdded",
        "textFormat",
        "recipient",
        "graph",
    ]
)
KINDS = st.sampled_from(
    [
        "message",
        "messageUpdate",
        "messageDelete",
        "messageReaction",
        "conversationUpdate",
        "installationUpdate",
        "invoke",
        "typing",
    ]
)


@given(KINDS, st.dictionaries(FIELDS, JSON))
def test_parsing_never_raises(kind: str, changed: dict[str, Any]) -> None:
    event = parse({**_message(), "type": kind, **changed}, APP)
    assert isinstance(event, Parsed | ReactionChanged)


@given(st.text(alphabet="<>/ab pre\"'=&;#x!-[]liulat", max_size=80))
def test_html_never_raises(html: str) -> None:
    from_html(html, lambda _index, name: (Mention(name),) if name else ())
