from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from channels_out.channel import Channel
from channels_out.conf import Simulator
from gateway.models import Business, Membership, Role
from gateway.participants import email_of
from webhooks.conf import public_url, reply_domain, simulator, simulator_port

# Twilio's way to write an address: https://www.twilio.com/docs/whatsapp/api
PREFIXES = {Channel.SMS: "", Channel.WHATSAPP: "whatsapp:"}


class Command(BaseCommand):
    help = (
        "Plays Twilio, the mail servers, the customer's phone and all mailboxes for a host project on its developer's "
        "machine, until Ctrl-C. GATEWAY_SIMULATOR_PORT leads it, the web server and the worker to each other. "
        "(The product has its own: manage.py run.)"
    )

    def handle(self, *args: Any, **options: Any) -> None:
        place = _place()
        business = Business.objects.order_by("created_at").first()
        variables = {**_wiring(place), **(_offered(business) if business else {})}
        with subprocess.Popen(
            [sys.executable, "-m", "simulator"],
            env={**os.environ, **variables},
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            ready = process.stdout.readline() if process.stdout else ""
            if not ready:
                raise CommandError("The simulator did not start. Mend what it says above.")
            self.stdout.write(_welcome(json.loads(ready)["page"], business))
            self.stdout.flush()
            _wait(process)


def _place() -> Simulator:
    """Where the simulator is to be; raises CommandError where it may not be."""
    place = simulator()
    if place:
        return place
    if simulator_port():
        raise CommandError(
            f"PUBLIC_URL is {public_url()}; the simulator is for http://127.0.0.1:8000 and the like."
        )
    raise CommandError(
        "Set GATEWAY_SIMULATOR_PORT=8001 for this command, for the web server and for the worker."
    )


def _wiring(place: Simulator) -> dict[str, str]:
    """What the simulator must know of the gateway to speak to it as a provider does."""
    return {
        "SIMULATOR_PORT": str(place.port),
        "SIMULATOR_SMTP_PORT": str(place.smtp_port),
        "SIMULATOR_ACCOUNT_SID": place.account_sid,
        "SIMULATOR_AUTH_TOKEN": place.auth_token,
        "SIMULATOR_MAIL_AUTH": place.webhook_secret,
        "SIMULATOR_WEBHOOK_URL": public_url(),
        "SIMULATOR_REPLY_DOMAIN": reply_domain(),
        "SIMULATOR_PARENT_PID": str(os.getpid()),
    }


def _offered(business: Business) -> dict[str, str]:
    """What the page offers first: the numbers of a business, its address and its owner's mailbox."""
    phones = business.dedicated_senders.filter(sender__channel__in=PREFIXES)
    senders = [each.sender for each in phones.select_related("sender").order_by("created_at")]
    numbers = [PREFIXES[Channel(each.channel)] + each.address for each in senders]
    owners = Membership.objects.filter(business=business, role=Role.OWNER).select_related("user")
    owner = owners.order_by("created_at").first()
    return {
        "SIMULATOR_BUSINESS_NUMBERS": ",".join(numbers),
        "SIMULATOR_BUSINESS_MAIL": business.public_address,
        "SIMULATOR_OWNER_MAIL": email_of(owner.user) if owner else "",
    }


def _welcome(page: str, business: Business | None) -> str:
    lines = [f"Simulator  {page}"]
    if business is None:
        lines.append("There is no business yet: manage.py seed makes one; then start this again.")
    else:
        lines.append(
            f"Write to {business.name} from the customer's phone; answer from the owner's mailbox."
        )
    lines.append("manage.py runserver and manage.py worker must run beside it. Ctrl-C stops it.")
    return "\n".join(lines)


def _wait(process: subprocess.Popen[str]) -> None:
    """Until it ends, or Ctrl-C ends both."""
    try:
        process.wait()
    except KeyboardInterrupt:
        process.terminate()
