"""`core.screens.Office` over storage: finds the act behind a verb, and checks who may do it."""

import logging
from collections.abc import Callable
from datetime import datetime

from core import office_words as words
from core.claims import Standing
from core.ports import Answer
from core.screens import Guest, Home, Option, Screen, Section, Values
from service.office import caring, claiming, linking, people, setting_up
from service.office.acts import Act, Filled, Who, lines, sorry
from service.office.home import as_answer, ask_admins, home
from service.office.seal import Seal
from service.office.visit import Platforms, Visit, visit
from storage.database import Database
from storage.errors import StorageError

log = logging.getLogger(__name__)

NEXT_STEP = ("home", "setup")


class CityOffice:
    """Where a city sets itself up and administers what it takes part in (`core.screens.Office`).

    Who may do something is looked up again each time, in the same unit of work that does it.
    """

    def __init__(
        self,
        *,
        database: Database,
        clock: Callable[[], datetime],
        platforms: Platforms,
    ) -> None:
        """`platforms` may be filled in later; it is looked into when a conversation is made."""
        self._database = database
        self._clock = clock
        self._platforms = platforms
        operators = claiming.OperatorsDesk(Seal(database.signing_keys))
        self._acts: dict[str, Act] = {
            **claiming.ACTS,
            **operators.acts(),
            **setting_up.ACTS,
            **people.ACTS,
            **linking.ACTS,
            **caring.ACTS,
        }

    async def home(self, guest: Guest) -> Home:
        """The home page of a person, with what they may do."""
        try:
            async with self._database.view() as unit:
                return await home(await visit(unit, guest, self._clock(), self._platforms))
        except StorageError as error:
            told = self._cant_read(error)
            return Home(words.HOME_TITLE, (Section(told.title, told.body),))

    async def open(self, guest: Guest, verb: str) -> Screen:
        """What a button opens. An unknown verb, or one the guest may not use, says so kindly."""
        name, _, argument = verb.partition(":")
        try:
            if name in NEXT_STEP:
                return await self._next_step(guest)
            act = self._acts.get(name)
            if act is None or act.open is None:
                return sorry(words.UNKNOWN_ACT)
            opened = self._database.unit() if act.changes else self._database.view()
            async with opened as unit:
                here = await visit(unit, guest, self._clock(), self._platforms)
                refusal = await _refusal(act, here)
                return sorry(refusal) if refusal else await act.open(here, argument)
        except StorageError as error:
            return self._cant_read(error)

    async def submit(self, guest: Guest, verb: str, state: str, values: Values) -> Screen:
        """What follows a form: the next step, an answer, or the form again with what is wrong."""
        name, _, argument = verb.partition(":")
        act = self._acts.get(name)
        if act is None or act.submit is None:
            return sorry(words.UNKNOWN_ACT)
        filled = Filled(argument, state, values)
        reached = None
        try:
            if act.reach is not None:
                async with self._database.view() as unit:
                    here = await visit(unit, guest, self._clock(), self._platforms)
                    refusal = await _refusal(act, here)
                if refusal:
                    return sorry(refusal)
                reached = await act.reach(here, filled)
            async with self._database.unit() as unit:
                here = await visit(unit, guest, self._clock(), self._platforms)
                refusal = await _refusal(act, here)
                return sorry(refusal) if refusal else await act.submit(here, filled, reached)
        except StorageError as error:
            return self._cant_read(error)

    async def suggest(self, guest: Guest, verb: str, name: str, typed: str) -> tuple[Option, ...]:
        """At most 20 options for a `SEARCH` field, best first: the cities, which are public."""
        if (verb, name) != ("claim.city", "city"):
            return ()
        try:
            async with self._database.view() as unit:
                return await claiming.suggest_cities(unit, typed)
        except StorageError as error:
            self._cant_read(error)
            return ()

    async def _next_step(self, guest: Guest) -> Screen:
        """What an admin does next on the way in, and the home page for everybody else."""
        async with self._database.view() as unit:
            here = await visit(unit, guest, self._clock(), self._platforms)
            if here.may_administer and here.standing is Standing.UNCLAIMED:
                return await claiming.open_city(here, "")
            if here.may_administer and here.standing is Standing.FIRST_RUN:
                return await setting_up.open_topics(here, "")
            return as_answer(await home(here))

    def _cant_read(self, error: StorageError) -> Answer:
        log.warning("the office could not use the database: %s", type(error).__name__)
        return Answer(words.TITLE_SORRY, lines(words.CANT_READ))


async def _refusal(act: Act, here: Visit) -> str:
    """Why the guest may not do this here, now; empty when they may."""
    if here.workspace is None:
        return words.UNKNOWN
    if act.who is Who.OPERATOR and not here.may_decide:
        return words.NOT_OPERATOR
    if act.who is Who.ADMIN and not here.may_administer:
        return words.NOT_FOR_YOU.format(ask=await ask_admins(here))
    if here.standing not in act.where:
        if Who.OPERATOR is act.who or Standing.OPERATOR in act.where:
            return words.NOT_OPERATOR
        return words.PAUSED if here.standing is Standing.PAUSED else words.NOT_YET
    return ""
