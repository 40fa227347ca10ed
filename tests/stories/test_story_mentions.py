"""Mentions: a person in the exchange is reached where they are; a call to everybody never is."""

import pytest

from integrations.sandbox.teams.model import Message
from tests.support.cities import Seen, only
from tests.support.exchange_rig import ExchangeRig


@pytest.fixture
def story_url(sqlite_url: str) -> str:
    """One database is enough: nothing here depends on it."""
    return sqlite_url


def _users(message: Seen) -> list[str]:
    """Whom a Slack message mentions."""
    found: list[str] = []

    def look(value: object) -> None:
        if isinstance(value, dict):
            if value.get("type") == "user":
                found.append(value["user_id"])
            if value.get("type") in ("broadcast", "usergroup"):
                found.append(str(value))
            for inner in value.values():
                look(inner)
        elif isinstance(value, list):
            for inner in value:
                look(inner)

    look(message.raw.get("blocks"))
    return found


def _mentioned(rig: ExchangeRig, message: Seen) -> list[str]:
    """Whom a message of the bot in Teams mentions."""
    for workspace in rig.teams.world.workspaces.values():
        for place in workspace.conversations.values():
            if message.id in place.messages and place.id == message.raw["conversation"]:
                activity = place.messages[message.id].activity or {}
                entities = activity.get("entities") or []
                return [e["mentioned"]["id"] for e in entities if e.get("type") == "mention"]
    raise AssertionError("no such message")


async def _everybody_speaks(rig: ExchangeRig) -> None:
    rig.boston.say("Omar is here", by="Omar Hale")
    rig.yellow_springs.say("June is here", by="June Park")
    rig.st_paul.say("Marcus is here", by="Marcus Lind")
    rig.marfa.say("Dolores is here", by="Dolores Vega")
    await rig.quiet()


async def test_a_name_typed_with_an_at_is_a_mention_where_that_person_is(rig: ExchangeRig) -> None:
    await _everybody_speaks(rig)
    rig.boston.say("Ask @June Park and @Marcus Lind about it")
    await rig.quiet()

    there = only(rig.yellow_springs.seen(), "about it")
    assert _users(there) == ["U0JUNEPARK1"]
    assert "Marcus Lind, St. Paul, MN" in there.text or "Marcus Lind (St. Paul" in there.text
    marcus = rig.st_paul.workspace.member("marcus").id
    copy = only(rig.st_paul.seen(), "about it")
    assert _mentioned(rig, copy) == [marcus]
    in_marfa = only(rig.marfa.seen(), "about it")
    assert _mentioned(rig, in_marfa) == []
    assert "June Park" in in_marfa.text
    assert "Yellow Springs, OH" in in_marfa.text


async def test_the_same_from_teams(rig: ExchangeRig) -> None:
    await _everybody_speaks(rig)
    rig.marfa.say("Thanks, @Omar Hale and @Marcus Lind")
    await rig.quiet()

    assert _users(only(rig.boston.seen(), "Thanks")) == ["U0OMARHALE1"]
    assert _users(only(rig.yellow_springs.seen(), "Thanks")) == []
    assert "Omar Hale" in only(rig.yellow_springs.seen(), "Thanks").text
    marcus = rig.st_paul.workspace.member("marcus").id
    assert _mentioned(rig, only(rig.st_paul.seen(), "Thanks")) == [marcus]


async def test_a_mention_within_the_own_workspace_is_a_name_and_city_elsewhere(
    rig: ExchangeRig,
) -> None:
    await _everybody_speaks(rig)
    rig.boston.say("<@U0OMARHALE1> counted the buses", by="Ana Ruiz")
    rig.marfa.say("@Dolores Vega signed it", by="Sam Bell")
    await rig.quiet()

    for city in rig.others(rig.boston):
        copy = only(city.seen(), "counted the buses")
        assert "Omar Hale" in copy.text, city.seed.label
        assert "Boston, MA" in copy.text
        assert "U0OMARHALE1" not in copy.text
    for city in rig.others(rig.marfa):
        copy = only(city.seen(), "signed it")
        assert "Dolores Vega" in copy.text
        assert "Marfa, TX" in copy.text


async def test_somebody_who_has_not_spoken_is_named_all_the_same(rig: ExchangeRig) -> None:
    rig.boston.say("<@U0PRIYANAIR> knows", by="Ana Ruiz")
    await rig.quiet()

    for city in rig.others(rig.boston):
        assert "Priya Nair" in only(city.seen(), "knows").text, city.seed.label


@pytest.mark.parametrize(
    "typed",
    [
        "<!channel> all of you",
        "<!here> all of you",
        "<!everyone> all of you",
        "<!subteam^S0123456789> all of you",
        "@channel @here @everyone all of you",
        "&lt;!channel&gt; all of you",
        "`<!channel>` all of you",
    ],
)
async def test_calls_to_everybody_in_slack_never_cross(rig: ExchangeRig, typed: str) -> None:
    rig.boston.say(typed)
    await rig.quiet()

    there = only(rig.yellow_springs.seen(), "all of you")
    assert _users(there) == []
    assert "<!" not in there.raw["text"]
    for city in (rig.st_paul, rig.marfa):
        copy = only(city.seen(), "all of you")
        assert _mentioned(rig, copy) == []
        assert "<at" not in copy.raw["html"]


async def test_mention_markup_written_in_teams_is_only_text(rig: ExchangeRig) -> None:
    await _everybody_speaks(rig)
    rig.marfa.say(
        "Look: <!channel> <@U0OMARHALE1> <at>Marcus Lind</at> @channel <!subteam^S1|x> end"
    )
    await rig.quiet()

    for city in (rig.boston, rig.yellow_springs):
        copy = only(city.seen(), "Look:")
        assert _users(copy) == []
        assert "<!" not in copy.raw["text"]
        assert "<@" not in copy.raw["text"]
    assert _mentioned(rig, only(rig.st_paul.seen(), "Look:")) == []


async def test_a_mention_of_a_team_or_channel_in_teams_never_crosses_as_one(
    rig: ExchangeRig,
) -> None:
    city = rig.marfa
    where, author = city.workspace.conversation("Housing"), city.workspace.member("dolores")
    now = rig.clock()
    message = Message(
        id=where.next_id(now),
        conversation=where.id,
        root="",
        author=author.id,
        created=now,
        changed=where.next_change(),
        text="<at>Housing</at> and <at>City of Marfa</at>, look here",
        html='<p><span itemtype="http://schema.skype.com/Mention" itemscope="" itemid="0">Housing'
        '</span> and <span itemtype="http://schema.skype.com/Mention" itemscope="" itemid="1">'
        "City of Marfa</span>, look here</p>",
        mentions=[
            {
                "type": "mention",
                "mentioned": {"id": where.id, "name": "Housing"},
                "text": "<at>Housing</at>",
            },
            {
                "type": "mention",
                "mentioned": {"id": city.workspace.team_id, "name": "City of Marfa"},
                "text": "<at>City of Marfa</at>",
            },
        ],
    )
    where.messages[message.id] = message
    rig.teams.courier.send(
        "marfa", rig.teams.writer.message(city.workspace, where, author, message)
    )
    await rig.quiet()

    for slack in (rig.boston, rig.yellow_springs):
        copy = only(slack.seen(), "look here")
        assert _users(copy) == []
        assert "Housing" in copy.text
    assert _mentioned(rig, only(rig.st_paul.seen(), "look here")) == []
