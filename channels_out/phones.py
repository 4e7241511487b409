"""One phone that providers write in two ways.

WhatsApp keeps the old form of Mexican and Brazilian mobile numbers, and texts lack the 9 of Argentinian ones:
https://support.twilio.com/hc/en-us/articles/223183008, ANATEL's ninth digit (Resolution 553/2010).
"""

import re

_FORMS = (
    (re.compile(r"\+521(\d{10})"), r"+52\1"),
    (re.compile(r"\+55(\d\d)([6-9]\d{7})"), r"+55\g<1>9\2"),
    (re.compile(r"\+54([1-8]\d{9})"), r"+549\1"),
)
_OTHER_FORMS = (
    (re.compile(r"\+52(\d{10})"), r"+521\1"),
    (re.compile(r"\+55(\d\d)9([6-9]\d{7})"), r"+55\1\2"),
    (re.compile(r"\+549([1-8]\d{9})"), r"+54\1"),
)
_CONCERNED = ("+52", "+54", "+55")


def one_form(number: str) -> str:
    """The form by which a phone is found again; what is none, such as a WhatsApp user id, is given as it is."""
    if number.startswith(_CONCERNED):
        for form, other in _FORMS:
            if form.fullmatch(number):
                return form.sub(other, number)
    return number


def other_forms(number: str) -> set[str]:
    """In which other forms providers write a phone that is given in its one form."""
    return {form.sub(other, number) for form, other in _OTHER_FORMS if form.fullmatch(number)}
