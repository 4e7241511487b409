"""A letter in HTML, however many documents it is."""

from __future__ import annotations

import pytest

from tests.webhooks.mail.mails import mail, parts
from webhooks.mail.hypertext import text_of_html
from webhooks.mail.parse import parse

PICTURE = "Content-Type: image/jpeg; name=a.jpg\nContent-Disposition: inline\n\nx"
DISCLAIMER = "<html><body><p>This mail is confidential.</p></body></html>"


def _html(body: str) -> str:
    return f"Content-Type: text/html\n\n<html><head></head><body>{body}</body></html>"


def test_pages_around_a_picture_are_read_whole_and_in_order() -> None:
    found = parse(
        parts(_html("<div>Here it is:</div>"), PICTURE, _html("I pay 200."), kind="related")
    )
    assert found.text == "Here it is:\nI pay 200."


def test_pages_around_a_picture_in_one_form_of_a_letter_are_read_whole() -> None:
    inner = parts(_html("Here it is:"), PICTURE, _html("I pay 200."), From="", To="").decode()
    raw = mail(
        f"--outer\n{inner}\n--outer--\n", Content_Type="multipart/alternative; boundary=outer"
    )
    assert parse(raw).text == "Here it is:\nI pay 200."


@pytest.mark.parametrize(
    "open_end", ["<blockquote>x", "<!-- x", "<script>x", "<p title='x", "<pre>x"]
)
def test_what_one_page_leaves_open_ends_with_it(open_end: str) -> None:
    found = parse(parts(f"Content-Type: text/html\n\nHello{open_end}", _html("<p>I  come.</p>")))
    assert found.text.endswith("I come.")


@pytest.mark.parametrize(
    ("page", "text"),
    [
        (f"<html><body>I come.</body></html>{DISCLAIMER}", "I come.\n\nThis mail is confidential."),
        (f"{DISCLAIMER}<html><body>I come.</html>", "This mail is confidential.\n\nI come."),
        (
            "<html><body>I come.</body></html>\n<p>At five.</p></html >Bye",
            "I come.\n\nAt five.\n\nBye",
        ),
        ("<p>One</html\n><html><head><title>x</title><body>Two", "One\n\nTwo"),
        ("</html>One", "One"),
        ("<!-- </html> --><p title='</html>'>One</p>", "One"),
    ],
)
def test_what_follows_the_end_of_a_document_is_read(page: str, text: str) -> None:
    assert text_of_html(page) == text


def test_a_quoted_document_does_not_end_its_quote() -> None:
    quote = f"<blockquote>{DISCLAIMER}Old words.</blockquote>"
    found = parse(mail(f"<p>I come.</p>{quote}", Subject="Re: Bike", Content_Type="text/html"))
    assert (found.text, "Old words." in found.quoted) == ("I come.", True)


def test_containers_of_quotes_are_known_behind_the_end_of_a_document() -> None:
    page = "<html><body>I come.</body></html><div class=gmail_quote>Old words.</div>"
    found = parse(mail(page, Subject="Re: Bike", Content_Type="text/html"))
    assert (found.text, found.quoted) == ("I come.", "> Old words.")


@pytest.mark.parametrize(
    "emoji", ["😀", "❤️", "👍🏽", "👩\u200d🚒", "🇩🇪", "1️⃣", "🎉🎉", " ☺ ", "🏴\U000e0067\U000e007f"]
)
def test_an_emoji_sent_as_a_picture_is_read(emoji: str) -> None:
    page = f'<p>Yes <img alt="{emoji}" src="https://cdn.example/1f600.png"> fine</p>'
    assert text_of_html(page) == f"Yes {emoji.strip()} fine"


@pytest.mark.parametrize(
    "alt", ["", "Acme GmbH", "logo", "*", "-", "5", "•", "😀 smile", "😀" * 50]
)
def test_what_else_a_picture_says_of_itself_is_not_read(alt: str) -> None:
    assert text_of_html(f'<p>Yes<img alt="{alt}" src="cid:x"></p>') == "Yes"


def test_a_letter_of_one_emoji_is_no_empty_letter() -> None:
    page = '<div><img class="an1" alt="👍" src="https://cdn.example/1f44d.png"></div>'
    assert parse(mail(page, Content_Type="text/html; charset=utf-8")).text == "👍"
