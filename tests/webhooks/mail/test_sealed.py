"""Signed mail is read and shown as such; encrypted mail is shown as such; winmail.dat is unpacked."""

from __future__ import annotations

import base64
import time

import pytest

from tests.webhooks.mail.mails import mail, parts
from tests.webhooks.mail.sealed import (
    PGP_MESSAGE,
    PGP_SIGNED,
    sealed_envelope,
    signed_envelope,
    smime,
    winmail,
)
from webhooks.mail import read_mail
from webhooks.mail.cms import signed_content
from webhooks.mail.tnef import unpack

INNER = b"Content-Type: text/plain; charset=utf-8\r\n\r\nI come at five.\r\n"
TEXT = "Content-Type: text/plain\n\n"
TNEF = "Content-Type: application/ms-tnef; name=winmail.dat\nContent-Transfer-Encoding: base64\n\n"


@pytest.mark.parametrize(
    "raw",
    [
        parts(
            TEXT + "I come at five.", "Content-Type: application/pgp-signature\n\nx", kind="signed"
        ),
        smime(signed_envelope(INNER)),
        smime(
            signed_envelope(INNER), Content_Type="application/x-pkcs7-mime; smime-type=signed-data"
        ),
        smime(signed_envelope(smime(signed_envelope(INNER)))),
        mail(PGP_SIGNED),
        parts(TEXT + PGP_SIGNED, "Content-Type: text/html\n\n<b>I come</b>", kind="alternative"),
    ],
    ids=[
        "multipart",
        "S/MIME",
        "S/MIME by its old name",
        "signed twice",
        "PGP",
        "PGP in two forms",
    ],
)
def test_a_signed_mail_is_read_and_shown_as_signed(raw: bytes) -> None:
    found = read_mail(raw)
    assert found.text.startswith("I come at five.")
    assert "PGP" not in found.text
    assert (found.signed, found.encrypted, found.unreadable) == (True, False, "")


def test_what_stands_around_a_signed_text_is_kept() -> None:
    found = read_mail(mail(f"Before.\n{PGP_SIGNED}\nAfter."))
    assert found.text == "Before.\nI come at five.\n-- a line that began with dashes\nAfter."


@pytest.mark.parametrize(
    "raw",
    [
        parts(
            "Content-Type: application/pgp-encrypted\n\nVersion: 1",
            f"Content-Type: application/octet-stream; name=encrypted.asc\n\n{PGP_MESSAGE}",
            kind="encrypted",
        ),
        smime(sealed_envelope(INNER)),
        smime(sealed_envelope(INNER), Content_Type="application/octet-stream; name=smime.p7m"),
        smime(
            sealed_envelope(INNER),
            Content_Type="application/pkcs7-mime; smime-type=Enveloped-Data; name=encrypted.p7m",
        ),
        smime(b"not an envelope at all"),
        mail(PGP_MESSAGE),
        mail(f"Hello Ann,\n\n{PGP_MESSAGE}\n"),
        mail(f"<pre>{PGP_MESSAGE}</pre>", Content_Type="text/html"),
        mail(PGP_MESSAGE.replace("\n-----END PGP MESSAGE-----", "")),
    ],
    ids=[
        "multipart",
        "S/MIME",
        "S/MIME by its name",
        "S/MIME by its parameter",
        "unknown",
        "PGP",
        "PGP below words",
        "PGP in HTML",
        "PGP, cut off",
    ],
)
def test_an_encrypted_mail_says_so_and_is_kept_whole(raw: bytes) -> None:
    found = read_mail(raw)
    assert found.encrypted
    assert "PGP" not in found.text
    assert (found.files[-1].name, found.files[-1].content) == ("original mail.eml", raw)


@pytest.mark.parametrize(
    "content",
    [signed_envelope(b"<invoice/>"), sealed_envelope(b"<invoice/>")],
    ids=["signed", "sealed"],
)
def test_a_signed_document_is_a_file_like_any(content: bytes) -> None:
    body = base64.encodebytes(content).decode()
    kind = "Content-Type: application/pkcs7-mime; name=invoice.xml.p7m"
    found = read_mail(
        parts(TEXT + "The invoice.", f"{kind}\nContent-Transfer-Encoding: base64\n\n{body}")
    )
    assert (found.text, found.signed, found.encrypted) == ("The invoice.", False, False)
    assert [(file.name, file.content) for file in found.files] == [("invoice.xml.p7m", content)]


def test_ciphertext_that_is_quoted_makes_no_mail_encrypted() -> None:
    quoted = "\n".join(f"> {line}" for line in PGP_MESSAGE.split("\n"))
    body = f"I cannot read this.\n\nOn 1.1.2026 10:00 Ann <a@b.example> wrote:\n{quoted}"
    found = read_mail(mail(body, Subject="Re: Bike"))
    assert (found.text, found.encrypted) == ("I cannot read this.", False)


def test_f45_an_envelope_hides_no_mail_from_the_limits() -> None:
    nested = b"".join(
        b"--b%d\nContent-Type: multipart/mixed; boundary=b%d\n\n" % (n, n + 1) for n in range(200)
    )
    deep = b"Content-Type: multipart/mixed; boundary=b0\n\n" + nested
    found = read_mail(smime(signed_envelope(deep)))
    assert (found.text, found.encrypted) == ("", True)


NO_ENVELOPES = {
    "open ends": b"\x30\x80" * 50_000,
    "strings in strings": b"\x24\x80" * 50_000,
    "longer than it is": b"\x30\x84\xff\xff\xff\xff",
    "very many": b"\x30\x03\x06\x01\x01" * 20_000,
    "all bytes": bytes(range(256)) * 400,
    "cut off": signed_envelope(INNER)[:60],
    "empty": b"",
}


@pytest.mark.parametrize("name", NO_ENVELOPES)
def test_an_envelope_that_is_none_is_refused_at_once(name: str) -> None:
    started = time.process_time()
    assert signed_content(NO_ENVELOPES[name]) is None
    assert time.process_time() - started < 0.5


def test_winmail_is_unpacked_and_kept() -> None:
    packed = winmail("I come at five.", files={"plan ä.pdf": b"%PDF-1", "../../x": b"y", "": b"z"})
    found = read_mail(parts(TNEF + base64.encodebytes(packed).decode()))
    assert found.text == "I come at five."
    assert [(file.name, file.content) for file in found.files] == [
        ("winmail.dat", packed),
        ("plan ä.pdf", b"%PDF-1"),
        ("x", b"y"),
        ("attachment-4.bin", b"z"),
    ]


def test_the_letter_in_winmail_is_read_only_where_the_mail_has_none() -> None:
    packed = base64.encodebytes(winmail(html="<p>packed</p>")).decode()
    assert read_mail(parts(TNEF + packed)).text == "packed"
    assert read_mail(parts(TEXT + "written", TNEF + packed)).text == "written"


CRAFTED = {
    "empty": b"",
    "nothing in it": winmail()[:4],
    "another file": b"no such file",
    "cut off": winmail("x" * 50)[:90],
    "very many objects": winmail()[:6] + b"\x02\x02\x90\0\0\0\0\0\0\0\0" * 90_000,
    "endless lists": winmail()[:6]
    + b"\x01\x03\x90\0\0\xff\xff\xff\x7f\xff\xff\xff\xff"
    + b"\x02\x10\x01\x00\xff\xff\xff\xff" * 99_000,
    "many lists behind the end": winmail()[:6]
    + (b"\x01\x03\x90\0\0\x0c\0\0\0\xff\0\0\0\x03\x10\x01\x00\xff\xff\xff\xff\0\0") * 10_000,
}


@pytest.mark.parametrize("name", CRAFTED)
def test_a_crafted_winmail_takes_no_time_and_gives_nothing(name: str) -> None:
    started = time.process_time()
    found = unpack(CRAFTED[name])
    assert time.process_time() - started < 0.5
    assert (found.html, found.files) == ("", [])


def test_of_a_winmail_with_very_many_files_some_are_taken() -> None:
    assert len(unpack(winmail(files={f"{n}.txt": b"x" for n in range(300)})).files) == 100


@pytest.mark.parametrize("head", ["", "Hash: SHA256\n"])
def test_a_signed_text_whose_head_does_not_end_is_not_lost(head: str) -> None:
    letter = f"-----BEGIN PGP SIGNED MESSAGE-----\n{head}I come at five.\nCarla"
    assert read_mail(mail(letter)).text == "I come at five.\nCarla"
