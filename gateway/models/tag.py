"""Words by which a business sorts its conversations."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from gateway.models.base import Row
from gateway.models.business import Business
from gateway.models.conversation import CustomerMessage


class Colour(models.TextChoices):
    """The colours that the style sheets know, in light and dark."""

    GREEN = "h0", _("Green")
    BLUE = "h1", _("Blue")
    YELLOW = "h2", _("Yellow")
    RED = "h3", _("Red")
    PURPLE = "h4", _("Purple")
    TEAL = "h5", _("Teal")


class Tag(Row):
    """One such word; a business has it once, however it is capitalised."""

    business = models.ForeignKey(
        Business, on_delete=models.CASCADE, db_constraint=False, related_name="tags"
    )
    name = models.CharField(max_length=40)
    colour = models.CharField(max_length=2, choices=Colour.choices, default=Colour.BLUE)
    messages = models.ManyToManyField(
        CustomerMessage, through="gateway.Tagging", related_name="tags"
    )

    class Meta:
        ordering = ("name",)
        constraints = [
            models.UniqueConstraint(
                "business",
                Lower("name"),
                name="gateway_tag_once",
                violation_error_message=_("There is a tag of this name."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Tagging(Row):
    """That a conversation has a tag."""

    message = models.ForeignKey(
        CustomerMessage, on_delete=models.CASCADE, db_constraint=False, related_name="taggings"
    )
    tag = models.ForeignKey(Tag, on_delete=models.CASCADE, related_name="taggings")

    class Meta:
        constraints = [models.UniqueConstraint("message", "tag", name="gateway_tagging_once")]

    def __str__(self) -> str:
        return f"{self.tag} on {self.message_id}"
