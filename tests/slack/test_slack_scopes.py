"""What is asked of a workspace is what the code needs: nothing more, nothing less."""

import pytest

from integrations.sandbox.slack.web_api import METHODS
from integrations.slack.scopes import (
    BOT_EVENTS,
    BOT_SCOPES,
    DETAIL_SCOPES,
    EVENT_SCOPES,
    METHOD_SCOPES,
    READ_UNASKED,
    asked_scopes,
    needed_scopes,
)
from tests.slack import slack_names
from tests.slack.source import called_methods, sdk_methods, texts, understood_events

NO_EVENTS = {
    "file_deleted": "an error of files.delete",
    "message": "subscribed to by the kind of conversation",
    "url_verification": "a check of the address",
}


def test_every_method_that_is_called_has_its_scopes_stated() -> None:
    assert called_methods() - set(METHOD_SCOPES) == set(), "add them to METHOD_SCOPES"


def test_no_method_is_stated_that_nothing_calls() -> None:
    assert set(METHOD_SCOPES) - called_methods() == set(), "take them out of METHOD_SCOPES"


def test_every_detail_is_used() -> None:
    assert set(DETAIL_SCOPES) <= texts()


def test_every_event_that_is_understood_is_subscribed_to() -> None:
    understood = understood_events() - set(NO_EVENTS) - set(READ_UNASKED)
    assert understood - set(EVENT_SCOPES) == set(), "add them to EVENT_SCOPES"


def test_no_event_is_subscribed_to_that_nothing_understands() -> None:
    subscribed = {name.partition(".")[0] for name in EVENT_SCOPES}
    assert subscribed - understood_events() == set(), "take them out of EVENT_SCOPES"
    assert set(READ_UNASKED) <= understood_events()


def test_no_scope_is_missing() -> None:
    assert {scope: what for scope, what in needed_scopes() if scope not in BOT_SCOPES} == {}


def test_no_scope_is_asked_for_that_nothing_needs() -> None:
    assert set(BOT_SCOPES) - {scope for scope, _ in needed_scopes()} == set()


def test_names_are_slacks_own() -> None:
    assert set(BOT_SCOPES) <= slack_names.BOT_SCOPES
    assert set(BOT_EVENTS) | set(READ_UNASKED) <= slack_names.EVENTS
    assert set(METHOD_SCOPES) <= set(sdk_methods().values())


def test_every_scope_says_what_for() -> None:
    assert [scope for scope, why in BOT_SCOPES.items() if len(why.split()) < 2] == []


@pytest.mark.parametrize("method", sorted(set(METHOD_SCOPES) & set(METHODS)))
def test_the_stand_in_for_slack_wants_the_same(method: str) -> None:
    """Its table of scopes was written from Slack's pages too, by itself."""
    wanted = METHODS[method].scopes
    assert not wanted or set(wanted) & set(METHOD_SCOPES[method])


def test_on_govslack_a_missing_feature_takes_its_scope_along() -> None:
    assert set(BOT_SCOPES) - set(asked_scopes(gov=True)) == {"assistant:write"}
    assert asked_scopes() == list(BOT_SCOPES)
