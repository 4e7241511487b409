"""A calendar file told in words: what, when, where and by whom (RFC 5545, RFC 5546)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from webhooks.mail.charset import clean
from webhooks.mail.headers import one_line

# Beyond, a calendar is no invitation, and its parser needs a millisecond for ten lines.
MAX_SIZE = 64 * 1024  # bytes
MAX_LINES = 1_000
MAX_WORDS = 200  # characters of a title, a place or a name
TOO_LARGE = "A calendar file came with it that is too large to be told in words."
BROKEN = "a part of it could not be read"
_KINDS = {
    "CANCEL": "Cancelled",
    "COUNTER": "Another time proposed",
    "DECLINECOUNTER": "Other time declined",
    "REFRESH": "Asks for the newest form of",
}
_ANSWERS = {"ACCEPTED": "accepts", "DECLINED": "declines", "TENTATIVE": "may come to"}
_REPEATS = {"DAILY": "daily", "WEEKLY": "weekly", "MONTHLY": "monthly", "YEARLY": "yearly"}
_COMPONENTS = ("VEVENT", "VTODO")


def in_words(data: bytes, method: str = "") -> str:
    """One sentence on the first event of a calendar file, or nothing where it has none.

    `method` is what the part says of it, where the file itself does not. Repetitions are named, never worked out.
    """
    if len(data) > MAX_SIZE or data.count(b"\n") > MAX_LINES:
        return TOO_LARGE
    # Imported here: it takes 0.1 s, and hardly any mail brings a calendar.
    from icalendar import Calendar

    try:
        calendars = Calendar.from_ical(data, multiple=True)
        events = ((one, part) for one in calendars for part in one.walk(select=_is_told))
        calendar, event = next(events, (None, None))
        return _told(event, (_text(calendar, "METHOD") or method).upper()) if event else ""
    except Exception:  # noqa: BLE001  # a broken calendar makes the library raise nearly anything
        return ""


def _is_told(part: Any) -> bool:
    return part.name in _COMPONENTS


def _told(event: Any, method: str) -> str:
    broken = [field for field, _ in event.errors if event.pop(field, None)]
    title = _text(event, "SUMMARY") or "without a title"
    what = f"{_kind(event, method)}: {title}"
    where, who = _text(event, "LOCATION"), _name(event.get("ORGANIZER"))
    details = (
        what,
        _when(event),
        f"repeats {_repeats(event)}" if _repeats(event) else "",
        f"at {where}" if where else "",
        f"by {who}" if who else "",
        BROKEN if broken else "",
    )
    return ", ".join(filter(None, details))


def _kind(event: Any, method: str) -> str:
    if method == "REPLY":
        return _answer(event)
    if method == "REQUEST":
        changed = str(event.get("SEQUENCE", "0")) not in {"", "0"}
        return "Changed invitation" if changed else "Invitation"
    cancelled = _text(event, "STATUS").upper() == "CANCELLED"
    return _KINDS["CANCEL"] if cancelled else _KINDS.get(method, "Calendar entry")


def _answer(event: Any) -> str:
    """ "Carla declines"; without a name the address is left out, which may be private."""
    attendees = event.get("ATTENDEE") or []
    attendee = attendees[0] if isinstance(attendees, list) and attendees else attendees
    status = str(getattr(attendee, "params", {}).get("PARTSTAT", "")).upper()
    verb = _ANSWERS.get(status, "answers")
    name = _name(attendee)
    return f"{name} {verb}" if name else f"{verb.capitalize()}"


def _name(person: Any) -> str:
    name = one_line(clean(str(getattr(person, "params", {}).get("CN", ""))), MAX_WORDS).strip("\"'")
    return "" if "@" in name else name


def _when(event: Any) -> str:
    start = _moment(event, "DTSTART")
    if start is None:
        return ""
    end = _on_the_clock_of(start, _moment(event, "DTEND") or _ended(event, start))
    zone = _zone(event, start)
    if not isinstance(start, datetime):
        last = end - timedelta(days=1) if end and end > start else start
        return _day(start) if last == start else f"{_day(start)} to {_day(last)}"
    if not isinstance(end, datetime) or end.date() == start.date():
        until = f"\u2013{end:%H:%M}" if isinstance(end, datetime) and end != start else ""
        return f"{_day(start)} {start:%H:%M}{until}{zone}"
    return f"{_day(start)} {start:%H:%M} to {_day(end)} {end:%H:%M}{zone}"


def _moment(event: Any, field: str) -> Any:
    value = getattr(event.get(field), "dt", None)
    return value if isinstance(value, date) else None


def _on_the_clock_of(start: Any, end: Any) -> Any:
    """The end in the zone that is told, which is the start's: a flight lands in another one."""
    zones = getattr(start, "tzinfo", None), getattr(end, "tzinfo", None)
    return end.astimezone(zones[0]) if all(zones) else end


def _ended(event: Any, start: Any) -> Any:
    length = getattr(event.get("DURATION"), "dt", None)
    return start + length if isinstance(length, timedelta) else None


def _zone(event: Any, start: Any) -> str:
    named = str(event["DTSTART"].params.get("TZID", ""))
    if not named and getattr(start, "tzinfo", None) is not None:
        named = "UTC"
    return f" ({one_line(clean(named), 60)})" if named else ""


def _day(day: Any) -> str:
    return f"{day:%a} {day.day} {day:%b %Y}"


def _repeats(event: Any) -> str:
    rule = event.get("RRULE")
    rule = rule[0] if isinstance(rule, list) and rule else rule
    often = (rule or {}).get("FREQ", [""])
    return _REPEATS.get(str(often[0]).upper(), "") if often else ""


def _text(component: Any, field: str) -> str:
    value = component.get(field, "")
    value = value[0] if isinstance(value, list) and value else value
    return one_line(clean(str(value)), MAX_WORDS)
