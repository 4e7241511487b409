"""An SMTP server that takes every mail for every address."""

import asyncio
import time
from dataclasses import dataclass

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from simulator.call_log import Call, CallLog
from simulator.faults import Faults
from simulator.mail_provider import HOST, MailProvider

MAX_BYTES = 40 * 1024 * 1024
ACCEPTED = "250 2.0.0 Ok: queued"
CLOSED = "closed without an answer"


@dataclass(frozen=True)
class SmtpSink:
    """What happens to a mail that the gateway hands over."""

    provider: MailProvider
    faults: Faults
    log: CallLog

    async def listen(self, host: str, port: int) -> asyncio.Server:
        """Serve on the running loop; port 0 picks a free one."""
        loop = asyncio.get_running_loop()
        return await loop.create_server(lambda: self._session(loop), host, port)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 (aiosmtpd looks for this name)
        """Take one mail; answers the SMTP reply line."""
        raw = envelope.content if isinstance(envelope.content, bytes) else b""
        sender, recipients = envelope.mail_from or "", list(envelope.rcpt_tos)
        refusal = self._refusal()
        if refusal is None:
            self._keep(raw, sender, recipients)
        closes = refusal is None and self.faults.strikes("smtp_close")
        answer = refusal or ACCEPTED
        self._record(raw, sender, recipients, CLOSED if closes else answer)
        if closes and server.transport is not None:
            server.transport.close()
        return answer

    def _session(self, loop: asyncio.AbstractEventLoop) -> SMTP:
        return SMTP(
            self,
            hostname=HOST,
            ident="simulator",
            data_size_limit=MAX_BYTES,
            enable_SMTPUTF8=True,
            auth_require_tls=False,
            authenticator=_let_in,
            loop=loop,
        )

    def _refusal(self) -> str | None:
        temporary = self.faults.take("smtp_temporary")
        if temporary:
            return f"{temporary['code']} 4.3.0 Try again later"
        permanent = self.faults.take("smtp_permanent")
        if permanent:
            return f"{permanent['code']} 5.7.1 Message refused"
        return None

    def _keep(self, raw: bytes, sender: str, recipients: list[str]) -> None:
        ours = [address for address in recipients if self.provider.is_ours(address)]
        others = [address for address in recipients if not self.provider.is_ours(address)]
        self.provider.deliver(raw, sender, others)
        if ours:
            self.provider.go_around(raw, sender, ours)

    def _record(self, raw: bytes, sender: str, recipients: list[str], answer: str) -> None:
        code = answer.partition(" ")[0]
        self.log.add(
            Call(
                at=time.time(),
                direction="from_gateway",
                kind="smtp",
                subject=sender,
                method="DATA",
                url=", ".join(recipients),
                request=raw.decode("utf-8", "replace"),
                status=int(code) if code.isdigit() else None,
                response=answer,
            )
        )


def _let_in(
    server: SMTP, session: Session, envelope: Envelope, mechanism: str, login: object
) -> AuthResult:
    return AuthResult(success=True)
