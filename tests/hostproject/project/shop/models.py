"""What the shop offers; the gateway's messages are about it."""

from django.db import models


class Listing(models.Model):
    """The shop's own model. The gateway needs `business`, and keeps a snapshot of what else it has."""

    business = models.ForeignKey(
        "gateway.Business", on_delete=models.CASCADE, related_name="offers"
    )
    article = models.CharField(max_length=40)
    title = models.CharField(max_length=200)
    price = models.DecimalField(max_digits=9, decimal_places=2)

    def __str__(self) -> str:
        return self.title
