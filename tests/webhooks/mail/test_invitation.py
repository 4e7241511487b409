"""Calendar invitations are told in words, and the file is kept."""

from __future__ import annotations

import time

import pytest

from tests.webhooks.mail.mails import mail, parts
from webhooks.mail import read_mail
from webhooks.mail.invitation import TOO_LARGE, in_words

EVENT = (
    "UID:1@calendar.example",
    "SUMMARY:Viewing of flat",
    "DTSTART;TZID=Europe/Berlin:20261203T140000",
    "DTEND;TZID=Europe/Berlin:20261203T150000",
    "LOCATION:Main Street 1",
    "ORGANIZER;CN=Ann:mailto:ann@private.example",
)
TOLD = "Viewing of flat, Thu 3 Dec 2026 14:00\u201315:00 (Europe/Berlin), at Main Street 1, by Ann"


def calendar(*more: str, method: str = "REQUEST", event: tuple[str, ...] = EVENT) -> str:
    named = [f"METHOD:{method}"] if method else []
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", *named, "BEGIN:VEVENT", *event, *more]
    return "\r\n".join([*lines, "END:VEVENT", "END:VCALENDAR", ""])


@pytest.mark.parametrize(
    ("method", "more", "told"),
    [
        ("REQUEST", (), f"Invitation: {TOLD}"),
        ("REQUEST", ("SEQUENCE:0",), f"Invitation: {TOLD}"),
        ("REQUEST", ("SEQUENCE:2",), f"Changed invitation: {TOLD}"),
        ("CANCEL", (), f"Cancelled: {TOLD}"),
        ("", ("STATUS:CANCELLED",), f"Cancelled: {TOLD}"),
        ("COUNTER", (), f"Another time proposed: {TOLD}"),
        ("PUBLISH", (), f"Calendar entry: {TOLD}"),
        ("REPLY", ("ATTENDEE;CN=Carla;PARTSTAT=ACCEPTED:mailto:c@x.example",), f"Carla accepts: {TOLD}"),
        ("REPLY", ("ATTENDEE;CN=Carla;PARTSTAT=DECLINED:mailto:c@x.example",), f"Carla declines: {TOLD}"),
        ("REPLY", ("ATTENDEE;PARTSTAT=TENTATIVE:mailto:c@x.example",), f"May come to: {TOLD}"),
    ],
)  # fmt: skip
def test_an_invitation_is_told_in_words(method: str, more: tuple[str, ...], told: str) -> None:
    assert in_words(calendar(*more, method=method).encode()) == told


@pytest.mark.parametrize(
    ("event", "told"),
    [
        (("DTSTART:20261203T140000Z",), "Invitation: without a title, Thu 3 Dec 2026 14:00 (UTC)"),
        (("SUMMARY:A\\, b", "DTSTART;VALUE=DATE:20261203"), "Invitation: A, b, Thu 3 Dec 2026"),
        (
            ("SUMMARY:Fair", "DTSTART;VALUE=DATE:20261203", "DTEND;VALUE=DATE:20261206"),
            "Invitation: Fair, Thu 3 Dec 2026 to Sat 5 Dec 2026",
        ),
        (
            ("SUMMARY:Fair", "DTSTART:20261203T140000", "DURATION:PT2H", "RRULE:FREQ=WEEKLY"),
            "Invitation: Fair, Thu 3 Dec 2026 14:00\u201316:00, repeats weekly",
        ),
        (("SUMMARY:x", "ORGANIZER;CN=ann@private.example:mailto:y"), "Invitation: x"),
    ],
)
def test_what_is_missing_is_left_out(event: tuple[str, ...], told: str) -> None:
    assert in_words(calendar(event=event).encode()) == told


@pytest.mark.parametrize(
    ("end", "told"),
    [
        ("DTEND:20261203T140000Z", "14:00\u201315:00 (Europe/Berlin)"),
        ("DTEND;TZID=America/New_York:20261203T170000", "14:00\u201323:00 (Europe/Berlin)"),
        ("DTEND;TZID=America/New_York:20261203T190000", "14:00 to Fri 4 Dec 2026 01:00 (Europe/Berlin)"),
    ],
)  # fmt: skip
def test_an_end_in_another_zone_is_told_in_that_of_the_start(end: str, told: str) -> None:
    event = ("SUMMARY:Flight", EVENT[2], end)
    assert in_words(calendar(event=event).encode()) == f"Invitation: Flight, Thu 3 Dec 2026 {told}"


def test_the_words_stand_below_the_letter_and_the_file_is_kept() -> None:
    raw = parts(
        "Content-Type: text/plain\n\nShall we meet?",
        f"Content-Type: text/calendar; method=REQUEST\n\n{calendar(method='')}",
        f"Content-Type: application/ics; name=invite.ics\n\n{calendar(method='')}",
    )
    found = read_mail(raw)
    assert found.text.startswith(f"Shall we meet?\n\nInvitation: {TOLD}")
    assert [file.name for file in found.files] == ["attachment-1.ics", "invite.ics"]


def test_a_mail_that_is_nothing_but_an_invitation_is_read() -> None:
    found = read_mail(mail(calendar(), Content_Type="text/calendar; charset=utf-8; method=REQUEST"))
    assert found.text == f"Invitation: {TOLD}"


@pytest.mark.parametrize("rule", ["FREQ=SECONDLY;COUNT=999999999", "FREQ=SECONDLY", "FREQ=x"])
def test_no_repetition_is_worked_out(rule: str) -> None:
    started = time.process_time()
    assert in_words(calendar(f"RRULE:{rule}").encode()).startswith(f"Invitation: {TOLD}")
    assert time.process_time() - started < 0.5


FILLINGS = ("BEGIN:VEVENT", "RRULE:FREQ=SECONDLY", "ATTENDEE;" * 30 + ":x", " x", EVENT[2])


@pytest.mark.parametrize("filling", FILLINGS)
def test_a_crafted_calendar_takes_no_time(filling: str) -> None:
    data = calendar(*[filling] * 900).encode()[:60_000]
    started = time.process_time()
    in_words(data)
    assert time.process_time() - started < 1.0


def test_a_giant_calendar_is_named_and_not_read() -> None:
    assert in_words(calendar(*["COMMENT:x"] * 5_000).encode()) == TOO_LARGE


def test_of_two_calendars_in_one_file_the_first_event_is_told() -> None:
    assert in_words((calendar() * 2).encode()) == f"Invitation: {TOLD}"


def test_an_event_without_a_time_that_can_be_read_is_told_without_it() -> None:
    told = in_words(calendar(event=("SUMMARY:Viewing", "DTSTART:tomorrow")).encode())
    assert told == "Invitation: Viewing, a part of it could not be read"


@pytest.mark.parametrize(
    "data", [b"", b"nonsense", b"BEGIN:VCALENDAR\r\nEND:VCALENDAR", b"\xff\xfe"]
)
def test_what_is_no_calendar_is_a_file_and_no_words(data: bytes) -> None:
    assert in_words(data) == ""
