"""Segments are counted as 3GPP TS 23.038 and Twilio count them."""

from __future__ import annotations

import pytest

from simulator.segments import count_segments


@pytest.mark.parametrize(
    ("text", "segments"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("{" * 80, 1),
        ("{" * 81, 2),
        ("ж" * 70, 1),
        ("ж" * 71, 2),
        ("ж" * 134, 2),
        ("ж" * 135, 3),
        ("😀" * 35, 1),
        ("\ud800", 1),
    ],
)
def test_a_text_takes_so_many_segments(text: str, segments: int):
    assert count_segments(text) == segments
