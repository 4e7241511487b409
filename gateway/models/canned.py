"""Texts that a business keeps because it sends them often."""

from __future__ import annotations

import re

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gateway.models.base import Row
from gateway.models.business import Business

LONGEST_NAME = 30  # characters: a button in a mail and a row of a short list hold it
LONGEST_TEXT = 2_000  # characters
MOST_ANSWERS = 200  # of a business: more than one can choose from
MOST_BUTTONS = 2  # in the mail that tells of a message
# What is filled in when an answer is put into the reply box: the customer's first name, the title of the
# listing, and who answers.
PLACEHOLDERS = ("name", "listing", "me")
PLACE = re.compile(r"(\s*)\{([^{}\n]*)\}")


def known_placeholders(text: str) -> None:
    """Refuses a text that names a placeholder which nothing fills."""
    for _blank, word in PLACE.findall(text):
        if word not in PLACEHOLDERS:
            known = ", ".join(f"{{{each}}}" for each in PLACEHOLDERS)
            raise ValidationError(
                _("Nothing fills {%(word)s}. These can be used: %(known)s."),
                "unknown_placeholder",
                {"word": word, "known": known},
            )


class CannedAnswer(Row):
    """One such text, found in the reply box by its name; a business has a name once, however it is capitalised."""

    business = models.ForeignKey(
        Business, on_delete=models.CASCADE, db_constraint=False, related_name="canned_answers"
    )
    name = models.CharField(max_length=LONGEST_NAME)
    text = models.TextField(
        max_length=LONGEST_TEXT,
        validators=[known_placeholders],
        help_text="{name}, {listing} and {me} are filled in when it is used.",
    )
    in_mails = models.BooleanField(
        default=False,
        help_text="A button in the mail that tells of a message sends it.",
    )

    class Meta:
        ordering = ("name",)
        constraints = [
            models.UniqueConstraint(
                "business",
                Lower("name"),
                name="gateway_cannedanswer_once",
                violation_error_message=gettext_lazy("There is an answer of this name already."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuses more answers, or more buttons in mails, than one can choose from."""
        super().clean()
        others = CannedAnswer.objects.filter(business=self.business_id).exclude(pk=self.pk)
        if self._state.adding and others.count() >= MOST_ANSWERS:
            problem = _("There are %(many)s answers already; delete some first.")
            raise ValidationError(problem, "too_many", {"many": MOST_ANSWERS})
        if self.in_mails and others.filter(in_mails=True).count() >= MOST_BUTTONS:
            problem = _("A mail holds %(many)s of these buttons; take one of the others off first.")
            raise ValidationError(
                {"in_mails": ValidationError(problem, "too_many", {"many": MOST_BUTTONS})}
            )
