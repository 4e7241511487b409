"""Connections to the mail server that stay open for a moment, for the next mail."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from django.core.mail import get_connection
from django.core.mail.backends.smtp import EmailBackend

from channels_out import conf
from channels_out.adapters.smtp_answers import error_on_opening

# Through a burst a connection is used again at once; servers dislike those that only wait.
KEPT_FOR = 2.0  # seconds
# A mail server that says nothing for so long is given up, where EMAIL_TIMEOUT says nothing else.
SILENT_FOR = 30.0  # seconds
# Servers end a session after some number of mails, Exim after 1,000.
MOST_MAILS = 100


@dataclass
class Kept:
    """A connection that lies idle, the settings that it was opened with, and how much went over it."""

    backend: Any
    server: tuple[Any, ...]
    mails: int = 0
    since: float = field(default_factory=time.monotonic)

    @property
    def is_old(self) -> bool:
        """Whether it has been idle for long enough."""
        return time.monotonic() - self.since > KEPT_FOR


class Connections:
    """The idle connections of one process; for use by many threads, one mail at a time over each."""

    def __init__(self) -> None:
        self._idle: list[Kept] = []
        self._lock = threading.Lock()

    @contextmanager
    def one(self) -> Iterator[Any]:
        """An open connection. It is kept where the mail was taken, and closed where anything went wrong.

        One that lay idle is asked first whether it still answers: what breaks after that may have
        broken after the mail, and is in doubt. Raises the errors of `error_on_opening`.
        """
        kept = self._take()
        is_taken = False
        try:
            yield kept.backend
            is_taken = True
        finally:
            self._put_back(kept, is_taken)

    def close_idle(self, *, all_of_them: bool = False) -> None:
        """Closes those that have been idle for KEPT_FOR, or all."""
        with self._lock:
            over = [kept for kept in self._idle if all_of_them or kept.is_old]
            self._idle = [kept for kept in self._idle if kept not in over]
        for kept in over:
            _close(kept)

    def _take(self) -> Kept:
        backend = new_backend()
        wanted = _server_of(backend)
        while (kept := self._pop()) is not None:
            if kept.server == wanted and not kept.is_old and _answers(kept.backend):
                return kept
            _close(kept)
        try:
            backend.open()
        except OSError as error:
            _close(Kept(backend, wanted))
            raise error_on_opening(error) from error
        return Kept(backend, wanted)

    def _pop(self) -> Kept | None:
        with self._lock:
            return self._idle.pop() if self._idle else None

    def _put_back(self, kept: Kept, is_taken: bool) -> None:
        mails = kept.mails + 1
        # Only of Django's own SMTP is it known that it can be asked whether it is still there.
        if not is_taken or mails >= MOST_MAILS or not isinstance(kept.backend, EmailBackend):
            _close(kept)
        else:
            with self._lock:
                self._idle.append(Kept(kept.backend, kept.server, mails))


def new_backend() -> Any:
    """A backend of Django's for one connection, not opened yet."""
    backend = get_connection(**conf.mail_server())
    if isinstance(backend, EmailBackend) and backend.timeout is None:
        backend.timeout = SILENT_FOR
    return backend


def _server_of(backend: Any) -> tuple[Any, ...]:
    """What makes two connections the same."""
    names = ("host", "port", "username", "password", "use_tls", "use_ssl")
    return tuple(getattr(backend, name, None) for name in names)


def _answers(backend: Any) -> bool:
    """Whether the server is still there (NOOP, RFC 5321 section 4.1.1.9)."""
    try:
        code, _ = backend.connection.noop()
    except OSError:
        return False
    return bool(code == 250)


def _close(kept: Kept) -> None:
    with suppress(OSError):  # the answer is in: how the connection ends changes nothing
        kept.backend.close()
