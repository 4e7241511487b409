from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.large import large_product
from tests.product import Owner, Product, run_product

# Seconds: a busy machine takes its time to start eight processes.
SERVICES = [pytest.mark.services, pytest.mark.timeout(300)]
SET_UPS = [
    pytest.param("embedded", marks=pytest.mark.processes),
    pytest.param("redis", marks=SERVICES),
    pytest.param("rabbitmq", marks=SERVICES),
]


@pytest.fixture(scope="module", params=SET_UPS)
def product(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Product]:
    """One running product for the journeys of a module; every journey has its own owner and numbers."""
    folder = tmp_path_factory.mktemp("product")
    set_up = (
        run_product(folder) if request.param == "embedded" else large_product(folder, request.param)
    )
    with set_up as running:
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
