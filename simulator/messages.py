"""Text messages, their media and who opted out: what the provider and the phones remember."""

import json
import secrets
import sqlite3
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

from simulator.addresses import channel_of
from simulator.state import State

SERVICE_WINDOW = 24 * 3600  # seconds a WhatsApp customer's message opens free text for
MOVING = ("accepted", "queued", "sending", "sent")
MAX_PAGE = 1000


@dataclass(frozen=True)
class Button:
    """A quick reply under a message, or an item of its list: what is shown and what it sends back."""

    text: str
    payload: str
    in_list: bool = False


@dataclass(frozen=True)
class Location:
    """A place that a phone shares."""

    latitude: float
    longitude: float
    address: str = ""
    label: str = ""


@dataclass(frozen=True)
class Extras:
    """What a message carries beside text and media."""

    profile_name: str = ""
    quoted_sid: str = ""
    content_sid: str = ""
    location: Location | None = None
    pressed: Button | None = None
    buttons: tuple[Button, ...] = ()
    opt_out_type: str = ""
    message_type: str = ""
    user_id: str = ""


@dataclass(frozen=True)
class Message:
    """One text message, seen by the provider and by the phone."""

    sid: str
    direction: str
    sender: str
    recipient: str
    body: str
    status: str
    created: float
    updated: float
    sent: float | None = None
    service_sid: str | None = None
    error_code: int | None = None
    num_segments: int = 1
    num_media: int = 0
    callback: str | None = None
    extras: Extras = Extras()
    webhook_state: str = ""
    webhook_status: int | None = None
    deleted: bool = False
    seq: int = 0

    @property
    def channel(self) -> str:
        """`sms` or `whatsapp`."""
        return channel_of(self.recipient)


@dataclass(frozen=True)
class Media:
    """One picture or file of a message; `content` is None until it was fetched from its source."""

    sid: str
    message_sid: str
    name: str
    content_type: str
    content: bytes | None
    source_url: str | None = None
    created: float = 0.0
    deleted: int = 0


@dataclass(frozen=True)
class Query:
    """What a list of messages is narrowed to; dates are seconds since the epoch, inclusive."""

    sender: str = ""
    recipient: str = ""
    after: float | None = None
    before: float | None = None
    older_than: str = ""
    limit: int = 50


NO_EXTRAS = Extras()


def new_sid(prefix: str) -> str:
    """A provider id: two letters and 32 hexadecimal digits."""
    return prefix + secrets.token_hex(16)


class Messages:
    """The text messages in the state file."""

    def __init__(self, state: State) -> None:
        self.state = state

    def add(self, message: Message, media: Sequence[Media] = ()) -> None:
        """Record a new message with its media."""
        if not media:
            self._insert(message)
            return
        with self.state.transaction():
            self._insert(message)
            for position, one in enumerate(media):
                self._insert_media(message, position, one)

    def get(self, sid: str) -> Message | None:
        """The message with this id, or None; also one deleted at the provider."""
        row = self.state.row("SELECT * FROM messages WHERE sid = ?", sid)
        return None if row is None else _message(row)

    def find(self, query: Query) -> list[Message]:
        """The provider's list: newest first, without what was deleted."""
        where, values = ["deleted = 0"], list[object]()
        for clause, value in (
            ("sender = ?", query.sender or None),
            ("recipient = ?", query.recipient or None),
            ("COALESCE(sent, created) >= ?", query.after),
            ("COALESCE(sent, created) <= ?", query.before),
            ("seq < (SELECT seq FROM messages WHERE sid = ?)", query.older_than or None),
        ):
            if value is not None:
                where.append(clause)
                values.append(value)
        sql = " ".join(
            ("SELECT * FROM messages WHERE", " AND ".join(where), "ORDER BY seq DESC LIMIT ?")
        )
        return [_message(row) for row in self.state.rows(sql, *values, query.limit)]

    def of_address(self, address: str, other: str = "", limit: int = MAX_PAGE) -> list[Message]:
        """The newest messages of one phone, with everybody or with one other, oldest first."""
        rows = self.state.rows(
            "SELECT * FROM (SELECT * FROM messages WHERE (sender = ?1 OR recipient = ?1)"
            " AND (?2 = '' OR sender = ?2 OR recipient = ?2) ORDER BY seq DESC LIMIT ?3)"
            " ORDER BY seq",
            *(address, other, limit),
        )
        return [_message(row) for row in rows]

    def newest(self, limit: int) -> list[Message]:
        """The newest messages of all phones, newest first."""
        rows = self.state.rows("SELECT * FROM messages ORDER BY seq DESC LIMIT ?", limit)
        return [_message(row) for row in rows]

    def moving(self) -> list[Message]:
        """Outbound messages that have not reached their last status."""
        rows = self.state.rows(
            "SELECT * FROM messages WHERE status IN ('accepted', 'queued', 'sending', 'sent')"
            " ORDER BY seq"
        )
        return [_message(row) for row in rows]

    def set_status(self, message: Message, status: str, error_code: int | None) -> Message:
        """Move a message to a status; answers it as it is now."""
        if status == message.status:
            return message
        now = time.time()
        sent = message.sent or (now if status not in ("accepted", "queued") else None)
        self.state.write(
            "UPDATE messages SET status = ?, error_code = ?, sent = ?, updated = ? WHERE sid = ?",
            *(status, error_code, sent, now, message.sid),
        )
        return replace(message, status=status, error_code=error_code, sent=sent, updated=now)

    def set_webhook(self, sid: str, state: str, status: int | None) -> None:
        """Record whether the gateway took an inbound message."""
        self.state.write(
            "UPDATE messages SET webhook_state = ?, webhook_status = ? WHERE sid = ?",
            *(state, status, sid),
        )

    def delete(self, sid: str) -> None:
        """Delete the provider's copy; a phone keeps what it received."""
        self.state.write("UPDATE messages SET deleted = 1 WHERE sid = ?", sid)

    def window_is_open(self, sender: str, recipient: str) -> bool:
        """Whether the WhatsApp user wrote to this sender within the last 24 hours."""
        row = self.state.row(
            "SELECT created FROM messages WHERE sender = ? AND recipient = ? AND"
            " direction = 'inbound' ORDER BY seq DESC LIMIT 1",
            *(recipient, sender),
        )
        return row is not None and row["created"] > time.time() - SERVICE_WINDOW

    def last_sender_to(self, recipient: str, service_sid: str) -> str | None:
        """The number through which a messaging service wrote to somebody before."""
        row = self.state.row(
            "SELECT sender FROM messages WHERE recipient = ? AND service_sid = ?"
            " ORDER BY seq DESC LIMIT 1",
            *(recipient, service_sid),
        )
        return None if row is None else str(row["sender"])

    def media_of(self, message_sid: str) -> list[Media]:
        """The media of one message, in order, without what was deleted at the provider."""
        return [media for media in self.all_media_of(message_sid) if not media.deleted]

    def all_media_of(self, message_sid: str) -> list[Media]:
        """The media of one message as the phone still has them."""
        rows = self.state.rows(
            "SELECT sid, message_sid, name, content_type, content, source_url, created, deleted"
            " FROM media WHERE message_sid = ? ORDER BY position",
            message_sid,
        )
        return [Media(**dict(row)) for row in rows]

    def media(self, sid: str) -> Media | None:
        """One medium, also one deleted at the provider's (the phone still has it)."""
        row = self.state.row("SELECT message_sid FROM media WHERE sid = ?", sid)
        media = [] if row is None else self.all_media_of(row["message_sid"])
        return next((one for one in media if one.sid == sid), None)

    def fill_media(self, sid: str, content: bytes, content_type: str) -> None:
        """Keep what was fetched from a medium's source."""
        self.state.write(
            "UPDATE media SET content = ?, content_type = ? WHERE sid = ?",
            *(content, content_type, sid),
        )

    def delete_media(self, sid: str) -> None:
        """Delete the provider's copy of a medium."""
        self.state.write("UPDATE media SET deleted = 1 WHERE sid = ?", sid)

    def _insert(self, message: Message) -> None:
        self.state.write(
            "INSERT INTO messages (sid, direction, sender, recipient, body, status, service_sid,"
            " error_code, num_segments, num_media, callback, extras, created, sent, updated)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            *(message.sid, message.direction, message.sender, message.recipient, message.body),
            *(message.status, message.service_sid, message.error_code, message.num_segments),
            *(message.num_media, message.callback, _dump(message.extras), message.created),
            *(message.sent, message.updated),
        )

    def _insert_media(self, message: Message, position: int, media: Media) -> None:
        self.state.write(
            "INSERT INTO media (sid, message_sid, position, name, content_type, content,"
            " source_url, created) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            *(media.sid, message.sid, position, media.name, media.content_type, media.content),
            *(media.source_url, message.created),
        )


def _dump(extras: Extras) -> str | None:
    return None if extras is NO_EXTRAS else json.dumps(asdict(extras))


def _load(text: str | None) -> Extras:
    if text is None:
        return NO_EXTRAS
    values = json.loads(text)
    values["location"] = values["location"] and Location(**values["location"])
    values["pressed"] = values["pressed"] and Button(**values["pressed"])
    values["buttons"] = tuple(Button(**button) for button in values["buttons"])
    return Extras(**values)


def _message(row: sqlite3.Row) -> Message:
    values = dict(row)
    values["extras"] = _load(values["extras"])
    values["deleted"] = bool(values["deleted"])
    return Message(**values)
