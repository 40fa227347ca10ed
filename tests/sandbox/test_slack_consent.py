"""The stand-in's OAuth as Slack documents it, asked with Slack's own client."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from integrations.sandbox.slack.consent import new_code
from tests.sandbox.slack_rig import ANA, BOSTON, HOUSING, MARFA, Rig, slack_rig

pytestmark = pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning")

ORGANIZATION = "E0LEAGUE001"


class Clock:
    """A clock that only moves when told to."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


async def access(rig: Rig, **given: str) -> Any:
    """oauth.v2.access as our app."""
    return await rig.client("").oauth_v2_access(
        client_id="11.22", client_secret="client-secret", **given
    )


async def refused(call: Any) -> str:
    """The error word that a call is refused with."""
    with pytest.raises(SlackApiError) as caught:
        await call
    return str(caught.value.response["error"])


def code_for(rig: Rig, team: str, redirect: str = "") -> str:
    """Somebody's consent."""
    return new_code(rig.slack.state, rig.slack.state.apps["A0EXCHANGE1"], team, redirect)


def client(rig: Rig, token: str) -> AsyncWebClient:
    """A client with a token."""
    return rig.client(token)


async def test_a_code_works_once_and_with_its_address() -> None:
    async with slack_rig(listening=False) as rig:
        code = code_for(rig, BOSTON, "http://127.0.0.1:9/back")
        granted = await access(rig, code=code, redirect_uri="http://127.0.0.1:9/back")
        assert granted["authed_user"]["id"] == "U0BENSMITH1", "the admin"
        assert "refresh_token" not in granted.data
        assert await refused(access(rig, code=code)) == "invalid_code"
        other = code_for(rig, BOSTON, "http://127.0.0.1:9/back")
        elsewhere = access(rig, code=other, redirect_uri="http://127.0.0.1:9/other")
        assert await refused(elsewhere) == "bad_redirect_uri"


async def test_tokens_rotate() -> None:
    clock = Clock()
    async with slack_rig(listening=False, clock=clock) as rig:
        rig.slack.state.apps["A0EXCHANGE1"].token_rotation = True
        first = await access(rig, code=code_for(rig, BOSTON))
        assert first["access_token"].startswith("xoxe.xoxb-")
        assert first["refresh_token"].startswith("xoxe-1-")
        assert first["expires_in"] == 43_200
        clock.now += timedelta(hours=6)
        again = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
        second = await access(rig, **again)
        assert second["bot_user_id"] == first["bot_user_id"]
        assert await refused(access(rig, **again)) == "invalid_refresh_token", "it works once"
        for granted in (first, second):
            assert (await client(rig, granted["access_token"]).auth_test())["ok"]
        third = await access(rig, grant_type="refresh_token", refresh_token=second["refresh_token"])
        early = client(rig, first["access_token"]).auth_test()
        assert await refused(early) == "token_revoked", "two live tokens at most"
        clock.now += timedelta(hours=12)
        late = client(rig, third["access_token"]).auth_test()
        assert await refused(late) == "token_expired"


async def test_a_token_can_be_given_back() -> None:
    async with slack_rig() as rig:
        token = (await access(rig, code=code_for(rig, MARFA)))["access_token"]
        assert (await client(rig, token).auth_revoke(test=True))["revoked"] is False
        assert (await client(rig, token).auth_revoke())["revoked"] is True
        await rig.app.event("tokens_revoked")
        assert await refused(client(rig, token).auth_test()) == "token_revoked"


async def test_an_organization_installs() -> None:
    async with slack_rig() as rig:
        await rig.control(
            "add",
            kind="organization",
            id=ORGANIZATION,
            name="League of Cities",
            workspaces=[BOSTON, MARFA],
        )
        granted = await access(rig, code=code_for(rig, ORGANIZATION))
        assert granted["team"] is None
        assert granted["enterprise"] == {"id": ORGANIZATION, "name": "League of Cities"}
        assert granted["is_enterprise_install"] is True
        slack = client(rig, granted["access_token"])
        assert await refused(slack.auth_test()) == "team_access_not_granted"

        await rig.control("team_access", organization=ORGANIZATION, workspace=BOSTON)
        told = await rig.app.wait_for(lambda r: r.event.get("type") == "team_access_granted")
        assert told.event["team_ids"] == [BOSTON]
        assert (told.json["team_id"], told.json["enterprise_id"]) == (None, ORGANIZATION)
        assert (await slack.auth_teams_list())["teams"] == [
            {"id": BOSTON, "name": "City of Boston"}
        ]
        whole = await slack.auth_test()
        assert (whole["team_id"], whole["is_enterprise_install"]) == (ORGANIZATION, True)
        assert (await slack.users_info(user=ANA))["user"]["real_name"] == "Ana Ruiz"
        marfa = slack.users_list(team_id=MARFA)
        assert await refused(marfa) == "team_access_not_granted"

        await slack.conversations_join(channel=HOUSING)
        rig.slack.people.say(BOSTON, ANA, HOUSING, "Who has tried this?")
        heard = await rig.app.wait_for(lambda r: r.event.get("text") == "Who has tried this?")
        [by] = heard.json["authorizations"]
        assert (by["enterprise_id"], by["is_enterprise_install"]) == (ORGANIZATION, True)
        assert heard.json["team_id"] == BOSTON

        await rig.control("team_access", organization=ORGANIZATION, workspace=BOSTON, granted=False)
        await rig.app.event("team_access_revoked")
        assert await refused(slack.auth_test()) == "team_access_not_granted"
        await rig.control("uninstall", organization=ORGANIZATION, app="A0EXCHANGE1")
        await rig.app.event("app_uninstalled")
        assert await refused(slack.auth_test()) == "account_inactive"
