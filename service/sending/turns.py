"""One conversation's turn: what is due there is done, in order, as far as it goes."""

from collections import deque
from datetime import datetime, timedelta
from random import random

from core.decisions import joinable
from core.deliveries import Claimed, Delivery, DeliveryKind, DeliveryState, TurnOver, retry_delay
from core.failures import Later, Refused, Scope, Unsure
from core.pace import ready_at, spend
from service.sending.changing import remove, show_receipt, show_tally, update
from service.sending.creating import create, create_joined
from service.sending.turn_record import MOST_JOINED, Surroundings, TurnRecord

_CAN_WAIT = (DeliveryKind.TALLY, DeliveryKind.RECEIPT)
"""What shows the newest state whenever it runs, and so holds no message up."""


async def take_turn(claimed: Claimed, around: Surroundings) -> TurnOver:
    """Do what is due in a conversation and say what became of it.

    Never raises for what a platform answers; whatever was not done is left waiting.
    """
    record = TurnRecord(claimed, around)
    queue = deque(claimed.deliveries)
    while queue and not record.needs_another_turn(queue[0]):
        group = _next_group(record, queue)
        if not group or not await _attempt(record, group):
            break
    record.leave_waiting(queue)
    return record.over()


def _next_group(record: TurnRecord, queue: deque[Delivery]) -> list[Delivery]:
    """The deliveries that the next message is for; empty when the pace says to wait."""
    if queue[0].kind is not DeliveryKind.CREATE:
        return [queue.popleft()]
    allowed = _sends_allowed(record, len(queue))
    if allowed == 0:
        ready = ready_at(record.around.platform.paces, record.pace, record.now())
        record.wait_until = datetime.fromtimestamp(ready, record.around.clock().tzinfo)
        return []
    fresh = _fresh_creates(record, queue)
    if len(fresh) <= allowed:
        return [queue.popleft()]
    count = joinable([record.post(delivery) for delivery in fresh[:MOST_JOINED]])
    return [queue.popleft() for _ in range(max(count, 1))]


def _fresh_creates(record: TurnRecord, queue: deque[Delivery]) -> list[Delivery]:
    """The creates in front, as far as nothing of them can have been sent yet."""
    fresh: list[Delivery] = []
    for delivery in queue:
        is_create = delivery.kind is DeliveryKind.CREATE
        if not is_create or delivery.unsure or record.shown_parts(record.post(delivery)):
            break
        fresh.append(delivery)
    return fresh


def _sends_allowed(record: TurnRecord, at_most: int) -> int:
    """How many messages the pace allows at this moment, as far as it matters."""
    paces, state, now = record.around.platform.paces, record.pace, record.now()
    allowed = 0
    while allowed < at_most and ready_at(paces, state, now) <= now:
        state = spend(paces, state, now)
        allowed += 1
    return allowed


async def _attempt(record: TurnRecord, group: list[Delivery]) -> bool:
    """Do one group; false when the conversation has to wait."""
    try:
        await _do(record, group)
    except Later as failure:
        if group[0].kind in _CAN_WAIT:
            record.put_off(
                group[0], failure.code, record.around.clock() + _delay(group[0], failure)
            )
            return True
        record.leave_waiting(group, failure.code)
        _wait(record, group[0], failure)
        return False
    except Unsure as failure:
        record.leave_waiting(group, failure.code, unsure=True)
        _wait(record, group[0], Later(failure.code))
        return False
    except Refused as failure:
        if failure.trouble is not None:
            record.leave_waiting(group, failure.code)
            record.trouble = failure.trouble
            return False
        record.settle(group, DeliveryState.FAILED, failure.code)
    return True


async def _do(record: TurnRecord, group: list[Delivery]) -> None:
    first = group[0]
    match first.kind:
        case DeliveryKind.CREATE if len(group) > 1:
            await create_joined(record, group)
        case DeliveryKind.CREATE:
            await create(record, first)
        case DeliveryKind.UPDATE:
            await update(record, first)
        case DeliveryKind.REMOVE:
            await remove(record, first)
        case DeliveryKind.TALLY:
            await show_tally(record, first)
        case DeliveryKind.RECEIPT:
            await show_receipt(record, first)


def _delay(delivery: Delivery, failure: Later) -> timedelta:
    if failure.retry_after is not None:
        return timedelta(seconds=failure.retry_after)
    return retry_delay(delivery.attempts, random())  # noqa: S311 - spreads retries, no secret


def _wait(record: TurnRecord, delivery: Delivery, failure: Later) -> None:
    record.wait_until = record.around.clock() + _delay(delivery, failure)
    if failure.scope is Scope.WORKSPACE:
        record.hold_workspace_until = record.wait_until
