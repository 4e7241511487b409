"""What is read of the header: addresses, names, subject, message ids, and the one value of a mail."""

from __future__ import annotations

import pytest

from tests.webhooks.mail.mails import mail, parts
from webhooks.mail import read_mail
from webhooks.mail.parse import parse


def test_recipients_come_in_order_of_evidence_each_once() -> None:
    raw = mail(
        To="Shop <d@X.example>, e@x.example",
        Cc="f@x.example, D@x.example",
        Delivered_To="b@x.example",
        X_Original_To="c@x.example",
    )
    found = read_mail(raw, envelope_recipients=["<a@X.example>", "b@x.example"])
    local_parts = [address.partition("@")[0] for address in found.recipients]
    assert local_parts == ["a", "b", "c", "d", "e", "f"]
    assert {address.partition("@")[2] for address in found.recipients} == {"x.example"}


@pytest.mark.parametrize(
    "value",
    [
        "carla@customer.example",
        "<carla@customer.example>",
        "Carla carla@customer.example",
        '"Bell, Carla" <carla@CUSTOMER.example>',
        "'carla@customer.example' <carla@customer.example>",
        '"other@x.example via Portal" <carla@customer.example>',
        "Carla <carla@customer.example",
        'Carla "unclosed <carla@customer.example>',
        "carla@customer.example (Carla (the customer))",
        "=?utf-8?q?Carla=40home?= <carla@customer.example>",
        "<mailto:carla@customer.example>",
        "Carla,,; <carla@customer.example>; other@x.example",
    ],
)
def test_the_writer_is_found_however_malformed_the_field(value: str) -> None:
    assert parse(mail(From=value)).from_address == "carla@customer.example"


@pytest.mark.parametrize("value", ["", "nobody", "@", "a@", "undisclosed-recipients:;"])
def test_no_writer_is_no_error(value: str) -> None:
    assert parse(mail(From=value)).from_address == ""


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("Carla Bell <c@x.example>", "Carla Bell"),
        ('"Bell, Carla" <c@x.example>', "Bell, Carla"),
        ("c@x.example (Carla Bell)", "Carla Bell"),
        ("=?utf-8?B?w4VzYQ==?= <c@x.example>", "Åsa"),
        ("=?utf-8?Q?A?= =?utf-8?Q?nn?= <c@x.example>", "Ann"),
        ("c@x.example <c@x.example>", ""),
        ("=?utf-8?Q?Ann=0D=0ABcc=3A_x?= <c@x.example>", "Ann Bcc: x"),
        ("=?utf-8?Q?Ann=E2=80=AEx?= <c@x.example>", "Annx"),
        ("=?hex?Q?Ann?= <c@x.example>", "Ann"),
    ],
)
def test_the_name_is_decoded_and_safe(value: str, name: str) -> None:
    assert parse(mail(From=value)).from_name == name


@pytest.mark.parametrize(
    ("value", "subject"),
    [
        ("Blue\n bike", "Blue bike"),
        ("=?utf-8?Q?one_?=\n =?utf-8?Q?line?=", "one line"),
        ("=?utf-8?Q?header=0D=0ABcc:_x?=", "header Bcc: x"),
        ("=?utf-8?B?ww==?= =?utf-8?B?qQ==?=", "é"),
        ("=?utf-8?Q?What? now??=", "What? now?"),
        ("=?utf-8?Q?broken", "=?utf-8?Q?broken"),
        ("x" * 1_000, "x" * 255),
    ],
)
def test_the_subject_is_one_line(value: str, subject: str) -> None:
    assert parse(mail(Subject=value)).subject == subject


def test_a_subject_of_raw_bytes_is_repaired() -> None:
    raw = b"From: a@b.example\nSubject: Caf\xc3\xa9 und Caf\xc3\xa9\n\nx"
    assert parse(raw).subject == "Café und Café"
    assert parse(raw.replace(b"\xc3\xa9", b"\xe9")).subject == "Café und Café"


def test_message_ids_are_taken_in_the_order_of_the_field() -> None:
    found = parse(
        mail(In_Reply_To='"Ann" of <a@x> and <b@x>', References="<1@x>\n <2@x> junk <3@x><1@x>")
    )
    assert found.in_reply_to == ("<a@x>", "<b@x>")
    assert found.references == ("<1@x>", "<2@x>", "<3@x>")


def test_only_the_newest_hundred_references_are_kept() -> None:
    found = parse(mail(References=" ".join(f"<{n}@x>" for n in range(3_000))))
    assert found.references == tuple(f"<{n}@x>" for n in range(2_900, 3_000))


@pytest.mark.parametrize(
    "value", ["bare@x.example", " <bare@x.example> ", "<bare@x.example> (comment)"]
)
def test_a_message_id_has_its_brackets(value: str) -> None:
    assert parse(mail(Message_ID=value)).message_id == "<bare@x.example>"


def test_two_copies_of_one_mail_have_one_fingerprint() -> None:
    raw = mail("Hello\nthere\n", Date="Mon, 13 Jul 2026 09:00:00 +0000", Message_ID="<1@x>")
    other = b"Received: from relay\nDelivered-To: b@x.example\n" + raw.replace(b"\n", b"\r\n")
    first = read_mail(raw, envelope_recipients=["a@x.example"])
    second = read_mail(other, envelope_recipients=["b@x.example"])
    assert first.fingerprint == second.fingerprint


def test_a_relay_may_change_the_transfer_encoding() -> None:
    plain = mail("Grüße\n", Content_Type="text/plain; charset=utf-8", Message_ID="<1@x>")
    encoded = mail(
        "R3LDvMOfZQo=\n",
        Message_ID="<1@x>",
        Content_Type="text/plain; charset=utf-8",
        Content_Transfer_Encoding="base64",
    )
    assert parse(plain).fingerprint == parse(encoded).fingerprint


@pytest.mark.parametrize(
    "other",
    [
        mail("Other", Message_ID="<1@x>"),
        mail("Hello", Message_ID="<2@x>"),
        mail("Hello", Message_ID="<1@x>", Date="Mon, 13 Jul 2026 09:00:00 +0000"),
        mail("Hello", Message_ID="<1@x>", From="else@x.example"),
        mail("Hello", Message_ID="<1@x>", Cc="else@x.example"),
        parts("\nHello", "Content-Type: image/png\n\nx", Message_ID="<1@x>"),
    ],
)
def test_two_mails_of_one_message_id_have_two_fingerprints(other: bytes) -> None:
    assert parse(mail("Hello", Message_ID="<1@x>")).fingerprint != parse(other).fingerprint


def test_two_letters_without_a_message_id_are_two_when_only_their_traces_differ() -> None:
    first = b"Received: by mx; Mon, 1 Jun 2026 10:00:00 +0000\nFrom: a@x.example\nTo: b@y.example\n\nok\n"
    assert parse(first).fingerprint == parse(first).fingerprint
    assert parse(first).fingerprint != parse(first.replace(b"10:00", b"10:05")).fingerprint
