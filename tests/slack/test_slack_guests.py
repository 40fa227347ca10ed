"""Who is an admin of a workspace, and whose address may speak for a claim."""

from typing import Any

import pytest

from core.screens import Guest
from integrations.slack.askers import asking_team
from tests.slack.exchange_rig import BEN, TEAM, exchange_rig, listen
from tests.slack.office_rig import FakeOffice, visit_home


@pytest.mark.parametrize(
    "user",
    [
        {"team_id": "T0ELSEWHERE", "is_admin": True},
        {"team_id": TEAM, "is_admin": True, "is_stranger": True},
        {"team_id": TEAM, "is_admin": True, "is_ultra_restricted": True},
        {"team_id": TEAM, "is_admin": True, "deleted": True},
        {"team_id": TEAM, "is_admin": False},
        {"is_admin": True},
    ],
)
async def test_only_admins_of_this_workspace_are_admins(
    user: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not (await _guest_for(user, monkeypatch)).is_admin


async def test_admins_on_enterprise_grid_and_owners_are_admins(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    grid = {"team_id": "E0ORG", "enterprise_user": {"teams": [TEAM]}, "is_owner": True}
    assert (await _guest_for(grid, monkeypatch)).is_admin
    unverified = {
        "team_id": TEAM,
        "is_email_confirmed": False,
        "profile": {"email": "mayor@boston.gov"},
    }
    assert (await _guest_for(unverified, monkeypatch)).email == ""


async def _guest_for(user: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> Guest:
    office = FakeOffice()
    async with exchange_rig(office=office) as rig:
        listen(rig)
        real = rig.platform.client.call

        async def call(access: Any, method: str, *given: Any, **more: Any) -> Any:
            if method == "users.info":
                return {"ok": True, "user": {"id": BEN, **user}}
            return await real(access, method, *given, **more)

        monkeypatch.setattr(rig.platform.client, "call", call)
        await visit_home(rig)
        return office.came[0][2]


@pytest.mark.parametrize(
    ("payload", "team"),
    [
        ({"team": {"id": "T1"}, "user": {"team_id": "T2"}}, "T1"),
        ({"team": {"id": "T2"}, "view": {"app_installed_team_id": "T1"}}, "T1"),
        ({"team": {"id": "T2"}, "view": {"app_installed_team_id": "E1"}}, "T2"),
        ({"team": None, "view": {"team_id": "T1"}, "user": {"team_id": "E1"}}, "T1"),
        ({"team": None, "user": {"team_id": "T2"}}, "T2"),
        ({"team_id": "T1", "command": "/exchange"}, "T1"),
        ({}, ""),
    ],
)
def test_the_team_is_where_our_app_is_installed(payload: dict[str, Any], team: str) -> None:
    assert asking_team(payload) == team
