import logging
from concurrent.futures import Future, wait

from channels_out.errors import SendError, Uncertain
from channels_out.outbox.claim import Claim, claim
from channels_out.outbox.line import line
from channels_out.outbox.record import Result, record
from channels_out.outgoing import Sent

logger = logging.getLogger(__name__)

UnderWay = dict[Future[Sent], Claim]

# How much one claim takes: a transaction of a few milliseconds.
BATCH = 100

# How many sends are under way at once.
WINDOW = 500

# Answers that arrive within this time are recorded together.
GATHER = 0.05  # seconds


def drain(limit: int = 1000) -> int:
    """Send what is due, at most `limit`; how many were tried.

    Claim, send and record are three phases that never mix. Sends run in a sliding window: what
    comes back is recorded in small batches while the others are still under way, so one slow
    answer holds up nobody. Returns when nothing is due and every answer is recorded.

    An error ends the claiming, and is raised once everything under way is recorded.
    """
    under_way: UnderWay = {}
    claimed, problems = 0, list[Exception]()
    while True:
        try:
            if not problems:
                claimed += _begin(under_way, limit - claimed)
            if not under_way:
                break
            _record_answers(under_way)
        except Exception as problem:
            logger.exception("Nothing more is claimed")
            problems.append(problem)
    if problems:
        raise problems[0]
    return claimed


def _begin(under_way: UnderWay, left: int) -> int:
    room = min(BATCH, left, WINDOW - len(under_way))
    claims = claim(room) if room > 0 else []
    under_way |= {line().send(each): each for each in claims}
    return len(claims)


def _record_answers(under_way: UnderWay) -> None:
    done = wait(under_way, timeout=GATHER).done
    if done:
        record([_result(future, under_way.pop(future)) for future in done])


def _result(future: Future[Sent], claim: Claim) -> Result:
    error = future.exception()
    if error is None:
        answer: Sent | SendError = future.result()
    elif isinstance(error, SendError):
        answer = error
    else:
        logger.error("Attempt %s broke", claim.outgoing.attempt_id, exc_info=error)
        answer = Uncertain(repr(error))
    return Result(claim.delivery_id, claim.outgoing.attempt_id, answer)
