"""What an inquiry is about; a host project brings its own model (GATEWAY_LISTING_MODEL)."""

from __future__ import annotations

from typing import Any

from django.db import models

from gateway.models.base import Row

SOLD = "sold"


class Listing(Row):
    """One thing a business offers."""

    business = models.ForeignKey(
        "gateway.Business", on_delete=models.CASCADE, related_name="listings"
    )
    external_id = models.CharField(max_length=100, blank=True, help_text="Its id where it is kept.")
    title = models.CharField(max_length=200)
    url = models.URLField(max_length=500, blank=True)
    price = models.CharField(max_length=60, blank=True, help_text="As shown: amount and currency.")
    status = models.CharField(max_length=40, blank=True)
    photos = models.JSONField(default=list, blank=True, help_text="Addresses of pictures.")

    class Meta:
        swappable = "GATEWAY_LISTING_MODEL"
        ordering = ("title",)
        constraints = [
            models.UniqueConstraint(
                "business",
                "external_id",
                condition=~models.Q(external_id=""),
                name="gateway_listing_external_once",
            )
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_sold(self) -> bool:
        """Whether it was marked as sold."""
        return self.status == SOLD

    def mark_sold(self) -> None:
        """It is not offered any more."""
        self.status = SOLD
        self.save(update_fields=["status"])


def can_be_sold(listing: models.Model | type[models.Model]) -> bool:
    """Whether a listing, or its model, knows to be sold: it has `mark_sold()`, and `is_sold` says whether it was.

    Both are a host's to offer; where its model has no `mark_sold()` nothing offers to call it.
    """
    return callable(getattr(listing, "mark_sold", None))


SNAPSHOT_FIELDS = ("external_id", "title", "url", "price", "status", "photos")


def snapshot(listing: models.Model | None) -> dict[str, Any]:
    """The listing as it is now, for a message to keep; fields that the model lacks are left out."""
    if listing is None:
        return {}
    kept = {name: getattr(listing, name) for name in SNAPSHOT_FIELDS if hasattr(listing, name)}
    return {"id": str(listing.pk), "title": str(listing), **{k: _plain(v) for k, v in kept.items()}}


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int | float | bool | list | dict | None) else str(value)
