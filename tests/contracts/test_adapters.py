"""What every adapter promises the outbox, told over a real connection."""

import pytest

from channels_out.errors import BadAddress, CredentialsRefused, ProviderDown, Uncertain
from channels_out.state import State


def test_an_accepted_message_is_sent(carrier):
    sent = carrier.send()
    assert sent.status == State.SENT
    assert sent.provider
    assert carrier.taken == 1


def test_an_address_that_does_not_exist_is_named(carrier):
    carrier.refuses_the_address()
    with pytest.raises(BadAddress):
        carrier.send()
    assert carrier.taken == 0


def test_refused_credentials_are_told_from_a_refused_message(carrier):
    carrier.refuses_our_credentials()
    with pytest.raises(CredentialsRefused):
        carrier.send()
    assert carrier.taken == 0


def test_a_provider_that_wants_patience_gets_it(carrier):
    carrier.asks_to_slow_down()
    with pytest.raises(carrier.slow_down) as told:
        carrier.send()
    assert told.value.retry is not None
    assert carrier.taken == 0


def test_a_lost_answer_is_uncertain(carrier):
    carrier.loses_the_answer()
    with pytest.raises(Uncertain) as told:
        carrier.send()
    assert told.value.retry is None
    assert carrier.taken == 1


def test_without_a_connection_nothing_was_sent(carrier):
    carrier.is_down()
    with pytest.raises(ProviderDown) as told:
        carrier.send()
    assert told.value.retry is not None
    assert carrier.taken == 0
