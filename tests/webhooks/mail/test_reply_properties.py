"""What holds for every letter, however odd: nothing is lost, nothing takes long, nothing grows."""

from __future__ import annotations

import random
from collections import Counter
from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.marker import ENGLISH, MARKERS
from tests.webhooks.mail.hostile import HTML, LENGTH, TEXT, crafted, raw_mail, seconds
from webhooks.mail.hypertext import text_of_html
from webhooks.mail.reply import Reply, newly_written

MARKER = MARKERS[ENGLISH]

# The slowest that were found take as long as the ordinary page below; what is not linear takes many times that.
FACTOR = 8
few = settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
many = settings(max_examples=300, deadline=None)

LINES = (
    *("x", "y", "> x", "> y", ">", "", " x", MARKER, f"> {MARKER}", "-- ", "Sent from my iPhone", "-Ann"),
    *("On 1.1.2026 10:00 a@b.example wrote:", "wrote:", "-----Original Message-----", "x" * 120),
    *("From: a@b.example", "Subject: x", "To: x", "_" * 30, "---- Forwarded message ----", "unsubscribe"),
)  # fmt: skip
letters = st.one_of(
    st.lists(st.sampled_from(LINES), max_size=12).map("\n".join),
    st.lists(st.sampled_from(TEXT) | st.text(max_size=20), max_size=20).map("".join),
)
pages = st.lists(st.sampled_from(HTML) | st.text(max_size=20), max_size=20).map("".join)
seeds = st.integers(min_value=0, max_value=2**32)
sentences = st.lists(
    st.text("abc ", min_size=1, max_size=9).filter(str.strip), min_size=1, max_size=3
)


@cache
def _ordinary() -> float:
    """The processor's time, on this machine and now, for an ordinary page of the same length."""
    raw = raw_mail(("<p>Yes, I come.</p>" * LENGTH)[:LENGTH], "html")
    return max(seconds(raw) for _ in range(3))


@pytest.mark.parametrize("kind", ["plain", "flowed", "html"])
@few
@given(seed=seeds)
def test_no_letter_takes_much_longer_than_an_ordinary_one(kind: str, seed: int) -> None:
    letter = crafted(HTML if kind == "html" else TEXT, random.Random(seed))
    raw = raw_mail(letter, kind)
    # Again where it looks bad: other work on this machine may have cost it the caches.
    assert any(seconds(raw) < FACTOR * _ordinary() for _ in range(3))


@pytest.mark.parametrize("name", ["p", "script", "a"])
@pytest.mark.parametrize(
    "before",
    [
        *(
            "",
            "<!-- x --!>",
            '<!-- <p a=" -->',
            "<style/>",
            '<p a = ">">',
            "<! <!-- >",
            "<? <!-- >",
        ),
        *(
            '</p a="<!--">',
            "</ <!-- >",
            "<xmp><!--</xmp>",
            "<\u017fcript>",
            '<p a=\u2003">',
            '<p \xa0=">">',
        ),
        *("<script a=b/><!--</script>", "<script></scriptx <!--</script>", "<style><!--</style>"),
    ],
)
def test_a_tag_of_thousands_of_attributes_is_read_as_quickly(name: str, before: str) -> None:
    """The parser's own time grows with their square."""
    attributes = " ".join(f"a{number}" for number in range(LENGTH // 4))
    page = f"{before}<{name} {attributes}>x</{name}><p>Yes, I come.</p>"
    raw = raw_mail(page, "html")
    assert any(seconds(raw) < FACTOR * _ordinary() for _ in range(3))
    assert "Yes, I come." in text_of_html(page)


@pytest.mark.parametrize("piece", HTML)
def test_each_piece_alone_is_read_as_quickly(piece: str) -> None:
    raw = raw_mail((piece * LENGTH)[:LENGTH], "html")
    assert any(seconds(raw) < FACTOR * _ordinary() for _ in range(3))


def test_a_tag_of_a_few_attributes_and_what_only_looks_like_one_are_left_alone() -> None:
    many = " ".join(f"word{number}" for number in range(300))
    page = f"<!-- <b {many} --><script>if (a <b {many}</script><a title='{many}' href=http://x.example>Look</a>"
    assert text_of_html(page) == "Look <http://x.example>"


@few
@given(seed=seeds)
def test_little_html_never_becomes_much_text(seed: int) -> None:
    reply = newly_written("", crafted(HTML, random.Random(seed)))
    assert len(reply.text) + len(reply.quoted) <= 3 * LENGTH


@many
@given(letter=letters)
def test_every_line_is_kept_or_folded(letter: str) -> None:
    assert _lines(newly_written(letter, "")) == _filled(letter)


@many
@given(page=pages)
def test_every_word_of_a_page_is_kept_or_folded(page: str) -> None:
    assert _words(newly_written("", page)) == _marked_words(text_of_html(page))


@many
@given(letter=letters, length=st.integers(min_value=0, max_value=200))
def test_whatever_the_provider_takes_for_the_answer_nothing_is_lost(
    letter: str, length: int
) -> None:
    reply = newly_written(letter, "", letter[:length])
    assert Counter("".join(_words(reply).elements())) == Counter(
        "".join(_marked_words(letter).elements())
    )


@given(
    blocks=st.lists(st.tuples(sentences, sentences), min_size=2, max_size=5), headed=st.booleans()
)
def test_of_answers_between_the_quotes_everything_is_kept(
    blocks: list[tuple[list[str], list[str]]], headed: bool
) -> None:
    lines = ["On Mon, 13 Jul 2026 at 08:59, Ann <ann@shop.example> wrote:"] * headed
    for quoted, answer in blocks:
        lines += [*(f"> {line}" for line in quoted), *answer]
    reply = newly_written("\n".join(lines), "")
    assert (reply.text, reply.quoted) == ("\n".join(lines).rstrip(), "")


@many
@given(plain=letters, page=pages, stripped=st.text(max_size=30))
def test_whatever_comes_is_read(plain: str, page: str, stripped: str) -> None:
    reply = newly_written(plain, page, stripped)
    assert isinstance(reply, Reply)


def _filled(text: str) -> Counter[str]:
    return Counter(line.strip() for line in text.split("\n") if line.strip())


def _lines(reply: Reply) -> Counter[str]:
    return _filled(reply.text) + _filled(reply.quoted)


def _words(reply: Reply) -> Counter[str]:
    return _marked_words(f"{reply.text}\n{reply.quoted}")


def _marked_words(text: str) -> Counter[str]:
    """The words without the marks of quotes, which are ours in a page."""
    return Counter(text.replace(">", " ").split())
