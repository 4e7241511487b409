"""The block below a member's mails is learnt, shown to him once, and cut from what goes to customers."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from channels_out.models import Delivery
from gateway.held import settle_send
from gateway.models import ClosingBlock, ClosingState, CustomerMessage, Membership, MessageReply
from tests.factories import make_member, make_message
from tests.gateway.dashboard.conftest import client_of
from tests.gateway.dashboard.pages import press, read, text_of
from tests.gateway.post import owner_token, post, sent_to_customer

pytestmark = pytest.mark.django_db

BLOCK = "Best regards,\nAnn Bell\n\nphone 030 123 45 67\nann@private.example"
ASKED = "#closing-block"


@pytest.fixture
def message(ann: Membership) -> CustomerMessage:
    return make_message(ann)


def answers(member: Membership, message: CustomerMessage, *texts: str) -> list[MessageReply]:
    """What the member's mails became."""
    to = owner_token(message, member)
    return [post(to, sender=member.user.email, text=text).reply for text in texts]


def learnt(member: Membership, message: CustomerMessage, block: str = BLOCK) -> ClosingBlock:
    """The block after three mails with it."""
    answers(member, message, *(f"Answer {number}.\n\n{block}" for number in range(3)))
    return member.closing_blocks.get()


def sent(message: CustomerMessage) -> str:
    """The newest mail to the customer."""
    delivery: Delivery = sent_to_customer(message)[-1]
    return delivery.rendered.text


def test_three_mails_with_the_same_end_make_a_suggestion_and_two_do_not(
    ann: Membership, message: CustomerMessage
) -> None:
    answers(ann, message, f"One.\n\n{BLOCK}", f"Two.\n\n{BLOCK}")
    assert not ann.closing_blocks.exists()
    answers(ann, message, "A short one from my phone.", f"Three.\n\n{BLOCK.upper()}\n")
    block = ann.closing_blocks.get()
    assert (block.text, block.state) == (BLOCK.upper(), ClosingState.SUGGESTED)
    assert "030 123 45 67" in sent(message)


def test_she_is_asked_once_and_it_is_cut_from_then_on(
    ann: Membership, message: CustomerMessage
) -> None:
    learnt(ann, message)
    browser = client_of(ann)
    assert "ann@private.example" in text_of(read(browser.get("/held/")), ASKED)
    done = read(press(browser, read(browser.get("/")), "Cut them"))
    assert "cut from your answers" in text_of(done, "#flash")
    assert text_of(done, ASKED) == ""
    (reply,) = answers(ann, message, f"Come at five.\n\n{BLOCK}")
    assert (reply.reply, reply.quoted) == ("Come at five.", BLOCK)
    assert "Come at five." in sent(message)
    assert "private" not in sent(message)
    page = read(browser.get(f"/conversations/{message.pk}/"))
    assert "ann@private.example" in text_of(page, f"#quoted-{reply.pk}")
    assert ann.closing_blocks.count() == 1


def test_what_she_refuses_stays_and_she_is_not_asked_again(
    ann: Membership, message: CustomerMessage
) -> None:
    learnt(ann, message)
    browser = client_of(ann)
    press(browser, read(browser.get("/")), "Keep them")
    longer = f"PS: see our page.\n{BLOCK}"
    answers(ann, message, *(f"Answer {number}.\n{longer}" for number in range(3)))
    assert ann.closing_blocks.get().state == ClosingState.REFUSED
    assert text_of(read(browser.get("/")), ASKED) == ""
    assert "ann@private.example" in sent(message)


@pytest.mark.parametrize(
    "text",
    [
        BLOCK,
        f"\n{BLOCK}\n",
        f"Before.\n{BLOCK}\nAfter.",
        f"Before.\n{BLOCK}\nalso ann@other.example",
        "Before.\n\nBest regards,\nAnn Bell",
    ],
    ids=["nothing else", "nothing else but blanks", "in the middle", "one line more", "a part"],
)
def test_nothing_but_the_whole_block_at_the_end_is_cut(
    ann: Membership, message: CustomerMessage, text: str
) -> None:
    learnt(ann, message)
    ClosingBlock.objects.update(state=ClosingState.APPROVED)
    (reply,) = answers(ann, message, text)
    assert (reply.reply, reply.quoted) == (text, "")


@pytest.mark.parametrize(
    "block", ["Best regards,\nAnn", "ann@private.example", "Yours\nAnn Bell\nBlue Bikes"]
)
def test_words_that_belong_to_a_letter_are_not_asked_about(
    ann: Membership, message: CustomerMessage, block: str
) -> None:
    answers(ann, message, *(f"Answer {number}.\n\n{block}" for number in range(3)))
    assert not ann.closing_blocks.exists()


def test_the_same_answer_three_times_is_no_closing(
    ann: Membership, message: CustomerMessage
) -> None:
    answers(ann, message, *["Yes.\nCall me: 030 123 45 67"] * 3)
    assert not ann.closing_blocks.exists()


def test_it_is_cut_from_a_held_answer_as_well(ann: Membership, message: CustomerMessage) -> None:
    learnt(ann, message)
    ClosingBlock.objects.update(state=ClosingState.APPROVED)
    to = owner_token(message, ann)
    held = post(to, sender="ann@private.example", text=f"Come at six.\n\n{BLOCK}").held
    reply = settle_send(held, ann)
    assert (reply.reply, reply.quoted) == ("Come at six.", BLOCK)


def test_it_is_for_its_member_alone(ann: Membership, message: CustomerMessage) -> None:
    block = learnt(ann, message)
    colleague = make_member(ann.business)
    browser: Any = client_of(colleague)
    assert text_of(read(browser.get("/")), ASKED) == ""
    assert browser.post(f"/closing-block/{block.pk}/cut/").status_code == 404
    assert Client().post(f"/closing-block/{block.pk}/cut/").status_code == 302
    assert client_of(ann).post(f"/closing-block/{block.pk}/other/").status_code == 404
    ClosingBlock.objects.update(state=ClosingState.APPROVED)
    (reply,) = answers(colleague, message, f"Mine.\n\n{BLOCK}")
    assert reply.reply.endswith(BLOCK)
