"""How phone networks count a text, and what makes it cheaper."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from channels_out.sms import GSM, UCS2, plain, segments_of


@pytest.mark.parametrize(
    ("text", "number", "alphabet", "left"),
    [
        ("", 1, GSM, 160),
        ("x" * 160, 1, GSM, 0),
        ("x" * 161, 2, GSM, 145),
        ("x" * 306, 2, GSM, 0),
        ("\u20ac" * 80, 1, GSM, 0),
        # An escape is not parted from its septet: 76 of them and a unit left over in each segment.
        ("\u20ac" * 81, 2, GSM, 143),
        ("x" * 152 + "\u20ac" + "x" * 20, 2, GSM, 131),
        ("\u0436" * 70, 1, UCS2, 0),
        ("\u0436" * 71, 2, UCS2, 63),
        ("\U0001f6b2" * 35, 1, UCS2, 0),
        ("\U0001f6b2" * 36, 2, UCS2, 61),
        ("\u00e7" + "x" * 69, 1, UCS2, 0),
    ],
)
def test_f50_segments_are_those_the_network_counts(text, number, alphabet, left):
    assert segments_of(text) == (number, alphabet, left)


def test_typographic_characters_become_plain_where_that_makes_all_of_it_cheaper():
    written = "\u201eSure\u201c \u2013 it\u2019s\u00a0there\u2026 \u2022 2\u202f\u20ac e\u0301"
    assert plain(written) == '"Sure" - it\'s there... - 2 \u20ac \u00e9'
    assert segments_of(plain(written)).alphabet is GSM


@pytest.mark.parametrize(
    "text", ["\u201cSure\u201d \U0001f6b2", "\u041f\u0440\u0438\u0432\u0435\u0442 \u2014"]
)
def test_a_text_that_stays_expensive_keeps_its_typography(text):
    assert plain(text) == text


@given(st.text(max_size=700))
@example("\u2026" * 70)
def test_f50_a_plain_text_is_never_dearer_and_never_changes_again(text):
    plainer = plain(text)
    assert segments_of(plainer).number <= segments_of(text).number
    assert plain(plainer) == plainer


@given(st.text(alphabet="x\u20ac\u0436\U0001f6b2", max_size=700))
def test_f50_every_segment_holds_what_fits_into_it(text):
    number, alphabet, left = segments_of(text)
    units = sum(
        2 if c in "\u20ac\U0001f6b2" and (alphabet is GSM or c > "\uffff") else 1 for c in text
    )
    room = alphabet.alone if number == 1 else alphabet.joined
    assert 0 <= left <= room
    assert units + left <= number * room <= units + left + number - 1 + (number == 1)
