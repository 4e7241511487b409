"""A conversation is given to a member, who then is the one that is told of it."""

from __future__ import annotations

import pytest

from channels_out.models import Delivery
from gateway.assigning import release_due
from gateway.join import join
from gateway.members import change_role, remove
from gateway.models import Assignment, CustomerMessage, Role
from tests.factories import make_business, make_member, make_message, make_user
from tests.gateway.dashboard.conftest import client_of
from tests.gateway.dashboard.pages import names_in, read, submit, text_of
from tests.gateway.post import customer_token, post

pytestmark = pytest.mark.django_db


@pytest.fixture
def ben(ann):
    return make_member(ann.business, Role.MEMBER, make_user(first_name="Ben"))


def page_of(browser, message):
    return read(browser.get(f"/conversations/{message.pk}/"))


def give(browser, message, member):
    to = str(member.pk) if member else "nobody"
    return browser.post(f"/conversations/{message.pk}/assign/", {"to": to}, follow=True)


def told(member):
    return Delivery.objects.filter(to_address=member.user.email, purpose="notification").count()


def has(message):
    message.refresh_from_db()
    return message.assigned_to


def test_one_press_gives_it_to_a_colleague_who_is_told(browser, ann, ben, message):
    before = told(ben)
    offered = page_of(browser, message).select("#assign-menu button")
    assert [button["value"] for button in offered] == [str(ben.pk), str(ann.pk)]
    page = read(give(browser, message, ben))
    assert "Assigned to Ben." in text_of(page, "#flash")
    assert text_of(page, "#assign-menu summary .sr") == "Assigned to Ben"
    assert f"{ann.user.email} assigned this to Ben" in text_of(page, "#thread")
    assert text_of(page, "#rows .owned").endswith("Assigned to Ben")
    assert told(ben) == before + 1
    mail = Delivery.objects.filter(to_address=ben.user.email).latest("id").payload
    assert f"/conversations/{message.pk}/" in mail["text"]
    give(browser, message, ben)
    assert told(ben) == before + 1
    assert Assignment.objects.count() == 1


def test_who_takes_it_himself_gets_no_mail_and_may_give_it_back(ben, message):
    before = told(ben)
    his = client_of(ben)
    assert "Ben took this" in text_of(read(give(his, message, ben)), "#thread")
    assert page_of(his, message).select("#assign-menu button[value=nobody]")
    page = read(give(his, message, None))
    assert "Ben assigned this to nobody" in text_of(page, "#thread")
    assert has(message) is None
    assert told(ben) == before


def test_whoever_works_alone_is_not_asked(browser, message):
    page = page_of(browser, message)
    assert not page.select("#assign-menu, #bulk-to, #filter-assigned")


def test_only_who_may_answer_gives_and_only_to_such(browser, ann, ben, message):
    agent = make_member(ann.business, Role.AGENT)
    stranger = make_member(make_business())
    for nobody in (agent, stranger):
        assert give(browser, message, nobody).status_code == 404
    assert give(client_of(agent), message, ben).status_code == 403
    assert give(client_of(stranger), message, stranger).status_code == 404
    assert has(message) is None


def test_what_the_customer_writes_then_is_told_to_him_alone_until_he_is_removed(
    browser, ann, ben, message
):
    give(browser, message, ben)
    before = told(ann), told(ben)
    post(customer_token(message), text="Hello?")
    assert (told(ann), told(ben)) == (before[0], before[1] + 1)
    remove(ann.business_id, ben.pk)
    post(customer_token(message), text="Anybody?")
    assert (told(ann), told(ben)) == (before[0] + 1, before[1] + 1)


@pytest.mark.parametrize("role", [None, Role.AGENT])
def test_what_somebody_without_access_had_is_nobodys(browser, ann, ben, message, role):
    other = make_message(ann)
    for each in (message, other):
        give(browser, each, ben)
    if role:
        change_role(ann.business_id, ben.pk, role)
    else:
        remove(ann.business_id, ben.pk)
    assert release_due() == 2
    assert release_due() == 0
    assert has(message) is None
    assert "has no access any more" in text_of(page_of(browser, message), "#thread")


def test_the_list_shows_mine_those_of_a_colleague_and_those_of_nobody(browser, ann, ben):
    for name, to in (("Mine", ann), ("His", ben), ("Free", None)):
        give(browser, make_message(ann, sender_name=name), to)
    for chosen, names in (("me", ["Mine"]), (ben.user.pk, ["His"]), ("nobody", ["Free"])):
        page = read(browser.get("/", {"assigned": chosen}))
        assert names_in(page) == names
    saved = read(submit(browser, page, "form.view", name="Up for grabs"))
    link = saved.select_one("#rail a[title='Up for grabs']")
    assert names_in(read(browser.get(link["href"]))) == ["Free"]


def test_mine_is_the_viewers_own_in_each_of_his_businesses(ann, ben):
    elsewhere = make_member(make_business(), user=ben.user)
    for member, name in ((ben, "Here"), (elsewhere, "There")):
        give(client_of(ben), make_message(member, sender_name=name), member)
    give(client_of(ann), make_message(ann, sender_name="Hers"), ann)
    assert set(names_in(read(client_of(ben).get("/?assigned=me")))) == {"Here", "There"}


def test_several_are_given_at_once_by_one_mail(browser, ann, ben):
    chosen = [make_message(ann), make_message(ann)]
    strange = make_message(make_member(make_business()))
    before = told(ben)
    form = {
        "action": "assign",
        "to": str(ben.pk),
        "pk": [str(each.pk) for each in (*chosen, strange)],
    }
    page = read(browser.post("/bulk/", form, follow=True))
    assert "Assigned to Ben." in text_of(page, "#flash")
    assert [has(each) for each in (*chosen, strange)] == [ben.user, ben.user, None]
    assert told(ben) == before + 1
    browser.post("/bulk/", form | {"to": "nobody"})
    assert not CustomerMessage.objects.exclude(assigned_to=None).exists()


def test_those_of_another_business_stay(ann, ben):
    elsewhere = make_member(make_business(), user=ann.user)
    there = make_message(elsewhere)
    form = {"action": "assign", "to": str(ben.pk), "pk": [str(there.pk)]}
    page = read(client_of(ann).post("/bulk/", form, follow=True))
    assert "another business" in text_of(page, "#flash")
    assert has(there) is None


def test_joined_it_stays_his(browser, ann, ben, message):
    target = make_message(ann)
    give(browser, message, ben)
    join(message.pk, target.pk, ann)
    assert has(target) == ben.user
    assert "assigned this to Ben" in text_of(page_of(browser, target), "#thread")


def test_more_rows_that_are_given_need_no_more_queries(
    browser, ann, ben, django_assert_num_queries, django_assert_max_num_queries
):
    give(browser, make_message(ann), ben)
    with django_assert_max_num_queries(40) as few:
        browser.get("/")
    count = len(few)  # a later request forgets them
    for member in (ann, ben, ben):
        give(browser, make_message(ann), member)
    with django_assert_num_queries(count):
        browser.get("/")
