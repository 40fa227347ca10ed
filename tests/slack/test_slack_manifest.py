"""The manifest for Slack: what its schemas check, and what they don't."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import jsonschema
import pytest

from core import app_words
from core.words import Request, read_request
from integrations.slack.manifest import EVENTS_PATH, REDIRECT_PATH, slack_manifest
from integrations.slack.oauth import SlackOAuth
from integrations.slack.scopes import BOT_EVENTS, BOT_SCOPES, COMMAND, FEATURE_SCOPES
from integrations.slack.settings import PUBLIC_AUTHORIZE, SlackSettings
from tests.slack import slack_names

ADDRESS = "https://exchange.example.gov"

CHOICES = [
    {"socket_mode": socket_mode, "gov": gov, "own_app": own_app}
    for socket_mode, gov, own_app in product((False, True), repeat=3)
]


def every_manifest() -> Iterator[dict[str, Any]]:
    """One for each choice of options, with an address and where possible without."""
    for options in CHOICES:
        yield slack_manifest(ADDRESS, **options)
        if options["socket_mode"]:
            yield slack_manifest("", **options)


def addresses_in(thing: Any) -> Iterator[str]:
    """Every address anywhere in it."""
    if isinstance(thing, dict):
        for value in thing.values():
            yield from addresses_in(value)
    elif isinstance(thing, list):
        for value in thing:
            yield from addresses_in(value)
    elif isinstance(thing, str) and "://" in thing:
        yield thing


@pytest.mark.parametrize("version", [1, 2])
def test_slacks_own_schemas_accept_it(shared_data: Path, version: int) -> None:
    path = shared_data / "schemas" / f"slack-manifest-v{version}.json"
    checker = jsonschema.Draft7Validator(json.loads(path.read_text(encoding="utf-8")))
    for manifest in every_manifest():
        assert [error.message for error in checker.iter_errors(manifest)] == []


def test_the_schema_notices_what_is_wrong(shared_data: Path) -> None:
    path = shared_data / "schemas" / "slack-manifest-v2.json"
    checker = jsonschema.Draft7Validator(json.loads(path.read_text(encoding="utf-8")))
    manifest = slack_manifest(ADDRESS)
    manifest["features"]["shortcuts"][0]["name"] = "A name that is longer than a menu is wide"
    assert not checker.is_valid(manifest)


def test_it_asks_for_what_the_code_needs() -> None:
    manifest = slack_manifest(ADDRESS)
    assert manifest["oauth_config"]["scopes"] == {"bot": list(BOT_SCOPES)}
    assert manifest["settings"]["event_subscriptions"]["bot_events"] == list(BOT_EVENTS)
    assert set(manifest["features"]) == set(FEATURE_SCOPES)


@pytest.mark.parametrize("options", CHOICES, ids=str)
def test_names_lengths_and_addresses_that_no_schema_checks(
    options: dict[str, Any],
) -> None:
    manifest = slack_manifest(ADDRESS, **options)
    scopes = manifest["oauth_config"]["scopes"]["bot"]
    events = manifest["settings"]["event_subscriptions"]["bot_events"]
    assert set(scopes) <= slack_names.BOT_SCOPES
    assert len(scopes) == len(set(scopes))
    assert set(events) <= slack_names.EVENTS
    assert len(events) == len(set(events))
    shown = manifest["display_information"]
    assert len(shown["description"]) <= 140
    assert 175 <= len(shown["long_description"]) <= 4000
    assert re.fullmatch("#[0-9a-f]{6}", shown["background_color"])
    assert all(address.startswith(f"{ADDRESS}/") for address in addresses_in(manifest))
    assert manifest["features"]["slash_commands"][0]["command"] == COMMAND
    assert re.fullmatch(r"/[a-z-]{1,31}", COMMAND)


def test_an_assistants_scope_and_view_come_together() -> None:
    """Slack refuses a manifest that has one without the other."""
    for manifest in every_manifest():
        has_scope = "assistant:write" in manifest["oauth_config"]["scopes"]["bot"]
        view = manifest["features"].get("agent_view")
        assert has_scope == (view is not None)
        if view is not None:
            assert 0 < len(view["agent_description"]) <= 300
            assert len(view["suggested_prompts"]) <= 4
            needed = {"app_home_opened", "message.im"}
            assert needed <= set(manifest["settings"]["event_subscriptions"]["bot_events"])


def test_everything_offered_is_understood() -> None:
    manifest = slack_manifest(ADDRESS)
    prompts = [one["message"] for one in manifest["features"]["agent_view"]["suggested_prompts"]]
    assert {read_request(prompt) for prompt in prompts} == set(Request)
    hint = manifest["features"]["slash_commands"][0]["usage_hint"].strip("[]").split(" | ")
    assert {read_request(words) for words in hint} == set(Request) - {Request.MENU}
    assert [offer.request for offer in app_words.OFFERS] == [
        read_request(offer.title) for offer in app_words.OFFERS
    ]


def test_by_http_everything_goes_to_one_address() -> None:
    manifest = slack_manifest(ADDRESS)
    assert set(addresses_in(manifest)) == {ADDRESS + EVENTS_PATH, ADDRESS + REDIRECT_PATH}
    settings = manifest["settings"]
    assert settings["socket_mode_enabled"] is False
    assert settings["event_subscriptions"]["request_url"] == ADDRESS + EVENTS_PATH
    assert settings["interactivity"]["request_url"] == ADDRESS + EVENTS_PATH
    assert manifest["features"]["slash_commands"][0]["url"] == ADDRESS + EVENTS_PATH


def test_socket_mode_names_no_address_to_send_to() -> None:
    settings = slack_manifest("", socket_mode=True)
    assert list(addresses_in(settings)) == []
    assert settings["settings"]["socket_mode_enabled"] is True
    assert settings["settings"]["interactivity"]["is_enabled"] is True
    with_address = slack_manifest(ADDRESS, socket_mode=True)
    assert set(addresses_in(with_address)) == {ADDRESS + REDIRECT_PATH}


def test_a_pasted_token_does_not_expire() -> None:
    for manifest in (slack_manifest(ADDRESS, own_app=True), slack_manifest("", socket_mode=True)):
        assert manifest["settings"]["token_rotation_enabled"] is False
        assert manifest["settings"]["org_deploy_enabled"] is False
        assert "redirect_urls" not in manifest["oauth_config"]
    installed = slack_manifest(ADDRESS)
    assert installed["settings"]["token_rotation_enabled"] is True
    assert installed["settings"]["org_deploy_enabled"] is True


def test_without_an_address_only_socket_mode_works() -> None:
    with pytest.raises(ValueError, match="address"):
        slack_manifest("")


def test_consent_comes_back_to_where_we_listen() -> None:
    (redirect,) = slack_manifest(ADDRESS)["oauth_config"]["redirect_urls"]
    assert redirect == f"{ADDRESS}/slack/oauth_redirect"


@pytest.mark.parametrize(
    ("authorize_url", "gov"),
    [(PUBLIC_AUTHORIZE, False), ("https://slack-gov.com/oauth/v2/authorize", True)],
)
async def test_consent_asks_for_what_the_manifest_declares(authorize_url: str, gov: bool) -> None:
    settings = SlackSettings(client_id="1.2", authorize_url=authorize_url)
    async with aiohttp.ClientSession() as session:
        oauth = SlackOAuth(settings=settings, session=session, clock=lambda: datetime.now(UTC))
        url = oauth.consent_url("state", ADDRESS + REDIRECT_PATH)
    (asked,) = parse_qs(urlsplit(url).query)["scope"]
    manifest = slack_manifest(ADDRESS, gov=gov)
    assert asked.split(",") == manifest["oauth_config"]["scopes"]["bot"]
