"""Everything that one simulator consists of, wired together."""

from dataclasses import dataclass

from simulator.background import Background
from simulator.call_log import CallLog
from simulator.carrier import Carrier
from simulator.consent import Consent
from simulator.faults import Faults
from simulator.mail_provider import MailProvider
from simulator.mails import Mails
from simulator.messages import Messages
from simulator.options import Options
from simulator.phone import Phone
from simulator.poster import Poster
from simulator.settings import Settings, SettingsStore
from simulator.state import State
from simulator.twilio_resources import API


@dataclass(frozen=True)
class World:
    """The parts; `url` is where this simulator's HTTP server listens."""

    options: Options
    url: str
    state: State
    messages: Messages
    consent: Consent
    mails: Mails
    log: CallLog
    faults: Faults
    settings: SettingsStore
    background: Background
    poster: Poster
    carrier: Carrier
    phone: Phone
    provider: MailProvider

    def carry_on(self) -> None:
        """Take up what an earlier process left undone."""
        self.carrier.carry_on()
        self.provider.carry_on()

    async def reset(self) -> None:
        """Forget everything: messages, mail, consent, faults, settings and the log."""
        await self.background.stop()
        self.state.clear()
        self.faults.off()
        self.settings.reset()

    async def close(self) -> None:
        """Stop all work and close the file."""
        await self.background.stop()
        await self.poster.close()
        self.state.close()


def build(options: Options, url: str) -> World:
    """Open the state and wire the parts. Must run inside an event loop."""
    state = State(options.state)
    messages, consent, log = Messages(state), Consent(state), CallLog(state)
    faults, background, mails = Faults(state), Background(), Mails(state)
    settings = SettingsStore(state, Settings(numbers=options.numbers))
    poster = Poster(log, options.auth_token, options.mail_auth, options.retry_step)
    carrier = Carrier(
        messages, faults, poster, background, options.account_sid, options.status_step
    )
    phone = Phone(
        messages=messages,
        consent=consent,
        faults=faults,
        poster=poster,
        carrier=carrier,
        settings=settings,
        account_sid=options.account_sid,
        webhook=options.webhook_url,
        media_url=f"{url}{API}/Accounts/{options.account_sid}",
    )
    provider = MailProvider(
        mails=mails,
        faults=faults,
        poster=poster,
        background=background,
        webhook=options.webhook_url,
        reply_domain=options.reply_domain,
    )
    return World(
        options=options,
        url=url,
        state=state,
        messages=messages,
        consent=consent,
        mails=mails,
        log=log,
        faults=faults,
        settings=settings,
        background=background,
        poster=poster,
        carrier=carrier,
        phone=phone,
        provider=provider,
    )
