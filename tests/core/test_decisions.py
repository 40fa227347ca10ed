"""What the exchange does about an event, told as small stories."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from core.channels import Link, LinkMode, Outgoing, lane_of
from core.decisions import (
    Answer,
    CountReaction,
    Forget,
    Nothing,
    Publish,
    Retract,
    Revise,
    Situation,
    first_words,
    joinable,
    mirrored_emoji,
    on_deleted,
    on_edited,
    on_posted,
    on_reaction,
)
from core.events import MessageDeleted, MessageEdited, MessagePosted, ReactionChanged, Source
from core.ids import (
    ChannelId,
    CityId,
    CopyId,
    ExternalConversation,
    ExternalMember,
    ExternalMessage,
    ExternalTenant,
    ExternalWorkspace,
    FileId,
    LinkId,
    Marker,
    MemberId,
    PlatformName,
    PostId,
    WorkspaceId,
)
from core.places import MemberProfile, Workspace, WorkspaceState
from core.posts import Author, Copy, Count, Post, StoredFile
from core.text import paragraph
from core.words import is_request

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SLACK = PlatformName("slack")
TENANT = ExternalTenant("T1")
PLACE = ExternalConversation("C1")
MESSAGE = ExternalMessage("100.1")
WORKSPACE = Workspace(
    WorkspaceId(1),
    SLACK,
    ExternalWorkspace("T1"),
    TENANT,
    "Boston",
    CityId("2507000"),
    WorkspaceState.CONFIRMED,
    bot_member=ExternalMember("UBOT"),
)
LINK = Link(
    LinkId(1), ChannelId(1), WORKSPACE.id, PLACE, lane_of(SLACK, TENANT, PLACE), LinkMode.LIVE
)
HERE = Situation(WORKSPACE, LINK)
SOURCE = Source(SLACK, TENANT, WORKSPACE.external_id, PLACE)


def said(text: str, **changes: object) -> MessagePosted:
    event = MessagePosted(
        SOURCE, MESSAGE, MemberProfile(ExternalMember("U1"), "Ana Ruiz"), paragraph(text), NOW
    )
    return replace(event, **changes)  # type: ignore[arg-type]  # the fields are named in each test


def post(number: int = 1, text: str = "We cut vacancies.", **changes: object) -> Post:
    made = Post(
        PostId(number),
        ChannelId(1),
        LINK.id,
        MemberId(1),
        Author("Ana Ruiz", "Boston, MA"),
        paragraph(text),
        1,
        NOW,
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # the fields are named in each test


def copy(*, is_origin: bool, gone: bool = False) -> Copy:
    return Copy(CopyId(1), PostId(1), LINK.id, MESSAGE, is_origin=is_origin, gone=gone)


def decide(event: MessagePosted, situation: Situation = HERE) -> object:
    return on_posted(event, situation, is_request)


def test_a_message_in_a_live_conversation_goes_out() -> None:
    assert decide(said("Hello")) == Publish(paragraph("Hello"))


def test_a_reply_goes_into_the_thread_of_its_post() -> None:
    thread = replace(HERE, thread=(copy(is_origin=False),))
    assert decide(said("Yes", thread=ExternalMessage("1.0")), thread) == Publish(
        paragraph("Yes"), PostId(1)
    )


def test_a_reply_in_a_thread_that_never_went_out_stays_inside() -> None:
    assert isinstance(decide(said("Yes", thread=ExternalMessage("1.0"))), Nothing)


def test_a_reply_shown_to_the_whole_channel_goes_out_even_from_an_inside_thread() -> None:
    event = said("For everyone", thread=ExternalMessage("1.0"), broadcast=True)
    assert decide(event) == Publish(paragraph("For everyone"))


@pytest.mark.parametrize(
    "event",
    [
        said("// only for us"),
        said("  // only for us"),
        said("ours", ours=True),
        said("ours", markers=(Marker("1.0"),)),
        said("", body=()),
        said("by an app", author=MemberProfile(ExternalMember("B1"), "App", is_app=True)),
    ],
    ids=["inside", "inside after a space", "own", "marked", "empty", "app"],
)
def test_some_messages_stay_where_they_are(event: MessagePosted) -> None:
    assert isinstance(decide(event), Nothing)


def test_apps_speak_only_where_the_link_says_so() -> None:
    event = said("by an app", author=MemberProfile(ExternalMember("B1"), "App", is_app=True))
    assert isinstance(decide(event, replace(HERE, link=replace(LINK, apps_posts=True))), Publish)


@pytest.mark.parametrize("mode", [LinkMode.DIGEST, LinkMode.PAUSED])
def test_nothing_goes_out_from_a_link_that_is_not_live(mode: LinkMode) -> None:
    assert isinstance(decide(said("Hi"), replace(HERE, link=replace(LINK, mode=mode))), Nothing)


@pytest.mark.parametrize("state", [s for s in WorkspaceState if s is not WorkspaceState.CONFIRMED])
def test_nothing_goes_out_before_a_city_is_confirmed(state: WorkspaceState) -> None:
    situation = replace(HERE, workspace=replace(WORKSPACE, state=state))
    assert isinstance(decide(said("Hi"), situation), Nothing)


def test_where_only_chosen_messages_go_out_replies_still_do() -> None:
    chosen = replace(HERE, link=replace(LINK, outgoing=Outgoing.CHOSEN))
    assert isinstance(decide(said("Hi")), Publish)
    assert isinstance(decide(said("Hi"), chosen), Nothing)
    assert isinstance(decide(said("We tried it", to_bot=True), chosen), Publish)
    in_thread = replace(chosen, thread=(copy(is_origin=False),))
    assert isinstance(decide(said("Hi", thread=MESSAGE), in_thread), Publish)


def test_a_message_known_already_is_not_published_twice() -> None:
    assert isinstance(decide(said("Hi"), replace(HERE, copies=(copy(is_origin=True),))), Nothing)


def test_words_for_the_bot_are_answered_and_words_for_the_cities_go_out() -> None:
    assert decide(said("help", to_bot=True)) == Answer("help")
    assert decide(said("", to_bot=True, body=())) == Answer("")
    assert isinstance(decide(said("We cut vacancies by 21 %", to_bot=True)), Publish)
    unlinked = Situation(WORKSPACE, None)
    assert decide(said("We cut", to_bot=True), unlinked) == Answer("We cut")
    assert decide(said("We cut", to_bot=True, private=True), unlinked) == Answer("We cut")


def test_an_edit_of_the_original_changes_the_post_and_nothing_else_does() -> None:
    edit = MessageEdited(SOURCE, MESSAGE, None, paragraph("Better"), NOW)
    origin = replace(HERE, copies=(copy(is_origin=True),), post=post())
    ours = replace(HERE, copies=(copy(is_origin=False),), post=post())
    assert on_edited(edit, origin) == Revise(PostId(1), paragraph("Better"))
    assert isinstance(on_edited(edit, ours), Nothing)
    assert isinstance(on_edited(edit, HERE), Nothing)
    assert isinstance(on_edited(replace(edit, ours=True), origin), Nothing)
    same = replace(edit, body=post().body)
    assert isinstance(on_edited(same, origin), Nothing)


def test_an_edit_that_starts_with_two_slashes_takes_the_post_back() -> None:
    edit = MessageEdited(SOURCE, MESSAGE, None, paragraph("// not for all"), NOW)
    origin = replace(HERE, copies=(copy(is_origin=True),), post=post())
    assert on_edited(edit, origin) == Retract(PostId(1))


def test_deleting_the_original_retracts_and_deleting_a_copy_is_remembered() -> None:
    gone = MessageDeleted(SOURCE, MESSAGE, NOW)
    origin = replace(HERE, copies=(copy(is_origin=True),), post=post())
    assert on_deleted(gone, origin) == Retract(PostId(1))
    assert isinstance(on_deleted(gone, replace(origin, post=post(deleted=True))), Nothing)
    ours = copy(is_origin=False)
    assert on_deleted(gone, replace(HERE, copies=(ours,), post=post())) == Forget((ours,))
    assert isinstance(on_deleted(gone, replace(HERE, copies=(replace(ours, gone=True),))), Nothing)
    assert isinstance(on_deleted(gone, HERE), Nothing)


def test_reactions_count_unless_they_are_our_own() -> None:
    event = ReactionChanged(SOURCE, MESSAGE, ExternalMember("U1"), "+1", "👍", True, NOW)
    known = replace(HERE, copies=(copy(is_origin=False),), post=post())
    assert on_reaction(event, known) == CountReaction(PostId(1))
    assert isinstance(on_reaction(replace(event, member=ExternalMember("UBOT")), known), Nothing)
    assert isinstance(on_reaction(event, HERE), Nothing)


def test_our_bot_mirrors_what_was_given_elsewhere_only() -> None:
    here, there = WORKSPACE.id, WorkspaceId(2)
    tally = (
        Count("+1", "👍", 2, 2, (here, there)),
        Count("tada", "🎉", 1, 1, (here,)),
        Count("our_logo", "", 1, 1, (there,)),
    )
    assert mirrored_emoji(post(tally=tally), WORKSPACE) == ("+1",)


def test_posts_join_only_while_they_fit_one_message_of_one_thread() -> None:
    short = [post(n) for n in (1, 2, 3)]
    assert joinable(short) == 3
    assert joinable([*short, post(4, root=PostId(9))]) == 3
    assert joinable([post(1, files=(StoredFile(FileId(1), "a.pdf", "", 1),)), *short]) == 0
    assert joinable([post(1, "x" * 1_500), post(2, "y" * 1_500)]) == 1


def test_first_words_fit_one_line() -> None:
    assert first_words(paragraph("One\ntwo")) == "One two"
    assert len(first_words(paragraph("word " * 100))) <= 60
