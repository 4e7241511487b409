"""Mails and bounces from the field, over HTTP through the entrance of an own mail server."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.webhooks.conftest import basic
from tests.webhooks.processes import server
from webhooks.models import EventState, InboundEvent
from webhooks.outcome import Outcome
from webhooks.processing import process_due

CORPORA = Path(__file__).parents[2] / "../shared/corpora"
HEADERS = {"Authorization": basic(), "Content-Type": "message/rfc822"}
ENDS = set(Outcome.values) - {Outcome.FAILED}
# What a machine wrote is never told to anybody; three bounces of the corpus carry no sign of one.
NEVER_TOLD = {Outcome.AUTOMATIC, Outcome.SPAM, Outcome.DUPLICATE}
WITHOUT_A_SIGN = 3

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        not CORPORA.is_dir(), reason="The folder shared/corpora is not beside the checkout"
    ),
]


def labelled(folder: str) -> dict[str, str]:
    """The label of every file in a folder of the corpora, whose list leaves none out."""
    lines = (CORPORA / f"{folder}.jsonl").read_text().splitlines()
    labels = {row["file"]: row["label"] for row in map(json.loads, lines)}
    assert set(labels) == {f"{folder}/{path.name}" for path in (CORPORA / folder).iterdir()}
    return labels


def hand_over(files: list[str]) -> Iterator[tuple[str, int]]:
    """Posts each file over HTTP; the unknown `file` keeps two files of the same bytes apart."""
    with server() as port, closing(http.client.HTTPConnection("127.0.0.1", port)) as wire:
        for file in files:
            query = urlencode({"recipient": "bikes@reply.gateway.test", "file": file})
            raw = (CORPORA / file).read_bytes()
            wire.request("POST", f"/webhooks/email/mime/?{query}", raw, HEADERS)
            answer = wire.getresponse()
            answer.read()
            yield file, answer.status


def ends() -> dict[str, str]:
    """The outcome of each file, by its name, when all are worked; none is left to be tried again."""
    while process_due():
        pass
    assert set(InboundEvent.objects.values_list("state", flat=True)) == {EventState.DONE}
    events = InboundEvent.objects.values_list("path", "outcome")
    return {path.partition("file=")[2].replace("%2F", "/"): outcome for path, outcome in events}


@pytest.mark.usefixtures("bikes")
def test_every_mail_and_bounce_is_taken_over_http_and_ends_in_a_named_outcome():
    labels = labelled("mails") | labelled("bounces")
    answers = dict(hand_over(list(labels)))
    assert {file: status for file, status in answers.items() if status != 200} == {}
    ended = ends()
    assert set(ended) == set(labels)
    assert {file: end for file, end in ended.items() if end not in ENDS} == {}
    told = [f for f, label in labels.items() if label == "bounce" and ended[f] not in NEVER_TOLD]
    assert len(told) <= WITHOUT_A_SIGN
