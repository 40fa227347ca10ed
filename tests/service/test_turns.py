"""A conversation's turn: order, joins, failures and second looks, with a platform in memory."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from core.channels import Link, LinkMode, Trouble, lane_of
from core.deliveries import Claimed, Delivery, DeliveryKind, DeliveryState, TurnOver
from core.failures import CallFailed, Later, Refused, Scope, Unsure
from core.ids import (
    ChannelId,
    CityId,
    CopyId,
    DeliveryId,
    ExternalConversation,
    ExternalMessage,
    ExternalTenant,
    ExternalWorkspace,
    FileId,
    LinkId,
    MemberId,
    PlatformName,
    PostId,
    WorkspaceId,
)
from core.pace import Pace
from core.places import Workspace, WorkspaceState
from core.posts import Author, Copy, Count, Post, StoredFile
from core.text import paragraph
from service.sending.changing import LATE, OUT
from service.sending.rendering import Renderer
from service.sending.turn_record import FIRST_FILE, Surroundings
from service.sending.turns import take_turn
from tests.support.memory_platform import MemoryPlatform

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
MEMORY = PlatformName("memory")
TENANT = ExternalTenant("M1")
PLACE = ExternalConversation("C1")
WORKSPACE = Workspace(
    WorkspaceId(1),
    MEMORY,
    ExternalWorkspace("M1"),
    TENANT,
    "Marfa",
    CityId("4846620"),
    WorkspaceState.CONFIRMED,
)
LINK = Link(
    LinkId(2), ChannelId(1), WORKSPACE.id, PLACE, lane_of(MEMORY, TENANT, PLACE), LinkMode.LIVE
)


def post(number: int, text: str = "", root: int | None = None, **changes: object) -> Post:
    made = Post(
        PostId(number),
        ChannelId(1),
        LinkId(1),
        MemberId(1),
        Author("Ana Ruiz", "Boston, MA"),
        paragraph(text or f"post {number}"),
        1,
        NOW,
        root=PostId(root) if root else None,
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # the fields are named in each test


def duty(number: int, kind: DeliveryKind, about: int, *, unsure: bool = False) -> Delivery:
    return Delivery(DeliveryId(number), LINK.id, kind, PostId(about), NOW, 1, unsure)


def creates(*about: int) -> tuple[Delivery, ...]:
    return tuple(duty(number, DeliveryKind.CREATE, number) for number in about)


def copy(number: int, about: int, message: str, **changes: object) -> Copy:
    made = Copy(CopyId(number), PostId(about), LINK.id, ExternalMessage(message))
    return replace(made, **changes)  # type: ignore[arg-type]  # the fields are named in each test


def turn(deliveries: tuple[Delivery, ...], *posts: Post, copies: tuple[Copy, ...] = ()) -> Claimed:
    by_post: dict[PostId, tuple[Copy, ...]] = {}
    for one in copies:
        by_post[one.post] = (*by_post.get(one.post, ()), one)
    return Claimed(
        LINK,
        WORKSPACE,
        deliveries,
        {one.id: one for one in posts},
        by_post,
        {about: ones[0] for about, ones in by_post.items()},
    )


class Stage:
    """A platform in memory and what it takes to give it turns."""

    def __init__(self, *paces: Pace) -> None:
        self.platform = MemoryPlatform(paces=paces) if paces else MemoryPlatform()
        self.joined: list[Post] = []
        self.is_out = True

    async def take(self, claimed: Claimed) -> TurnOver:
        async def posts_at(link: LinkId, message: ExternalMessage) -> list[Post]:
            return self.joined

        async def is_out(about: PostId) -> bool:
            return self.is_out

        renderer = Renderer({MEMORY: self.platform}, lambda file: f"https://files/{file.id}")
        around = Surroundings(self.platform, renderer, lambda: NOW, posts_at, is_out)
        return await take_turn(claimed, around)

    @property
    def texts(self) -> list[str]:
        return [shown.text for shown in self.platform.messages.values()]


def states(over: TurnOver) -> list[DeliveryState]:
    return [settled.state for settled in over.settled]


async def test_posts_arrive_in_order_one_message_each() -> None:
    stage = Stage()
    over = await stage.take(turn(creates(1, 2, 3), post(1), post(2), post(3)))
    assert stage.texts == ["post 1", "post 2", "post 3"]
    assert states(over) == [DeliveryState.DONE] * 3
    assert [made.message for made in over.new_copies] == ["m1", "m2", "m3"]


async def test_what_outruns_the_pace_is_joined_in_order() -> None:
    stage = Stage(Pace(1.0, 1))
    over = await stage.take(turn(creates(1, 2, 3), post(1), post(2), post(3)))
    assert stage.texts == ["post 1 + post 2 + post 3"]
    assert states(over) == [DeliveryState.DONE] * 3
    assert all(made.joined and made.message == "m1" for made in over.new_copies)


async def test_a_conversation_without_pace_left_waits_and_says_until_when() -> None:
    stage = Stage(Pace(1.0, 1))
    claimed = replace(turn(creates(1), post(1)), pace=(NOW.timestamp() + 2,))
    over = await stage.take(claimed)
    assert stage.texts == []
    assert states(over) == [DeliveryState.WAITING]
    assert over.wait_until == NOW + timedelta(seconds=2)


async def test_a_reply_goes_into_the_thread_even_when_its_root_was_sent_in_the_same_turn() -> None:
    stage = Stage()
    await stage.take(turn(creates(1, 2), post(1), post(2, root=1)))
    assert stage.platform.messages[ExternalMessage("m2")].thread == "m1"


async def test_a_reply_whose_root_is_not_here_quotes_it() -> None:
    stage = Stage()
    claimed = turn(creates(2), post(1, "Who has tried this?"), post(2, "We have", root=1))
    await stage.take(replace(claimed, roots={}))
    assert stage.texts == ["(Ana Ruiz, Boston, MA: Who has tried this?) We have"]


async def test_a_long_post_and_its_files_make_one_thread() -> None:
    stage = Stage()
    file = StoredFile(FileId(5), "plan.pdf", "application/pdf", 10, digest="d")
    over = await stage.take(turn(creates(1), post(1, "x" * 150, files=(file,))))
    assert [(made.part, made.thread) for made in over.new_copies] == [
        (0, None),
        (1, "m1"),
        (FIRST_FILE, "m1"),
    ]


async def test_a_rate_limit_keeps_the_rest_waiting_in_order() -> None:
    stage = Stage()
    stage.platform.fail_next = [None, Later("ratelimited", retry_after=7, scope=Scope.WORKSPACE)]
    over = await stage.take(turn(creates(1, 2, 3), post(1), post(2), post(3)))
    waiting = DeliveryState.WAITING
    assert states(over) == [DeliveryState.DONE, waiting, waiting]
    assert over.wait_until == NOW + timedelta(seconds=7)
    assert over.hold_workspace_until == over.wait_until
    assert not any(settled.unsure for settled in over.settled)


async def test_a_receipt_that_has_to_wait_holds_no_message_up() -> None:
    stage = Stage()
    stage.platform.fail_next = [Later("ratelimited", retry_after=7)]
    origin = copy(1, 1, "m0", is_origin=True)
    deliveries = (duty(9, DeliveryKind.RECEIPT, 1), *creates(2))
    over = await stage.take(turn(deliveries, post(1), post(2), copies=(origin,)))
    assert stage.texts == ["post 2"]
    assert over.wait_until is None
    assert over.settled[0].due_at == NOW + timedelta(seconds=7)


async def test_a_refused_message_does_not_hold_up_the_next() -> None:
    stage = Stage()
    stage.platform.fail_next = [Refused("msg_too_long")]
    over = await stage.take(turn(creates(1, 2), post(1), post(2)))
    assert states(over) == [DeliveryState.FAILED, DeliveryState.DONE]
    assert over.settled[0].error == "msg_too_long"


async def test_trouble_stops_the_conversation_and_loses_nothing() -> None:
    stage = Stage()
    stage.platform.fail_next = [Refused("is_archived", trouble=Trouble.CONVERSATION_ARCHIVED)]
    over = await stage.take(turn(creates(1, 2), post(1), post(2)))
    assert states(over) == [DeliveryState.WAITING] * 2
    assert over.trouble is Trouble.CONVERSATION_ARCHIVED


@pytest.mark.parametrize("was_done", [True, False])
async def test_an_unclear_answer_is_looked_up_before_anything_is_sent_again(was_done: bool) -> None:
    stage = Stage()
    stage.platform.fail_next, stage.platform.then_do = [Unsure("timeout")], was_done
    over = await stage.take(turn(creates(1), post(1)))
    assert over.settled[0].unsure
    again = replace(creates(1)[0], unsure=True)
    over = await stage.take(turn((again,), post(1)))
    assert stage.texts == ["post 1"]
    assert states(over) == [DeliveryState.DONE]
    assert [made.message for made in over.new_copies] == ["m1"]


async def test_an_unclear_joined_message_is_found_for_each_of_its_posts() -> None:
    stage = Stage(Pace(1.0, 1))
    stage.platform.fail_next, stage.platform.then_do = [Unsure("timeout")], True
    await stage.take(turn(creates(1, 2), post(1), post(2)))
    again = tuple(replace(one, unsure=True) for one in creates(1, 2))
    over = await stage.take(turn(again, post(1), post(2)))
    assert stage.texts == ["post 1 + post 2"]
    assert states(over) == [DeliveryState.DONE] * 2
    assert all(made.joined for made in over.new_copies)


async def test_a_long_post_goes_on_where_it_was_interrupted() -> None:
    stage = Stage()
    stage.platform.fail_next = [None, Later("ratelimited")]
    over = await stage.take(turn(creates(1), post(1, "x" * 150)))
    kept = copy(1, 1, over.new_copies[0].message)
    over = await stage.take(turn(creates(1), post(1, "x" * 150), copies=(kept,)))
    assert [len(text) for text in stage.texts] == [100, 50]
    assert states(over) == [DeliveryState.DONE]


async def test_an_edit_changes_the_copy_and_more_text_gets_more_messages() -> None:
    stage = Stage()
    await stage.take(turn(creates(1), post(1)))
    edited = post(1, "y" * 150, version=2)
    update = (duty(9, DeliveryKind.UPDATE, 1),)
    over = await stage.take(turn(update, edited, copies=(copy(1, 1, "m1"),)))
    assert [len(text) for text in stage.texts] == [100, 50]
    assert over.changed_copies[0].shown == 2
    assert over.new_copies[0].thread == "m1"


async def test_an_edit_that_the_copy_shows_already_is_skipped() -> None:
    stage = Stage()
    update = (duty(9, DeliveryKind.UPDATE, 1),)
    over = await stage.take(turn(update, post(1, version=2), copies=(copy(1, 1, "m1", shown=2),)))
    assert states(over) == [DeliveryState.SKIPPED]
    assert stage.platform.calls == 0


async def test_a_deleted_post_goes_with_all_its_parts_and_is_not_created_late() -> None:
    stage = Stage()
    gone = post(1, "x" * 150, deleted=True)
    await stage.take(turn(creates(1), post(1, "x" * 150)))
    copies = (copy(1, 1, "m1"), copy(2, 1, "m2", part=1))
    over = await stage.take(turn((duty(9, DeliveryKind.REMOVE, 1),), gone, copies=copies))
    assert stage.texts == []
    assert all(changed.gone for changed in over.changed_copies)
    assert states(await stage.take(turn(creates(1), gone))) == [DeliveryState.SKIPPED]


async def test_removing_one_of_joined_posts_keeps_the_others() -> None:
    stage = Stage(Pace(1.0, 1))
    await stage.take(turn(creates(1, 2), post(1), post(2)))
    stage.joined = [post(1, deleted=True), post(2)]
    over = await stage.take(
        turn(
            (duty(9, DeliveryKind.REMOVE, 1),),
            post(1, deleted=True),
            copies=(copy(1, 1, "m1", joined=True),),
        )
    )
    assert stage.texts == ["post 2"]
    assert over.changed_copies[0].gone


async def test_a_tally_shows_the_count_and_mirrors_each_emoji_once() -> None:
    stage = Stage()
    await stage.take(turn(creates(1), post(1)))
    counted = post(1, tally=(Count("+1", "👍", 3, 2, (WorkspaceId(8), WorkspaceId(9))),))
    tally = (duty(9, DeliveryKind.TALLY, 1),)
    over = await stage.take(turn(tally, counted, copies=(copy(1, 1, "m1"),)))
    assert stage.texts == ["post 1 [+1 3]"]
    assert stage.platform.messages[ExternalMessage("m1")].reactions == ["+1"]
    shown = over.changed_copies[0]
    await stage.take(turn(tally, post(1), copies=(shown,)))
    assert stage.platform.messages[ExternalMessage("m1")].reactions == []


async def test_the_receipt_says_late_first_and_out_in_the_end() -> None:
    stage = Stage()
    await stage.take(turn(creates(1), post(1)))
    receipt = (duty(9, DeliveryKind.RECEIPT, 1),)
    origin = copy(1, 1, "m1", is_origin=True)
    stage.is_out = False
    over = await stage.take(turn(receipt, post(1), copies=(origin,)))
    assert stage.platform.messages[ExternalMessage("m1")].reactions == [LATE]
    stage.is_out = True
    over = await stage.take(turn(receipt, post(1), copies=(over.changed_copies[0],)))
    assert stage.platform.messages[ExternalMessage("m1")].reactions == [OUT]
    assert states(over) == [DeliveryState.DONE]


@pytest.mark.parametrize("failure", [Later("x"), Refused("x"), Unsure("x")])
async def test_every_delivery_of_a_turn_is_accounted_for(failure: CallFailed) -> None:
    stage = Stage()
    stage.platform.fail_next = [failure]
    over = await stage.take(turn(creates(1, 2, 3), post(1), post(2), post(3)))
    assert sorted(settled.delivery for settled in over.settled) == [1, 2, 3]


async def test_an_edit_is_shown_on_a_copy_that_was_found_again() -> None:
    stage = Stage()
    stage.platform.then_do = True
    stage.platform.fail_next = [Unsure("no answer")]
    await stage.take(turn(creates(1), post(1, "as it was")))
    stage.platform.then_do = False
    edited = post(1, "as it is", version=2)

    again = (duty(1, DeliveryKind.CREATE, 1, unsure=True), duty(2, DeliveryKind.UPDATE, 1))
    over = await stage.take(turn(again, edited))
    assert states(over) == [DeliveryState.DONE, DeliveryState.WAITING]
    found = [copy(7, 1, made.message, shown=made.shown) for made in over.new_copies]
    over = await stage.take(turn(again[1:], edited, copies=tuple(found)))

    assert states(over) == [DeliveryState.DONE]
    assert stage.texts == ["as it is"]


async def test_what_was_sent_and_taken_back_before_its_answer_is_removed() -> None:
    stage = Stage()
    stage.platform.then_do = True
    stage.platform.fail_next = [Unsure("no answer")]
    await stage.take(turn(creates(1), post(1)))
    stage.platform.then_do = False
    gone = post(1, deleted=True)

    again = (duty(1, DeliveryKind.CREATE, 1, unsure=True), duty(2, DeliveryKind.REMOVE, 1))
    over = await stage.take(turn(again, gone))
    assert states(over) == [DeliveryState.SKIPPED, DeliveryState.WAITING]
    found = [copy(7, 1, made.message, shown=made.shown) for made in over.new_copies]
    await stage.take(turn(again[1:], gone, copies=tuple(found)))

    assert stage.texts == []
