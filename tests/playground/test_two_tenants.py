"""Two tenants in Microsoft's own Agents Playground, and a Slack, talk through the whole service."""

import asyncio
import time

import pytest

from tests.playground.conftest import Town
from tests.playground.tenant import BOT, DEADLINE, Json, Playground
from tests.support.cities import Seen, SlackCity, only

pytestmark = [pytest.mark.playground, pytest.mark.asyncio(loop_scope="package")]


async def in_slack(city: SlackCity, words: str) -> Seen:
    """The one message in Slack that holds these words, as soon as it is there."""
    until = time.monotonic() + DEADLINE
    while not any(words in seen.text for seen in city.seen()):
        assert time.monotonic() < until, [seen.text for seen in city.seen()]
        await asyncio.sleep(0.02)
    return only(city.seen(), words)


def thread_of(shown: Json) -> str:
    """The thread of a message that begins one."""
    return str(shown["message"]["postConversationId"])


def not_shown(playground: Playground, words: str) -> bool:
    """Whether nothing on its page holds these words."""
    return not any(words in str(change) for change in playground.page)


async def test_a_mention_crosses_with_name_city_and_formatting(town: Town) -> None:
    asked = "Who has tried **night buses**, see [the report](https://example.org/buses)"
    await town.st_paul.say(asked, markdown=True)
    text = (await town.marfa.shown("Who has tried"))["message"]["text"]
    assert text.startswith("<p><b>Lena Thao</b> · St. Paul, MN</p>")
    assert "<b>night buses</b>" in text
    assert '<a href="https://example.org/buses">the report</a>' in text
    assert BOT["name"] not in text
    copy = await in_slack(town.boston, "Who has tried")
    assert copy.author == "Lena Thao · St. Paul, MN"
    assert "*night buses*" in copy.text
    assert not_shown(town.st_paul, "St. Paul, MN")


async def test_replies_from_both_platforms_meet_in_one_thread(town: Town) -> None:
    root = await town.st_paul.say("How wide must a cycle lane be")
    in_marfa = thread_of(await town.marfa.shown("a cycle lane"))
    in_boston = await in_slack(town.boston, "a cycle lane")

    await town.marfa.say("Six feet, and a curb", place=in_marfa)
    reply = await town.st_paul.shown("Six feet")
    assert reply["actionConversationId"] == root
    assert "<b>Dolores Vega</b> · Marfa, TX" in reply["message"]["text"]
    assert (await in_slack(town.boston, "Six feet")).thread == in_boston.id

    town.boston.say("Seven where it *snows*", thread=in_boston.id)
    for city, thread in ((town.st_paul, root), (town.marfa, in_marfa)):
        shown = await city.shown("Seven where it")
        assert shown["actionConversationId"] == thread
        assert "<b>Ana Ruiz</b> · Boston, MA" in shown["message"]["text"]
        assert "<b>snows</b>" in shown["message"]["text"]


async def test_an_edit_changes_the_copy_in_place(town: Town) -> None:
    root = await town.st_paul.say("The ordinance passed in Juli")
    copy = await town.marfa.shown("The ordinance passed")
    in_boston = await in_slack(town.boston, "The ordinance passed")
    await town.st_paul.edit(root, "The ordinance passed in July")
    changed = await town.marfa.shown("in July", action="updateMessage")
    assert changed["message"]["messageId"] == copy["message"]["messageId"]
    assert (await in_slack(town.boston, "in July")).id == in_boston.id


async def test_what_slack_says_begins_a_thread_in_both_tenants(town: Town) -> None:
    said = town.boston.say("Our *lease-up fund* cut vacancies by a fifth")
    threads = []
    for city in (town.st_paul, town.marfa):
        shown = await city.shown("cut vacancies")
        assert shown["actionConversationId"] == city.seed.housing
        assert "Our <b>lease-up fund</b> cut vacancies" in shown["message"]["text"]
        threads.append(thread_of(shown))
    await town.marfa.say("How long did that take", place=threads[1])
    assert (await town.st_paul.shown("How long did"))["actionConversationId"] == threads[0]
    assert (await in_slack(town.boston, "How long did")).thread == said
    town.boston.edit(said, "Our *lease-up fund* cut vacancies by a quarter")
    for city in (town.st_paul, town.marfa):
        await city.shown("by a quarter", action="updateMessage")


async def test_help_is_answered_to_the_asker_alone_and_its_buttons_work(town: Town) -> None:
    await town.marfa.say("help")
    answer = await town.marfa.shown("Start a message with //")
    assert answer["actionConversationId"] == town.marfa.seed.personal

    verb = {"type": "Action.Execute", "verb": "help", "data": {}}
    assert "Start a message with //" in str(await town.marfa.execute(answer, verb))
    await town.marfa.press(answer, {"verb": "status"})
    assert "Housing" in str(await town.marfa.shown("Housing"))
    await town.marfa.say("help", place=town.marfa.seed.personal)
    assert not_shown(town.st_paul, "Start a message with")
    assert "Start a message with" not in str(town.boston.seen())


async def test_the_playground_refused_nothing(town: Town) -> None:
    await town.st_paul.say("One more thing")
    await town.marfa.shown("One more thing")
    for city in (town.st_paul, town.marfa):
        assert city.asked(), "the log tells what we sent"
        assert city.refused() == []
    assert not [line for line in town.serve.lines if "error" in line]
