"""What a member looks through again and again."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from gateway.models.base import Row


class SavedView(Row):
    """A folder with search and filters that somebody gave a name; his own, beside the folders."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        db_constraint=False,
        related_name="saved_views",
    )
    name = models.CharField(max_length=40)
    query = models.CharField(max_length=1000, help_text="As it stands in the address of the list.")

    class Meta:
        ordering = ("name",)
        constraints = [models.UniqueConstraint("user", "name", name="gateway_savedview_once")]

    def __str__(self) -> str:
        return self.name
