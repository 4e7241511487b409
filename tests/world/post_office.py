"""What becomes of messages on their way to us: lost, doubled, late, out of order. Everything through the webhooks."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import count
from urllib.parse import urlencode

from django.db import transaction
from django.test import Client
from django.utils import timezone
from twilio.request_validator import RequestValidator

from channels_out.channel import Channel
from channels_out.models import Delivery
from channels_out.state import State
from gateway.asking.expire import expire
from gateway.models import Notice, Question
from gateway.telling.later import tell_due
from gateway.telling.plan import GATHER_FOR
from tests.webhooks.conftest import INBOUND, PUBLIC, TOKEN, basic
from tests.world.agenda import Agenda
from tests.world.mime import Mail
from tests.world.people import ACCOUNT
from tests.world.shares import share
from webhooks.processing import process_due

WORKER_SECONDS = 1.0
HOUR = 3600.0
Arrived = Callable[[], None]


@dataclass(frozen=True)
class Text:
    """What a phone sends to one of our numbers."""

    channel: str
    theirs: str
    ours: str
    body: str
    quoted: str = ""


class PostOffice:
    """Posts to the webhooks as Twilio and a mail server do, lets the worker work, and brings people what was sent."""

    def __init__(
        self, agenda: Agenda, rng: random.Random, bring: Callable[[Delivery], None]
    ) -> None:
        self.counts: Counter[str] = Counter()
        self._agenda, self._rng, self._bring = agenda, rng, bring
        self._client = Client()
        self._validator = RequestValidator(TOKEN)
        self._number = count(1)
        self._works = self._looks = self._tells = False
        self._waiting = 0

    def text(self, text: Text, arrived: Arrived, seconds: float = 0.0) -> str:
        """Sends a text, which reaches us or not, some seconds later than it should; its id at the provider."""
        sid = f"SM{next(self._number):032x}"
        if self._happens("text_lost"):
            self.counts["texts lost on the way"] += 1
            return sid
        if self._happens("text_late"):
            self.counts["texts late"] += 1
            seconds += self._rng.uniform(300, 20 * HOUR)
        self._agenda.after(seconds, partial(self._post_text, text, sid, arrived))
        if self._happens("text_twice"):
            self.counts["texts twice"] += 1
            again = seconds + self._rng.choice([0.0, 1.0, self._rng.uniform(1, 2 * HOUR)])
            self._agenda.after(again, partial(self._post_text, text, sid, _nothing))
        return sid

    def mail(self, mail: Mail, arrived: Arrived) -> None:
        """Sends a mail, which always reaches us: mail servers try again."""
        seconds = 2.0
        if self._happens("mail_late"):
            self.counts["mails late"] += 1
            seconds = self._rng.uniform(300, HOUR)
        raw = mail.raw(self._agenda.now)
        self._agenda.after(seconds, partial(self._post_mail, mail, raw, arrived))
        if self._happens("mail_twice"):
            self.counts["mails twice"] += 1
            again = seconds + self._rng.uniform(0, HOUR)
            self._agenda.after(again, partial(self._post_mail, mail, raw, _nothing))

    def page(self, path: str, form: dict[str, str] | None = None) -> str:
        """Opens a page of ours in a browser, or sends its form."""
        answer = self._client.post(path, form) if form else self._client.get(path)
        assert answer.status_code in (200, 404), (path, answer.status_code)
        return answer.content.decode()

    def wake(self) -> None:
        """The worker looks soon."""
        if not self._works:
            self._works = True
            self._agenda.after(WORKER_SECONDS, self.work)

    def work(self) -> None:
        """The worker: understands what came, sends what waits; the people get it."""
        self._works = False
        if self._waiting:
            process_due(self._waiting)
            self._waiting = 0
        for delivery in _sent():
            self._bring(delivery)
        if not self._looks and Question.objects.filter(due_at__isnull=False).exists():
            self._looks = True
            self._agenda.after(HOUR, self._look_by_the_hour)
        if not self._tells and Notice.objects.filter(due_at__isnull=False).exists():
            self._tells = True
            self._agenda.after(GATHER_FOR.total_seconds(), self._tell)

    def _tell(self) -> None:
        """What the worker does by the clock, as long as something was gathered: tells the owners of it."""
        self._tells = False
        tell_due()
        self.work()

    def _look_by_the_hour(self) -> None:
        """What the worker does by the clock, as long as there are questions: ends those whose time is over."""
        self._looks = False
        expire()
        self.work()

    def _happens(self, name: str) -> bool:
        return self._rng.random() < share(name)

    def _post_text(self, text: Text, sid: str, arrived: Arrived) -> None:
        prefix = "whatsapp:" if text.channel == Channel.WHATSAPP else ""
        params = {
            "MessageSid": sid,
            "SmsSid": sid,
            "AccountSid": ACCOUNT,
            "From": prefix + text.theirs,
            "To": prefix + text.ours,
            "Body": text.body,
            "NumMedia": "0",
            **({"OriginalRepliedMessageSid": text.quoted} if text.quoted else {}),
        }
        signature = self._validator.compute_signature(PUBLIC + INBOUND, params)
        self._post(
            INBOUND,
            urlencode(params).encode(),
            "application/x-www-form-urlencoded",
            {"X-Twilio-Signature": signature},
            arrived,
        )

    def _post_mail(self, mail: Mail, raw: bytes, arrived: Arrived) -> None:
        named = [("recipient", each) for each in mail.recipients if each.endswith(".gateway.test")]
        query = urlencode(named if mail.names_envelope else [])
        path = f"/webhooks/email/mime/?{query}"
        self._post(path, raw, "message/rfc822", {"Authorization": basic()}, arrived)

    def _post(
        self, path: str, body: bytes, kind: str, headers: dict[str, str], arrived: Arrived
    ) -> None:
        with transaction.atomic():  # the journal then stores in this thread
            answer = self._client.generic("POST", path, body, content_type=kind, headers=headers)
        assert answer.status_code < 300, (path, answer.status_code, answer.content)
        self._waiting += 1
        arrived()
        self.wake()


def _sent() -> list[Delivery]:
    """What waits in the outbox, taken at once by a provider that takes all; other tests try the outbox itself."""
    queued = Delivery.objects.filter(state=State.QUEUED).select_related("sender", "dispatch")
    waiting = list(queued.order_by("id"))
    for delivery in waiting:
        delivery.state, delivery.due_at = State.SENT, None
        delivery.provider, delivery.provider_id = "world", f"SM{delivery.pk.hex}"
        delivery.sent_at = timezone.now()
        delivery.save(update_fields=["state", "due_at", "provider", "provider_id", "sent_at"])
    return waiting


def _nothing() -> None:
    """A second copy is no news."""
