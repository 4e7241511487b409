from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.product import Owner, Product, run_product


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """One running product for the journeys of a module; every journey has its own owner and numbers."""
    folder: Path = tmp_path_factory.mktemp("product")
    with run_product(folder) as running:
        yield running


@pytest.fixture(scope="module")
def ann(product: Product) -> Owner:
    """A bike shop with a number for texts and a WhatsApp sender."""
    return product.seed(
        "ann@bikes.example",
        slug="bike-shop",
        name="Bike shop",
        sms="+14155551000",
        whatsapp="+14155551001",
        listing=["Blue bike", "Red bike"],
    )
