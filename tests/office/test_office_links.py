"""What can be done about a link later, and leaving."""

from datetime import timedelta

from core.channels import LinkMode, Outgoing, Trouble
from core.failures import Later, Refused, Unsure
from core.ids import WorkspaceId
from core.places import WorkspaceState
from core.ports import Answer
from storage.links import Linked
from tests.office.town import MARFA, Person, Town, choices, form_of, said, verb_of


async def linked(town: Town) -> tuple[WorkspaceId, Person]:
    own = await town.running("T1", MARFA)
    ana = Person(town, "T1")
    await ana.press("setup.place:housing")
    await ana.fill(conversation="C1")
    await town.board.show_all()
    return own, ana


async def links_of(town: Town, own: WorkspaceId) -> list[Linked]:
    async with town.database.view() as view:
        return await view.links.linked(workspace=own)


async def test_a_link_is_changed_and_its_notice_with_it(town: Town) -> None:
    own, ana = await linked(town)
    await ana.press(verb_of(await ana.home(), "Change Housing"))
    await ana.press(verb_of(ana.screen, "Change a link"))
    assert [field.values for field in form_of(ana.screen).fields] == [
        ("live",),
        ("everything",),
        ("off",),
    ]
    assert "Choose one from the list" in said(await ana.fill(mode="loud"))
    await ana.fill(mode="digest", apps="on")
    [one] = await links_of(town, own)
    assert (one.link.mode, one.link.apps_posts) == (LinkMode.DIGEST, True)
    await town.board.show_all()
    assert "Nothing that is written here goes out" in said(town.platform.notices["pin1"])
    assert "Ana Ruiz changed Housing in #housing" in (await town.trail(own))[0]


async def test_only_chosen_messages_go_out_where_an_admin_says_so(town: Town) -> None:
    own, ana = await linked(town)
    await ana.press("links.edit:1")
    await ana.fill(outgoing="chosen")
    [one] = await links_of(town, own)
    assert one.link.outgoing is Outgoing.CHOSEN
    assert "chosen messages go out" in said(await ana.home())
    await town.board.show_all()
    assert "stays in your city" in said(town.platform.notices["pin1"])
    before = await town.trail(own)
    await ana.press("links.edit:1")
    await ana.send("links.edit:1", "", {})
    assert await town.trail(own) == before


async def test_pausing_and_unlinking_can_be_undone(town: Town) -> None:
    own, ana = await linked(town)
    await ana.press(verb_of(await ana.home(), "Change Housing"))
    await ana.press(verb_of(ana.screen, "Pause"))
    assert [one.link.mode for one in await links_of(town, own)] == [LinkMode.PAUSED]
    assert "paused" in said(await ana.home())
    await ana.press(verb_of(ana.screen, "Undo"))
    assert [one.link.mode for one in await links_of(town, own)] == [LinkMode.LIVE]

    await ana.press("links.remove:1")
    assert "What was said stays" in said(ana.screen)
    assert len(await links_of(town, own)) == 1
    removed = await ana.fill()
    assert await links_of(town, own) == []
    await town.board.show_all()
    assert "no longer shared" in said(town.platform.notices["pin1"])
    await ana.press(verb_of(removed, "Undo"))
    [again] = await links_of(town, own)
    assert again.link.id == 1
    await ana.press("links.restore:1")
    assert "linked again" in said(ana.screen)
    await town.board.show_all()
    assert len(town.platform.pinned) == 2


async def test_undo_does_not_take_what_is_somebody_elses_by_now(town: Town) -> None:
    own, ana = await linked(town)
    await ana.press("links.remove:1")
    await ana.fill()
    await ana.press("setup.place:water")
    await ana.fill(conversation="C1")
    assert "takes part in another topic" in said(await ana.press("links.restore:1"))
    other = Person(town, "T2")
    await town.running("T2", MARFA)
    for verb in ("links.restore:1", "links.pause:2", "links.remove:2", "links.edit:2"):
        assert "isn't there any more" in said(await other.press(verb))
    assert [one.link.mode for one in await links_of(town, own)] == [LinkMode.LIVE]


async def test_health_says_what_has_stopped_and_what_to_do(town: Town) -> None:
    own, ana = await linked(town)
    assert "All links work" in said(await ana.press("health.show"))
    async with town.database.unit() as unit:
        [one] = await unit.links.list(workspace=own)
        await unit.links.set_trouble(one.id, Trouble.BOT_REMOVED, town.clock())
        await unit.workspaces.seen({own: town.clock()})
    told = said(await ana.press("health.show"))
    assert "Invite it again" in told
    assert "today 9:00 am" in told
    assert "Invite it again" in said(await ana.home())


async def test_the_trail_says_who_and_when(town: Town) -> None:
    _, ana = await linked(town)
    told = said(await ana.press("audit.show"))
    assert "today 9:00 am: Ana Ruiz: linked Housing to #housing (live)" in told


async def test_leaving_takes_two_clicks_and_leaves_no_key_behind(town: Town) -> None:
    own, ana = await linked(town)
    await ana.press(verb_of(await ana.home(), "Leave"))
    assert "1 channel would be unlinked" in said(ana.screen)
    assert await town.state(own) is WorkspaceState.CONFIRMED
    left = await ana.fill()
    assert isinstance(left, Answer)
    assert choices(left) == ()
    assert await town.state(own) is WorkspaceState.REMOVED
    assert await links_of(town, own) == []
    assert "no longer shared" in said(town.platform.notices["pin1"])
    async with town.database.view() as view:
        assert await view.workspaces.token(own) is None
        assert await view.grants.of(own) == []
    assert (await town.trail(own))[0] == "Ana Ruiz left the exchange"
    assert "isn't part of the exchange" in said(await ana.press("leave.start"))


async def test_leaving_works_when_the_platform_does_not(town: Town) -> None:
    own, ana = await linked(town)
    await ana.press("leave.start")
    town.platform.refuse.append(Later("timeout"))
    await ana.fill()
    assert await town.state(own) is WorkspaceState.REMOVED


async def test_a_notice_is_tried_again_but_never_doubled(town: Town) -> None:
    await town.running("T1", MARFA)
    ana = Person(town, "T1")
    await ana.press("setup.place:housing")
    await ana.fill(conversation="C1")
    town.platform.refuse.append(Later("ratelimited"))
    await town.board.show_all()
    await town.board.show_all()
    assert town.platform.pinned == []
    town.clock.forward(180)
    await town.board.show_all()
    assert len(town.platform.pinned) == 1

    await ana.press("setup.place:water")
    await ana.fill(conversation="C2")
    town.platform.refuse.append(Unsure("answer_lost"))
    await town.board.show_all()
    await ana.press("setup.place:parks")
    await ana.fill(conversation="C3")
    town.platform.refuse.append(Refused("not_in_channel", trouble=Trouble.BOT_REMOVED))
    await town.board.show_all()
    town.clock.forward(180)
    await town.board.show_all()
    assert [where for where, _ in town.platform.pinned] == ["C1", "C3"]


async def test_a_change_while_a_notice_is_being_shown_is_shown_next(town: Town) -> None:
    own, ana = await linked(town)
    await ana.press("links.pause:1")
    async with town.database.unit() as unit:
        [taken] = await unit.links.take_notices(5, timedelta(minutes=2))
    await ana.press("links.resume:1")
    async with town.database.unit() as unit:
        await unit.links.noticed(taken, "pin1")
    await town.board.show_all()
    assert "goes to every city" in said(town.platform.notices["pin1"])
    assert own
