"""Dates and numbers of the dashboard, in the manner of the language that is spoken."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from django.template import Context, Template
from django.utils import translation

from tests.factories import make_message
from tests.gateway.dashboard.pages import read

AT = datetime(2025, 1, 5, 15, 4, tzinfo=UTC)
COORDINATES = ("x", "y", "width", "height", "x1", "x2", "y1", "y2")


def test_a_page_names_its_language(browser):
    for language in ("en", "de", "es", "fr"):
        page = read(browser.get("/", headers={"accept-language": language}))
        assert page.html["lang"] == language


@pytest.mark.parametrize(
    ("name", "english", "german"),
    [
        ("DATETIME_FORMAT", "5 January 2025, 15:04", "5. Januar 2025 15:04"),
        ("SHORT_DATETIME_FORMAT", "5 Jan 2025, 15:04", "05.01.2025 15:04"),
        ("SHORT_DATE_FORMAT", "5 Jan 2025", "05.01.2025"),
        ("MONTH_DAY_FORMAT", "5 January", "5. Januar"),
        ("YEAR_MONTH_FORMAT", "January 2025", "Januar 2025"),
        ("TIME_FORMAT", "15:04", "15:04"),
    ],
)
def test_a_date_looks_as_in_its_language(name, english, german):
    shown = Template("{{ at|date:name }}")
    for language, expected in (("en", english), ("de", german)):
        with translation.override(language):
            assert shown.render(Context({"at": AT, "name": name})) == expected


def test_a_drawing_is_the_same_in_every_language(browser, ann):
    make_message(ann)
    url = f"/glance/{ann.business_id}/"
    page = read(browser.get(url, headers={"accept-language": "de"}))
    drawn = page.select("#main rect, #main line")
    places = [shape[name] for shape in drawn for name in COORDINATES if shape.has_attr(name)]
    assert any("." in place for place in places)
    assert [place for place in places if not re.fullmatch(r"-?\d+(\.\d+)?", place)] == []
