"""What a search found is marked where it stands."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.notes import write_note
from gateway.search.hits import passage, pieces
from gateway.search.words import words_of
from tests.factories import make_message, make_reply
from tests.gateway.dashboard.pages import read

TEXTS = st.text(st.sampled_from("ab Ä.ß-7\n日本é"), max_size=30)


@given(TEXTS, TEXTS)
def test_the_pieces_are_the_text_and_each_hit_begins_as_asked(text, asked):
    words = words_of(asked)
    found = pieces(text, words)
    assert "".join(piece for piece, _ in found) == text
    for piece, is_hit in found:
        if is_hit:
            assert any(word.startswith(tuple(words)) for word in words_of(piece))


@given(TEXTS)
def test_a_whole_word_of_a_text_is_a_hit(text):
    for word in words_of(text):
        assert any(is_hit for _, is_hit in pieces(text, [word]))


@pytest.mark.parametrize(
    ("text", "asked", "shown"),
    [
        ("And I want a tandem", "TAND", "And I want a tandem"),
        ("x " * 100 + "the tandem. " + "y " * 100, "tandem", "tandem."),
        ("Straße 7", "strasse", "Straße 7"),
        ("Nothing of it", "tandem", ""),
        ("Nothing asked", "", ""),
    ],
)
def test_a_passage_is_what_stands_around_the_first_hit(text, asked, shown):
    found = passage(text, words_of(asked))
    assert shown in found
    assert len(found) < 200
    assert bool(found) == bool(shown)


@pytest.mark.django_db
class TestTheList:
    def test_it_shows_the_newest_text_with_a_hit_though_others_came_later(self, browser, ann):
        message = make_message(ann, "A <b>tandem</b>, please", sender_name="Maya")
        make_reply(message, ann, "Which tandem?")
        make_reply(message, ann, "Hello?")
        row = read(browser.get("/?q=tandem")).select_one(f"#row-{message.pk}")
        assert [hit.get_text() for hit in row.select("mark")] == ["tandem"]
        assert "Which tandem?" in row.get_text()

    def test_a_name_a_note_and_markup_of_strangers_are_shown_as_they_are(self, browser, ann):
        message = make_message(ann, "A <b>tandem</b>, please", sender_name="Maya <i>Okafor</i>")
        write_note(message, ann, "Wants the green one")
        row = read(browser.get("/?q=okafor")).select_one(f"#row-{message.pk}")
        assert "Maya <i>Okafor</i>" in row.get_text()
        row = read(browser.get("/?q=green")).select_one(f"#row-{message.pk}")
        assert "Wants the green one" in row.get_text()
        assert read(browser.get("/?q=tandem")).select_one(f"#row-{message.pk} .c2 b mark") is None

    def test_without_a_search_nothing_is_marked(self, browser, ann):
        make_message(ann)
        assert not read(browser.get("/")).select("#rows mark")
