"""The language of what came in is known where so few words allow it."""

from __future__ import annotations

import pytest

from gateway.inbound.language import language_of
from tests.factories import make_message, make_sender, make_text
from tests.gateway.post import customer_token, post

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Is the blue bike still there? I could come by on Saturday.", "en"),
        ("Ist das blaue Fahrrad noch zu haben?\nIch käme am Samstag.", "de"),
        ("Bonjour, est-ce que le vélo est encore disponible ?", "fr"),
        ("¿Sigue disponible la bicicleta azul?", "es"),
        ("Czy rower jest jeszcze dostępny?", "pl"),
        ("自転車はまだありますか", "ja"),
        ("هل الدراجة متاحة", "ar"),
        (
            "Hi Ann, Best Western Plus Grand Hotel, Broadway 12, New York, United States, room service"
            " desk. Ich wollte fragen, ob das Fahrrad noch zu haben ist und ob es am Samstag geht.",
            "de",
        ),
        ("Ist das \ud800 Fahrrad \x00 noch zu haben?", "de"),
        ("ok", ""),
        ("\U0001f44d", ""),
        ("+1 415 555 0199", ""),
        ("https://example.com/a/b maya@home.example", ""),
        ("", ""),
        ("\x00\ufeff \ud800", ""),
    ],
)
def test_it_names_what_can_be_known(text, language):
    assert language_of(text) == language


def test_every_way_in_stores_it(ann, settings):
    german = "Ist das blaue Fahrrad noch zu haben? Ich käme am Samstag."
    message = make_message(ann, text=german)
    assert message.language == "de"
    assert post(customer_token(message), text=german).reply.language == "de"
    assert make_text(make_sender(ann.business), "+14155550199", german).message.language == "de"
