"""Mail as it lies in the mailboxes; a mailbox is any address."""

import json
import sqlite3
from dataclasses import dataclass

from simulator.state import State

INBOX, SENT = "inbox", "sent"
DELIVERED, WAITING, ACCEPTED, REFUSED = "delivered", "waiting", "accepted", "refused"


@dataclass(frozen=True)
class Letter:
    """One mail in one mailbox. `sender` and `recipients` are its envelope, `author` its From.

    `state` tells of the way to the gateway: `waiting` (to be tried again), `accepted`, `refused`;
    `delivered` where the mail never went there.
    """

    mailbox: str
    folder: str
    sender: str
    author: str
    recipients: tuple[str, ...]
    subject: str
    message_id: str
    preview: str
    raw: bytes
    at: float
    unread: bool = False
    state: str = DELIVERED
    webhook_status: int | None = None
    id: int = 0


@dataclass(frozen=True)
class Mailbox:
    """An address that has mail."""

    address: str
    total: int
    unread: int


class Mails:
    """The mailboxes in the state file."""

    def __init__(self, state: State) -> None:
        self.state = state

    def add(self, letter: Letter) -> int:
        """Put a mail into a mailbox; answers its number."""
        return self.state.write(
            "INSERT INTO mails (mailbox, folder, sender, author, recipients, subject, message_id,"
            " preview, raw, at, unread, state, webhook_status)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            *(letter.mailbox, letter.folder, letter.sender, letter.author),
            *(
                json.dumps(letter.recipients),
                letter.subject,
                letter.message_id,
                letter.preview,
                letter.raw,
            ),
            *(letter.at, letter.unread, letter.state, letter.webhook_status),
        )

    def get(self, number: int) -> Letter | None:
        """The mail with this number, or None."""
        row = self.state.row("SELECT * FROM mails WHERE id = ?", number)
        return None if row is None else _letter(row)

    def of_mailbox(self, address: str, limit: int = 500) -> list[Letter]:
        """Received and sent mail of an address, newest first."""
        rows = self.state.rows(
            "SELECT * FROM mails WHERE mailbox = ? ORDER BY id DESC LIMIT ?",
            *(address.lower(), limit),
        )
        return [_letter(row) for row in rows]

    def mailboxes(self) -> list[Mailbox]:
        """Every address with mail, the last used first."""
        rows = self.state.rows(
            "SELECT mailbox, COUNT(*) AS total, SUM(unread) AS unread FROM mails"
            " GROUP BY mailbox ORDER BY MAX(id) DESC"
        )
        return [Mailbox(row["mailbox"], row["total"], row["unread"]) for row in rows]

    def waiting(self) -> list[Letter]:
        """Mail on its way to the gateway."""
        rows = self.state.rows("SELECT * FROM mails WHERE state = ? ORDER BY id", WAITING)
        return [_letter(row) for row in rows]

    def mark_read(self, number: int) -> None:
        """The person opened it."""
        self.state.write("UPDATE mails SET unread = 0 WHERE id = ? AND unread", number)

    def set_state(self, number: int, state: str, webhook_status: int | None) -> None:
        """Record what the gateway said."""
        self.state.write(
            "UPDATE mails SET state = ?, webhook_status = ? WHERE id = ?",
            *(state, webhook_status, number),
        )


def _letter(row: sqlite3.Row) -> Letter:
    values = dict(row)
    values["recipients"] = tuple(json.loads(values["recipients"]))
    values["unread"] = bool(values["unread"])
    return Letter(**values)
