"""What authors and admins read: complete, plain, and with a next step."""

from datetime import UTC, datetime

import pytest

from core.channels import Trouble
from core.deliveries import DeliveryState
from core.ids import LinkId
from core.standing import Standing
from core.words import Request, link_stopped, read_request, what_to_do, who_has_got_it

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def at(city: str, state: DeliveryState, trouble: Trouble | None = None) -> Standing:
    return Standing(LinkId(1), city, city, "slack", state, NOW, trouble)


def test_everybody_has_it() -> None:
    done = [at(city, DeliveryState.DONE) for city in ("Marfa, TX", "Tucson, AZ", "Bend, OR")]
    assert who_has_got_it(done) == ("All 3 cities have it.",)
    assert who_has_got_it(done[:2]) == ("Both cities have it.",)
    assert who_has_got_it(done[:1]) == ("Marfa, TX has it.",)


def test_nobody_follows_yet() -> None:
    assert "No other city" in who_has_got_it([])[0]


def test_each_reason_is_told_with_what_happens_next() -> None:
    lines = who_has_got_it(
        [
            at("Marfa, TX", DeliveryState.DONE),
            at("Bend, OR", DeliveryState.WAITING),
            at("Tucson, AZ", DeliveryState.WAITING, Trouble.CONVERSATION_ARCHIVED),
            at("Gary, IN", DeliveryState.FAILED),
            at("Reno, NV", DeliveryState.UNCERTAIN),
        ]
    )
    assert lines[0] == "2 of 5 cities have it."
    assert any(line.startswith("Bend, OR will get it") for line in lines)
    assert any("archived" in line and "Tucson, AZ" in line for line in lines)
    assert any("Gary, IN" in line and "refused" in line for line in lines)
    assert any("Reno, NV may see it twice" in line for line in lines)


def test_many_names_are_shortened() -> None:
    waiting = [at(f"City {n}", DeliveryState.WAITING) for n in range(40)]
    assert "and 35 others" in who_has_got_it(waiting)[1]


@pytest.mark.parametrize("trouble", list(Trouble))
@pytest.mark.parametrize("platform", ["slack", "teams"])
def test_every_trouble_says_what_happened_and_what_to_do(trouble: Trouble, platform: str) -> None:
    text = link_stopped(
        conversation="#housing-exchange",
        trouble=trouble,
        platform=platform,
        since=NOW,
        now=NOW,
        time_zone="America/New_York",
        reference="L7",
    )
    assert text.startswith("#housing-exchange stopped receiving today")
    assert what_to_do(trouble, platform) in text
    assert text.endswith("(ref L7)")
    assert "!" not in text
    assert "{" not in text


@pytest.mark.parametrize(
    ("words", "request_"),
    [
        ("", Request.MENU),
        ("  Help ", Request.HELP),
        ("STATUS", Request.STATUS),
        ("Who has got this?", Request.WHO_HAS_GOT_IT),
        ("who has got  my post", Request.WHO_HAS_GOT_IT),
        ("We cut vacancies", None),
    ],
)
def test_the_bot_knows_what_is_meant_for_it(words: str, request_: Request | None) -> None:
    assert read_request(words) is request_
