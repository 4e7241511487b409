"""WhatsApp templates of a business: what may be written once the customer's 24 hours are over."""

from __future__ import annotations

import re

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gateway.models.base import Row
from gateway.models.business import Business

# Twilio's limits: https://www.twilio.com/docs/content/using-variables-with-content-api
LONGEST_PLACE = 16
PLACE = re.compile(r"\{\{\s*(\w+)\s*\}\}")


class Filling(models.TextChoices):
    """What a template's place is filled with."""

    ANSWER = "answer", gettext_lazy("The answer's text")
    CUSTOMER = "customer", gettext_lazy("The customer's name")
    BUSINESS = "business", gettext_lazy("The business's name")
    LISTING = "listing", gettext_lazy("The listing's title")
    LINK = "link", gettext_lazy("The link to the conversation")


class TemplateCategory(models.TextChoices):
    """As which WhatsApp approved it; of marketing it delivers little."""

    UTILITY = "utility", gettext_lazy("Utility")
    MARKETING = "marketing", gettext_lazy("Marketing")


class WhatsAppTemplate(Row):
    """A Content template of the Twilio account that WhatsApp has approved, and what goes into its places.

    One with a place for the answer carries the answer whole; one without asks the customer to write, and
    the answer follows once he does. Without a constraint: code that does not know this table could not
    erase a business.
    """

    business = models.ForeignKey(
        Business, on_delete=models.CASCADE, db_constraint=False, related_name="whatsapp_templates"
    )
    name = models.CharField(
        max_length=80, help_text=gettext_lazy("As the people of the business know it.")
    )
    content_sid = models.CharField(
        "ContentSid",
        max_length=34,
        validators=[
            RegexValidator(r"^HX[0-9a-fA-F]{32}$", gettext_lazy("HX and 32 hexadecimal digits."))
        ],
    )
    language = models.CharField(max_length=12, help_text=gettext_lazy("Such as en, de or pt_BR."))
    category = models.CharField(
        max_length=10, choices=TemplateCategory.choices, default=TemplateCategory.UTILITY
    )
    body = models.TextField(
        help_text=gettext_lazy("Word for word as it was approved, with its {{1}} places.")
    )
    places = models.JSONField(
        default=dict,
        help_text=(
            'What fills each place: {"1": "customer", "2": "answer"}. '
            f"One of {', '.join(Filling.values)}."
        ),
    )
    sender = models.ForeignKey(
        "channels_out.Sender",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        db_constraint=False,
        related_name="+",
        limit_choices_to={"channel": "whatsapp"},
        help_text="The one number whose account has it; empty: any of the business's.",
    )
    is_active = models.BooleanField(default=True)

    class Meta:
        verbose_name = "WhatsApp template"
        ordering = ("created_at",)
        constraints = [
            models.UniqueConstraint(
                "business",
                "content_sid",
                name="gateway_template_once",
                violation_error_message=gettext_lazy(
                    "This ContentSid is in another template already."
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def carries_answer(self) -> bool:
        """Whether the answer's text is in it."""
        return Filling.ANSWER in self.places.values()

    def clean(self) -> None:
        """Says what does not fit: the places of the text and what fills them are the same ones."""
        if not isinstance(self.places, dict):
            raise ValidationError({"places": _("Write each place and what fills it.")})
        unknown = sorted({str(value) for value in self.places.values()} - set(Filling.values))
        if unknown:
            words = _("Nothing is called %(names)s.") % {"names": ", ".join(unknown)}
            raise ValidationError({"places": words})
        in_text = set(PLACE.findall(self.body))
        if missing := sorted(in_text - set(self.places)):
            words = _("Say what fills %(places)s.") % {"places": _braced(missing)}
            raise ValidationError({"places": words})
        if unknown := sorted(set(self.places) - in_text):
            words = _("The text has no %(places)s.") % {"places": _braced(unknown)}
            raise ValidationError({"places": words})
        if too_long := [name for name in self.places if len(name) > LONGEST_PLACE]:
            words = _("%(name)s has more than %(most)d characters.")
            words %= {"name": too_long[0], "most": LONGEST_PLACE}
            raise ValidationError({"places": words})


def _braced(names: list[str]) -> str:
    return ", ".join("{{" + name + "}}" for name in names)
