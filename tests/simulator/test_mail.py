"""Mail lies in mailboxes, is answered as real programs answer, and reaches the gateway."""

from __future__ import annotations

import base64
import smtplib
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
import requests

from tests.simulator.conftest import Hook, ListeningGateway
from tests.simulator_process import REPLY_DOMAIN, Simulator, wait_for

MAYA, OWNER = "maya@example.test", "ann@shop.test"
TOKEN = f"abcdefghijklmnopqrstuvwx@{REPLY_DOMAIN}"
MIME = "/webhooks/email/mime/"


def notification(**headers: str) -> EmailMessage:
    message = EmailMessage()
    given = {
        "From": '"Maya via Blue Shop" <messages@mail.gateway.test>',
        "To": OWNER,
        "Reply-To": TOKEN,
        "Subject": "Blue bike",
        "Message-ID": f"<{'m' * 70}@mail.gateway.test>",
        "References": f"<{'r' * 70}@mail.gateway.test> <{'s' * 70}@mail.gateway.test>",
        "Date": "Sun, 22 Nov 2026 10:05:00 +0000",
        **headers,
    }
    for name, value in given.items():
        message[name] = value
    message.set_content("Is it still there?\n\nMaya\n")
    message.add_alternative("<p>Is it <b>still</b> there?</p>", subtype="html")
    return message


def deliver(simulator: Simulator, message: EmailMessage, *recipients: str) -> None:
    with smtplib.SMTP("127.0.0.1", simulator.smtp_port, timeout=5) as smtp:
        smtp.send_message(message, "bounces@mail.gateway.test", list(recipients) or [OWNER])


def received(gateway: ListeningGateway) -> tuple[Hook, EmailMessage]:
    (hook,) = wait_for(lambda: gateway.to(MIME))
    body = hook.body.replace(b"\r\n", b"\n")
    return hook, message_from_bytes(body, _class=EmailMessage, policy=policy.default)


def test_mail_lies_in_the_mailbox_of_each_recipient(simulator: Simulator):
    deliver(simulator, notification(), OWNER, "Second@Shop.test")

    (mail,) = simulator.mails(OWNER)
    assert (mail["subject"], mail["folder"], mail["unread"]) == ("Blue bike", "inbox", True)
    assert mail["from"] == "Maya via Blue Shop <messages@mail.gateway.test>"
    assert mail["envelope_from"] == "bounces@mail.gateway.test"
    assert len(simulator.mails("second@shop.test")) == 1
    assert {box["address"] for box in simulator.get("mail/mailboxes")["mailboxes"]} == {
        OWNER,
        "second@shop.test",
    }


def test_an_opened_mail_shows_all_of_it_and_counts_as_read(simulator: Simulator):
    message = notification()
    message.add_attachment(b"%PDF-1.4", maintype="application", subtype="pdf", filename="a.pdf")
    deliver(simulator, message)

    mail = simulator.mail(simulator.mails(OWNER)[0]["id"])

    assert mail["text"] == "Is it still there?\n\nMaya\n"
    assert "<b>still</b>" in mail["html"]
    assert mail["reply_to"] == TOKEN
    assert [(part["name"], part["size"]) for part in mail["attachments"]] == [("a.pdf", 8)]
    assert (
        requests.get(simulator.url + mail["attachments"][0]["url"], timeout=5).content
        == b"%PDF-1.4"
    )
    assert simulator.mails(OWNER)[0]["unread"] is False
    assert b"Is it still there?" in simulator.raw_mail(mail["id"])


def test_html_is_shown_without_scripts_and_without_anything_from_elsewhere(simulator: Simulator):
    deliver(simulator, notification())
    number = simulator.mails(OWNER)[0]["id"]

    answer = requests.get(f"{simulator.page}api/mail/{number}/html", timeout=5)

    rules = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in rules
    assert "sandbox" in rules
    assert "allow-scripts" not in rules
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"


def test_an_inline_picture_is_shown_from_the_mail_itself(simulator: Simulator):
    message = notification()
    html = message.get_payload()[1]
    html.set_content('<img src="cid:pic@x">', subtype="html")
    html.add_related(b"\x89PNG", "image", "png", cid="<pic@x>")
    deliver(simulator, message)
    number = simulator.mails(OWNER)[0]["id"]

    html = requests.get(f"{simulator.page}api/mail/{number}/html", timeout=5).text

    (part,) = simulator.mail(number)["attachments"]
    assert (part["inline"], f'<img src="{part["url"]}">' in html) == (True, True)


def test_a_login_is_let_in_with_any_password(simulator: Simulator):
    with smtplib.SMTP("127.0.0.1", simulator.smtp_port, timeout=5) as smtp:
        smtp.login("anybody", "anything")
        smtp.send_message(notification(), "a@b.test", [OWNER])
    assert len(simulator.mails(OWNER)) == 1


@pytest.mark.parametrize("style", ["gmail", "outlook", "apple", "plain"])
def test_an_answer_goes_to_the_reply_address_in_the_thread_of_the_mail(
    simulator: Simulator, gateway: ListeningGateway, style: str
):
    deliver(simulator, notification())
    number = simulator.mails(OWNER)[0]["id"]

    answered = simulator.reply(number, "Yes, come by.\nAnn", style)

    assert answered["webhook"]["accepted"] is True
    hook, mail = received(gateway)
    assert hook.query == [("recipient", TOKEN)]
    assert hook.headers["Content-Type"] == "message/rfc822"
    basic = hook.headers["Authorization"].removeprefix("Basic ")
    assert base64.b64decode(basic) == b"provider:secret"
    assert (mail["To"], mail["From"], mail["Subject"]) == (TOKEN, OWNER, "Re: Blue bike")
    assert mail["In-Reply-To"] == f"<{'m' * 70}@mail.gateway.test>"
    assert mail["References"].split()[-1] == mail["In-Reply-To"]
    assert len(mail["References"].split()) == 3
    assert mail["Message-ID"] == answered["message_id"]
    assert mail["Message-ID"] != mail["In-Reply-To"]
    text = mail.get_body(("plain",)).get_content()
    assert text.startswith("Yes, come by.\nAnn\n\n")
    assert "Is it still there?" in text


@pytest.mark.parametrize(
    ("style", "in_text", "in_html"),
    [
        (
            "gmail",
            "On Sun, Nov 22, 2026 at 10:05\u202fAM Maya via Blue Shop <messages@",
            'class="gmail_quote',
        ),
        ("outlook", "From: Maya via Blue Shop <messages@", 'id="divRplyFwdMsg"'),
        ("apple", "On 22 Nov 2026, at 10:05, Maya via Blue Shop <", '<blockquote type="cite">'),
    ],
)
def test_each_program_quotes_in_its_own_way(
    simulator: Simulator, gateway: ListeningGateway, style: str, in_text: str, in_html: str
):
    deliver(simulator, notification())
    simulator.reply(simulator.mails(OWNER)[0]["id"], "Yes <now>", style)

    _, mail = received(gateway)
    assert in_text in mail.get_body(("plain",)).get_content()
    html = mail.get_body(("html",)).get_content()
    assert in_html in html
    assert "Yes &lt;now&gt;" in html
    assert "<b>still</b>" in html


def test_a_plain_program_sends_no_html(simulator: Simulator, gateway: ListeningGateway):
    deliver(simulator, notification())
    simulator.reply(simulator.mails(OWNER)[0]["id"], "Yes", "plain")
    _, mail = received(gateway)
    assert mail.get_content_type() == "text/plain"
    assert "\n> Is it still there?\n>\n> Maya" in mail.get_content()


def test_an_answer_may_come_from_another_address(simulator: Simulator, gateway: ListeningGateway):
    deliver(simulator, notification())
    simulator.reply(simulator.mails(OWNER)[0]["id"], "Yes", **{"from": "alias@shop.test"})
    _, mail = received(gateway)
    assert mail["From"] == "alias@shop.test"
    assert simulator.mails("alias@shop.test")[0]["folder"] == "sent"


def test_a_new_mail_carries_attachments_and_headers_of_its_own(
    simulator: Simulator, gateway: ListeningGateway
):
    note = {"name": "żółw.txt", "content_type": "text/plain", "base64": "aGk="}
    simulator.compose(
        MAYA,
        f"shop@{REPLY_DOMAIN}",
        "Hello",
        "Out of office",
        cc=["friend@example.test"],
        attachments=["sample", note],
        headers={"Auto-Submitted": "auto-replied", "Message-ID": "<mine@example.test>"},
    )

    hook, mail = received(gateway)
    assert hook.query == [("recipient", f"shop@{REPLY_DOMAIN}")]
    assert mail["Auto-Submitted"] == "auto-replied"
    assert mail.get_all("Message-ID") == ["<mine@example.test>"]
    names = [part.get_filename() for part in mail.iter_attachments()]
    assert names == ["bike.jpg", "żółw.txt"]
    assert [one["folder"] for one in simulator.mails("friend@example.test")] == ["inbox"]


def test_the_provider_writes_its_verdict_on_top(simulator: Simulator, gateway: ListeningGateway):
    simulator.compose(MAYA, TOKEN, "Hello", "x", verdict="fail")
    _, mail = received(gateway)
    assert "dmarc=fail" in mail["Authentication-Results"]
    assert mail["Return-Path"] == f"<{MAYA}>"


def test_several_addresses_of_the_gateway_come_in_one_request(
    simulator: Simulator, gateway: ListeningGateway
):
    other = f"other@{REPLY_DOMAIN}"
    simulator.compose(MAYA, MAYA, "Hello", "x", recipients=[TOKEN, other])
    hook, _ = received(gateway)
    assert hook.query == [("recipient", TOKEN), ("recipient", other)]


def test_mail_that_meets_a_5xx_is_posted_again_until_it_is_taken(
    simulator: Simulator, gateway: ListeningGateway
):
    gateway.answers.extend([503, 500])
    sent = simulator.compose(MAYA, TOKEN, "Hello", "x")
    assert sent["webhook"]["status"] == 503

    wait_for(lambda: simulator.mail(sent["id"])["state"] == "accepted")
    assert len(gateway.to(MIME)) == 3
    assert len({hook.body for hook in gateway.to(MIME)}) == 1


def test_refused_mail_stays_visible_and_can_be_sent_again(
    simulator: Simulator, gateway: ListeningGateway
):
    gateway.answers.append(401)
    sent = simulator.compose(MAYA, TOKEN, "Hello", "x")
    shown = simulator.mails(MAYA)[0]
    assert (shown["state"], shown["webhook_status"]) == ("refused", 401)

    assert simulator.post("mail/resend", {"id": sent["id"]})["webhook"]["accepted"]
    assert simulator.mails(MAYA)[0]["state"] == "accepted"


def test_mail_of_the_gateway_to_its_own_domain_comes_back_in(
    simulator: Simulator, gateway: ListeningGateway
):
    deliver(simulator, notification(), TOKEN)
    hook, mail = received(gateway)
    assert hook.query == [("recipient", TOKEN)]
    assert mail["Subject"] == "Blue bike"
    assert simulator.mails(TOKEN) == []


def test_mail_is_posted_twice_on_demand(simulator: Simulator, gateway: ListeningGateway):
    simulator.turn("mail_duplicate", 1, times=2, together=0)
    simulator.compose(MAYA, TOKEN, "Hello", "x")
    assert len(gateway.to(MIME)) == 2


@pytest.mark.parametrize(("switch", "code"), [("smtp_temporary", 451), ("smtp_permanent", 550)])
def test_smtp_refuses_on_demand(simulator: Simulator, switch: str, code: int):
    simulator.turn(switch, 1, code=code)
    with pytest.raises(smtplib.SMTPDataError) as refused:
        deliver(simulator, notification())
    assert refused.value.smtp_code == code
    assert simulator.mails(OWNER) == []
    assert simulator.calls(kind="smtp")[0]["status"] == code


def test_smtp_takes_the_mail_and_closes_without_a_word_on_demand(simulator: Simulator):
    simulator.turn("smtp_close")
    with pytest.raises(smtplib.SMTPServerDisconnected):
        deliver(simulator, notification())
    assert len(simulator.mails(OWNER)) == 1


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"to": []}, "at least one recipient"),
        ({"from": None}, "from must be a string"),
        ({"style": "pine"}, "choose one of gmail, outlook, apple, plain"),
        ({"verdict": "maybe"}, "is none of pass, fail, none"),
        ({"headers": {"X-Bad": "a\nBcc: b@c.test"}}, "cannot hold"),
    ],
)
def test_a_mail_that_cannot_be_written_is_explained(
    simulator: Simulator, wrong: dict[str, object], words: str
):
    draft = {"from": MAYA, "to": TOKEN, "subject": "Hello", "text": "x", **wrong}
    response = simulator.http.post(f"{simulator.page}api/mail/compose", json=draft, timeout=5)
    assert response.status_code == 400
    assert words in response.json()["error"]


@pytest.mark.parametrize("path", ["", "/raw", "/html", "/parts/0"])
def test_a_mail_that_is_not_there_is_404(simulator: Simulator, path: str):
    response = requests.get(f"{simulator.page}api/mail/4711{path}", timeout=5)
    assert response.status_code == 404
    assert response.json()["error"].startswith("There is no such")


@pytest.mark.parametrize(
    ("call", "body"),
    [("mail/reply", {"id": 4711}), ("mail/resend", {"id": 4711}), ("phone/resend", {"sid": "SM1"})],
)
def test_what_is_not_there_cannot_be_answered_or_sent_again(
    simulator: Simulator, call: str, body: dict[str, object]
):
    response = requests.post(f"{simulator.page}api/{call}", json=body, timeout=5)
    assert response.status_code == 404


def test_a_mail_without_headers_can_be_answered_where_it_is_told_to(
    simulator: Simulator, gateway: ListeningGateway
):
    with smtplib.SMTP("127.0.0.1", simulator.smtp_port, timeout=5) as smtp:
        smtp.sendmail("a@b.test", [OWNER], b"Subject: bare\n\nhello\n")
    simulator.reply(simulator.mails(OWNER)[0]["id"], "Yes", to=[TOKEN])
    _, mail = received(gateway)
    assert "In-Reply-To" not in mail
    assert mail["Subject"] == "Re: bare"


def test_a_list_of_mail_needs_to_know_whose(simulator: Simulator):
    response = requests.get(f"{simulator.page}api/mail", timeout=5)
    assert response.status_code == 400
    assert response.json()["error"].startswith("Name the mailbox")


@pytest.mark.parametrize(
    ("body", "content_type", "words"),
    [
        ("from=a", "application/x-www-form-urlencoded", "Send JSON"),
        ("{", "application/json", "is no JSON"),
        ("[]", "application/json", "must be a JSON object"),
    ],
)
def test_a_body_that_is_no_json_object_is_explained(
    simulator: Simulator, body: str, content_type: str, words: str
):
    response = requests.post(
        f"{simulator.page}api/mail/compose",
        data=body,
        headers={"Content-Type": content_type},
        timeout=5,
    )
    assert response.status_code == 400
    assert words in response.json()["error"]


@pytest.mark.parametrize(
    "settings",
    [
        {"colour": "blue"},
        {"numbers": "all"},
        {"templates": {"HX1": {}}},
        {"templates": {"HX1": {"body": "x", "buttons": [{"text": "only"}]}}},
    ],
)
def test_a_setting_that_does_not_exist_is_explained(
    simulator: Simulator, settings: dict[str, object]
):
    response = simulator.http.put(f"{simulator.page}api/settings", json=settings, timeout=5)
    assert response.status_code == 400
    assert len(response.json()["error"]) > 40
