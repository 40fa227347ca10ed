"""Claims: a workspace says which city it belongs to, and the operator answers."""

from typing import Any

from core import office_words as words
from core import trail_words
from core.claims import Claim, ClaimState, Standing, evidence_for
from core.ids import CityId, WorkspaceId
from core.places import City, WorkspaceState
from core.ports import Answer, Choice
from core.screens import Field, FieldKind, Form, Option, Screen
from core.words import NAME
from service.office.acts import JOINING, Act, Filled, Who, lines, number, sorry
from service.office.seal import Seal
from service.office.visit import Visit
from storage.unit import Unit

_MOST_OPTIONS = 20
_LONGEST_NOTE = 200
_LONGEST_REASON = 600
HOME = Choice(words.BUTTON_HOME, "home")


async def open_city(visit: Visit, argument: str) -> Screen:
    """Ask which city it is, unless that can't be asked now."""
    refusal = await _why_not(visit)
    return sorry(refusal) if refusal else _city_form()


def _city_form(chosen: str = "", problem: str = "") -> Form:
    field = Field(
        name="city",
        label=words.CLAIM_CITY,
        kind=FieldKind.SEARCH,
        hint=words.CLAIM_CITY_HINT,
        values=(chosen,) if chosen else (),
        problem=problem,
    )
    return Form("claim.city", words.CLAIM_TITLE, words.CLAIM_NEXT, (field,))


async def _why_not(visit: Visit) -> str:
    """Why this workspace can't claim a city now; empty when it can."""
    match visit.standing:
        case Standing.UNCLAIMED:
            return ""
        case Standing.WAITING:
            city = await _city_of(visit.unit, visit.claim)
            return words.CLAIM_ANOTHER_WAITS.format(city=city)
        case Standing.REFUSED:
            return words.CLAIM_WAS_REFUSED
        case Standing.OPERATOR:
            return words.OPERATOR
    city = visit.city.label if visit.city is not None else visit.known.name
    return words.CLAIM_HAS_CITY.format(city=city)


async def _city_of(unit: Unit, claim: Claim | None) -> str:
    city = await unit.cities.get(claim.city) if claim is not None else None
    return city.label if city is not None else ""


async def suggest_cities(unit: Unit, typed: str) -> tuple[Option, ...]:
    """Cities for what somebody types, told apart by kind and population."""
    found = await unit.cities.search(typed[:100], _MOST_OPTIONS)
    return tuple(Option(city.id, city.label, words.city_detail(city)) for city in found)


async def choose_city(visit: Visit, filled: Filled, _reached: Any) -> Screen:
    """Show what happens next, for the city that was chosen."""
    refusal = await _why_not(visit)
    if refusal:
        return sorry(refusal)
    chosen = filled.one("city")
    if not chosen:
        return _city_form(problem=words.CLAIM_CITY_MISSING)
    city = await visit.unit.cities.get(CityId(chosen))
    if city is None:
        return _city_form(problem=words.CLAIM_CITY_UNKNOWN)
    others = [other.name for other in await visit.unit.claims.workspaces_of(city.id)]
    note = Field(
        name="note",
        label=words.CLAIM_NOTE,
        kind=FieldKind.TEXT,
        hint=words.CLAIM_NOTE_HINT,
        optional=True,
    )
    asked, *rest = words.CLAIM_CHECK
    also = words.ANOTHER_WORKSPACE.format(city=city.label, names=words.listed(others))
    return Form(
        verb="claim.send",
        title=words.CLAIM_CHECK_TITLE,
        submit=words.CLAIM_SEND,
        fields=(note,),
        intro=lines(
            asked.format(city=city.label, detail=words.city_detail(city)),
            also if others else "",
            *rest,
        ),
        state=city.id,
    )


async def send(visit: Visit, filled: Filled, _reached: Any) -> Screen:
    """Hand a claim to the operator."""
    refusal = await _why_not(visit)
    if refusal:
        return sorry(refusal)
    city = await visit.unit.cities.get(CityId(filled.state))
    if city is None:
        return _city_form(problem=words.CLAIM_CITY_UNKNOWN)
    guest = visit.guest
    claim = await visit.unit.claims.add(
        visit.known.id,
        city.id,
        member=guest.asker.member,
        name=guest.name,
        email=guest.email,
        note=filled.one("note")[:_LONGEST_NOTE],
    )
    if claim is None:
        return sorry(words.CLAIM_ANOTHER_WAITS.format(city=city.label))
    await visit.note(
        trail_words.ACT_CLAIMED.format(city=city.label), f"claim {claim.id}", city=city.id
    )
    return Answer(
        words.CLAIM_SENT_TITLE,
        lines(words.CLAIM_SENT.format(city=city.label)),
        (Choice(words.BUTTON_WITHDRAW, "claim.withdraw"),),
    )


async def withdraw(visit: Visit, argument: str) -> Screen:
    """Take a waiting claim back."""
    claim = visit.claim
    taken = None
    if claim is not None:
        taken = await visit.unit.claims.decide(claim.id, ClaimState.WITHDRAWN, decided_by=visit.who)
    if taken is None:
        return sorry(words.CLAIM_NOT_THERE)
    city = await _city_of(visit.unit, taken)
    await visit.note(trail_words.ACT_WITHDRAWN.format(city=city), f"claim {taken.id}")
    again = Choice(words.BUTTON_CLAIM, "claim.city")
    return Answer(
        words.CLAIM_WITHDRAWN_TITLE, lines(words.CLAIM_WITHDRAWN.format(city=city)), (again,)
    )


async def confirm_claim(unit: Unit, claim: Claim, who: str) -> City | None:
    """Let a workspace take part for the city it claimed; None when the claim is not waiting.

    Its admins are told in chat, and it stands in their trail.
    """
    decided = await unit.claims.decide(claim.id, ClaimState.CONFIRMED, decided_by=who)
    city = await unit.cities.get(claim.city)
    if decided is None or city is None:
        return None
    await unit.workspaces.set_city(claim.workspace, city.id)
    await unit.workspaces.set_state(claim.workspace, WorkspaceState.CONFIRMED)
    told = words.TOLD_CONFIRMED.format(city=city.label, app=NAME)
    await _tell(unit, decided, who, trail_words.ACT_CONFIRMED.format(city=city.label), told)
    return city


async def refuse_claim(unit: Unit, claim: Claim, who: str, reason: str) -> City | None:
    """Refuse a claim; None when it is not waiting. Its admins are told why."""
    kept = reason.strip()[:_LONGEST_REASON]
    decided = await unit.claims.decide(claim.id, ClaimState.REFUSED, decided_by=who, reason=kept)
    city = await unit.cities.get(claim.city)
    if decided is None or city is None:
        return None
    told = words.TOLD_REFUSED.format(city=city.label, reason=sentence(kept))
    act = trail_words.ACT_REFUSED.format(city=city.label, reason=kept)
    await _tell(unit, decided, who, act, told)
    return city


def sentence(reason: str) -> str:
    """A reason with a full stop, so that it can stand before another sentence."""
    text = reason.strip() or words.NO_REASON
    return text if text[-1] in ".!?" else f"{text}."


async def _tell(unit: Unit, claim: Claim, who: str, act: str, told: str) -> None:
    sign = f"claim {claim.id}"
    await unit.notice(WorkspaceId(claim.workspace), f"{sign}:{claim.state}", told, sign)
    await unit.audit(who, act, sign, {"city": claim.city}, workspace=claim.workspace)


class OperatorsDesk:
    """Where the operator answers claims, in their own workspace."""

    def __init__(self, seal: Seal) -> None:
        self._seal = seal

    async def confirm(self, visit: Visit, argument: str) -> Screen:
        """Confirm a claim, at once."""
        claim = await _claim(visit, argument)
        if claim is None:
            return sorry(words.CLAIM_NOT_THERE)
        city = await confirm_claim(visit.unit, claim, visit.who)
        if city is None:
            return sorry(words.CLAIM_DECIDED.format(state=claim.state))
        return _done(words.DECIDED_CONFIRMED.format(city=city.label))

    async def look(self, visit: Visit, argument: str) -> Screen:
        """Show a claim with what speaks for it."""
        claim = await _claim(visit, argument)
        return await claim_notice(visit.unit, claim) if claim else sorry(words.CLAIM_NOT_THERE)

    async def open_refusal(self, visit: Visit, argument: str) -> Screen:
        """Ask for the reason of a refusal."""
        if not visit.may_decide:
            return sorry(words.NOT_OPERATOR)
        claim = await _claim(visit, argument)
        if claim is None:
            return sorry(words.CLAIM_NOT_THERE)
        if claim.state is not ClaimState.WAITING:
            return sorry(words.CLAIM_DECIDED.format(state=claim.state))
        seal = self._seal.put(visit, _purpose(claim))
        return _refusal_form(claim, await _city_of(visit.unit, claim), seal)

    async def refuse(self, visit: Visit, filled: Filled, _reached: Any) -> Screen:
        """Refuse a claim with the reason that was given."""
        claim = await _claim(visit, filled.argument)
        allowed = visit.may_decide or (
            claim is not None
            and visit.is_operators
            and self._seal.holds(filled.state, visit, _purpose(claim))
        )
        if not allowed:
            return sorry(words.NOT_OPERATOR)
        if claim is None:
            return sorry(words.CLAIM_NOT_THERE)
        reason = filled.one("reason")
        if not reason:
            city = await _city_of(visit.unit, claim)
            return _refusal_form(claim, city, filled.state, words.REFUSE_REASON_MISSING)
        refused = await refuse_claim(visit.unit, claim, visit.who, reason)
        if refused is None:
            return sorry(words.CLAIM_DECIDED.format(state=claim.state))
        return _done(words.DECIDED_REFUSED.format(city=refused.label))

    def acts(self) -> dict[str, Act]:
        """What can be done here."""
        operator = frozenset({Standing.OPERATOR})
        return {
            "claim.confirm": Act(Who.OPERATOR, operator, open=self.confirm, changes=True),
            "claim.look": Act(Who.OPERATOR, operator, open=self.look),
            # A refusal looks itself who may: its form was sealed when it was opened.
            "claim.refuse": Act(Who.ANYONE, operator, open=self.open_refusal, submit=self.refuse),
        }


def _purpose(claim: Claim) -> str:
    return f"refuse {claim.id}"


def _done(text: str) -> Answer:
    return Answer(words.DECIDED_TITLE, lines(text))


def _refusal_form(claim: Claim, city: str, state: str, problem: str = "") -> Form:
    reason = Field(
        name="reason",
        label=words.REFUSE_REASON,
        kind=FieldKind.LONG_TEXT,
        hint=words.REFUSE_REASON_HINT,
        problem=problem,
    )
    return Form(
        verb=f"claim.refuse:{claim.id}",
        title=words.REFUSE_TITLE,
        submit=words.REFUSE_SUBMIT,
        fields=(reason,),
        intro=lines(words.REFUSE_INTRO.format(city=city)),
        state=state,
    )


async def _claim(visit: Visit, argument: str) -> Claim | None:
    own = number(argument)
    return await visit.unit.claims.get(own) if own is not None else None


async def claim_notice(unit: Unit, claim: Claim) -> Answer:
    """A claim as the operator sees it: who asks, from where, what speaks for it, and what became
    of it. Buttons only while it waits."""
    city = await unit.cities.get(claim.city)
    workspace = await unit.workspaces.get(claim.workspace)
    if city is None or workspace is None:
        raise LookupError(f"claim {claim.id} names what is not there")
    others = [one.name for one in await unit.claims.workspaces_of(city.id)]
    title = words.NOTICE_TITLE.format(city=city.label)
    name = claim.name or claim.member
    email = words.NOTICE_EMAIL.format(email=claim.email) if claim.email else words.NOTICE_NO_EMAIL
    told = lines(
        words.NOTICE_WHO.format(
            name=name,
            note=f" ({claim.note})" if claim.note else "",
            city=city.label,
            detail=words.city_detail(city),
        ),
        f"{email} {words.EVIDENCE[evidence_for(claim.email, city)]}",
        words.NOTICE_WORKSPACE.format(
            workspace=workspace.name or workspace.external_id,
            platform=workspace.platform.capitalize(),
            external=workspace.external_id,
        ),
    )
    sign = f"claim {claim.id}"
    match claim.state:
        case ClaimState.WAITING:
            also = words.ANOTHER_WORKSPACE.format(city=city.label, names=words.listed(others))
            command = words.NOTICE_REFERENCE.format(workspace=workspace.id)
            body = (*told, *lines(also if others else "", command))
            return Answer(title, body, _decisions(claim), sign)
        case ClaimState.CONFIRMED:
            outcome = words.NOTICE_CONFIRMED.format(who=claim.decided_by)
        case ClaimState.REFUSED:
            outcome = words.NOTICE_REFUSED.format(who=claim.decided_by, reason=claim.reason)
        case ClaimState.WITHDRAWN:
            outcome = words.NOTICE_WITHDRAWN
    return Answer(title, (*told, *lines(outcome)), (), sign)


def _decisions(claim: Claim) -> tuple[Choice, ...]:
    return (
        Choice(words.BUTTON_CONFIRM, f"claim.confirm:{claim.id}"),
        Choice(words.BUTTON_REFUSE, f"claim.refuse:{claim.id}"),
    )


ACTS = {
    "claim.city": Act(Who.ADMIN, JOINING, open=open_city, submit=choose_city),
    "claim.send": Act(Who.ADMIN, JOINING, submit=send),
    "claim.withdraw": Act(Who.ADMIN, JOINING, open=withdraw, changes=True),
}
