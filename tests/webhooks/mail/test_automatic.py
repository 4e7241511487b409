"""Which mails count as written by a machine."""

from __future__ import annotations

import pytest

from tests.webhooks.mail.mails import mail
from webhooks.mail import read_mail
from webhooks.mail.parse import parse

MACHINES = [
    "Abwesend: Re: Blue bike",
    "Automatisk svar: Blue bike",
    "Automatyczna odpowiedź: Blue bike",
    "Автоответ: Blue bike",
    "自動応答: Blue bike",
    "Please confirm your message to Carla",
]
AUTOMATIC = [
    {"Auto_Submitted": "auto-replied (vacation)"},
    {"Auto_Submitted": "auto-generated; owner-email=x"},
    {"Content_Type": "multipart/report; report-type=disposition-notification; boundary=x"},
    {"Return_Path": "<>"},
    {"Precedence": "bulk"},
    {"Precedence": "Auto_Reply"},
    {"List_Id": "<offers.shop.example>"},
    {"List_Unsubscribe": "<https://shop.example/out>"},
    {"X_Autoreply": "yes"},
    {"X_Failed_Recipients": "nobody@x.example"},
    {"From": "MAILER-DAEMON@x.example"},
    {"From": "Postmaster <postmaster@x.example>"},
    {"From": "no-reply@x.example"},
    {"From": "bounces+123@x.example"},
    {"Subject": "Automatic reply: away"},
    *({"Subject": subject} for subject in MACHINES),
    {"X_TMDA_Confirm": "yes"},
    {"Subject": "=?utf-8?Q?R=C3=A9ponse_automatique_:_absent?="},
]
HUMAN = [
    {
        "From": "Gmail Team <forwarding-noreply@google.com>",
        "Subject": "(#123456789) Gmail Forwarding Confirmation",
        "Precedence": "bulk",
        "Auto_Submitted": "auto-generated",
    },
    {"Auto_Submitted": "no"},
    {"Auto_Submitted": "No (written by hand)"},
    {"X_Auto_Response_Suppress": "DR, OOF, AutoReply"},
    {"X_Autoreply": "no"},
    {"Precedence": "normal"},
    {"Return_Path": "<carla@customer.example>"},
    {"Subject": "Re: Automatic reply: away"},
    {"From": "Carla Bell <noreply@portal.example>"},
    {"From": "noreply@portal.example", "Reply_To": "carla@customer.example"},
    {"From": "no-replyson@x.example"},
]


@pytest.mark.parametrize("fields", AUTOMATIC)
def test_a_machine_is_known_by_its_header(fields: dict[str, str]) -> None:
    assert parse(mail(**fields)).automatic != ""


@pytest.mark.parametrize("fields", HUMAN)
def test_a_person_is_not_taken_for_a_machine(fields: dict[str, str]) -> None:
    assert parse(mail(**fields)).automatic == ""


def test_an_empty_envelope_sender_is_a_bounce_and_an_unknown_one_is_not() -> None:
    assert "return path" in read_mail(mail(), envelope_sender="<>").automatic
    assert read_mail(mail(), envelope_sender="").automatic == ""
    assert read_mail(mail(), envelope_sender="carla@customer.example").automatic == ""
