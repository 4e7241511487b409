"""What a member looks through again and again, under a name of his."""

from __future__ import annotations

from django.test import Client

from gateway.dashboard.saved import MOST_VIEWS
from gateway.models import Membership, SavedView
from tests.factories import make_member, make_message
from tests.gateway.dashboard.conftest import client_of
from tests.gateway.dashboard.pages import names_in, press, read, submit, text_of


def saved(browser: Client, path: str, name: str):
    return read(submit(browser, read(browser.get(path)), ".view", name=name))


def test_folder_search_and_filters_are_saved_and_stand_in_the_rail(
    browser: Client, ann: Membership
) -> None:
    make_message(ann, "A bike?", sender_name="Ben")
    make_message(ann, "A helmet?", sender_name="Cleo")
    page = saved(browser, "/?folder=waiting&q=bike&channel=web", "Bikes")
    assert text_of(page, ".list-head h1") == "Bikes"
    link = page.select_one("#rail a[aria-current]")
    assert (link["title"], len(page.select("#rail a[aria-current]"))) == ("Bikes", 1)
    page = read(browser.get(link["href"]))
    assert names_in(page) == ["Ben"]
    assert page.select_one("#filter-channel option[selected]")["value"] == "web"


def test_the_same_name_saves_anew_and_it_is_deleted(browser: Client, ann: Membership) -> None:
    saved(browser, "/?q=bike", "Mine")
    page = saved(browser, "/?q=helmet", "Mine")
    assert [view.query for view in SavedView.objects.all()] == ["q=helmet"]
    page = read(press(browser, page, "Delete this saved view"))
    assert not page.select("#rail a[title=Mine]")


def test_it_is_his_own(browser: Client, ann: Membership) -> None:
    saved(browser, "/?q=bike", "Mine")
    colleague = client_of(make_member(ann.business))
    assert not read(colleague.get("/")).select("#rail a[title=Mine]")
    view = SavedView.objects.get()
    colleague.post(f"/views/{view.pk}/delete/")
    assert SavedView.objects.exists()


def test_there_are_not_more_than_fit(browser: Client, ann: Membership) -> None:
    SavedView.objects.bulk_create(
        SavedView(user=ann.user, name=f"View {number}", query="q=x") for number in range(MOST_VIEWS)
    )
    page = saved(browser, "/?q=bike", "One more")
    assert "delete one first" in text_of(page, "#flash")


def test_nothing_to_save_is_offered_where_nothing_narrows(browser: Client) -> None:
    assert not read(browser.get("/")).select(".view")
