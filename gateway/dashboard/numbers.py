"""The form in which an owner limits what his business sends to phones."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from gateway.models import Business
from gateway.outbound.limits import OWN_LIMITS, granted_countries, granted_texts, with_limits


class CountriesField(forms.CharField):
    """Countries as people list them: `DE, at`."""

    def to_python(self, value: Any) -> Any:
        return {each.upper() for each in re.split(r"[\s,;]+", value or "") if each}

    def prepare_value(self, value: Any) -> Any:
        return value if isinstance(value, str) else ", ".join(sorted(value or ()))


class LimitsForm(forms.Form):
    """How many texts a day, and to which countries; empty: as many, and as far, as is granted."""

    texts_a_day = forms.IntegerField(
        label=_("Texts a day, at most"), required=False, min_value=0, max_value=1_000_000_000
    )
    countries = CountriesField(
        label=_("Countries you write to first"), required=False, max_length=400
    )

    def __init__(self, business: Business, data: Any = None) -> None:
        chosen = set(business.own_text_countries.split(",")) - {""}
        super().__init__(
            data, initial={"texts_a_day": business.own_texts_a_day, "countries": chosen}
        )
        self.business = business
        granted = sorted(granted_countries(business))
        most = granted_texts(business)
        self.fields["texts_a_day"].help_text = _(
            "Segments of SMS and messages on WhatsApp. Empty: the %(most)s that you may send."
        ) % {"most": most}
        self.fields["countries"].help_text = _(
            "Codes such as DE, AT. Empty: %(granted)s. Who wrote first is answered anywhere."
        ) % {"granted": ", ".join(granted) or _("any country")}

    def clean(self) -> dict[str, Any]:
        if not self.errors:
            given = self.cleaned_data
            try:
                self.business = with_limits(self.business, given["texts_a_day"], given["countries"])
            except ValidationError as error:
                self.add_error(None, error)
        return self.cleaned_data

    def save(self) -> None:
        """Stores a valid form's limits."""
        self.business.save(update_fields=OWN_LIMITS)
