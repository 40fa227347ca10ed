"""What is too long, too fast or unknown: split, joined or said in a line, never dropped."""

import pytest

from integrations.sandbox.slack import messages
from tests.support.cities import Seen, SlackCity, only
from tests.support.exchange_rig import ExchangeRig


def _paragraphs(count: int, size: int = 80) -> str:
    return "\n\n".join(
        f"Paragraph {number:03} begins. " + "words and " * (size // 10) for number in range(count)
    )


def _numbers(messages: list[Seen]) -> list[int]:
    """Which paragraphs stand there, in order."""
    words = "\n".join(message.text for message in messages)
    return [int(piece[:3]) for piece in words.split("Paragraph ")[1:]]


async def test_a_long_post_is_split_in_order_as_one_thread(rig: ExchangeRig) -> None:
    rig.boston.say(_paragraphs(110))
    await rig.quiet()

    for city in rig.others(rig.boston):
        seen = city.seen()
        assert _numbers(seen) == list(range(110)), city.seed.label
        assert {message.thread for message in seen[1:]} <= {seen[0].id}
    assert len(rig.yellow_springs.seen()) > 1
    assert all(len(message.raw["text"]) <= 4_000 for message in rig.yellow_springs.seen())


async def test_a_long_post_from_teams_is_split_in_slack(rig: ExchangeRig) -> None:
    rig.marfa.say(_paragraphs(150))
    await rig.quiet()

    for city in rig.others(rig.marfa):
        assert _numbers(city.seen()) == list(range(150)), city.seed.label


async def test_a_long_post_that_is_edited_grows_and_shrinks(rig: ExchangeRig) -> None:
    said = rig.boston.say(_paragraphs(50))
    await rig.quiet()
    short = len(rig.yellow_springs.seen())
    rig.boston.edit(said, _paragraphs(110))
    await rig.quiet()
    for city in rig.others(rig.boston):
        assert _numbers(city.seen()) == list(range(110)), city.seed.label
    assert len(rig.yellow_springs.seen()) > short

    rig.boston.edit(said, "Never mind")
    await rig.quiet()
    for city in rig.others(rig.boston):
        (copy,) = city.seen()
        assert "Never mind" in copy.text
    rig.boston.delete(said)
    await rig.quiet()
    assert [city.seen() for city in rig.others(rig.boston)] == [[], [], []]


async def test_a_fast_conversation_gets_joined_messages_in_order(rig: ExchangeRig) -> None:
    for number in range(30):
        rig.boston.say(f"Word {number:02} of many", by=("Ana Ruiz", "Omar Hale")[number % 2])
    await rig.quiet(within=30)

    for city in rig.others(rig.boston):
        seen = city.seen()
        words = "\n".join(message.text for message in seen)
        order = [int(piece[:2]) for piece in words.split("Word ")[1:]]
        assert order == list(range(30)), city.seed.label
        assert len(seen) < 30, "joined"
        joined = next(message for message in seen if message.text.count("Word ") > 1)
        assert "Ana Ruiz · Boston, MA" in joined.text
        assert "Omar Hale · Boston, MA" in joined.text
    for journal in (rig.slack.journal, rig.teams.journal):
        refused = [entry.method for entry in journal.entries if entry.status == 429]
        assert refused == [], "we keep the pace by ourselves"


@pytest.mark.parametrize("reader", ["yellow_springs", "marfa"])
async def test_one_of_several_joined_posts_can_be_edited_and_deleted(
    rig: ExchangeRig, reader: str
) -> None:
    said = [rig.boston.say(f"Word {number:02} of many") for number in range(24)]
    await rig.quiet(within=30)
    city = getattr(rig, reader)
    joined = next(m for m in city.seen() if m.text.count("Word ") > 2)
    numbers = [int(piece[:2]) for piece in joined.text.split("Word ")[1:]]
    changed, gone = numbers[0], numbers[1]
    rig.boston.edit(said[changed], f"Word {changed:02} put right")
    rig.boston.delete(said[gone])
    await rig.quiet(within=30)

    after = next(m for m in city.seen() if m.id == joined.id)
    left = [number for number in numbers if number != gone]
    assert [int(piece[:2]) for piece in after.text.split("Word ")[1:]] == left
    assert f"Word {changed:02} put right" in after.text
    assert f"Word {gone:02}" not in "\n".join(m.text for m in city.seen())


async def _other_app_posts(rig: ExchangeRig, city: SlackCity, text: str) -> None:
    """Another app posts in the city's channel, through Slack's own interface."""
    body = {"channel": city.conversation().id, "text": text}
    headers = {"Authorization": f"Bearer {city.seed.token}-other"}
    url = f"{rig.slack.api_url}chat.postMessage"
    async with rig.session.post(url, json=body, headers=headers) as answer:
        assert (await answer.json())["ok"] is True


async def test_a_post_by_another_app_crosses_only_when_the_link_says_so(rig: ExchangeRig) -> None:
    await _other_app_posts(rig, rig.boston, "Permit 17 was granted")
    await rig.quiet()
    assert [city.seen() for city in rig.others(rig.boston)] == [[], [], []]

    await _let_apps_speak(rig, rig.boston)
    await _other_app_posts(rig, rig.boston, "Permit 18 was granted")
    await rig.quiet()
    there = only(rig.yellow_springs.seen(), "Permit 18")
    assert "Permits" in there.author
    assert "Boston, MA" in there.author
    for city in rig.others(rig.boston):
        assert [m for m in city.seen() if "Permit 17" in m.text] == []
        only(city.seen(), "Permit 18")


async def _let_apps_speak(rig: ExchangeRig, city: SlackCity) -> None:
    workspace = rig.workspaces[city.seed.key].id
    async with rig.running.database.unit() as unit:
        (link,) = await unit.links.list(workspace=workspace)
        await unit.links.set_apps_posts(link.id, True)


@pytest.mark.parametrize("kind", ["card", "poll"])
async def test_what_cannot_be_shown_is_said_in_one_line(rig: ExchangeRig, kind: str) -> None:
    unknown = {"type": "video" if kind == "card" else "workflow_poll", "block_id": "b1"}
    place = rig.slack.state.workspaces["T0BOSTON001"]
    fields = {
        "type": "message",
        "user": "U0ANARUIZ01",
        "text": "A poll for you",
        "team": place.id,
        "blocks": [
            {
                "type": "rich_text",
                "block_id": "b0",
                "elements": [
                    {
                        "type": "rich_text_section",
                        "elements": [{"type": "text", "text": "A poll for you"}],
                    }
                ],
            },
            unknown,
        ],
    }
    messages.add_message(rig.slack.state, place, rig.boston.conversation(), fields)
    await rig.quiet()

    for city in rig.others(rig.boston):
        copy = only(city.seen(), "A poll for you")
        assert "A part of this can only be seen in Slack" in copy.text, (city.seed.label, copy.text)


async def test_a_me_message_and_an_empty_one(rig: ExchangeRig) -> None:
    rig.boston.say("/me waves to everybody")
    await rig.quiet()
    for city in rig.others(rig.boston):
        only(city.seen(), "waves to everybody")
