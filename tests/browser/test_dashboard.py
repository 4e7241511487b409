from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from channels_out.models import Sender
from gateway.inbound.messages import InboundMail
from gateway.inbound.receive import receive
from gateway.links import conversation_url
from gateway.models import CustomerMessage, Membership, MessageReply, Status
from gateway.participants import member_of, reply_address_of
from tests.browser.conftest import PHONE, Window
from tests.factories import make_listing, make_message, make_reply, make_sender, make_text

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

CUSTOMER = "+14155550199"
# A message must appear within two seconds; polling asks every one and a half.
AT_ONCE = 2000  # milliseconds


@pytest.fixture
def number(ann: Membership) -> Sender:
    return make_sender(ann.business)


@pytest.fixture
def message(ann: Membership, number: Sender) -> CustomerMessage:
    """What a customer texted to Ann."""
    return make_text(number, CUSTOMER, "Is the blue bike still there?", from_name="Maya").message


def test_an_owner_reads_answers_and_archives(
    window: Window, ann: Membership, message: CustomerMessage
) -> None:
    page = window.page
    window.sign_in(ann)
    expect(page).to_have_title("(1) Inbox · Gateway")
    window.choose("Maya")
    expect(page).to_have_title(re.compile("^Maya"))
    expect(page.locator("#thread .in")).to_contain_text("Is the blue bike still there?")
    window.write("Yes, come by.")
    window.send()
    expect(page.locator("#thread .out")).to_contain_text("Yes, come by.")
    expect(page.get_by_label("Reply to")).to_be_empty()
    page.get_by_role("button", name="Archive").click()
    expect(page.locator("#flash")).to_contain_text("Moved to the archive.")
    expect(page.locator("#rows")).not_to_contain_text("Maya")
    message.refresh_from_db()
    assert message.status == Status.ARCHIVED


def test_news_of_a_page_that_was_left_meanwhile_lands_nowhere(
    window: Window, ann: Membership, message: CustomerMessage, number: Sender
) -> None:
    page, waiting = window.page, []

    def hold_back(route: Route) -> None:
        if route.request.headers.get("hx-trigger") == "live":
            waiting.append(route)
        else:
            route.continue_()

    window.sign_in(ann)
    window.choose("Maya")
    page.route("**/conversations/*/", hold_back)
    with page.expect_request(lambda asked: asked.headers.get("hx-trigger") == "live"):
        make_text(number, "+14155550188", "Hello?", from_name="Noor")
    page.get_by_role("button", name="Archive").click()
    expect(page.locator("#flash")).to_contain_text("Moved to the archive.")
    with page.expect_response(lambda answer: "/conversations/" in answer.url):
        waiting[0].continue_()
    page.wait_for_timeout(200)
    expect(page.locator("#thread")).to_have_count(0)


def test_of_two_conversations_pressed_one_after_the_other_the_second_is_shown(
    window: Window, ann: Membership, message: CustomerMessage
) -> None:
    other = make_message(ann, "The red boat", sender_name="Noor")
    page, slow = window.page, []
    window.sign_in(ann)
    page.wait_for_load_state("load")
    page.route("**/conversations/*/", lambda route: slow.append(route))
    for name in ("Maya", "Noor"):
        page.locator("#rows a", has_text=name).click()
        page.wait_for_timeout(200)
    for answer in slow:
        answer.continue_()
        page.wait_for_timeout(500)  # until it is there
    expect(page.locator("#customer-name")).to_have_text("Noor")
    assert page.url.endswith(f"/conversations/{other.pk}/")


def test_ctrl_enter_sends_and_a_double_click_sends_once(
    window: Window, ann: Membership, message: CustomerMessage
) -> None:
    window.sign_in(ann)
    window.choose("Maya")
    window.write("By keyboard.")
    window.page.keyboard.press("Control+Enter")
    expect(window.page.locator("#thread .out")).to_have_count(1)
    window.write("By mouse.")
    window.page.get_by_role("button", name="Send").last.dblclick()
    expect(window.page.locator("#thread .out")).to_have_count(2)
    window.page.wait_for_timeout(300)
    assert MessageReply.objects.filter(direction="outbound").count() == 2


def test_the_reply_box_counts_what_is_written_and_an_answer_is_taken_back(
    window: Window, ann: Membership, message: CustomerMessage
) -> None:
    page = window.page
    window.sign_in(ann)
    window.choose("Maya")
    page.get_by_label("Reply to").press_sequentially("Come by at five.")
    expect(page.locator("#preview")).to_contain_text("1 SMS,")
    window.send()
    page.get_by_role("button", name="Take back").click()
    expect(page.locator("#thread .out")).to_contain_text("Taken back")
    expect(page.get_by_label("Reply to")).to_have_value("Come by at five.")
    window.send()
    expect(page.locator("#thread .out")).to_have_count(2)


def test_a_new_conversation_appears_in_the_list_and_the_title_at_once(
    window: Window, ann: Membership, number: Sender
) -> None:
    window.sign_in(ann)
    make_text(number, CUSTOMER, "Hello?", from_name="Maya")
    expect(window.page.locator("#rows")).to_contain_text("Hello?", timeout=AT_ONCE)
    expect(window.page).to_have_title("(1) Inbox · Gateway", timeout=AT_ONCE)
    expect(window.page.locator("#rail em").first).to_contain_text("1")


def test_a_new_message_appears_at_once_and_what_is_being_typed_stays(
    window: Window, ann: Membership, number: Sender, message: CustomerMessage
) -> None:
    window.sign_in(ann)
    window.choose("Maya")
    window.write("Half a sent")
    make_text(number, CUSTOMER, "One more thing.")
    expect(window.page.locator("#thread")).to_contain_text("One more thing.", timeout=AT_ONCE)
    box = window.page.get_by_label("Reply to")
    expect(box).to_have_value("Half a sent")
    expect(box).to_be_focused()
    box.press_sequentially("ence")
    expect(box).to_have_value("Half a sentence")


def test_an_unfolded_part_stays_open_when_the_conversation_is_refreshed(
    window: Window, ann: Membership, number: Sender, message: CustomerMessage
) -> None:
    window.sign_in(ann)
    window.choose("Maya")
    evidence = window.page.locator("details.evidence").first
    evidence.locator("summary").click()
    make_text(number, CUSTOMER, "One more thing.")
    expect(window.page.locator("#thread")).to_contain_text("One more thing.", timeout=AT_ONCE)
    expect(evidence.locator("p")).to_be_visible()


def test_who_reads_further_up_is_told_of_a_new_message_and_not_moved(
    window: Window, ann: Membership, number: Sender, message: CustomerMessage
) -> None:
    for count in range(25):
        make_reply(message, ann, f"Line {count}")
    window.sign_in(ann)
    window.choose("Maya")
    box = window.page.get_by_role("region", name="Messages")
    expect(window.page.locator("#thread .out").last).to_be_in_viewport()
    box.evaluate("(element) => { element.scrollTop = -600; }")
    make_text(number, CUSTOMER, "One more thing.")
    news = window.page.get_by_role("button", name="New message")
    expect(news).to_be_visible()
    assert box.evaluate("(element) => element.scrollTop") < -500
    news.click()
    expect(window.page.get_by_text("One more thing.").last).to_be_in_viewport()
    expect(news).to_be_hidden()


def test_an_answer_is_stopped_by_what_the_writer_has_not_seen(
    window: Window, ann: Membership, number: Sender, message: CustomerMessage
) -> None:
    window.sign_in(ann)
    window.choose("Maya")
    window.write("Yes, come by.")
    window.page.route("**/changes/**", lambda route: route.fulfill(status=204))
    make_text(number, CUSTOMER, "Never mind.")
    window.send()
    expect(window.page.get_by_role("alert")).to_contain_text("The customer wrote meanwhile.")
    expect(window.page.locator("#thread")).to_contain_text("Never mind.")
    expect(window.page.get_by_label("Reply to")).to_have_value("Yes, come by.")
    window.send()
    expect(window.page.locator("#thread .out")).to_have_count(1)


def test_a_draft_waits_where_it_was_written(
    window: Window, ann: Membership, message: CustomerMessage
) -> None:
    make_message(ann, sender_name="Ben", sender_email="ben@home.example")
    window.sign_in(ann)
    window.choose("Maya")
    window.write("Half a sentence")
    window.choose("Ben")
    expect(window.page.get_by_label("Reply to")).to_be_empty()
    window.choose("Maya")
    expect(window.page.get_by_label("Reply to")).to_have_value("Half a sentence")
    window.page.reload()
    expect(window.page.get_by_label("Reply to")).to_have_value("Half a sentence")
    window.send()
    expect(window.page.locator("#thread .out")).to_have_count(1)
    window.page.reload()
    expect(window.page.get_by_label("Reply to")).to_be_empty()


def test_a_lost_connection_is_said_and_recovers(
    window: Window, ann: Membership, number: Sender
) -> None:
    window.sign_in(ann)
    window.page.route("**/changes/**", lambda route: route.abort())
    expect(window.page.locator("#connection")).to_have_text("No connection. Trying again…")
    window.complaints = [text for text in window.complaints if "ERR_FAILED" not in text]
    window.page.unroute("**/changes/**")
    make_text(number, CUSTOMER, "Hello?")
    expect(window.page.locator("#rows")).to_contain_text("Hello?")
    expect(window.page.locator("#connection")).to_be_hidden()
    window.complaints = [text for text in window.complaints if "ERR_FAILED" not in text]


def test_the_menu_moves_to_spam_and_closes_with_escape(
    window: Window, ann: Membership, message: CustomerMessage
) -> None:
    window.sign_in(ann)
    window.choose("Maya")
    window.page.locator("summary", has_text="More actions").click()
    spam = window.page.get_by_role("button", name="Spam", exact=True)
    expect(spam).to_be_visible()
    window.page.keyboard.press("Escape")
    expect(spam).to_be_hidden()
    window.page.locator("summary", has_text="More actions").click()
    spam.click()
    expect(window.page.locator("#flash")).to_contain_text("Moved to spam.")
    window.page.get_by_role("link", name="Spam").click()
    expect(window.page.locator("#rows")).to_contain_text("Maya")


def test_a_held_answer_is_approved(window: Window, ann: Membership) -> None:
    message = make_message(ann)
    to = reply_address_of(member_of(message, ann))
    receive(InboundMail("1", (to,), "ann@private.example", "Ann", text="Come at ten."))
    window.sign_in(ann)
    window.page.get_by_role("link", name="Held").click()
    window.page.locator("#rows a", has_text="Come at ten.").click()
    expect(window.page.locator("#main")).to_contain_text("address that is not verified")
    window.page.get_by_role("button", name="Approve and send").click()
    expect(window.page.locator("#thread .out")).to_contain_text("Come at ten.")


def test_a_link_to_a_listing_is_copied(window: Window, ann: Membership, number: Sender) -> None:
    listing = make_listing(ann.business)
    window.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    window.sign_in(ann)
    window.open(f"/listings/{listing.pk}/")
    window.page.get_by_role("button", name="Copy the link for SMS").click()
    expect(window.page.locator("#flash")).to_have_text("Copied.")
    copied = window.page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith(f"sms:{number.address}?body=Blue%20bike%20%23")


def test_the_keyboard_alone_leads_to_a_conversation_and_its_reply_box(
    window: Window, ann: Membership, message: CustomerMessage
) -> None:
    window.sign_in(ann)
    page = window.page
    page.wait_for_load_state(
        "load"
    )  # a page without its scripts yet follows links as any other does
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.locator("#rows a").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    expect(page.locator("#rows a[aria-current=page]")).to_have_count(1)


def test_the_back_button_of_the_browser_leads_back(
    window: Window, ann: Membership, message: CustomerMessage
) -> None:
    window.sign_in(ann)
    window.choose("Maya")
    window.page.evaluate("history.back()")
    expect(window.page.locator("main.blank")).to_be_visible()
    window.page.evaluate("history.forward()")
    expect(window.page.locator("#customer-name")).to_have_text("Maya")


@pytest.mark.parametrize("size", [PHONE, {"width": 320, "height": 640}])
def test_a_phone_shows_one_pane_at_a_time_with_a_way_back(
    window: Window, ann: Membership, message: CustomerMessage, size: dict[str, int]
) -> None:
    page = window.page
    window.sign_in(ann)
    window.choose("Maya")
    expect(page.locator("#rows")).to_be_hidden()
    expect(page.get_by_label("Reply to")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == size["width"]
    page.get_by_role("link", name="Details").click()
    expect(page.get_by_role("complementary", name="Customer")).to_be_visible()
    page.get_by_role("link", name="Close").click()
    page.get_by_role("link", name="Back to the list").click()
    expect(page.locator("#rows")).to_be_visible()
    expect(page.locator("#reply")).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") == size["width"]


def test_a_conversation_to_file_under_is_found_and_chosen_by_keyboard(
    window: Window, ann: Membership, message: CustomerMessage
) -> None:
    make_message(ann, "The red boat", sender_name="Noor")
    receive(InboundMail("1", (ann.business.public_address,), ann.user.email, text="She called."))
    window.sign_in(ann)
    window.open("/held/")
    page = window.page
    page.locator("#rows a").click()
    page.get_by_label("Search conversations").fill("boat")
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 found for")).to_be_visible()
    expect(page.get_by_label("Search conversations")).to_be_focused()
    page.get_by_label("Noor").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.locator("#thread")).to_contain_text("She called.")


@pytest.mark.parametrize("size", [{"width": 1440, "height": 900}, PHONE])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_has_a_barrier(
    window: Window, ann: Membership, message: CustomerMessage, scheme: Any, size: dict[str, int]
) -> None:
    page = window.page
    page.emulate_media(color_scheme=scheme)
    make_reply(message, ann)
    held = receive(
        InboundMail("1", (reply_address_of(member_of(message, ann)),), "a@b.example", text="Hi")
    )[0].held
    window.open("/accounts/login/")
    assert window.barriers() == []
    window.sign_in(ann)
    paths = ["/", "/?folder=trash&channel=pigeon", f"/conversations/{message.pk}/", "/held/"]
    listing = make_listing(ann.business)
    paths += [f"/held/{held.pk}/", "/accounts/password/change/", "/accounts/logout/"]
    paths += [f"/conversations/{message.pk}/join/", f"/listings/{listing.pk}/"]
    paths += [f"/glance/{ann.business_id}/", f"/start/{ann.business_id}/", "/checks/"]
    for path in paths:
        window.open(path)
        page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
        assert (path, window.barriers()) == (path, [])
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], path
    window.open("/accounts/password/reset/")
    assert window.barriers() == []
    window.open(conversation_url(message).removeprefix("https://gateway.test"))
    assert window.barriers() == []
    window.complaints = [text for text in window.complaints if "inline style" not in text.lower()]
