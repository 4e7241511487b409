"""An answer as texts: who speaks, how it is cut, and how files travel."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels_out.channel import Channel
from gateway.files import stored
from gateway.inbound.messages import InboundFile
from gateway.outbound.answer import Answer, post_reply
from gateway.outbound.by_hand import take_back
from gateway.outbound.render_text import LONGEST_TEXT, split
from gateway.states import trash
from tests.factories import make_listing, make_message, make_reply, make_sender, make_text
from tests.gateway.post import PHONE, sent_to_customer

JPEG, PDF, ZIP = b"\xff\xd8\xff\xe0\0\x10JFIF\0", b"%PDF-1.7\n", b"PK\x03\x04"
MB = 1_000_000
FAMILY = "\U0001f469\u200d\U0001f467\u200d\U0001f466"
THUMB = "\U0001f44d\U0001f3fd"
FLAG = "\U0001f1e8\U0001f1ed"


def by_phone(member, **form):
    return make_message(member, sender_email="", sender_phone=PHONE, **form)


def mms_number(member):
    sender = make_sender(member.business)
    sender.can_mms = True
    sender.save()
    return sender


def texts(message):
    return [delivery.rendered.text for delivery in sent_to_customer(message)]


def send(message, member, text="", files=0):
    """An answer with so many files."""
    photos = [InboundFile(f"{number}.jpg", "image/jpeg", JPEG) for number in range(files)]
    return send_files(message, member, text, photos)


def send_files(message, member, text, files):
    with stored(files) as attachments:
        return post_reply(Answer(message.pk, member, text, attachments=attachments))


def file(name, content_type, head, size):
    """A file of this kind that is so many bytes long."""
    return InboundFile(name, content_type, head + bytes(size - len(head)))


def sent_and_linked(message):
    """How many files went as media, and the names of those that went as links, in the order of the texts."""
    rendered = [delivery.rendered for delivery in sent_to_customer(message)]
    names = re.findall(r"^(\S+): https://gateway.test/files/\S+$", texts_joined(rendered), re.M)
    return sum(len(each.media_urls) for each in rendered), names


def texts_joined(rendered):
    return "\n".join(each.text for each in rendered)


@pytest.mark.django_db
class TestWhoSpeaks:
    def test_the_first_text_of_a_conversation_says_who_speaks_and_about_what(self, ann, ann_number):
        message = by_phone(ann, listing=make_listing(ann.business, "Blue bike"))
        for text in ("Yes.", "Come by."):
            make_reply(message, ann, text)
        assert texts(message) == ["Ann's Bikes, about Blue bike: Yes.", "Come by."]

    def test_without_a_listing_the_name_of_the_business_is_enough(self, ann, ann_number):
        message = by_phone(ann)
        make_reply(message, ann, "Yes.")
        assert texts(message) == ["Ann's Bikes: Yes."]

    def test_every_change_of_conversation_says_so(self, ann, ann_number):
        red = by_phone(ann, listing=make_listing(ann.business, "Red bike"))
        blue = by_phone(ann, listing=make_listing(ann.business, "Blue bike"))
        for message in (red, blue, red, red):
            make_reply(message, ann, "Yes.")
        assert texts(red) == [
            "Ann's Bikes, about Red bike: Yes.",
            "Ann's Bikes, about Red bike: Yes.",
            "Yes.",
        ]
        assert texts(blue) == ["Ann's Bikes, about Blue bike: Yes."]

    def test_what_was_taken_back_said_nothing(self, ann, ann_number):
        message = by_phone(ann)
        take_back(make_reply(message, ann, "Yse."))
        make_reply(message, ann, "Yes.")
        assert texts(message) == ["Ann's Bikes: Yse.", "Ann's Bikes: Yes."]

    def test_a_conversation_in_the_trash_was_a_change_too(self, ann, ann_number):
        red = by_phone(ann, listing=make_listing(ann.business, "Red bike"))
        blue = by_phone(ann, listing=make_listing(ann.business, "Blue bike"))
        for message in (red, blue):
            make_reply(message, ann, "Yes.")
        trash(blue.pk)
        make_reply(red, ann, "Still here.")
        assert texts(red)[-1] == "Ann's Bikes, about Red bike: Still here."

    def test_who_texted_us_is_told_as_well(self, ann, ann_number):
        message = make_text(ann_number, PHONE, "Is it there?").message
        make_reply(message, ann, "Yes.")
        assert texts(message) == ["Ann's Bikes: Yes."]

    def test_the_introduction_counts(self, ann, ann_number):
        message = by_phone(ann)
        make_reply(message, ann, "x" * LONGEST_TEXT)
        first, second = texts(message)
        assert len(first) <= LONGEST_TEXT
        assert first.startswith("Ann's Bikes:")
        assert first.removeprefix("Ann's Bikes:").strip() + second == "x" * LONGEST_TEXT


@pytest.mark.django_db
class TestFiles:
    def test_by_mms_they_travel_with_the_last_words(self, ann):
        mms_number(ann)
        message = by_phone(ann)
        send(message, ann, "word " * 400, files=2)
        *first, last = [delivery.rendered for delivery in sent_to_customer(message)]
        assert [text.media_urls for text in first] == [()]
        assert len(last.media_urls) == 2
        assert last.media_urls[0].startswith("https://gateway.test/files/")

    def test_an_mms_carries_ten_at_most_and_the_rest_are_links(self, ann):
        mms_number(ann)
        message = by_phone(ann)
        send(message, ann, "All of them", files=12)
        assert sent_and_linked(message) == (10, ["10.jpg", "11.jpg"])

    @pytest.mark.parametrize(
        ("files", "media", "linked"),
        [
            ([("bike.zip", "application/zip", ZIP, 12 * MB)], 0, ["bike.zip"]),
            ([("bike.zip", "application/zip", ZIP, 100)], 0, ["bike.zip"]),
            ([("plan.pdf", "application/pdf", PDF, MB // 2)], 1, []),
            ([("plan.pdf", "application/pdf", PDF, MB)], 0, ["plan.pdf"]),
            ([("bike.jpg", "image/jpeg", JPEG, 5 * MB)], 1, []),
            ([("bike.jpg", "image/jpeg", JPEG, 5 * MB + 1)], 0, ["bike.jpg"]),
            (
                [
                    ("one.jpg", "image/jpeg", JPEG, 3 * MB),
                    ("two.jpg", "image/jpeg", JPEG, 3 * MB),
                    ("three.jpg", "image/jpeg", JPEG, 2 * MB),
                ],
                2,
                ["two.jpg"],
            ),
        ],
    )
    def test_what_no_mms_takes_goes_as_a_link(self, ann, files, media, linked):
        mms_number(ann)
        message = by_phone(ann)
        send_files(message, ann, "Here", [file(*each) for each in files])
        assert sent_and_linked(message) == (media, linked)

    @pytest.mark.parametrize(
        ("name", "content_type", "head", "size", "is_media"),
        [
            ("plan.pdf", "application/pdf", PDF, 16 * MB, True),
            ("plan.pdf", "application/pdf", PDF, 16 * MB + 1, False),
            ("bike.jpg", "image/jpeg", JPEG, 5 * MB, True),
            ("bike.jpg", "image/jpeg", JPEG, 5 * MB + 1, False),
            ("bike.zip", "application/zip", ZIP, 100, False),
            ("bike.gif", "image/gif", b"GIF89a", 100, False),
        ],
    )
    def test_what_whatsapp_does_not_take_goes_as_a_link(
        self, ann, ann_whatsapp, name, content_type, head, size, is_media
    ):
        message = make_text(ann_whatsapp, PHONE, "Photos?").message
        send_files(message, ann, "Here", [file(name, content_type, head, size)])
        assert sent_and_linked(message) == ((1, []) if is_media else (0, [name]))

    def test_on_whatsapp_each_travels_alone(self, ann, ann_whatsapp):
        message = make_text(ann_whatsapp, PHONE, "Photos?").message
        send(message, ann, "Here", files=2)
        rendered = [delivery.rendered for delivery in sent_to_customer(message)]
        assert [(text.text, len(text.media_urls)) for text in rendered] == [
            ("Ann's Bikes: Here", 0),
            ("", 1),
            ("", 1),
        ]

    def test_where_no_mms_can_be_sent_their_addresses_are(self, ann, ann_number):
        message = by_phone(ann)
        send(message, ann, "Here", files=1)
        (rendered,) = [delivery.rendered for delivery in sent_to_customer(message)]
        assert rendered.media_urls == ()
        assert "\n0.jpg: https://gateway.test/files/" in rendered.text

    def test_parts_and_files_of_one_answer_stay_in_order(self, ann, ann_whatsapp):
        message = make_text(ann_whatsapp, PHONE, "Photos?").message
        send(message, ann, "word " * 800, files=2)
        deliveries = sent_to_customer(message)
        assert len({delivery.lane for delivery in deliveries}) == 1
        assert [bool(delivery.rendered.media_urls) for delivery in deliveries][-2:] == [True, True]
        assert {delivery.channel for delivery in deliveries} == {Channel.WHATSAPP}


class TestSplit:
    def test_a_text_that_fits_stays_whole(self):
        assert split("x" * 1600, 1600) == ["x" * 1600]
        assert split("", 1600) == [""]

    def test_it_is_cut_at_white_space(self):
        assert split("one two\nthree four", 8) == ["one two", "three", "four"]

    def test_white_space_at_the_end_makes_no_empty_text(self):
        assert split("12345 " + " " * 20, 6) == ["12345"]

    @pytest.mark.parametrize("seen_as_one", [FAMILY, THUMB, FLAG, "e\u0301", "\u2764\ufe0f"])
    def test_f50_what_is_seen_as_one_character_is_not_cut(self, seen_as_one):
        for before in range(8):
            parts = split("a" * before + seen_as_one * 4, 8)
            assert "".join(parts) == "a" * before + seen_as_one * 4
            for part in parts:
                assert len(part.lstrip("a")) % len(seen_as_one) == 0

    @pytest.mark.parametrize(
        "seen_as_one", ["\u0e01\u0e33", "\u1112\u1161\u11ab", "\u0915\u094d\u0937\u093f"]
    )
    def test_nor_what_is_written_as_one_in_thai_korean_or_hindi(self, seen_as_one):
        for before in range(8):
            for part in split("a" * before + seen_as_one * 4, 8):
                assert len(part.lstrip("a")) % len(seen_as_one) == 0

    def test_white_space_early_in_a_text_is_no_place_to_cut(self):
        first, second = split("Ann: " + "\u81ea" * 1700, 1600)
        assert (len(first), len(second)) == (1600, 105)

    def test_f50_zalgo_without_end_is_cut_all_the_same(self):
        assert [len(part) for part in split("a" + "\u0300" * 24, 10)] == [10, 10, 5]

    def test_emoji_count_twice_as_phone_networks_count_them(self):
        assert split("\U0001f600" * 10, 10) == ["\U0001f600" * 5] * 2

    @given(
        st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=200), st.integers(4, 40)
    )
    def test_nothing_is_lost_and_every_part_fits(self, text, longest):
        parts = split(text, longest)
        assert "".join("".join(parts).split()) == "".join(text.split())
        assert all(len(part.encode("utf-16-le")) // 2 <= longest for part in parts)
