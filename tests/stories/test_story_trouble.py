"""Platforms that fail: nothing is lost, nothing doubled, nobody else waits."""

from tests.support.cities import only
from tests.support.exchange_rig import ExchangeRig


async def test_a_redelivered_event_changes_nothing(rig: ExchangeRig) -> None:
    said = rig.boston.say("Once only")
    rig.boston.edit(said, "Once only, edited")
    in_teams = rig.marfa.say("From Texas, once only")
    await rig.quiet()
    before = len(rig.slack.journal), len(rig.teams.journal)
    for delivery in list(rig.slack.outgoing.deliveries):
        rig.slack.outgoing.redeliver(delivery.envelope["event_id"])
    place = rig.marfa.workspace.conversation("Housing")
    activity = rig.teams.writer.message(
        rig.marfa.workspace, place, rig.marfa.workspace.member("dolores"), place.messages[in_teams]
    )
    rig.teams.courier.send("marfa", activity)
    await rig.quiet()

    assert (len(rig.slack.journal), len(rig.teams.journal)) == before
    for city in rig.cities.values():
        assert len([m for m in city.seen() if "Once only" in m.text]) == 1


async def test_an_answer_that_was_lost_is_looked_up_and_not_doubled_in_slack(
    rig: ExchangeRig,
) -> None:
    root = rig.marfa.say("The root")
    await rig.quiet()
    rig.yellow_springs.faults(lost_answers=1)
    rig.marfa.say("Perhaps lost")
    await rig.quiet()
    await rig.pass_time(120)
    rig.yellow_springs.faults(lost_answers=1)
    rig.marfa.say("Perhaps lost in the thread", thread=root)
    await rig.quiet()
    await rig.pass_time(120)

    seen = rig.yellow_springs.seen()
    assert [message.text for message in seen] == [
        "The root",
        "Perhaps lost",
        "Perhaps lost in the thread",
    ]
    assert seen[2].thread == seen[0].id
    # What was found again is known: it can be changed.
    rig.marfa.edit(rig.marfa.seen()[1].id, "Found again")
    await rig.quiet()
    only(rig.yellow_springs.seen(), "Found again")


async def test_a_lost_request_is_sent_again(rig: ExchangeRig) -> None:
    for city in (rig.yellow_springs, rig.st_paul):
        city.faults(lost_requests=2)
    rig.boston.say("Keep trying")
    await rig.quiet()
    await rig.pass_time(60)
    await rig.pass_time(600)

    for other in rig.others(rig.boston):
        assert len(other.seen()) >= 1, other.seed.label
    assert len(rig.yellow_springs.seen()) == 1


async def test_an_unclear_send_in_teams_is_counted_and_told(rig: ExchangeRig) -> None:
    rig.marfa.faults(lost_answers=1)
    said = rig.boston.say("Perhaps twice in Texas")
    await rig.quiet()
    await rig.pass_time(120)

    assert 1 <= len(rig.marfa.seen()) <= 2
    answer = await rig.slack.interactions.shortcut(
        "T0BOSTON001", "U0ANARUIZ01", "who_has_got_this", rig.boston.conversation().id, said
    )
    assert answer["ok"] is True
    await rig.eventually(lambda: rig.boston.ephemerals())
    assert "Marfa, TX may see it twice" in str(rig.boston.ephemerals()[-1])
    status = await rig.status()
    assert len(status.uncertain) == 1


async def test_rate_limits_are_honoured_and_others_do_not_wait(rig: ExchangeRig) -> None:
    rig.yellow_springs.faults(rate_limit={"retry_after": 30, "calls": 1})
    rig.marfa.faults(rate_limit={"retry_after": 20, "calls": 1})
    rig.boston.say("Slowly there")
    await rig.quiet()
    only(rig.st_paul.seen(), "Slowly there")
    assert rig.yellow_springs.seen() == []
    assert rig.marfa.seen() == []

    await rig.pass_time(21)
    only(rig.marfa.seen(), "Slowly there")
    assert rig.yellow_springs.seen() == []
    await rig.pass_time(10)
    only(rig.yellow_springs.seen(), "Slowly there")
    limited = [entry.status for entry in rig.slack.journal.entries].count(429)
    assert limited == 1, "nothing was tried before its time"


async def test_a_busy_thread_in_teams_is_tried_again(rig: ExchangeRig) -> None:
    rig.st_paul.faults(preconditions_failed=2)
    rig.boston.say("Two at once")
    await rig.quiet()
    await rig.pass_time(30)
    await rig.pass_time(60)

    only(rig.st_paul.seen(), "Two at once")


async def test_after_an_outage_everything_arrives_in_order_once(rig: ExchangeRig) -> None:
    for city in (rig.yellow_springs, rig.st_paul):
        city.faults(offline=True)
    root = rig.boston.say("Post 00")
    for number in range(1, 6):
        rig.boston.say(f"Post {number:02}")
    changed = rig.boston.say("Post 06")
    gone = rig.boston.say("Post 07, taken back")
    await rig.quiet()
    only(rig.marfa.seen(), "Post 07")
    rig.boston.say("A reply 08", thread=root)
    rig.boston.edit(changed, "Post 06, put right")
    rig.boston.delete(gone)
    await rig.quiet()
    only(rig.marfa.seen(), "A reply 08")
    await rig.pass_time(3_600)
    for city in (rig.yellow_springs, rig.st_paul):
        assert city.seen() == []
        city.faults(offline=False)
    await rig.pass_time(3_600)

    for city in (rig.yellow_springs, rig.st_paul):
        words = "\n".join(m.text for m in city.seen() if not m.thread)
        order = [int(piece[:2]) for piece in words.split("Post ")[1:]]
        assert order == list(range(7)), city.seed.label
        assert "put right" in words
        assert "taken back" not in words
        only(city.seen(), "A reply 08")


async def test_one_hanging_city_holds_up_nobody(rig: ExchangeRig) -> None:
    rig.yellow_springs.faults(hang=True)
    rig.boston.say("Will Ohio answer?")
    await rig.eventually(lambda: rig.st_paul.seen() and rig.marfa.seen(), within=3)
    rig.boston.say("It will not")
    await rig.eventually(
        lambda: len(rig.st_paul.seen()) == 2 and len(rig.marfa.seen()) == 2, within=3
    )
    # What hangs is cut, so that the exchange need not wait for it at its end.
    await rig.slack.stop()
