"""Twilio's error codes as our errors. Codes decide, texts do not; what each means: twilio_meanings.py."""

import json

from channels_out.adapters.meaning import Meaning
from channels_out.adapters.twilio_meanings import MEANINGS
from channels_out.errors import SendError, TooFast

BY_CODE: dict[str, Meaning] = {code: each for each in MEANINGS for code in each.codes.split()}

UNKNOWN = Meaning("", SendError)

TOO_MANY_REQUESTS = "20429"


def error_of(code: str, detail: str = "") -> SendError:
    """The error that Twilio's `code` stands for; the most general one for a code we do not know."""
    meaning = BY_CODE.get(code, UNKNOWN)
    return meaning.error(
        detail, error_code=code, reason=meaning.reason, next_step=meaning.next_step
    )


def too_fast(body: str, retry_after: float) -> TooFast:
    """What an answer 429 means: which limit it was stands in its body, if anywhere."""
    code = _code_in(body)
    meaning = BY_CODE.get(code, UNKNOWN)
    if meaning.error is not TooFast:
        meaning = UNKNOWN
    return TooFast(
        body,
        error_code=code,
        reason=meaning.reason,
        next_step=meaning.next_step,
        retry_after=retry_after,
    )


def _code_in(body: str) -> str:
    try:
        return str(json.loads(body)["code"])
    except (ValueError, TypeError, KeyError):
        return TOO_MANY_REQUESTS
