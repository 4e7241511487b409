"""Mails that no program would write, through the entrance of an own mail server and the processing.

`make fuzz` runs 5,000 of them; FUZZ_MAILS and FUZZ_SEED choose another number and another series.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.webhooks.mail.mails import CORPORA
from webhooks.mail import read
from webhooks.models import EventState, InboundEvent
from webhooks.outcome import Outcome
from webhooks.processing import process_due

MAILS = int(os.environ.get("FUZZ_MAILS", "300"))
SEED = int(os.environ.get("FUZZ_SEED", "20260713"))
GOLDEN = Path(__file__).parent / "mail" / "golden"
MAX_MEMORY = 200 * 1024  # kB, as Linux counts them
TO = b"To: bikes@reply.gateway.test\r\n"

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(3_600)]
Chance = random.Random


def _bytes_changed(raw: bytes, chance: Chance) -> bytes:
    data = bytearray(raw)
    for _ in range(chance.randint(1, 20)):
        data[chance.randrange(len(data))] = chance.randrange(256)
    return bytes(data)


def _piece_replaced(raw: bytes, chance: Chance) -> bytes:
    at, length = chance.randrange(len(raw)), chance.randint(1, 200)
    odd = (
        b"",
        raw[at : at + length] * 3,
        b"=?utf-8?B?\xff?=",
        b"\r\n\r\n",
        b"\nContent-Type: multipart/mixed; boundary=\n",
        b"\nContent-Type: message/rfc822\n\n",
        b"; name*0*=x''%ff; charset=\"hex\"; ",
        b"\x00\xed\xa0\x80\xe2\x80\xae",
    )
    return raw[:at] + chance.choice(odd) + raw[at + length :]


def _cut_short(raw: bytes, chance: Chance) -> bytes:
    return raw[: chance.randint(1, len(raw))]


def _header_doubled(raw: bytes, chance: Chance) -> bytes:
    head, _, body = raw.partition(b"\n\n")
    lines = head.split(b"\n")
    return b"\n".join([*lines, *chance.choices(lines, k=5)]) + b"\n\n" + body


def _huge_header(raw: bytes, chance: Chance) -> bytes:
    name = chance.choice((b"From", b"Subject", b"References", b"Content-Type", b"X-Long", b"Cc"))
    filling = chance.choice((b"x", b"(", b"<a@b> ", b'"\\', b"=?utf-8?q?x?= ", b";a=b"))
    return name + b": " + filling * chance.choice((100, 5_000, 20_000)) + b"\n" + raw


def _nested(raw: bytes, chance: Chance) -> bytes:
    for depth in range(chance.choice((3, 30, 99, 300))):
        kind = chance.choice((b"mixed", b"alternative", b"report", b"signed", b"encrypted"))
        head = b"Content-Type: multipart/%b; boundary=n%d\n\n--n%d\n" % (kind, depth, depth)
        raw = head + raw
    return raw


def _charset_swapped(raw: bytes, chance: Chance) -> bytes:
    odd = (b"utf-16", b"utf-7", b"hex", b"iso-2022-jp", b"idna", b"", b"x" * 500, b"\xff")
    return raw.replace(b"charset=", b"charset=" + chance.choice(odd) + b";x=")


def _boundaries_lost(raw: bytes, chance: Chance) -> bytes:
    return raw.replace(b"--", chance.choice((b"-", b"----", b"--\n--", b"")))


CHANGES: list[Callable[[bytes, Chance], bytes]] = [
    _bytes_changed,
    _piece_replaced,
    _piece_replaced,
    _cut_short,
    _header_doubled,
    _huge_header,
    _nested,
    _charset_swapped,
    _boundaries_lost,
]


def _sources() -> list[bytes]:
    """The mails of the corpora where they are, and always our own."""
    paths = [
        *GOLDEN.glob("*.eml"),
        *(CORPORA / "mails").glob("*"),
        *(CORPORA / "bounces").glob("*"),
    ]
    return [path.read_bytes()[:60_000] for path in sorted(paths)]


def _mutated(raw: bytes, chance: Chance) -> bytes:
    if chance.random() < 0.7:
        raw = TO + raw
    for change in chance.choices(CHANGES, k=chance.randint(1, 3)):
        raw = change(raw, chance) or b"x"
    return raw


def _memory_of_the_parser() -> int:
    """The most that the parsing process ever held, in kB; 0 where there is none."""
    process = read._sandbox._process
    if process is None:
        return 0
    lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), 0)


@pytest.mark.usefixtures("bikes")
def test_f42_no_mutated_mail_breaks_the_entrance_the_processing_or_the_parser(
    mail_provider, settings, tmp_path
):
    settings.MEDIA_ROOT = tmp_path
    chance, sources = Chance(SEED), _sources()
    for number in range(MAILS):
        raw = _mutated(chance.choice(sources), chance)
        answer = mail_provider.mail(raw, f"recipient=bikes@reply.gateway.test&number={number}")
        assert answer.status_code == 200, (SEED, number)
        if number % 50 == 49 or number == MAILS - 1:
            while process_due():
                pass
            assert _memory_of_the_parser() < MAX_MEMORY, (SEED, number)
    unfinished = InboundEvent.objects.exclude(state=EventState.DONE)
    assert list(unfinished.values_list("path", "detail")) == []
    assert set(InboundEvent.objects.values_list("outcome", flat=True)) <= set(Outcome.values) - {""}
    assert InboundEvent.objects.count() == MAILS
