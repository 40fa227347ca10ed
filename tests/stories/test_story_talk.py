"""People of four cities talk: who speaks is plain, and what they say arrives as they said it."""

import time

from core.places import Role
from tests.support.cities import only
from tests.support.exchange_rig import ExchangeRig


async def test_a_post_from_slack_reaches_every_other_city_once(rig: ExchangeRig) -> None:
    said = rig.boston.say("We cut vacancies by 21 % with a lease-up fund.", by="Omar Hale")
    await rig.quiet()

    there = only(rig.yellow_springs.seen(), "lease-up fund")
    assert there.author == "Omar Hale · Boston, MA"
    assert there.text == "We cut vacancies by 21 % with a lease-up fund."
    for city in (rig.st_paul, rig.marfa):
        copy = only(city.seen(), "lease-up fund")
        first, rest = copy.text.split("\n", 1)
        assert first == "Omar Hale · Boston, MA"
        assert rest.strip() == "We cut vacancies by 21 % with a lease-up fund."
        assert "<strong>Omar Hale" in copy.raw["html"] or "<b>Omar Hale" in copy.raw["html"]
    assert [message.id for message in rig.boston.seen()] == [said]


async def test_a_post_from_teams_reaches_every_other_city_once(rig: ExchangeRig) -> None:
    said = rig.marfa.say("Has a town our size tried a repair loan?")
    await rig.quiet()

    for city in (rig.boston, rig.yellow_springs):
        copy = only(city.seen(), "repair loan")
        assert copy.author == "Dolores Vega · Marfa, TX"
    assert "Dolores Vega · Marfa, TX" in only(rig.st_paul.seen(), "repair loan").text
    assert [message.id for message in rig.marfa.seen()] == [said]


async def test_a_verified_mayor_is_marked_and_a_title_alone_makes_nobody_one(
    rig: ExchangeRig,
) -> None:
    rig.boston.say("First words of a mayor whom nobody has verified", by="Ana Ruiz")
    await rig.quiet()
    await rig.set_role(rig.boston, "Ana Ruiz", Role.MAYOR)
    rig.boston.say("Second words, verified", by="Ana Ruiz")
    await rig.quiet()

    assert only(rig.yellow_springs.seen(), "First words").author == "Ana Ruiz · Boston, MA"
    assert only(rig.yellow_springs.seen(), "Second words").author == "Mayor Ana Ruiz · Boston, MA"
    assert only(rig.marfa.seen(), "First words").text.startswith("Ana Ruiz · Boston, MA")
    assert only(rig.marfa.seen(), "Second words").text.startswith("Mayor Ana Ruiz · Boston, MA")


async def test_two_people_of_one_name_are_told_apart(rig: ExchangeRig) -> None:
    rig.yellow_springs.say("The clerk speaks", by="Sam Bell")
    rig.marfa.say("The carpenter speaks", by="Sam Bell")
    await rig.quiet()

    assert only(rig.boston.seen(), "The clerk").author == "Sam Bell · Yellow Springs, OH"
    assert only(rig.boston.seen(), "The carpenter").author == "Sam Bell · Marfa, TX"
    pictures = {message.raw["icons"]["image_72"] for message in rig.boston.seen()}
    assert len(pictures) == 2, "each city has a picture of its own"
    async with rig.session.get(pictures.pop()) as picture:
        assert picture.status == 200
        assert picture.content_type == "image/png"


SLACK_FORMATS = (
    "*bold*, _italic_, ~gone~ and `code`\n"
    "See <https://www.boston.gov/housing|our housing page> or https://example.org/a?b=1&c=2\n"
    "• first\n• second\n"
    "> quoted words\n"
    "```\nif a < b:\n    print(a)\n```\n"
    "Done :tada: and 5 > 3 & 2 < 4"
)


async def test_formatting_from_slack_is_kept(rig: ExchangeRig) -> None:
    rig.boston.say(SLACK_FORMATS)
    await rig.quiet()

    blocks = only(rig.yellow_springs.seen(), "quoted words").raw["blocks"]
    kinds = [element["type"] for element in blocks[0]["elements"]]
    assert kinds == [
        "rich_text_section",
        "rich_text_list",
        "rich_text_quote",
        "rich_text_preformatted",
        "rich_text_section",
    ]
    assert {"type": "text", "text": "bold", "style": {"bold": True}} in blocks[0]["elements"][0][
        "elements"
    ]
    html = only(rig.marfa.seen(), "quoted words").raw["html"]
    for piece in (
        "<b>bold</b>",
        "<i>italic</i>",
        "<s>gone</s>",
        "<code>code</code>",
        '<a href="https://www.boston.gov/housing">our housing page</a>',
        'href="https://example.org/a?b=1&amp;c=2"',
        "<li>first</li>",
        "<blockquote>",
        "if a &lt; b:",
        "🎉",
        "5 &gt; 3 &amp; 2 &lt; 4",
    ):
        assert piece in html, (piece, html)


TEAMS_FORMATS = (
    "**bold**, _italic_, ~~gone~~ and `code`\n"
    "See [our page](https://www.stpaul.gov/housing)\n"
    "1. first\n2. second\n"
    "> quoted words\n"
    "Done 🎉 and 5 > 3 & 2 < 4"
)


async def test_formatting_from_teams_is_kept(rig: ExchangeRig) -> None:
    rig.st_paul.say(TEAMS_FORMATS)
    await rig.quiet()

    elements = only(rig.boston.seen(), "quoted words").raw["blocks"][0]["elements"]
    flat = str(elements)
    assert "{'type': 'text', 'text': 'bold', 'style': {'bold': True}}" in flat
    assert "{'type': 'text', 'text': 'code', 'style': {'code': True}}" in flat
    assert "'url': 'https://www.stpaul.gov/housing', 'text': 'our page'" in flat
    assert {"ordered"} == {e["style"] for e in elements if e["type"] == "rich_text_list"}
    assert "rich_text_quote" in {e["type"] for e in elements}
    assert "{'type': 'emoji', 'name': 'tada'}" in flat
    assert "5 > 3 & 2 < 4" in flat
    html = only(rig.marfa.seen(), "quoted words").raw["html"]
    for piece in ("<b>bold</b>", "<s>gone</s>", "<code>code</code>", "<ol>", "<blockquote>", "🎉"):
        assert piece in html, (piece, html)


async def test_what_begins_with_two_slashes_stays_inside_and_so_do_its_replies(
    rig: ExchangeRig,
) -> None:
    inside = rig.boston.say("// Only for us: the vote is on Monday")
    rig.boston.say("I will be there", thread=inside, by="Omar Hale")
    in_teams = rig.marfa.say("//quiet words")
    rig.marfa.say("quiet answer", thread=in_teams)
    shared = rig.boston.say("For everybody")
    rig.boston.say("// an aside for us", thread=shared)
    await rig.quiet()

    for city in (rig.yellow_springs, rig.st_paul):
        assert [message.text.split("\n")[-1] for message in city.seen()] == ["For everybody"]


async def test_what_was_written_before_linking_does_not_go_out(unlinked: ExchangeRig) -> None:
    rig = unlinked
    before = rig.boston.say("Said before anything was linked")
    await rig.quiet()
    for city in rig.cities.values():
        await rig.link(city)
    rig.boston.edit(before, "Said before anything was linked, edited")
    rig.boston.say("An answer to old words", thread=before)
    rig.boston.say("Said after")
    await rig.quiet()

    for city in rig.others(rig.boston):
        assert "Said after" in city.seen()[0].text
        assert len(city.seen()) == 1


async def test_a_new_link_gets_only_what_is_new(unlinked: ExchangeRig) -> None:
    rig = unlinked
    await rig.link(rig.boston)
    await rig.link(rig.st_paul)
    root = rig.boston.say("Before Marfa came")
    await rig.quiet()
    await rig.link(rig.marfa)
    rig.boston.say("After Marfa came")
    rig.boston.say("A late answer to the early words", thread=root)
    await rig.quiet()

    seen = [message.text for message in rig.marfa.seen()]
    assert len(seen) == 2
    assert "After Marfa came" in seen[0]
    assert "A late answer" in seen[1]
    assert "Before Marfa came" in seen[1], "a reply to what they have not got says what it answers"


async def test_a_city_in_two_channels_hears_each_where_it_belongs(rig: ExchangeRig) -> None:
    for city in rig.cities.values():
        await rig.link(city, "transport")
    rig.boston.say("About a night bus", channel="transport")
    rig.boston.say("About a roof", channel="housing")
    await rig.quiet()

    for other, transport in ((rig.yellow_springs, "transport"), (rig.marfa, "Transport")):
        assert ["night bus" in message.text for message in other.seen(transport)] == [True]
        assert ["roof" in message.text for message in other.seen()] == [True]


async def test_what_follows_in_one_conversation_is_handled_at_once(rig: ExchangeRig) -> None:
    began = time.monotonic()
    for number in range(8):
        rig.boston.say(f"Inside only // {number}" if number % 2 else f"// kept {number}")
    rig.boston.say("The last of many")
    await rig.eventually(lambda: any("The last of many" in m.text for m in rig.marfa.seen()))
    assert time.monotonic() - began < 2, "no event waits for the next look at the inbox"
