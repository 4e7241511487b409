"""The drawings of a business's numbers, as boxes of one SVG each. A table says the same beside every one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from gateway.glance.figures import Day, Glance, Stand
from gateway.words import channel_name

# Drawings are stretched to the width of the page, so only their proportions count.
WIDTH, HEIGHT = 1000, 200
GAP = 0.2  # of a day's width
LEAST = 3  # units of height, so that one message is seen beside a thousand


@dataclass(frozen=True)
class Box:
    """One rectangle: where it is, what it stands for (a class of the style sheet), and in words."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    words: str


@dataclass(frozen=True)
class Chart:
    """The rectangles, and the largest number that is drawn on either side of the line."""

    boxes: list[Box]
    line: float
    most_received: int
    most_sent: int


def messages_chart(glance: Glance) -> Chart:
    """A column a day: upwards what came in, downwards what went out, each by channel."""
    received = max((day.received.total() for day in glance.days), default=0)
    sent = max((day.sent.total() for day in glance.days), default=0)
    unit = HEIGHT / max(1, received + sent)
    line = received * unit
    width = WIDTH / len(glance.days)
    boxes: list[Box] = []
    for number, day in enumerate(glance.days):
        x = width * (number + GAP / 2)
        boxes += _column(day.received, glance.channels, x, width * (1 - GAP), line, -unit, day)
        boxes += _column(day.sent, glance.channels, x, width * (1 - GAP), line, unit, day)
    return Chart(boxes, _rounded(line), received, sent)


def share_boxes(stands: Counter[str]) -> list[Box]:
    """One bar, divided by what became of the messages."""
    boxes, x = [], 0.0
    for stand in Stand:
        if count := stands.get(stand, 0):
            width = WIDTH * count / stands.total()
            words = f"{stand.label}: {count}"
            boxes.append(Box(_rounded(x), 0, _rounded(width), HEIGHT, stand, words))
            x += width
    return boxes


def bar_width(value: int, most: int) -> float:
    """How wide a bar is among bars of which the longest stands for `most`."""
    return _rounded(WIDTH * value / max(1, most))


def duration(minutes: int) -> str:
    """A time as one speaks of it."""
    if minutes < 1:
        return _("under a minute")
    if minutes < 120:
        return _("%(count)d min") % {"count": minutes}
    if minutes < 48 * 60:
        return _("%(count)s h") % {"count": number_format(f"{minutes / 60:.2g}")}
    return _("%(count)s days") % {"count": number_format(f"{minutes / (24 * 60):.2g}")}


def _column(
    counts: Counter[str],
    channels: list[str],
    x: float,
    width: float,
    line: float,
    unit: float,
    day: Day,
) -> Iterator[Box]:
    """The boxes of one side of a day, from the line away."""
    y = line
    words = _("%(day)s, %(channel)s: %(count)d received")
    if unit > 0:
        words = _("%(day)s, %(channel)s: %(count)d answered")
    shown: dict[str, object] = {"day": date_format(day.day, "SHORT_DATE_FORMAT")}
    for channel in channels:
        if count := counts[channel]:
            height = max(LEAST, abs(unit) * count)
            top = y - height if unit < 0 else y
            y = top if unit < 0 else y + height
            shown |= {"channel": channel_name(channel), "count": count}
            place = _rounded(x), _rounded(top), _rounded(width), _rounded(height)
            yield Box(*place, f"ch-{channel}", words % shown)


def _rounded(value: float) -> float:
    return round(value, 1)
