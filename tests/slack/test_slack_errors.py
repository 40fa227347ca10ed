"""Every error of Slack has one meaning, and an unknown one is a refusal."""

import pytest

from core.channels import Trouble
from core.failures import CallFailed, Later, Refused, Scope, Unsure
from core.pace import Pace
from integrations.slack.errors import (
    PERHAPS_DONE,
    RATE_LIMITS,
    SURELY_LATER,
    TROUBLES,
    failure_of,
    failure_of_status,
    never_sent,
)
from integrations.slack.pacing import Pacing


@pytest.mark.parametrize(("error", "trouble"), sorted(TROUBLES.items()))
def test_an_error_of_the_link_names_its_trouble(error: str, trouble: Trouble) -> None:
    failure = failure_of(error, repeatable=False)
    assert isinstance(failure, Refused)
    assert failure.trouble is trouble


@pytest.mark.parametrize("error", sorted(RATE_LIMITS | SURELY_LATER))
def test_these_are_surely_not_done(error: str) -> None:
    assert isinstance(failure_of(error, repeatable=False, retry_after=3), Later)


@pytest.mark.parametrize("error", sorted(PERHAPS_DONE))
def test_these_may_have_been_done(error: str) -> None:
    assert isinstance(failure_of(error, repeatable=False), Unsure)
    assert isinstance(failure_of(error, repeatable=True), Later)


def test_no_error_has_two_meanings() -> None:
    groups = [set(TROUBLES), set(RATE_LIMITS), set(SURELY_LATER), set(PERHAPS_DONE)]
    assert sum(map(len, groups)) == len(set().union(*groups))


@pytest.mark.parametrize("error", ["msg_too_long", "invalid_blocks", "", "never_heard_of"])
def test_an_unknown_error_is_a_refusal_of_this_one_thing(error: str) -> None:
    failure = failure_of(error, repeatable=False)
    assert isinstance(failure, Refused)
    assert failure.trouble is None


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (200, Unsure),
        (400, Refused),
        (403, Refused),
        (404, Refused),
        (429, Later),
        (500, Unsure),
        (502, Unsure),
        (503, Unsure),
        (504, Unsure),
    ],
)
def test_a_status_without_words_has_a_meaning(status: int, kind: type[CallFailed]) -> None:
    assert isinstance(failure_of_status(status, repeatable=False), kind)


def test_what_never_went_out_is_for_later() -> None:
    assert isinstance(never_sent("not_reachable"), Later)


class Seconds:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_budget_is_kept_and_refills() -> None:
    seconds = Seconds()
    pacing = Pacing({"chat.update": Pace(1.0, 2)}, seconds)
    pacing.check("T1", "chat.update", "C1")
    pacing.check("T1", "chat.update", "C2")
    with pytest.raises(Later) as failure:
        pacing.check("T1", "chat.update", "C3")
    assert failure.value.retry_after == pytest.approx(1.0)
    pacing.check("T2", "chat.update", "C1")
    pacing.check("T1", "chat.postMessage", "C1")
    seconds.now += 1.0
    pacing.check("T1", "chat.update", "C3")


def test_nodes_share_a_budget() -> None:
    pacing = Pacing({"chat.update": Pace(1.0, 4)}, Seconds())
    pacing.set_share(2)
    for _ in range(2):
        pacing.check("T1", "chat.update", "C1")
    with pytest.raises(Later) as failure:
        pacing.check("T1", "chat.update", "C1")
    assert failure.value.retry_after == pytest.approx(2.0)


def test_one_limited_conversation_holds_back_no_other_but_three_hold_back_all() -> None:
    seconds = Seconds()
    pacing = Pacing({}, seconds)
    scope = pacing.limited("T1", "chat.postMessage", "C1", 5.0)
    assert scope is Scope.CONVERSATION
    pacing.check("T1", "chat.postMessage", "C2")
    with pytest.raises(Later):
        pacing.check("T1", "chat.postMessage", "C1")
    pacing.limited("T1", "chat.postMessage", "C2", 5.0)
    scope = pacing.limited("T1", "chat.postMessage", "C3", 5.0)
    assert scope is Scope.WORKSPACE
    with pytest.raises(Later) as failure:
        pacing.check("T1", "chat.postMessage", "C4")
    assert failure.value.scope is Scope.WORKSPACE
    pacing.check("T2", "chat.postMessage", "C1")
    seconds.now += 6
    pacing.check("T1", "chat.postMessage", "C4")
