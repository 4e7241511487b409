from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from channels_out.among import Among
from channels_out.channel import Channel
from channels_out.models import Delivery, DeliveryAttempt, StatusEvent
from channels_out.outbox.ledger import Ledger
from channels_out.questions import Asked, Question
from channels_out.signals import address_bounced, address_unwanted
from channels_out.state import State
from channels_out.statuses import COPY_FAILED, REJECTED_AS, UNWANTED, failure_of, state_of

Pair = tuple[Delivery, DeliveryAttempt]


@dataclass(frozen=True)
class StatusReport:
    """What a provider says about one message, in its own words.

    One of `attempt_id` (from the callback's URL or the mail's metadata), `provider_id` and
    `message_id` (RFC 5322) names the message. `recipient` is whom of a mail's it is about, empty where the
    provider does not say. `payload` is the raw report, as JSON.
    """

    provider: str
    provider_status: str
    attempt_id: UUID | None = None
    provider_id: str = ""
    message_id: str = ""
    recipient: str = ""
    account: str = ""
    error_code: str = ""
    occurred_at: datetime | None = None
    payload: dict[str, Any] = field(default_factory=dict)


class StatusOutcome(StrEnum):
    """What became of a report."""

    RECORDED = "recorded"
    NOTHING_NEW = "nothing new"
    DUPLICATE = "duplicate"
    UNMATCHED = "matches nothing"
    FOREIGN = "foreign account"


def record_status(report: StatusReport) -> StatusOutcome:
    """Store a report once and move its delivery forward.

    Reports come late, twice, out of order and before our own commit; all orders end in the same
    state. A report that matches nothing yet is kept for when it does. Nothing of a foreign
    account is stored. One about somebody on copy moves nothing, and is told by itself.
    """
    with transaction.atomic(), Ledger() as ledger:
        delivery, attempt = _locate(report)
        report = _under_its_own_id(report, delivery)
        if attempt and _is_foreign(report.account, attempt):
            return StatusOutcome.FOREIGN
        if delivery and delivery.is_copied_to(report.recipient):
            return _of_a_copy(ledger, delivery, report.recipient, report.provider_status)
        event, is_new = _store(report, attempt)
        if delivery is None or attempt is None:
            return StatusOutcome.UNMATCHED if is_new else StatusOutcome.DUPLICATE
        if not is_new and event.attempt_id is not None:
            return StatusOutcome.DUPLICATE
        if not attempt.provider or (report.provider_id and not attempt.provider_id):
            ledger.bind(attempt, report.provider, report.provider_id)
        return _apply(ledger, event, delivery, attempt)


def take_early_events(ledger: Ledger, accepted: list[Pair]) -> None:
    """Apply reports on these attempts' provider ids that came before we knew the ids."""
    pairs = {
        (attempt.provider, attempt.provider_id): (delivery, attempt)
        for delivery, attempt in accepted
        if attempt.provider_id
    }
    for event in _unmatched(pairs).order_by("id"):
        pair = pairs.get((event.provider, event.provider_id))
        if not pair or _is_foreign(event.account, pair[1]):
            continue
        if pair[0].is_copied_to(event.recipient):
            _of_a_copy(ledger, pair[0], event.recipient, event.provider_status)
            event.delete()  # it would stand in the way of the same about whom the mail is for
        else:
            _apply(ledger, event, *pair)


def reported(pairs: Iterable[tuple[str, str]]) -> Asked:
    """Those provider's ids, each with its provider, of which a report came that matched nothing yet."""
    return UNMATCHED.ask(*_names(pairs))


def _unmatched(pairs: Iterable[tuple[str, str]]) -> QuerySet[StatusEvent]:
    """Reports that matched nothing yet, of these provider's ids; perhaps of another's with an equal id as well."""
    return _of_names(*_names(pairs))


def _names(pairs: Iterable[tuple[str, str]]) -> tuple[list[str], list[str]]:
    known = [pair for pair in pairs if pair[1]]
    return list({provider for provider, _ in known}), [provider_id for _, provider_id in known]


def _of_names(providers: list[str], ids: list[str]) -> QuerySet[StatusEvent]:
    return StatusEvent.objects.filter(
        Among("provider", providers), Among("provider_id", ids), attempt=None
    )


UNMATCHED = Question(
    lambda providers, ids: _of_names(providers, ids).order_by().values_list("provider_id"),
    ["provider"],
    ["id"],
)


def _locate(report: StatusReport) -> tuple[Delivery | None, DeliveryAttempt | None]:
    found = _attempt_of(report)
    if found is None:
        return None, None
    delivery = (
        Delivery.objects.select_for_update(of=("self",))
        .select_related("sender")
        .get(pk=found.delivery_id)
    )
    return delivery, DeliveryAttempt.objects.get(pk=found.pk)


def _attempt_of(report: StatusReport) -> DeliveryAttempt | None:
    """The attempt that owns the provider's id; else the one named by ours."""
    attempts = DeliveryAttempt.objects.order_by("-number")
    by_provider = {"provider": report.provider, "provider_id": report.provider_id}
    if report.provider_id and (owner := attempts.filter(**by_provider).first()):
        return owner
    if report.attempt_id and (named := attempts.filter(pk=report.attempt_id).first()):
        is_another = report.provider_id and named.provider_id not in ("", report.provider_id)
        # Some providers give each recipient of a mail an id of his own.
        is_his = not is_another or named.delivery.is_copied_to(report.recipient)
        return named if is_his else None
    if own_id := report.message_id or report.provider_id:
        # As it is indexed: https://www.sqlite.org/partialindex.html#queries_using_partial_indexes
        mails = attempts.exclude(delivery__message_id="")
        return mails.filter(delivery__message_id=own_id).first()
    return None


def _under_its_own_id(report: StatusReport, delivery: Delivery | None) -> StatusReport:
    """Without an id of the provider's that is our Message-ID: a mail that is sent again keeps it."""
    if delivery is None or report.provider_id != delivery.message_id:
        return report
    return replace(report, provider_id="")


def _is_foreign(account: str, attempt: DeliveryAttempt) -> bool:
    return bool(account) and attempt.account not in ("", account)


def _store(report: StatusReport, attempt: DeliveryAttempt | None) -> tuple[StatusEvent, bool]:
    # A mail that is sent again keeps its Message-ID, so a second bounce is told by the attempt.
    own_id = str(attempt.pk) if attempt else report.message_id or str(report.attempt_id or "")
    return StatusEvent.objects.get_or_create(
        provider=report.provider,
        provider_id=report.provider_id or own_id,
        provider_status=report.provider_status[:64],
        error_code=report.error_code[:32],
        defaults={
            "account": report.account,
            "status": state_of(report.provider, report.provider_status) or "",
            "recipient": report.recipient[:320],
            "occurred_at": report.occurred_at,
            "payload": report.payload,
        },
    )


def _apply(
    ledger: Ledger, event: StatusEvent, delivery: Delivery, attempt: DeliveryAttempt
) -> StatusOutcome:
    event.attempt, event.delivery = attempt, delivery
    event.save(update_fields=["attempt", "delivery"])
    # A word we do not know still says that the provider has the message.
    state = State(event.status or State.SENT)
    error = None
    if state == State.FAILED:
        error = failure_of(event.provider, event.provider_status, event.error_code)
    is_news = ledger.advance(delivery, attempt, state, error, event.occurred_at)
    _tell(ledger, event, delivery)
    return StatusOutcome.RECORDED if is_news else StatusOutcome.NOTHING_NEW


def _of_a_copy(ledger: Ledger, delivery: Delivery, address: str, word: str) -> StatusOutcome:
    """The report itself stays with whoever took it in: here it would pass for one about the customer."""
    if word not in COPY_FAILED:
        return StatusOutcome.NOTHING_NEW
    ledger.copy_failed(delivery, address, word)
    return StatusOutcome.RECORDED


def _tell(ledger: Ledger, event: StatusEvent, delivery: Delivery) -> None:
    if delivery.channel != Channel.EMAIL:
        return
    address, word = delivery.to_address, event.provider_status
    if word == "rejected":
        word = REJECTED_AS.get(event.error_code, word)
    if word == "bounced":
        address_bounced.send(
            sender=Delivery, delivery=delivery, address=address, reason=delivery.reason
        )
    elif word in UNWANTED:
        ledger.stop(delivery, reason=word)
        address_unwanted.send(sender=Delivery, delivery=delivery, address=address, reason=word)
