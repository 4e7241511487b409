"""The tests themselves, each for real: a request to ourselves from outside, questions to Twilio and DNS, a mail."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from twilio.request_validator import SIGNATURE_HEADER, RequestValidator

from channels_out.adapters.registry import adapter_for
from channels_out.channel import Channel
from channels_out.conf import status_callbacks, twilio_account_sid, twilio_auth_tokens
from channels_out.errors import CredentialsRefused, SendError
from channels_out.loopback import is_loopback
from channels_out.outbox import enqueue
from channels_out.outbox.line import line
from channels_out.state import ARRIVED, OnDoubt, State
from gateway.checks.asking import Silence, asked
from gateway.checks.domains import mail_domain_found, reply_domain_found
from gateway.checks.found import Found
from gateway.conf import public_url, simulator_url
from gateway.languages import language_of_person, speaking
from gateway.links import whole_url
from gateway.models import Check, CheckName, DedicatedSender
from gateway.outbound.render_news import mail_of_check
from gateway.participants import verified_email_of
from gateway.pulse import EVERY, last_beat

# Four beats that did not arrive.
OVERDUE = 4 * EVERY
# A message of nobody: Twilio says that it does not have it, to whom it knows.
NO_MESSAGE = "SM" + 32 * "0"
# An attempt that never was, always the same one: the journal keeps one row of all these requests.
NO_ATTEMPT = UUID(int=0)
# A number of those that belong to nobody (North American Numbering Plan, 555-0100 to 555-0199).
CUSTOMER = "+14155550142"


def make(check: Check) -> Found | None:
    """Makes one test, in seconds; None where its end is not known yet."""
    return TESTS[CheckName(check.name)](check)


def _worker(check: Check) -> Found:
    beat = last_beat()
    if beat is None or (timezone.now() - beat).total_seconds() > OVERDUE:
        return Found("clock_stands")
    return Found("works")


def _public_url(check: Check) -> Found:
    url = public_url()
    if is_loopback(url):
        return Found("loopback", url)
    if not url.startswith("https://"):
        return Found("no_https", url)
    try:
        # It answers nobody but who is signed in, and says so by a status that hardly anything else has.
        answer = asked("GET", whole_url(reverse("gateway:changes")))
    except Silence as error:
        return Found("not_reached", str(error))
    return Found("reached" if answer.status == 401 else "somebody_else", url)


def _mail(check: Check) -> Found | None:
    address = verified_email_of(check.user)
    if not address:
        return Found("no_address")
    if check.delivery is None:
        with transaction.atomic(), speaking(language_of_person(check.user)):
            check.delivery = enqueue(
                channel=Channel.EMAIL,
                to_address=address,
                rendered=mail_of_check(),
                purpose="check",
                on_doubt=OnDoubt.RESEND,
            )
            Check.objects.filter(pk=check.pk).update(delivery=check.delivery)
        return None
    delivery = check.delivery
    if delivery.state in ARRIVED:
        return Found("mail_sent", address)
    if delivery.state == State.FAILED:
        return Found("mail_failed", delivery.reason)
    if delivery.state == State.QUEUED and delivery.reason:
        return Found("mail_waits", delivery.reason)
    return None


def _reply_domain(check: Check) -> Found:
    return reply_domain_found()


def _mail_domain(check: Check) -> Found:
    return mail_domain_found()


def _twilio(check: Check) -> Found:
    account = twilio_account_sid()
    if not (account and twilio_auth_tokens()):
        return Found("no_account")
    try:
        line().run(adapter_for(Channel.SMS).standing_of(NO_MESSAGE, "")).result()
    except CredentialsRefused as error:
        return Found("account_refused", error.detail)
    except SendError as error:
        return Found("no_answer", error.detail)
    return Found("account_accepted", account)


def _webhook(check: Check) -> Found:
    """As Twilio does it: to the address that it is given, signed over that address."""
    if not (twilio_account_sid() and twilio_auth_tokens()):
        return Found("no_account")
    url = f"{status_callbacks()}{NO_ATTEMPT}/"
    form = {"MessageSid": NO_MESSAGE, "MessageStatus": "sent", "AccountSid": twilio_account_sid()}
    signature = RequestValidator(twilio_auth_tokens()[0]).compute_signature(url, form)
    try:
        signed = asked("POST", url, data=form, headers={SIGNATURE_HEADER: signature})
        forged = asked("POST", url, data=form, headers={SIGNATURE_HEADER: signature[::-1]})
    except Silence as error:
        return Found("not_reached", str(error))
    if signed.status != 200:
        return Found("signed_refused", f"{signed.status} {signed.text}")
    return Found("signed_taken" if forged.status == 403 else "unsigned_taken", url)


def _text(check: Check) -> Found:
    """What the simulator's page does when a customer texts from his phone there."""
    numbers = DedicatedSender.objects.filter(
        business__memberships__user=check.user,
        business__memberships__is_active=True,
        sender__channel=Channel.SMS,
        sender__is_active=True,
    )
    number = numbers.values_list("sender__address", flat=True).first()
    if number is None:
        return Found("no_number")
    words = _("Hello! This is a test message. Do you get it?")
    text = {"channel": "sms", "from": CUSTOMER, "to": number, "body": words}
    try:
        answer = asked("POST", f"{simulator_url()}/simulator/api/phone/send", json=text)
    except Silence as error:
        return Found("no_simulator", str(error))
    if answer.status != 200:
        return Found("no_simulator", f"{answer.status} {answer.text}")
    return Found("text_came", number)


TESTS: dict[CheckName, Callable[[Check], Found | None]] = {
    CheckName.WORKER: _worker,
    CheckName.PUBLIC_URL: _public_url,
    CheckName.MAIL: _mail,
    CheckName.REPLY_DOMAIN: _reply_domain,
    CheckName.MAIL_DOMAIN: _mail_domain,
    CheckName.TWILIO: _twilio,
    CheckName.WEBHOOK: _webhook,
    CheckName.TEXT: _text,
}
