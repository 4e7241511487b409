"""The lines at the top of a notification, in each language; an answer is written above them.

Mails that were sent stay in mailboxes for years: a line that is changed must stay known.
"""

from __future__ import annotations

from django.utils.translation import get_language

ENGLISH = "en"
MARKERS = {
    ENGLISH: "-- Write your answer above this line --",
    "de": "-- Schreiben Sie Ihre Antwort über diese Zeile --",
    "es": "-- Escriba su respuesta encima de esta línea --",
    "fr": "-- Écrivez votre réponse au-dessus de cette ligne --",
}
# How the line right above the marker begins: it says where an answer will go, or that it goes nowhere.
DESTINATIONS = (
    "Your answer goes",
    "This customer cannot be reached now",
    "Ihre Antwort geht",
    "Dieser Kunde ist gerade nicht erreichbar",
    "Su respuesta sale",
    "Ahora no se puede contactar con este cliente",
    "Votre réponse part",
    "Ce client n'est pas joignable pour le moment",
)


def marker() -> str:
    """The line in the language that is spoken now."""
    base = (get_language() or ENGLISH).partition("-")[0]
    return MARKERS.get(base, MARKERS[ENGLISH])
