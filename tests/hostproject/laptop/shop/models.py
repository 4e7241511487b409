"""What the shop offers; the gateway's messages are about it."""

from django.db import models


class Listing(models.Model):
    """Older than the gateway: `business` came with it, and `makemigrations` has not seen it yet."""

    business = models.ForeignKey(
        "gateway.Business", on_delete=models.CASCADE, related_name="offers", null=True
    )
    title = models.CharField(max_length=200)

    def __str__(self) -> str:
        return self.title
