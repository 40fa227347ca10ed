"""What Slack's answers and events mean for an installation, from their documented shapes."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from core.events import Malformed, TeamsChanged, WorkspaceTroubled
from core.failures import CallFailed, Later, Refused
from core.ids import CityId, ExternalTenant, ExternalWorkspace, WorkspaceId
from core.installations import KEPT_FOR, Past, Welcome, welcome
from core.places import Workspace, WorkspaceState
from integrations.slack.ids import SLACK
from integrations.slack.oauth import CodeUsed, SlackOAuth, granted_of
from integrations.slack.parse import parse, team_in
from integrations.slack.settings import SlackSettings

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)

ANSWER: dict[str, Any] = {
    "ok": True,
    "access_token": "xoxb-17653672481-19874698323-pdFZKVeTuE8sk7oOcBrzbqgy",
    "token_type": "bot",
    "scope": "commands,chat:write",
    "bot_user_id": "U0KRQLJ9H",
    "app_id": "A0KRD7HC3",
    "team": {"name": "City of Tucson", "id": "T9TK3CUKW"},
    "enterprise": {"name": "Pima County", "id": "E12345678"},
    "is_enterprise_install": False,
    "authed_user": {"id": "U1234"},
}


def test_a_workspace_grants() -> None:
    granted = granted_of(ANSWER, NOW)
    assert (granted.to.external_id, granted.to.name) == ("T9TK3CUKW", "City of Tucson")
    assert (granted.is_organization, granted.organization) == (False, "E12345678")
    assert granted.teams == (granted.to,)
    assert (granted.app_id, granted.bot_member, granted.installer) == (
        "A0KRD7HC3",
        "U0KRQLJ9H",
        "U1234",
    )
    assert (granted.tokens.refresh, granted.tokens.expires_at) == ("", None)
    assert "xoxb" not in repr(granted)


def test_an_organization_grants_a_token_that_ends() -> None:
    answer = {
        **ANSWER,
        "team": None,
        "is_enterprise_install": True,
        "access_token": "xoxe.xoxb-1-x",
        "refresh_token": "xoxe-1-y",
        "expires_in": 43_200,
    }
    granted = granted_of(answer, NOW)
    assert granted.is_organization
    assert (granted.to.external_id, granted.teams) == ("E12345678", ())
    assert granted.tokens.refresh == "xoxe-1-y"
    assert granted.tokens.expires_at == NOW + timedelta(hours=12)
    assert "xoxe" not in repr(granted)


@pytest.mark.parametrize(
    "change",
    [
        {"access_token": ""},
        {"access_token": None},
        {"team": None},
        {"team": {"id": 7}},
        {"token_type": "user"},
        {"is_enterprise_install": True, "enterprise": None},
    ],
)
def test_an_answer_that_grants_nothing(change: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        granted_of({**ANSWER, **change}, NOW)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(sorted(ANSWER)), json_values))
def test_any_answer_is_read_or_refused(change: dict[str, Any]) -> None:
    try:
        granted_of({**ANSWER, **change}, NOW)
    except CallFailed:
        return


def event(kind: str, **envelope: Any) -> dict[str, Any]:
    """An event in its envelope."""
    return {
        "team_id": "T1",
        "api_app_id": "A1",
        "type": "event_callback",
        "event": {"type": kind, "event_ts": "1234567890.000100"},
        "event_id": "Ev1",
        "event_time": 1234567890,
        **envelope,
    }


def test_workspaces_let_in_and_taken_out() -> None:
    for kind, granted in (("team_access_granted", True), ("team_access_revoked", False)):
        inner = {"type": kind, "team_ids": ["T1XX3", "TXX34"]}
        plain = event(kind, team_id=None, enterprise_id="EXXXXX", event=inner)
        wrapped = {"team_id": None, "enterprise_id": "EXXXXX", "event": inner}
        documented = event(kind, event=wrapped, authorizations=[{"enterprise_id": "EXXXXX"}])
        for payload in (plain, documented):
            parsed = parse(payload)
            assert isinstance(parsed, TeamsChanged), parsed
            assert (parsed.source.workspace, parsed.teams) == ("EXXXXX", ("T1XX3", "TXX34"))
            assert parsed.granted is granted
        odd_teams: list[Any] = [[], "T1", [None], None]
        for teams in odd_teams:
            odd = event(kind, enterprise_id="EXXXXX", event={"type": kind, "team_ids": teams})
            assert isinstance(parse(odd), Malformed)


def test_whose_uninstall_it_is() -> None:
    of_organization = {"enterprise_id": "E1", "team_id": None, "is_enterprise_install": True}
    for envelope, team in (
        ({}, "T1"),
        ({"team_id": None, "enterprise_id": "E1", "authorizations": [of_organization]}, "E1"),
        ({"team_id": "E1", "authorizations": [of_organization]}, "E1"),
        ({"authorizations": [{"enterprise_id": "E1", "team_id": "T1"}]}, "T1"),
    ):
        parsed = parse(event("app_uninstalled", **envelope))
        assert isinstance(parsed, WorkspaceTroubled), parsed
        assert parsed.source.workspace == team


def test_whose_event_it_is_when_an_organization_installed() -> None:
    for named in (None, "T0OTHER"):
        by = {"enterprise_id": "E1", "team_id": named, "is_enterprise_install": True}
        assert team_in(event("message", authorizations=[by])) == "T1"
    by = {"enterprise_id": "E1", "team_id": "T0OURS", "is_enterprise_install": False}
    assert team_in(event("message", authorizations=[by])) == "T0OURS"


def workspace(state: WorkspaceState) -> Workspace:
    """A workspace in this state."""
    return Workspace(
        WorkspaceId(1),
        SLACK,
        ExternalWorkspace("T1"),
        ExternalTenant("T1"),
        "Tucson",
        CityId("0477000"),
        state,
    )


@given(
    state=st.none() | st.sampled_from(WorkspaceState),
    days=st.none() | st.floats(0, 400),
    refused=st.booleans(),
)
def test_what_an_installation_means(
    state: WorkspaceState | None, days: float | None, refused: bool
) -> None:
    known = None if state is None else workspace(state)
    left_at = None if days is None else NOW - timedelta(days=days)
    outcome = welcome(Past(known, left_at, refused), NOW)
    if refused:
        assert outcome is Welcome.REFUSED
    elif known is None or state is WorkspaceState.REMOVED:
        assert outcome is Welcome.NEW
    elif left_at is None:
        assert outcome is Welcome.AGAIN
    else:
        assert outcome is (Welcome.BACK if NOW - left_at < KEPT_FOR else Welcome.NEW)


def gov_settings(**changes: Any) -> SlackSettings:
    """A government's own Slack."""
    return SlackSettings(
        client_id="1.2",
        client_secret=SecretStr("s"),
        api_url="https://slack-gov.com/api/",
        authorize_url="https://slack-gov.com/oauth/v2/authorize",
    ).model_copy(update=changes)


async def test_govslack_is_asked_at_its_own_address() -> None:
    async with aiohttp.ClientSession() as session:
        oauth = SlackOAuth(settings=gov_settings(), session=session, clock=lambda: NOW)
        address = oauth.consent_url("state", "https://exchange.example.gov/slack/oauth_redirect")
    assert address.startswith("https://slack-gov.com/oauth/v2/authorize?client_id=1.2&scope=")
    assert "assistant%3Awrite" not in address, "GovSlack does not have it"
    assert "redirect_uri=https%3A%2F%2Fexchange.example.gov%2Fslack%2Foauth_redirect" in address


@pytest.mark.parametrize("reads", ["header", "body"])
@pytest.mark.parametrize(
    ("status", "answer", "failure"),
    [
        (200, ANSWER, None),
        (200, {"ok": False, "error": "invalid_code"}, CodeUsed),
        (200, {"ok": False, "error": "code_already_used"}, CodeUsed),
        (400, {"ok": False, "error": "invalid_grant"}, CodeUsed),
        (200, {"ok": False, "error": "bad_redirect_uri"}, Refused),
        (200, {"ok": False, "error": "ratelimited"}, Later),
        (503, "no JSON", Later),
        (200, [], Later),
    ],
)
async def test_asking_slack(
    reads: str, status: int, answer: Any, failure: type[CallFailed] | None
) -> None:
    """Some read the app's secret from the header, others from the body; both are served."""

    async def access(request: web.Request) -> web.Response:
        fields = await request.post()
        basic = f"Basic {base64.b64encode(b'1.2:s').decode()}"
        by_header = request.headers.get("Authorization") == basic
        by_body = (fields.get("client_id"), fields.get("client_secret")) == ("1.2", "s")
        if not (by_header if reads == "header" else by_body):
            return web.json_response({"ok": False, "error": "invalid_client_id"})
        assert fields["code"] == "the code"
        return web.json_response(answer, status=status)

    app = web.Application()
    app.router.add_post("/api/oauth.v2.access", access)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    settings = gov_settings(api_url=f"http://127.0.0.1:{runner.addresses[0][1]}/api/")
    try:
        async with aiohttp.ClientSession() as session:
            oauth = SlackOAuth(settings=settings, session=session, clock=lambda: NOW)
            if failure is None:
                granted = await oauth.exchange("the code", "https://x.example/back")
                assert granted.to.external_id == "T9TK3CUKW"
                return
            with pytest.raises(failure) as caught:
                await oauth.exchange("the code", "https://x.example/back")
            assert type(caught.value) is failure
    finally:
        await runner.cleanup()
