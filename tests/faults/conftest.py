from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.large import Large, large_product
from tests.product import Owner


@pytest.fixture(scope="session")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Large]:
    """One large product over PostgreSQL and Redis for all tests that leave its servers alone."""
    folder = tmp_path_factory.mktemp("large")
    with large_product(folder, "redis", RESOLVE_AFTER="1", SMS_PER_SECOND="200") as product:
        yield product


@pytest.fixture
def large(started: Large) -> Iterator[Large]:
    """The large product, made whole again after each test."""
    yield started
    started.simulator.all_faults_off()
    started.mend()


@pytest.fixture(scope="session")
def ann(started: Large) -> Owner:
    """A bike shop of that product."""
    return started.seed(
        "ann@bikes.example", slug="bike-shop", sms="+14155551000", whatsapp="+14155551001"
    )
