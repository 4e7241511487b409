import logging
from concurrent.futures import Future, wait

from channels_out.errors import SendError, Uncertain
from channels_out.outbox.claim import Claim, claim
from channels_out.outbox.line import line
from channels_out.outbox.record import Result, record
from channels_out.outgoing import Sent

logger = logging.getLogger(__name__)

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
    """
    under_way: dict[Future[Sent], Claim] = {}
    claimed = 0
    while True:
        room = min(BATCH, limit - claimed, WINDOW - len(under_way))
        claims = claim(room) if room > 0 else []
        claimed += len(claims)
        under_way |= {line().send(each): each for each in claims}
        if not under_way:
            return claimed
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
