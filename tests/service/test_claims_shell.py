"""The operator's side of joining, by command."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.ids import CityId, ExternalMember, ExternalTenant, ExternalWorkspace, PlatformName
from tests.service.test_commands_shell import BOSTON, NOWHERE, Answer, Run, answer_of, run

__all__ = ["answer_of", "run"]

Claim = Callable[..., int]


@pytest.fixture
def claim(run: Run) -> Claim:
    """Let a workspace that waits ask for Boston; answers its id."""

    def claim(team: str = "T9") -> int:
        async def ask() -> int:
            from service.opening import writing

            async with writing() as unit:
                workspace = await unit.workspaces.add(
                    PlatformName("slack"),
                    ExternalWorkspace(team),
                    ExternalTenant(team),
                    name="City of Boston",
                )
                await unit.claims.add(
                    workspace.id,
                    CityId(BOSTON),
                    member=ExternalMember("U1"),
                    name="Ana Ruiz",
                    email="ana@boston.gov",
                    note="Clerk",
                )
                return workspace.id

        return asyncio.run(ask())

    return claim


def test_a_claim_is_seen_and_confirmed(answer_of: Answer, run: Run, claim: Claim) -> None:
    assert "Nobody is waiting." in run("workspaces", "waiting").out
    own = claim()
    [waiting] = answer_of("workspaces", "waiting")
    assert (waiting["id"], waiting["city"], waiting["name"]) == (own, BOSTON, "Ana Ruiz")
    assert waiting["evidence"] == "city's own .gov domain"
    assert "ana@boston.gov" in run("workspaces", "waiting").out
    made = answer_of("workspaces", "confirm", str(own))
    assert (made["state"], made["city"]) == ("confirmed", BOSTON)
    assert answer_of("workspaces", "waiting") == []


def test_a_claim_is_refused_and_reopened_or_confirmed_after_all(
    answer_of: Answer, run: Run, claim: Claim
) -> None:
    own = str(claim())
    assert "--reason is empty" in run("workspaces", "refuse", own, "--reason", " ").error
    made = answer_of("workspaces", "refuse", own, "--reason", "Call us first.")
    assert made["state"] == "pending"
    again = run("workspaces", "refuse", own, "--reason", "Twice.")
    assert (again.code, "no claim that waits" in again.error) == (1, True)
    assert answer_of("workspaces", "reopen", own)["state"] == "pending"
    assert "was not refused" in run("workspaces", "reopen", own).error
    assert claim() == int(own)
    answer_of("workspaces", "refuse", own, "--reason", "Call us first.")
    assert answer_of("workspaces", "confirm", own)["city"] == BOSTON


def test_another_city_than_the_claimed_one_needs_its_geoid(
    answer_of: Answer, run: Run, claim: Claim
) -> None:
    own = str(claim())
    made = answer_of("workspaces", "confirm", own, "--city", "4846620")
    assert made["city"] == "4846620"
    assert answer_of("workspaces", "waiting") == []
    wrong = run("workspaces", "confirm", own, "--city", "999")
    assert (wrong.code, "cities search" in wrong.error) == (1, True)


def test_a_workspace_that_asked_for_no_city_can_not_be_confirmed(run: Run) -> None:
    async def install() -> None:
        from service.opening import writing

        async with writing() as unit:
            await unit.workspaces.add(
                PlatformName("slack"), ExternalWorkspace("T8"), ExternalTenant("T8")
            )

    asyncio.run(install())
    done = run("workspaces", "confirm", "T8")
    assert (done.code, "--city GEOID" in done.error) == (1, True)


def test_the_operator_has_a_workspace_without_a_city(answer_of: Answer, run: Run) -> None:
    words = ("--team", "TOP", "--token", "xoxb-1", "--api-url", NOWHERE)
    assert run("workspaces", "add", "slack", *words).code == 2
    assert run("workspaces", "add", "slack", *words, "--operator", "--city", BOSTON).code == 2
    made: dict[str, Any] = answer_of("workspaces", "add", "slack", *words, "--operator")
    assert (made["city"], made["state"]) == (None, "confirmed")
    own = str(made["id"])
    placed = answer_of("workspaces", "operator", own, "--conversation", "COP")
    assert (placed["id"], placed["conversation"]) == (made["id"], "COP")
    city = answer_of("workspaces", "add", "slack", "--team", "T1", *words[2:], "--city", BOSTON)
    refused = run("workspaces", "operator", str(city["id"]), "--conversation", "C1")
    assert (refused.code, "belongs to a city" in refused.error) == (1, True)


def test_the_page_of_sentences_can_be_written(answer_of: Answer, tmp_path: Path) -> None:
    path = tmp_path / "sentences.md"
    assert answer_of("sentences", "--out", str(path)) == {"path": str(path)}
    assert path.read_text(encoding="utf-8") == answer_of("sentences")["page"]
