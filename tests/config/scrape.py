"""Reads `/metrics`."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.parser import text_string_to_metric_families


class Scrape:
    """What one scrape told."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.families = list(text_string_to_metric_families(text))

    def value(self, name: str, **labels: str) -> float:
        """The sum of the samples of this name that have these labels; 0 where there is none."""
        return sum(value for found, value in self._samples(name) if labels.items() <= found.items())

    def _samples(self, name: str) -> Iterator[tuple[dict[str, str], float]]:
        for family in self.families:
            for sample in family.samples:
                if sample.name == name:
                    yield sample.labels, sample.value
