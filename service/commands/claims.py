"""`workspaces waiting|confirm|refuse|reopen|operator`: who may take part, and who decides."""

import argparse
from typing import TYPE_CHECKING, Any

from core import office_words as words
from core.claims import Claim, ClaimState, OperatorPlace, evidence_for
from core.ids import ExternalConversation
from core.places import City, Workspace, WorkspaceState
from service.commands.failure import CommandFailed
from service.commands.finding import find_city, find_workspace
from service.commands.output import show, table
from service.commands.parsing import Subparsers, add_command
from service.commands.workspace_things import as_thing, city_of, with_city

if TYPE_CHECKING:
    from storage.unit import Unit

WHO = "operator"
"""Who acts by command, as it stands in the trail."""


def add_to(group: "Subparsers[argparse.ArgumentParser]") -> None:
    """Add the commands."""
    add_command(group, "waiting", list_waiting, about="list the claims that wait for you")
    parser = add_command(
        group,
        "confirm",
        confirm,
        about="let a workspace take part",
        example="python -m service workspaces confirm 3",
    )
    _add_id(parser)
    parser.add_argument(
        "--city", default="", metavar="GEOID", help="the city; left out, the one it has claimed"
    )
    parser = add_command(
        group,
        "refuse",
        refuse,
        about="refuse a workspace's claim to a city",
        example='python -m service workspaces refuse 3 --reason "Write from your city\'s address."',
    )
    _add_id(parser)
    parser.add_argument("--reason", required=True, help="why; those who asked read it")
    parser = add_command(
        group, "reopen", reopen, about="let a workspace that was refused ask again"
    )
    _add_id(parser)
    parser = add_command(
        group,
        "operator",
        set_operator,
        about="say in which conversation you decide",
        example="python -m service workspaces operator 1 --conversation C0123456789",
    )
    _add_id(parser)
    parser.add_argument(
        "--conversation",
        required=True,
        metavar="ID",
        help="a Slack channel id (C…), or a Teams channel id (19:…@thread.tacv2); everybody in it "
        "may decide",
    )


def _add_id(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", metavar="ID", help="the workspace's id")


async def list_waiting(arguments: argparse.Namespace) -> None:
    """Answer every claim that waits, with what speaks for it."""
    from service.opening import reading

    things: list[dict[str, Any]] = []
    rows: list[tuple[object, ...]] = []
    async with reading() as unit:
        for claim in await unit.claims.waiting():
            workspace = await find_workspace(unit, str(claim.workspace))
            city = await find_city(unit, claim.city)
            things.append(_claim_thing(claim, workspace, city))
            rows.append(
                (
                    workspace.id,
                    city.label,
                    claim.name or claim.member,
                    claim.email or "no address",
                    evidence_for(claim.email, city).value,
                    workspace.name,
                )
            )
    headings = ("Workspace", "City", "Asked by", "E-mail", "Speaks for it", "Name")
    show(things, arguments.json, table(headings, rows) if rows else [words.NO_CLAIMS])


def _claim_thing(claim: Claim, workspace: Workspace, city: City) -> dict[str, Any]:
    return {
        "id": workspace.id,
        "claim": claim.id,
        "workspace_name": workspace.name,
        "platform": workspace.platform,
        "city": city.id,
        "city_name": city.label,
        "name": claim.name,
        "email": claim.email,
        "note": claim.note,
        "evidence": evidence_for(claim.email, city).value,
        "state": claim.state.value,
        "created_at": claim.created_at.isoformat(),
    }


async def confirm(arguments: argparse.Namespace) -> None:
    """Let a workspace take part, and answer it."""
    from service.opening import writing

    async with writing() as unit:
        found = await find_workspace(unit, arguments.id)
        given = await find_city(unit, arguments.city) if arguments.city else None
        await _confirm(unit, found, given)
        workspace = await find_workspace(unit, str(found.id))
        city = await city_of(unit, workspace)
    show(
        as_thing(workspace, city), arguments.json, [f"{with_city(workspace, city)} takes part now."]
    )


async def _confirm(unit: "Unit", workspace: Workspace, given: City | None) -> None:
    from service.office.claiming import confirm_claim

    claim = await unit.claims.newest(workspace.id)
    waits = claim is not None and claim.state is ClaimState.WAITING
    if claim is not None and waits and given in (None, await unit.cities.get(claim.city)):
        await confirm_claim(unit, claim, WHO)
        return
    if claim is not None and waits:
        await unit.claims.decide(claim.id, ClaimState.WITHDRAWN, decided_by=WHO)
    await unit.claims.reopen(workspace.id, decided_by=WHO)
    city = given.id if given is not None else workspace.city or (claim.city if claim else None)
    if city is None and not await _is_operators(unit, workspace):
        raise CommandFailed(
            f"Workspace {workspace.id} has not said which city it belongs to.",
            "It takes no part yet.",
            "Wait for its claim, or say which city it is with --city GEOID.",
        )
    await unit.workspaces.set_city(workspace.id, city)
    await unit.workspaces.set_state(workspace.id, WorkspaceState.CONFIRMED)
    act = f"workspace {WorkspaceState.CONFIRMED.value}"
    await unit.audit(WHO, act, str(workspace.id), {"city": city}, workspace=workspace.id)


async def _is_operators(unit: "Unit", workspace: Workspace) -> bool:
    place = await unit.operator.place()
    return place is not None and place.workspace == workspace.id


async def refuse(arguments: argparse.Namespace) -> None:
    """Refuse a waiting claim, and answer the workspace."""
    from service.office.claiming import refuse_claim
    from service.opening import writing

    if not arguments.reason.strip():
        raise CommandFailed(
            "--reason is empty.",
            "Those who asked would not know what to do.",
            "Write one sentence that says what is missing.",
        )
    async with writing() as unit:
        workspace = await find_workspace(unit, arguments.id)
        claim = await unit.claims.newest(workspace.id)
        refused = None
        if claim is not None:
            refused = await refuse_claim(unit, claim, WHO, arguments.reason)
        if refused is None:
            raise CommandFailed(
                f"Workspace {workspace.id} has no claim that waits.",
                "Nothing was refused.",
                "See who waits with: python -m service workspaces waiting",
            )
    lines = [f"{workspace.name or workspace.external_id} was refused for {refused.label}."]
    show(as_thing(workspace, None), arguments.json, lines)


async def reopen(arguments: argparse.Namespace) -> None:
    """Let a refused workspace ask again, and answer it."""
    from service.opening import writing

    async with writing() as unit:
        workspace = await find_workspace(unit, arguments.id)
        if not await unit.claims.reopen(workspace.id, decided_by=WHO):
            raise CommandFailed(
                f"Workspace {workspace.id} was not refused.",
                "There is nothing to reopen.",
                "See the workspaces with: python -m service workspaces list",
            )
        await unit.audit(WHO, "claim reopened", str(workspace.id), {}, workspace=workspace.id)
        city = await city_of(unit, workspace)
    lines = [f"{workspace.name or workspace.external_id} can ask again."]
    show(as_thing(workspace, city), arguments.json, lines)


async def set_operator(arguments: argparse.Namespace) -> None:
    """Say where claims are shown and decided, and answer the workspace."""
    from service.opening import writing

    conversation = arguments.conversation.strip().partition(";messageid=")[0].lstrip("#")
    async with writing() as unit:
        workspace = await find_workspace(unit, arguments.id)
        if workspace.city is not None:
            raise CommandFailed(
                f"Workspace {workspace.id} belongs to a city.",
                "Whoever is in your conversation may let cities in, so it has to be your own.",
                "Add your workspace with: python -m service workspaces add slack … --operator",
            )
        place = OperatorPlace(workspace.id, ExternalConversation(conversation))
        await unit.operator.set_place(place)
        details = {"conversation": conversation}
        await unit.audit(
            WHO, "operator's place set", str(workspace.id), details, workspace=workspace.id
        )
    thing = as_thing(workspace, None) | {"conversation": conversation}
    lines = [f"Claims are shown in {conversation} of {workspace.name}. Everybody there may decide."]
    show(thing, arguments.json, lines)
