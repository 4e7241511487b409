"""Search: which conversations are found by which words, and that what is found follows what is written."""

from __future__ import annotations

import uuid

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from gateway import purge
from gateway.inbox import Cursor, Folder, Inbox, Wanted
from gateway.models import Business, SearchText
from gateway.search import find
from gateway.search.words import LONGEST_WORD, MOST_WORDS, endings_of, keyed, words_of
from gateway.states import change, set_status, trash
from tests.factories import (
    make_member,
    make_message,
    make_reply,
    make_sender,
    make_text,
)
from tests.gateway.post import customer_token, post

pytestmark = pytest.mark.django_db


def found(member, q, **wanted):
    """The conversations that this member finds, newest activity first."""
    return Inbox([member.business_id], Wanted(q=q, **wanted)).page().conversations


class TestWords:
    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("Is the blue bike, still THERE?", ["is", "the", "blue", "bike", "still", "there"]),
            ("maya@home.example", ["maya", "home", "example"]),
            ("+1 (415) 555-2001", ["1", "415", "555", "2001"]),
            ("o'brien's well-kept a_b", ["o", "brien", "s", "well", "kept", "a", "b"]),
            ("Straße \uff22ike", ["strasse", "bike"]),
            ("हिन्दी में", ["हिन्दी", "में"]),
            ("青い自転車", ["青", "い", "自", "転", "車"]),
            ("bike bike Bike", ["bike"]),
            ("'|&!():*<->\\%_ \x00", []),
            ("", []),
        ],
    )
    def test_a_text_has_these(self, text, words):
        assert words_of(text) == words

    def test_a_text_without_an_end_has_not_words_without_end(self):
        assert words_of("a" * 5000) == ["a" * LONGEST_WORD]
        assert len(words_of(" ".join(map(str, range(5000))))) == MOST_WORDS

    def test_every_part_of_a_number_begins_an_ending(self):
        digits = "14155552001"
        endings = endings_of("+1 415 555-2001")
        for start in range(len(digits) - 2):
            for end in range(start + 3, len(digits) + 1):
                assert any(ending.startswith(digits[start:end]) for ending in endings)
        assert endings_of("US.13491208655302741918777")[0] == "91208655302741918777"
        assert endings_of("12") == []

    @given(st.text())
    def test_nothing_that_has_a_meaning_for_a_database_is_in_a_word(self, text):
        assert not set("'\"\\%_:*&|!<>() \x00") & set("".join(words_of(text)))


class TestFound:
    @pytest.fixture
    def message(self, ann):
        return make_message(
            ann,
            "Is the blue bike still there? I love Zürich.",
            sender_name="Maya Okafor",
            sender_email="maya.o@home.example",
            sender_phone="+14155552001",
            subject="A question",
        )

    @pytest.mark.parametrize(
        "q",
        [
            "blue bike",
            "bike BLUE",
            "bik blu",
            "okafor",
            "maya bike",
            "question there",
            "maya.o@home.example",
            "maya.o@ho",
            "home.example",
            "5552001",
            "2001",
            "+14155552001",
            "+1 415 555-2001",
            "(415) 555",
            "zürich",
            "ZÜRI",
            "bike?",
            "'bike'",
            '"blue bike"',
            "blue & bike:*",
            "  bike  ",
        ],
    )
    def test_by_the_beginnings_of_its_words_in_any_order(self, message, ann, q):
        make_message(ann, "Something else", sender_name="Bo", sender_email="bo@else.example")
        assert found(ann, q) == [message]

    @pytest.mark.parametrize(
        "q", ["ike", "blue car", "maya!bo", "blue | car", "5552002", "!bike car", "bike -blue nope"]
    )
    def test_not_by_what_is_not_in_it(self, message, ann, q):
        assert found(ann, q) == []

    @pytest.mark.parametrize("q", ["'", "&", "!!", ":*", "()", "\\", "%", "_", "<->", "…", "' & '"])
    def test_nothing_is_found_by_marks_alone(self, message, ann, q):
        assert found(ann, q) == []

    def test_by_an_answer_and_by_what_the_customer_writes_back(self, message, ann):
        make_reply(message, ann, "Yes, with a helmet.")
        post(customer_token(message), text="And the saddlebag?")
        assert found(ann, "helmet") == found(ann, "saddlebag") == [message]
        assert found(ann, "okafor helmet") == found(ann, "question saddle") == [message]
        assert found(ann, "helmet saddlebag") == []

    def test_once_however_many_texts_hold_the_word(self, message, ann):
        make_reply(message, ann, "The bike is there.")
        assert found(ann, "bike") == [message]

    def test_by_a_text_message_and_its_number(self, ann):
        message = make_text(make_sender(ann.business), "+14155557788", "Hi there").message
        assert found(ann, "7788") == found(ann, "hi") == [message]

    def test_never_those_of_another_business(self, message, ann, ben):
        assert found(ben, "bike") == []
        other = make_message(ben, "A bike")
        assert found(ben, "bike") == [other]
        assert found(ann, "bike") == [message]

    def test_never_those_of_a_business_with_the_same_key(self, ann):
        same_key = uuid.UUID(hex="0" * 27 + ann.business_id.hex[-5:])
        member = make_member(Business.objects.create(pk=same_key, name="Twin", slug="twin"))
        make_message(member, "A bike")
        assert keyed(same_key, ["bike"]) == keyed(ann.business_id, ["bike"])
        assert found(ann, "bike") == []

    def test_in_the_folder_and_under_the_filters(self, message, ann):
        assert found(ann, "bike", folder=Folder.OPEN, channel="web") == [message]
        with change(message.pk) as locked:
            set_status(locked, "archived")
        assert found(ann, "bike", folder=Folder.OPEN) == []
        assert found(ann, "bike", folder=Folder.ARCHIVED) == [message]
        trash(message.pk)
        assert found(ann, "bike") == []
        assert found(ann, "bike", folder=Folder.TRASH) == [message]

    def test_of_all_businesses_of_a_person_in_one_order(self, ann, ben):
        messages = [make_message(member, "A bike") for member in (ann, ben, ann, ben)]
        inbox = Inbox([ann.business_id, ben.business_id], Wanted(q="bike"))
        first = inbox.page(size=3)
        assert first.conversations == messages[:0:-1]
        assert inbox.page(first.next, 3).conversations == messages[:1]
        assert inbox.page_before(Cursor.of(messages[0]), 2) == (messages[2:0:-1], True)


@pytest.mark.parametrize("q", ["bike", "the bik"])
@pytest.mark.parametrize("few", [0, 2, 100])
@pytest.mark.parametrize("stretch", [0, 1, 3, 100])
def test_whichever_way_is_taken_the_same_is_found_in_the_same_order(
    ann, monkeypatch, few, stretch, q
):
    monkeypatch.setattr(find, "FEW", few)
    monkeypatch.setattr(find, "GLANCE", stretch // 2)
    monkeypatch.setattr(find, "STRETCH", stretch)
    messages = [make_message(ann, "A bike there" if n % 3 else "A car") for n in range(10)]
    make_reply(messages[1], ann, "The bike is there.")
    bikes = [messages[1], *(messages[n] for n in (8, 7, 5, 4, 2))]
    inbox = Inbox([ann.business_id], Wanted(q=q))
    listed, cursor = [], None
    while True:
        page = inbox.page(cursor, 2)
        listed += page.conversations
        if page.next is None:
            break
        cursor = page.next
    assert listed == bikes
    for conversation in bikes:
        conversation.refresh_from_db()
    assert inbox.page_before(Cursor.of(bikes[4]), 2) == (bikes[2:4], True)


def test_who_is_renamed_is_found_by_the_new_name(ann, admin_client):
    message = make_message(ann, "Hello", sender_name="Maya")
    make_reply(message, ann, "With a helmet.")
    change_page = f"/admin/gateway/contact/{message.contact_id}/change/"
    form = {"name": "Mia Keller", "language": ""}
    for prefix in ("addresses", "consents"):
        form |= {f"{prefix}-TOTAL_FORMS": "0", f"{prefix}-INITIAL_FORMS": "0"}
    assert admin_client.post(change_page, form).status_code == 302
    assert found(ann, "keller") == found(ann, "keller helmet") == [message]
    assert found(ann, "maya") == [message]  # as it was signed


def test_what_is_erased_leaves_no_words(ann):
    message = make_message(ann, "Hello")
    make_reply(message, ann)
    assert SearchText.objects.count() == 2
    trash(message.pk)
    purge.empty_trash(timezone.now() + purge.TRASH_KEPT * 2)
    assert not SearchText.objects.exists()
