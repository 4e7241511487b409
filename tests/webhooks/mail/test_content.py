"""The letter and the files of a mail."""

from __future__ import annotations

import time

import pytest

from tests.webhooks.mail.mails import mail, parts
from webhooks.mail.flowed import unflow
from webhooks.mail.names import display_name
from webhooks.mail.parse import parse

TEXT = "Content-Type: text/plain\n\n"
HTML = "Content-Type: text/html\n\n"


@pytest.mark.parametrize(
    ("charset", "data", "text"),
    [
        ("utf-8", "Grüße".encode(), "Grüße"),
        ("utf-8", "Grüße".encode("latin-1"), "Grüße"),
        ("us-ascii", "Grüße".encode(), "Grüße"),
        ("iso-8859-1", b"\x80 100", "€ 100"),
        ("gb2312", "價格".encode("gb18030"), "價格"),
        ("iso-2022-jp", "自転車".encode("iso-2022-jp"), "自転車"),
        ("koi8-r", "велосипед".encode("koi8-r"), "велосипед"),
        ("big5", "價錢係嘅".encode("big5hkscs"), "價錢係嘅"),
        ("big5", "€ 價錢".encode("cp950"), "€ 價錢"),
        ("GB_2312-80", "价格".encode("gbk"), "价格"),
        ("iso-8859-8-i", "שלום".encode("iso8859_8"), "שלום"),
        ("ISO-8859-8-E", "שלום".encode("iso8859_8"), "שלום"),
        ("DOS-862", "שלום".encode("cp862"), "שלום"),
        ("windows-874", "สวัสดี".encode("cp874"), "สวัสดี"),
        ("koi8-ru", "Привіт".encode("koi8_u"), "Привіт"),
        ("ks_c_5601-1989", "자전거 뷁".encode("cp949"), "자전거 뷁"),
        ("windows-31j", "自転車①髙".encode("cp932"), "自転車①髙"),
        ("shift_jis", "自転車①髙".encode("cp932"), "自転車①髙"),
        ("x-sjis", "自転車".encode("cp932"), "自転車"),
        ("euc-jp", "自転車".encode("euc_jp") + b"\xad\xa1\xad\xea\xfc\xe2", "自転車①㈱髙"),
        ("iso-2022-jp", b"\x1b$B<+E>\x2d\x21\x2d\x6a\x7c\x62\x1b(B ok", "自転①㈱髙 ok"),
        ("iso8859-1", b"\x80 100", "€ 100"),
        ("cp65001", "Grüße".encode(), "Grüße"),
        ("utf-16", b"I come at five", "I come at five"),
        ("utf-16", "I come".encode("utf-16"), "I come"),
        ("windows-99999", "Grüße".encode(), "Grüße"),
        ("iso-8859-99", "Grüße".encode(), "Grüße"),
        ("unknown-8bit", "Grüße".encode(), "Grüße"),
        ("hex", b"48656c6c6f", "48656c6c6f"),
        ("bz2_codec", b"BZh9", "BZh9"),
        ("idna", b"xn--", "xn--"),
        ("unicode_escape", rb"\u0041", rb"\u0041".decode()),
        ("", b"a\x00b\r\nc\x07", "ab\nc"),
        ("utf-8", b"\xc3\xa9\xed\xa0\x80b", "éb"),
        ("utf-8", "a\u2028b \u202eabc".encode(), "a\u2028b \u202eabc"),
    ],
)
def test_f43_f44_bytes_become_text_whatever_the_charset_says(
    charset: str, data: bytes, text: str
) -> None:
    raw = mail(data, Content_Type=f"text/plain; charset={charset}")
    found = parse(raw).text
    assert found.replace("\ufffd", "") == text


@pytest.mark.parametrize(
    ("charset", "data", "text"),
    [
        ("shift_jis", "自転車".encode("cp932") + b"\x81 x", "自転車\ufffd x"),
        ("gb2312", "自行车".encode("gbk")[:-1], "自行\ufffd"),
        ("euc-kr", "자전거".encode("cp949")[:-1], "자전\ufffd"),
        ("windows-1251", "Привет ".encode("cp1251") + b"\x98", "Привет \ufffd"),
        ("iso-2022-jp", b"\x1b$B<+E>\x7f\x7f\x1b(B ok", "自転\ufffd ok"),
        ("euc-jp", "自転車".encode("euc_jp") + b"\xff", "自転車\ufffd"),
        ("big5", "價錢".encode("big5hkscs") + b"\xff!", "價錢\ufffd!"),
        ("utf-16-le", "I come".encode("utf-16-le") + b"x", "I come\ufffd"),
        ("utf-8", "Grüße".encode() + b"\xff", "Grüße\ufffd"),
        ("koi8-t", "Grüße".encode(), "Grüße"),
    ],
)
def test_f44_one_bad_byte_spoils_no_other(charset: str, data: bytes, text: str) -> None:
    assert parse(mail(data, Content_Type=f"text/plain; charset={charset}")).text == text
    page = f"text/html; charset={charset}"
    assert parse(mail(data, Content_Type=page)).text == text


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("=?big5?B?ne8=?=", "嘅"),
        ("=?iso-8859-8-i?Q?=F9=EC=E5=ED?=", "שלום"),
        ("=?ISO-2022-JP?B?GyRCLSE8K0U+GyhC?=", "①自転"),
        ("=?windows-1251?Q?=CF=F0=98?=", "Пр\ufffd"),
    ],
)
def test_f44_subjects_and_names_are_decoded_as_letters_are(word: str, text: str) -> None:
    found = parse(mail(Subject=word, From=f"{word} <a@b.example>"))
    assert (found.subject, found.from_name) == (text, text)


@pytest.mark.parametrize(
    ("encoding", "body", "text"),
    [
        ("base64", "SGVs\nbG8=\n", "Hello"),
        ("BASE64", "SGVsbG8", "Hello"),
        ("base64", "Not encoded at all.", "Not encoded at all."),
        ("base64", "SGVsbG8gdGhlcmUsIEFubi4=\n-- \na footer", "Hello there, Ann."),
        ("quoted-printable", "Hel=\nlo =C3=A9 =ZZ", "Hello é =ZZ"),
        ("8bit; really", "Hello", "Hello"),
        ("x-uuencode", "begin 644 x\n%2&5L;&\\\n \nend\n", "Hello"),
    ],
)
def test_f44_the_transfer_encoding_is_undone_or_ignored(
    encoding: str, body: str, text: str
) -> None:
    found = parse(mail(body, Subject="Re: Bike", Content_Transfer_Encoding=encoding))
    assert found.text == text


def test_a_letter_split_around_a_picture_is_read_whole() -> None:
    found = parse(parts(TEXT + "Before", "Content-Type: image/png\n\nx", TEXT + "After"))
    assert found.text == "Before\nAfter"
    assert [file.name for file in found.files] == ["attachment-1.png"]


def test_a_letter_in_two_forms_is_read_once() -> None:
    assert parse(parts(TEXT + "Hello", HTML + "<b>Hello</b>", kind="alternative")).text == "Hello"


def test_a_text_with_a_name_is_a_file_behind_the_letter() -> None:
    named = 'Content-Type: text/plain; name="terms.txt"\n\nTerms'
    found = parse(parts(TEXT + "Hello", named))
    assert (found.text, [file.name for file in found.files]) == ("Hello", ["terms.txt"])


def test_a_text_that_nobody_reads_is_handed_on_as_a_file() -> None:
    found = parse(mail("line\n" * 300_000, Content_Type="text/plain"))
    assert (found.text, [file.name for file in found.files]) == ("", ["attachment-1.txt"])


def test_the_charset_of_html_is_read_from_its_meta() -> None:
    page = '<meta charset="koi8-r"><p>велосипед</p>'.encode("koi8-r")
    assert parse(mail(page, Content_Type="text/html")).text == "велосипед"


def test_a_flowed_paragraph_of_any_length_takes_no_time() -> None:
    started = time.process_time()
    unflow("a \n" * 300_000)
    assert time.process_time() - started < 0.8


def test_flowed_text_is_joined_within_its_quote_depth() -> None:
    body = "one \ntwo\n> old \n> text\n>> older\nnew "
    found = parse(mail(body, Content_Type="text/plain; format=flowed"))
    assert found.text == "one two\n> old text\n>> older\nnew"


def test_the_space_of_a_soft_break_is_deleted_where_the_mail_says_so() -> None:
    found = parse(
        mail("自転 \n車", Content_Type="text/plain; charset=utf-8; format=flowed; delsp=yes")
    )
    assert found.text == "自転車"


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("offer.pdf", "offer.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\ann\\offer.pdf", "offer.pdf"),
        ("\u200b.htaccess", "htaccess"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("a\x00b\nc.txt", "abc.txt"),
        ("CON.txt", "_CON.txt"),
        ("u\u0308ber.pdf", "über.pdf"),
        ('a<b>:"c|?*.txt', "a_b___c___.txt"),
        ("", "attachment-3.pdf"),
        ("...", "attachment-3.pdf"),
        ("\u200b\u202e", "attachment-3.pdf"),
    ],
)
def test_f47_c07_the_name_of_a_file_is_safe_to_show(given: str, shown: str) -> None:
    assert display_name(given, 3, "application/pdf") == shown


@pytest.mark.parametrize(
    "given", ["x" * 400 + ".pdf", "é" * 400 + ".pdf", "x" * 400, "." + "x" * 400]
)
def test_f47_a_long_name_keeps_its_ending(given: str) -> None:
    shown = display_name(given, 1, "application/pdf")
    assert 200 < len(shown.encode()) <= 255
    assert shown.endswith(".pdf") == given.endswith(".pdf")
