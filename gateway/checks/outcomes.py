"""The closed list of what can come of a check, in the words for whoever asked."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Outcome:
    """Whether all is well, what was found, and what to do; `%(detail)s` stands for what it is about."""

    is_ok: bool
    said: str | Promise
    next_step: str | Promise = ""


_ADDRESS = _(
    "Set PUBLIC_URL to the address that customers and providers see, such as https://messages.example.com."
)
_PROXY = _("Check its DNS entry, the proxy in front and the firewall.")

OUTCOMES = {
    "works": Outcome(True, _("A worker took this up, and its clock goes.")),
    "clock_stands": Outcome(
        False,
        _("A worker took this up, but nothing has come by the clock for a minute."),
        _("Start the clock: celery -A config.celery_app beat."),
    ),
    "reached": Outcome(True, _("This service answers at %(detail)s.")),
    "loopback": Outcome(
        False,
        _("%(detail)s leads nowhere but to this machine; that is enough to try it."),
        _ADDRESS,
    ),
    "no_https": Outcome(
        False, _("%(detail)s is not encrypted; providers ask for HTTPS."), _ADDRESS
    ),
    "not_reached": Outcome(False, _("Nothing answers at the public address: %(detail)s"), _PROXY),
    "somebody_else": Outcome(
        False, _("Something answers at %(detail)s, but it is not this service."), _PROXY
    ),
    "mail_sent": Outcome(
        True,
        _("A mail to %(detail)s was handed over to the mail server."),
        _("Look for it in your mailbox, and among spam."),
    ),
    "mail_waits": Outcome(
        False,
        _("The mail is not gone yet: %(detail)s"),
        _("It is tried again by itself. If it stays so, check EMAIL_URL."),
    ),
    "mail_failed": Outcome(
        False, _("The mail was not sent: %(detail)s"), _("Check EMAIL_URL and the mail server.")
    ),
    "no_address": Outcome(
        False,
        _("You have no verified email address to which mail can go."),
        _("Answer the mail that welcomed you."),
    ),
    "no_dns": Outcome(
        False,
        _(
            "%(detail)s is of this machine alone, so there is nothing to look up; that is enough to try it."
        ),
        _("Set REPLY_DOMAIN and MAIL_DOMAIN to domains of yours before you go live."),
    ),
    "dns_silent": Outcome(
        False, _("DNS could not be asked: %(detail)s"), _("Try again in a few minutes.")
    ),
    "no_mx": Outcome(
        False,
        _("%(detail)s has no MX record, so no answer by mail arrives."),
        _("Set its MX record to the host that your provider of inbound mail names."),
    ),
    "mx_right": Outcome(True, _("The MX record leads to your mail provider: %(detail)s")),
    "mx_somewhere": Outcome(
        True,
        _("There is an MX record: %(detail)s"),
        _(
            "No mail provider is set here, so make sure that this server passes mail on to this service."
        ),
    ),
    "mx_elsewhere": Outcome(
        False,
        _("The MX record leads elsewhere than to your mail provider: %(detail)s"),
        _("Leave only the hosts of the provider that settings name."),
    ),
    "no_spf": Outcome(
        False,
        _("%(detail)s has no SPF record (TXT, v=spf1)."),
        _("Add the one that your mail provider names; without it our mail ends among spam."),
    ),
    "several_spf": Outcome(
        False,
        _("%(detail)s has more than one SPF record, so none counts."),
        _("Join them to one."),
    ),
    "no_dmarc": Outcome(
        False,
        _("There is no DMARC record at %(detail)s, nor above it."),
        _("Add a TXT record there that begins with v=DMARC1; “v=DMARC1; p=none” is a start."),
    ),
    "no_dkim": Outcome(
        False,
        _("There is no DKIM key at %(detail)s."),
        _("Add the record that your mail provider names."),
    ),
    "sender_right": Outcome(
        True, _("%(detail)s has SPF, DMARC and the DKIM key of your provider.")
    ),
    "sender_without_dkim": Outcome(
        True,
        _("%(detail)s has SPF and DMARC."),
        _(
            "The name of its DKIM key is not known here; your mail provider shows whether it is right."
        ),
    ),
    "account_accepted": Outcome(True, _("Twilio accepts the account %(detail)s.")),
    "account_refused": Outcome(
        False,
        _("Twilio refuses the account: %(detail)s"),
        _("Check TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN."),
    ),
    "no_account": Outcome(
        False,
        _("No Twilio account is set, so there are no texts and no WhatsApp."),
        _("Set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN."),
    ),
    "no_answer": Outcome(
        False, _("Twilio did not answer: %(detail)s"), _("Try again in a few minutes.")
    ),
    "signed_taken": Outcome(
        True, _("A signed request came in at %(detail)s, and one with a false signature did not.")
    ),
    "signed_refused": Outcome(
        False,
        _("A signed request was refused: %(detail)s"),
        _(
            "The proxy must pass paths and bodies on unchanged; all processes need the same settings."
        ),
    ),
    "unsigned_taken": Outcome(
        False,
        _("A request with a false signature was taken: %(detail)s"),
        _("Make sure that the public address leads to this service and to nothing before it."),
    ),
    "text_came": Outcome(
        True,
        _("A customer texted %(detail)s from the simulator."),
        _("Open the inbox and answer; the simulator shows your answer on the customer's phone."),
    ),
    "no_number": Outcome(
        False,
        _("Your business has no number to text to."),
        _("Write a mail to your public address in the simulator instead."),
    ),
    "no_simulator": Outcome(
        False, _("The simulator did not take it: %(detail)s"), _("It runs with “make run”.")
    ),
}
