"""Canned answers: kept by name, filled in for a customer, offered in the reply box."""

from __future__ import annotations

import pytest

from gateway.canned import begin
from gateway.models import CannedAnswer, Role
from gateway.models.canned import MOST_ANSWERS
from tests.factories import make_business, make_listing, make_member, make_message, make_user
from tests.gateway.dashboard.conftest import client_of
from tests.gateway.dashboard.pages import fields_of, press, read, submit, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def url(ann):
    return f"/settings/canned/{ann.business_id}/"


def make_answer(member, name="Hours", text="From nine to five.", **fields):
    return CannedAnswer.objects.create(business=member.business, name=name, text=text, **fields)


def opened(browser, url):
    return read(browser.get(url))


def keep(browser, url, **values):
    return read(submit(browser, opened(browser, url), ".canned-form", **values))


def offers(browser, message):
    page = read(browser.get(f"/conversations/{message.pk}/canned/"))
    return {each.b.get_text(): each["data-insert"] for each in page.select("[role=option]")}


class TestKeeping:
    def test_one_is_made_changed_and_deleted(self, browser, ann, url):
        page = keep(browser, url, name=" Opening\thours ", text="From nine\r\nto five.\r\n")
        answer = CannedAnswer.objects.get()
        assert (answer.name, answer.text) == ("Opening hours", "From nine\nto five.")
        form = f"form[action='{url}{answer.pk}/']"
        assert fields_of(page.select_one(form))["name"] == "Opening hours"
        page = read(submit(browser, page, form, text="From ten.", in_mails="on"))
        answer.refresh_from_db()
        assert (answer.text, answer.in_mails) == ("From ten.", True)
        page = read(press(browser, page, "Delete Opening hours"))
        assert "“Opening hours” is deleted." in text_of(page, "#flash")
        assert not CannedAnswer.objects.exists()

    @pytest.mark.parametrize(
        ("wrong", "problem"),
        [
            (
                {"text": "Hello {nmae}"},
                "Nothing fills {nmae}. These can be used: {name}, {listing}",
            ),
            ({"text": "Hello {}"}, "Nothing fills {}."),
            ({"text": " \n"}, "This field cannot be blank."),
            ({"name": "  "}, "This field cannot be blank."),
            ({"name": "x" * 31}, "at most 30 characters"),
            ({"text": "x" * 2001}, "at most 2000 characters"),
            ({"name": "HOURS"}, "There is an answer of this name already."),
            ({"in_mails": "on"}, "A mail holds 2 of these buttons; take one of the others off"),
        ],
    )
    def test_what_is_wrong_is_named_and_what_was_typed_is_kept(
        self, browser, ann, url, wrong, problem
    ):
        make_answer(ann)
        begin(ann.business)
        given = {"name": "New", "text": "Come by.", **wrong}
        page = keep(browser, url, **given)
        assert problem in text_of(page, ".problems")
        assert fields_of(page.select_one(".canned-form")).items() >= given.items()
        assert CannedAnswer.objects.count() == 3

    def test_a_change_that_is_refused_changes_nothing_and_says_so_where_it_was_made(
        self, browser, ann, url
    ):
        answer, _ = make_answer(ann), make_answer(ann, "Way", "By bus.")
        form = f"form[action='{url}{answer.pk}/']"
        page = read(submit(browser, opened(browser, url), form, name="way"))
        assert "There is an answer of this name already." in text_of(page, f"{form} .problems")
        answer.refresh_from_db()
        assert answer.name == "Hours"

    def test_there_are_not_more_than_one_can_choose_from(self, browser, ann, url):
        CannedAnswer.objects.bulk_create(
            CannedAnswer(business=ann.business, name=f"Answer {number}", text="Yes")
            for number in range(MOST_ANSWERS)
        )
        assert "delete some first" in text_of(
            keep(browser, url, name="New", text="Yes"), ".problems"
        )

    def test_all_who_answer_keep_them_and_nobody_else(self, ann, url):
        answer = make_answer(ann)
        colleague = client_of(make_member(ann.business, Role.MEMBER))
        assert url in str(opened(colleague, "/settings/"))
        keep(colleague, url, name="New", text="Come by.")
        agent = client_of(make_member(ann.business, Role.AGENT))
        stranger = client_of(make_member(make_business()))
        for client, status in ((agent, 403), (stranger, 404)):
            assert client.get(url).status_code == status
            for path in (url, f"{url}{answer.pk}/", f"{url}{answer.pk}/delete/"):
                assert client.post(path, {"name": "Mine", "text": "!"}).status_code == status
        assert url not in str(opened(agent, "/settings/"))
        assert set(CannedAnswer.objects.values_list("name", flat=True)) == {"Hours", "New"}

    def test_an_answer_of_another_business_is_not_reached_by_ones_own(self, browser, ann, url):
        other = make_answer(make_member(make_business()))
        assert browser.post(f"{url}{other.pk}/", {"name": "x", "text": "y"}).status_code == 404
        assert browser.post(f"{url}{other.pk}/delete/").status_code == 404
        assert CannedAnswer.objects.get() == other


class TestOffered:
    TEXT = "Hello {name},\nabout {listing}: {me} will call."

    @pytest.fixture
    def ann(self, ann):
        ann.user.first_name, ann.user.last_name = "Ann", "Lee"
        ann.user.save()
        return ann

    def test_it_is_filled_in_for_the_customer_the_listing_and_who_answers(self, browser, ann):
        make_answer(ann, text=self.TEXT)
        message = make_message(ann, listing=make_listing(ann.business))
        said = "Hello Maya,\nabout Blue bike: Ann Lee will call."
        assert offers(browser, message) == {"Hours": said}

    def test_what_is_not_known_is_left_out_with_its_blank(self, ann):
        make_answer(ann, text="{name} {listing}Hello {name}, {me} here.")
        nameless = client_of(make_member(ann.business, user=make_user()))
        message = make_message(ann, sender_name="")
        assert offers(nameless, message) == {"Hours": "Hello, here."}

    def test_a_customer_who_calls_himself_by_a_placeholder_is_filled_in_once(self, browser, ann):
        make_answer(ann, text="Hello {name}")
        assert offers(browser, make_message(ann, sender_name="{me}")) == {"Hours": "Hello {me}"}

    def test_the_list_has_those_of_the_business_by_name_and_leads_to_them(
        self, browser, ann, url, message
    ):
        page = read(browser.get(f"/conversations/{message.pk}/canned/"))
        assert "There are no canned answers yet." in page.get_text()
        assert page.select_one("a")["href"] == url
        for name in ("way", "Hours"):
            make_answer(ann, name)
        make_answer(make_member(make_business()), "Other")
        assert list(offers(browser, message)) == ["Hours", "way"]

    def test_it_is_offered_to_who_may_answer_alone(self, ann, message):
        path = f"/conversations/{message.pk}/canned/"
        assert client_of(make_member(ann.business, Role.AGENT)).get(path).status_code == 403
        assert client_of(make_member(make_business())).get(path).status_code == 404
