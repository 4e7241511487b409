from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from channels_out import conf
from channels_out.adapters.mail_search import MailSearch, read, readable
from channels_out.outgoing import Found, Outgoing, Standing
from channels_out.state import State

# The most that a page holds; a mail with more has been opened often, and the newest tell that.
PAGE = 300

# Anymail's words for Mailgun's, as its view of Mailgun's webhooks has them.
WORDS = {
    "accepted": "queued",
    "rejected": "rejected",
    "delivered": "delivered",
    "failed": "bounced",
    "opened": "opened",
    "clicked": "clicked",
    "unsubscribed": "unsubscribed",
    "complained": "complained",
}


class MailgunEvents(MailSearch):
    """Mailgun's events by the Message-ID, which it leaves as we write it.

    https://documentation.mailgun.com/docs/mailgun/api-reference/send/mailgun/events
    """

    async def find(self, outgoing: Outgoing) -> list[Found]:
        events = await self._events(outgoing.message_id)
        with readable():
            ours = [_at(each) for each in events if _may_be_of(each, str(outgoing.attempt_id))]
        return [Found("mailgun", "", State.SENT, min(ours))] if ours else []

    async def standing_of(self, known_as: str) -> list[Standing]:
        events = await self._events(known_as)
        with readable():
            return sorted(map(_standing, events), key=lambda each: each.at)

    async def _events(self, message_id: str) -> list[dict[str, Any]]:
        named = message_id.strip("<>")  # it knows it without
        domain = self._backend.sender_domain or conf.mail_domain()
        answer = await self._ask(
            f"{quote(domain, safe='')}/events",
            {"message-id": named, "ascending": "no", "limit": PAGE},
            auth=("api", self._backend.api_key),
        )
        listed = read(answer)
        with readable():
            return [each for each in listed["items"] if _message_id(each) == named]


def _message_id(event: dict[str, Any]) -> str:
    return str(event["message"]["headers"]["message-id"]).strip("<>")


def _may_be_of(event: dict[str, Any], attempt_id: str) -> bool:
    """Of this attempt, and not of another one under the same Message-ID."""
    variables = event.get("user-variables") or {}
    return bool(variables.get("attempt_id", attempt_id) == attempt_id)


def _at(event: dict[str, Any]) -> datetime:
    return datetime.fromtimestamp(float(event["timestamp"]), tz=UTC)


def _standing(event: dict[str, Any]) -> Standing:
    """Its webhook posts the same event (https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks)."""
    name = str(event["event"])
    word = "deferred" if event.get("severity") == "temporary" else WORDS.get(name, name)
    return Standing(
        word=word,
        error_code="",
        at=_at(event),
        recipient=str(event.get("recipient") or ""),
        posted={"event-data": event},
    )
