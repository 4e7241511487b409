"""Tags and notes: what the people of a business add for themselves."""

from __future__ import annotations

import pytest
from django.core import mail
from django.test import Client

from channels_out.outbox import drain
from gateway.join import join
from gateway.models import CustomerMessage, Membership, Note, Role, Tag
from gateway.notes import write_note
from gateway.participants import customer_of, read_token_of
from gateway.tags import MOST_TAGS, put_on, tag_named
from tests.factories import make_business, make_listing, make_member, make_message, make_reply
from tests.gateway.dashboard.conftest import client_of
from tests.gateway.dashboard.pages import names_in, press, read, submit, text_of


def opened(browser: Client, message: CustomerMessage):
    return read(browser.get(f"/conversations/{message.pk}/"))


def tagged(browser: Client, message: CustomerMessage, name: str):
    return read(submit(browser, opened(browser, message), ".tagging .add", name=name))


class TestTags:
    def test_a_new_word_becomes_a_tag_that_stands_in_the_pane_and_the_list(
        self, browser: Client, message: CustomerMessage
    ) -> None:
        page = tagged(browser, message, "Repair")
        assert text_of(page, ".tagging .tag a") == "Repair"
        assert text_of(page, "#rows .tag") == "Repair"

    def test_a_word_is_the_same_tag_however_it_is_capitalised(
        self, browser: Client, ann: Membership, message: CustomerMessage
    ) -> None:
        tagged(browser, message, "Repair")
        tagged(browser, make_message(ann), "  repair ")
        tagged(browser, message, "REPAIR")
        assert [tag.name for tag in Tag.objects.all()] == ["Repair"]
        assert len(opened(browser, message).select(".tagging .tag")) == 1

    def test_it_is_taken_off_again(self, browser: Client, message: CustomerMessage) -> None:
        page = tagged(browser, message, "Repair")
        page = read(press(browser, page, "Remove the tag Repair"))
        assert not page.select(".tagging .tag")

    def test_the_list_is_narrowed_by_it(
        self, browser: Client, ann: Membership, message: CustomerMessage
    ) -> None:
        make_message(ann, sender_name="Ben")
        page = tagged(browser, message, "Repair")
        link = page.select_one(".tagging .tag a")["href"]
        assert names_in(read(browser.get(link))) == ["Maya Okafor"]
        assert names_in(read(browser.get(f"{link}&q=blue"))) == ["Maya Okafor"]

    @pytest.mark.parametrize("name", ["", "   ", "x" * 41])
    def test_what_is_no_word_is_refused(
        self, browser: Client, message: CustomerMessage, name: str
    ) -> None:
        page = tagged(browser, message, name)
        assert "at most 40 characters" in text_of(page, "#flash")
        assert not Tag.objects.exists()

    def test_the_page_of_tags_renames_colours_and_deletes(
        self, browser: Client, ann: Membership, message: CustomerMessage
    ) -> None:
        tagged(browser, message, "Repair")
        tag_named(ann.business_id, "Urgent")
        page = read(browser.get("/tags/"))
        assert "1 conversation" in text_of(page, "#rows")
        page = read(submit(browser, page, ".edit-tag", name="Workshop", colour="h3"))
        assert page.select_one(".edit-tag .tag.h3").get_text() == "Workshop"
        page = read(submit(browser, page, ".edit-tag", name="Workshop", colour="h0"))
        tag = Tag.objects.get(name="Workshop")
        answer = browser.post(f"/tags/{tag.pk}/", {"name": "urgent", "colour": "h0"}, follow=True)
        assert "There is a tag of this name already." in text_of(read(answer), "#flash")
        press(browser, read(browser.get("/tags/")), "Delete Workshop")
        assert not opened(browser, message).select(".tagging .tag")

    def test_another_business_neither_sees_nor_changes_them(
        self, browser: Client, ann: Membership, message: CustomerMessage
    ) -> None:
        tag = tag_named(ann.business_id, "Repair")
        stranger = client_of(make_member(make_business("Ben's Flats")))
        assert "Repair" not in stranger.get("/tags/").content.decode()
        for path in (f"/tags/{tag.pk}/", f"/tags/{tag.pk}/delete/"):
            assert stranger.post(path, {"name": "Mine", "colour": "h0"}).status_code == 404
        assert stranger.post(f"/conversations/{message.pk}/tags/", {"name": "x"}).status_code == 404

    def test_there_are_not_more_than_one_can_choose_from(
        self, browser: Client, ann: Membership, message: CustomerMessage
    ) -> None:
        Tag.objects.bulk_create(
            Tag(business=ann.business, name=f"Tag {number}") for number in range(MOST_TAGS)
        )
        page = tagged(browser, message, "One more")
        assert "delete some first" in text_of(page, "#flash")

    def test_tags_of_fifty_conversations_take_as_many_queries_as_of_five(
        self, browser: Client, ann: Membership, django_assert_max_num_queries
    ) -> None:
        counts = []
        for wanted in (5, 30):
            while (number := CustomerMessage.objects.count()) < wanted:
                made = make_message(ann, listing=make_listing(ann.business))
                put_on(made.pk, tag_named(ann.business_id, f"Tag {number}"))
            with django_assert_max_num_queries(17) as queries:
                browser.get("/")
            counts.append(len(queries))
        assert counts[0] == counts[1]


class TestNotes:
    def test_a_note_stands_in_the_conversation_and_is_called_one(
        self, browser: Client, message: CustomerMessage
    ) -> None:
        page = read(submit(browser, opened(browser, message), ".note-box form", text="He haggles."))
        assert "He haggles." in text_of(page, "#thread .noted")
        assert "Note, only you and your colleagues see it" in text_of(page, "#thread .noted")

    def test_it_reaches_no_customer_and_no_mail(
        self, browser: Client, ann: Membership, message: CustomerMessage, mailoutbox
    ) -> None:
        submit(browser, opened(browser, message), ".note-box form", text="He haggles.")
        make_reply(message, ann, "Yes, it is.")
        drain()
        assert mail.outbox
        assert not any("haggles" in str(each.message()) for each in mail.outbox)
        token = read_token_of(customer_of(message))
        page = Client().get(f"/c/{token}/").content.decode()
        assert "Yes, it is." in page
        assert "haggles" not in page
        message.refresh_from_db()
        assert message.reply_count == 1

    def test_an_empty_one_is_refused(self, browser: Client, message: CustomerMessage) -> None:
        page = read(submit(browser, opened(browser, message), ".note-box form", text=" \n"))
        assert "Write something into the note." in text_of(page, "#flash")
        assert not Note.objects.exists()

    def test_it_is_found_by_its_words_until_its_author_deletes_it(
        self, browser: Client, ann: Membership, message: CustomerMessage
    ) -> None:
        colleague = make_member(ann.business)
        write_note(message, ann, "Chain is worn.")
        assert names_in(read(browser.get("/?q=chain worn"))) == ["Maya Okafor"]
        note = Note.objects.get()
        others = client_of(colleague)
        assert "Chain is worn." in text_of(opened(others, message), "#thread")
        assert not opened(others, message).select(".noted form")
        assert others.post(f"/notes/{note.pk}/delete/").status_code == 404
        press(browser, opened(browser, message), "Delete the note")
        assert names_in(read(browser.get("/?q=chain worn"))) == []
        assert not opened(browser, message).select(".noted")

    def test_an_agent_may_write_one_and_a_stranger_may_not(
        self, ann: Membership, message: CustomerMessage
    ) -> None:
        agent = client_of(make_member(ann.business, Role.AGENT))
        page = read(submit(agent, opened(agent, message), ".note-box form", text="Seen."))
        assert "Seen." in text_of(page, ".noted")
        stranger = client_of(make_member(make_business("Ben's Flats")))
        answer = stranger.post(f"/conversations/{message.pk}/notes/", {"text": "Hi"})
        assert answer.status_code == 404

    def test_notes_and_tags_go_along_when_a_conversation_is_joined_to_another(
        self, browser: Client, ann: Membership, message: CustomerMessage
    ) -> None:
        other = make_message(ann, "And the red one?")
        write_note(other, ann, "Chain is worn.")
        for each in (message, other):
            put_on(each.pk, tag_named(ann.business_id, "Repair"))
        put_on(other.pk, tag_named(ann.business_id, "Urgent"))
        join(other.pk, message.pk, ann)
        page = opened(browser, message)
        assert "Chain is worn." in text_of(page, "#thread .noted")
        assert [tag.get_text() for tag in page.select(".tagging .tag a")] == ["Repair", "Urgent"]
        assert names_in(read(browser.get("/?q=chain"))) == ["Maya Okafor"]
