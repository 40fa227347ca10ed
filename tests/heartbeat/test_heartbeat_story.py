"""Nothing dies silently: what breaks without a word is found, told once, and mends by itself."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest

from core.channels import Trouble
from integrations.slack.scopes import BOT_SCOPES
from tests.support.cities import CityAtWork, SlackCity, TeamsCity, only
from tests.support.exchange_rig import ExchangeRig

log = logging.getLogger(__name__)

IN_TIME = timedelta(minutes=15)


def _slack(rig: ExchangeRig) -> SlackCity:
    return rig.yellow_springs


def _teams(rig: ExchangeRig) -> TeamsCity:
    return rig.st_paul


def _kill_token(rig: ExchangeRig, works: bool) -> None:
    installation = rig.slack.installation(_slack(rig).seed.key)
    installation.grant.status = "active" if works else "revoked"


def _be_in_channel(rig: ExchangeRig, works: bool) -> None:
    members = _slack(rig).conversation().members
    if works:
        members[_slack(rig).bot] = None
    else:
        del members[_slack(rig).bot]


def _archive(rig: ExchangeRig, works: bool) -> None:
    _slack(rig).conversation().archived = not works


def _grant_writing(rig: ExchangeRig, works: bool) -> None:
    grant = rig.slack.installation(_slack(rig).seed.key).grant
    grant.allow(",".join(scope for scope in BOT_SCOPES if works or scope != "chat:write"))


def _be_in_team(rig: ExchangeRig, works: bool) -> None:
    _teams(rig).workspace.installed = works


def _keep_channel(rig: ExchangeRig, works: bool) -> None:
    channels = _teams(rig).workspace.conversations.values()
    next(one for one in channels if one.name == "Housing").deleted = not works


@dataclass(frozen=True)
class Breakage:
    """Something that stops without any event that would say so."""

    change: Callable[[ExchangeRig, bool], None]
    city: Callable[[ExchangeRig], CityAtWork]
    trouble: Trouble
    admin: str
    told: str


BREAKAGES = {
    "token": Breakage(_kill_token, _slack, Trouble.TOKEN_GONE, "", ""),
    "bot in Slack": Breakage(
        _be_in_channel, _slack, Trouble.BOT_REMOVED, "Sam Bell", "Invite it again"
    ),
    "archived": Breakage(
        _archive, _slack, Trouble.CONVERSATION_ARCHIVED, "Sam Bell", "Unarchive it"
    ),
    "bot in Teams": Breakage(_be_in_team, _teams, Trouble.BOT_REMOVED, "", ""),
    "channel in Teams": Breakage(
        _keep_channel, _teams, Trouble.CONVERSATION_GONE, "Lena Thao", "link another one"
    ),
}


async def _within_time(rig: ExchangeRig, troubled: Trouble | None) -> timedelta:
    """Let time pass until exactly this is wrong; gives back how long it took."""
    began = rig.clock()
    expected = [] if troubled is None else [troubled]
    while [one.trouble for one in (await rig.status()).troubled] != expected:
        took = rig.clock() - began
        assert took <= IN_TIME, f"expected {expected} within {IN_TIME}, not so after {took}"
        await rig.pass_time(60)
    return rig.clock() - began


@pytest.mark.parametrize("name", BREAKAGES)
async def test_what_breaks_without_a_word_is_found_told_and_mended(
    rig: ExchangeRig, name: str
) -> None:
    case = BREAKAGES[name]
    city = case.city(rig)
    await rig.pass_time(60)

    case.change(rig, False)
    found = await _within_time(rig, case.trouble)
    rig.marfa.say("First while stopped")
    # Teams sends threads side by side: what is said at once may come in any order.
    await rig.quiet()
    rig.marfa.say("Second while stopped")
    await rig.quiet()
    for _ in range(25):  # it is looked at again, and nobody is told again
        await rig.pass_time(60)
    if case.admin:
        assert [case.told in seen.text for seen in city.told(case.admin)] == [True]

    case.change(rig, True)
    repaired = rig.clock()
    mended = await _within_time(rig, None)
    for _ in range(3):
        await rig.pass_time(60)
    (episode,) = (await rig.status()).lately
    assert (episode.what, episode.mended is not None) == (case.trouble, True)
    # Where nobody can be told, telling is tried again, and may work as soon as all else does.
    assert episode.told is None or (episode.told < repaired) == bool(case.admin)
    assert episode.told is not None or not case.admin
    times = f"{name}: found after {found}, mended after {mended}"
    log.info(times)
    seen = [m for m in city.seen() if "while stopped" in m.text]
    words = " ".join(m.text for m in seen)
    assert 0 <= words.find("First while") < words.find("Second while"), (times, words)
    assert max(found, mended) <= IN_TIME, times


async def test_a_permission_that_was_taken_back_is_told_once(rig: ExchangeRig) -> None:
    city = rig.yellow_springs
    grant = rig.slack.installation(city.seed.key).grant
    grant.allow(",".join(scope for scope in BOT_SCOPES if scope != "reactions:write"))
    for _ in range(30):
        await rig.pass_time(60)

    (told,) = city.told("Sam Bell")
    assert "Missing: reactions:write" in told.text
    assert (await rig.status()).troubled == ()
    rig.boston.say("Still arrives")
    await rig.quiet()
    only(city.seen(), "Still arrives")


async def test_an_outage_is_no_trouble(rig: ExchangeRig) -> None:
    rig.yellow_springs.faults(offline=True)
    rig.st_paul.faults(offline=True)
    for _ in range(20):
        await rig.pass_time(60)

    assert (await rig.status()).troubled == ()


async def test_a_busy_channel_that_goes_quiet_is_told_once(rig: ExchangeRig) -> None:
    city = rig.yellow_springs
    for day in range(28):
        city.say(f"Day {day}")
        await rig.quiet()
        rig.clock.advance(timedelta(days=1))
    assert city.told("Sam Bell") == []
    rig.clock.advance(timedelta(days=6))
    for _ in range(25):
        await rig.pass_time(60)

    (told,) = city.told("Sam Bell")
    assert "#housing is usually busy" in told.text
    assert (await rig.status()).troubled == ()
