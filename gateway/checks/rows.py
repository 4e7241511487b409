"""The checks that a person may make, and what came of each when he last did."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from gateway.checks.outcomes import OUTCOMES, Outcome
from gateway.conf import simulator_url
from gateway.models import Check, CheckName, Membership

# A worker looks every two seconds.
LATE = timedelta(seconds=15)
# By then it will be asked for anew; the page stops looking.
LOST = timedelta(minutes=2)

ABOUT: dict[str, str | Promise] = {
    CheckName.WORKER: _("Whether a worker files what comes in and sends what goes out."),
    CheckName.PUBLIC_URL: _("Whether customers and providers find this service at its address."),
    CheckName.MAIL: _("Sends a mail to you, as your customers' messages will be."),
    CheckName.REPLY_DOMAIN: _("Asks DNS whether answers by mail find their way here."),
    CheckName.MAIL_DOMAIN: _("Asks DNS whether others can tell that our mail is ours."),
    CheckName.TWILIO: _("Asks Twilio whether it knows the account."),
    CheckName.WEBHOOK: _("Sends a signed request to the address that Twilio uses."),
    CheckName.TEXT: _("Lets a customer in the simulator text to your number."),
}
DNS = (CheckName.REPLY_DOMAIN, CheckName.MAIL_DOMAIN)
FOR_OWNERS = (CheckName.WORKER, CheckName.PUBLIC_URL, CheckName.MAIL, *DNS)
FOR_STAFF = (*FOR_OWNERS, CheckName.TWILIO, CheckName.WEBHOOK)


@dataclass(frozen=True)
class CheckRow:
    """One check as its maker sees it."""

    name: CheckName
    check: Check | None

    @property
    def about(self) -> str:
        """What is tested."""
        return str(ABOUT[self.name])

    @property
    def is_running(self) -> bool:
        """Whether it is worth to look again in a moment."""
        return self._unfinished_since(timedelta(0)) and not self._unfinished_since(LOST)

    @property
    def is_late(self) -> bool:
        """Whether no worker has made it for too long."""
        return self._unfinished_since(LATE)

    @property
    def outcome(self) -> Outcome | None:
        """What came of it, once it is over."""
        is_over = self.check is not None and self.check.finished_at is not None
        return OUTCOMES.get(self.check.outcome) if self.check and is_over else None

    @property
    def code(self) -> str:
        """The code of `outcomes`, once it is over."""
        return self.check.outcome if self.check and self.outcome else ""

    @property
    def said(self) -> str:
        """What was found, as a sentence."""
        detail = self.check.detail if self.check else ""
        return str(self.outcome.said) % {"detail": detail} if self.outcome else ""

    def _unfinished_since(self, age: timedelta) -> bool:
        check = self.check
        if check is None or check.finished_at is not None:
            return False
        return timezone.now() - check.asked_at >= age


def names_for(user: Any, owned: Collection[Membership]) -> list[CheckName]:
    """The checks that this person may make, by what he owns: none for who decides nothing."""
    names = FOR_STAFF if user.is_staff else FOR_OWNERS if owned else ()
    texts = (CheckName.TEXT,) if owned and simulator_url() else ()
    return [*names, *texts]


def rows_for(user: Any, names: Iterable[CheckName]) -> list[CheckRow]:
    """These checks, each with its last result, in one query."""
    made = {check.name: check for check in Check.objects.filter(user=user)}
    return [CheckRow(name, made.get(name)) for name in names]
