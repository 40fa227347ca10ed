"""People of four cities talk: who speaks is plain, and what they say arrives as they said it."""

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
