"""Write an answer: with canned answers, suggestions and files, and a draft that nothing loses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from gateway.models import CannedAnswer, CustomerMessage, Membership, Role, Suggestion
from gateway.suggestions import suggest
from tests.browser.conftest import PHONE, Window, box_of, silent_window
from tests.factories import make_listing, make_member, make_message, make_sender, make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# Puts files where a person's hand or clipboard would: Playwright has no way to drop or paste them.
GIVE = """
([kind, target, names]) => {
  const data = new DataTransfer();
  for (const name of names) data.items.add(new File(["x".repeat(2048)], name));
  const where = document.querySelector(target);
  const made = kind === "paste"
    ? new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true})
    : new DragEvent(kind, {dataTransfer: data, bubbles: true, cancelable: true});
  where.dispatchEvent(made);
}
"""


@pytest.fixture
def message(ann: Membership) -> CustomerMessage:
    return make_message(ann, sender_name="Maya Okafor", listing=make_listing(ann.business))


@pytest.fixture
def answers(ann: Membership) -> None:
    for name, text in {
        "Hours": "From nine to five.",
        "Hello": "Hello {name}, the {listing} is there.",
        "Way": "By bus to the market.",
    }.items():
        CannedAnswer.objects.create(business=ann.business, name=name, text=text)


@pytest.fixture
def agent(ann: Membership) -> Membership:
    return make_member(ann.business, Role.AGENT, make_user(first_name="Robo"))


def opened(window: Window, ann: Membership) -> Any:
    """Maya's conversation, and its reply box."""
    window.sign_in(ann)
    window.choose("Maya Okafor")
    window.page.wait_for_load_state("load")
    return window.page.get_by_label("Reply to")


def lose_the_answer(route: Route) -> None:
    """The server takes what is sent, and its answer does not come back."""
    if route.request.method != "POST":
        route.continue_()
        return
    route.fetch()
    route.abort()


def options(window: Window) -> Any:
    return window.page.get_by_role("listbox", name="Canned answers").get_by_role("option")


def test_a_slash_offers_canned_answers_which_keys_choose(
    window: Window, ann: Membership, message: CustomerMessage, answers: None
) -> None:
    box = opened(window, ann)
    box.press_sequentially("Hi!")
    box.press("Enter")
    box.press("/")
    expect(options(window)).to_have_text(
        [
            "Hello Hello Maya, the Blue bike is there.",
            "Hours From nine to five.",
            "Way By bus to the market.",
        ]
    )
    assert window.barriers() == []
    box.press("ArrowDown")
    box.press("ArrowDown")
    box.press("ArrowUp")
    active = window.page.locator("[role=option][aria-selected=true]")
    expect(active).to_contain_text("Hours")
    expect(box).to_have_attribute("aria-activedescendant", active.get_attribute("id") or "")
    box.press_sequentially("hel")
    expect(options(window)).to_have_count(1)
    box.press("Enter")
    expect(box).to_have_value("Hi!\nHello Maya, the Blue bike is there.")
    expect(box).to_be_focused()
    expect(options(window)).to_have_count(0)
    expect(box).not_to_have_attribute("aria-activedescendant", "")


def test_escape_closes_the_list_and_a_slash_is_a_letter_elsewhere(
    window: Window, ann: Membership, message: CustomerMessage, answers: None
) -> None:
    box = opened(window, ann)
    box.press("/")
    expect(options(window)).to_have_count(3)
    box.press("Escape")
    expect(options(window)).to_have_count(0)
    box.press_sequentially("w or 24/7")
    expect(options(window)).to_have_count(0)
    expect(box).to_have_value("/w or 24/7")
    box.fill("")
    box.press("/")
    expect(options(window)).to_have_count(3)
    box.press_sequentially("nothing of them")
    expect(options(window)).to_have_count(0)
    box.press("Enter")
    expect(box).to_have_value("/nothing of them\n")


@pytest.mark.parametrize("size", [PHONE])
def test_the_button_offers_them_to_a_pointer(
    window: Window, ann: Membership, message: CustomerMessage, answers: None
) -> None:
    box = opened(window, ann)
    box.fill("Hi! ")
    window.page.get_by_role("button", name="Canned answers").click()
    options(window).filter(has_text="Way").click()
    expect(box).to_have_value("Hi! By bus to the market.")
    window.page.get_by_role("button", name="Canned answers").click()
    expect(options(window)).to_have_count(3)
    window.page.locator("#customer-name").click()
    expect(options(window)).to_have_count(0)


def test_a_suggestion_is_used_changed_or_dismissed(
    window: Window, ann: Membership, agent: Membership, message: CustomerMessage
) -> None:
    for text in ("It is sold.", "Yes, it is.", "Come by at five."):
        suggest(message, agent, text)
    box, page = opened(window, ann), window.page
    expect(page.locator(".suggestion p")).to_have_text(
        ["Come by at five.", "Yes, it is.", "It is sold."]
    )
    assert window.barriers() == []
    page.evaluate(GIVE, ["drop", "#thread", ["plan.pdf"]])
    page.get_by_role("button", name="Dismiss").last.click()
    expect(page.locator(".suggestion")).to_have_count(2)
    expect(box).to_be_focused()
    expect(page.locator("#attached")).to_contain_text("plan.pdf")
    page.get_by_role("button", name="Use", exact=True).last.click()
    expect(box).to_have_value("Yes, it is.")
    expect(page.locator(".send")).to_be_focused()
    page.get_by_role("button", name="Edit", exact=True).first.click()
    expect(box).to_have_value("Come by at five.")
    expect(box).to_be_focused()
    box.press_sequentially(" Or six.")
    window.send()
    expect(page.locator("#thread .out")).to_contain_text("Come by at five. Or six.")
    expect(page.locator(".suggestion")).to_have_count(0)
    states = Suggestion.objects.order_by("id").values_list("state", flat=True)
    assert list(states) == ["dismissed", "open", "edited"]


def test_a_suggestion_appears_while_one_looks_and_what_is_typed_stays(
    window: Window, ann: Membership, agent: Membership, message: CustomerMessage
) -> None:
    box = opened(window, ann)
    box.press_sequentially("Half a sent")
    suggest(message, agent, "Yes, it is.")
    expect(window.page.locator(".suggestion p")).to_have_text("Yes, it is.")
    expect(box).to_have_value("Half a sent")
    expect(box).to_be_focused()


def test_a_draft_follows_its_writer_to_another_browser_until_it_is_sent(
    window: Window, ann: Membership, message: CustomerMessage, chromium: Any
) -> None:
    box, page = opened(window, ann), window.page
    mark = page.locator("#rows .draft")
    expect(mark).to_have_count(0)
    box.press_sequentially("Half a sentence")
    expect(mark).to_be_visible()
    with silent_window(chromium, window.url, PHONE) as other:
        other.sign_in(ann)
        expect(other.page.locator("#rows .draft")).to_be_visible()
        other.choose("Maya Okafor")
        expect(other.page.get_by_label("Reply to")).to_have_value("Half a sentence")
    window.send()
    expect(page.locator("#thread .out")).to_have_count(1)
    expect(mark).to_have_count(0)
    page.wait_for_timeout(1000)  # longer than a save waits
    assert not message.drafts.exists()


def test_a_draft_outlives_a_reload_before_it_was_saved_and_a_lost_connection(
    window: Window, ann: Membership, message: CustomerMessage
) -> None:
    box, page = opened(window, ann), window.page
    page.route("**/draft/", lambda route: route.abort())
    box.fill("Half a sentence")
    page.wait_for_timeout(1000)
    page.unroute("**/draft/")
    page.reload()
    expect(box).to_have_value("Half a sentence")
    box.press("End")
    box.press_sequentially(" more")
    expect(page.locator("#rows .draft")).to_be_visible()
    box.fill("")
    expect(page.locator("#rows .draft")).to_have_count(0)
    page.reload()
    expect(box).to_be_empty()
    window.complaints = [text for text in window.complaints if "ERR_FAILED" not in text]


def test_an_answer_whose_sending_failed_outlives_a_reload_and_is_sent_once(
    window: Window, ann: Membership, message: CustomerMessage
) -> None:
    box, page = opened(window, ann), window.page
    flash, connection = page.locator("#flash p"), page.locator("#connection")
    box.fill("An old draft")
    expect(page.locator("#rows .draft")).to_be_visible()
    page.route("**/conversations/**", lambda route: route.abort())
    page.route("**/changes/**", lambda route: route.abort())
    box.fill("Yes, come by at five.")
    box.press("Control+Enter")
    expect(flash).to_contain_text("nothing was sent")
    expect(connection).to_be_visible()
    told = box_of(flash)
    assert told["y"] + told["height"] <= box_of(connection)["y"]
    page.unroute_all()
    page.reload()
    expect(box).to_have_value("Yes, come by at five.")
    page.route("**/conversations/*/", lose_the_answer)
    box.press("Control+Enter")
    expect(flash).to_contain_text("nothing was sent")
    page.unroute_all()
    page.reload()
    expect(page.locator("#thread .out")).to_have_count(1)
    expect(box).to_have_value("Yes, come by at five.")
    window.send()
    expect(box).to_be_empty()
    expect(page.locator("#thread .out")).to_have_count(1)
    cut_off = ("ERR_FAILED", "htmx:")
    window.complaints = [
        text for text in window.complaints if not any(word in text for word in cut_off)
    ]


@pytest.mark.parametrize(("platform", "key"), [("macOS", "⌘"), ("Linux", "Ctrl ")])
def test_the_button_names_the_key_that_sends(
    window: Window, ann: Membership, message: CustomerMessage, platform: str, key: str
) -> None:
    window.page.add_init_script(
        f"Object.defineProperty(navigator, 'userAgentData', {{value: {{platform: '{platform}'}}}})"
    )
    opened(window, ann)
    before = "(kbd) => getComputedStyle(kbd, '::before').content"
    assert window.page.locator(".send kbd").evaluate(before) == f'"{key}"'


def test_files_are_dropped_pasted_chosen_and_taken_out_again(
    window: Window, ann: Membership, message: CustomerMessage, tmp_path: Path
) -> None:
    box, page = opened(window, ann), window.page
    page.evaluate(GIVE, ["dragover", "#thread", ["plan.pdf"]])
    expect(page.locator("#composer.dropping")).to_have_count(1)
    page.evaluate(GIVE, ["drop", "#thread", ["plan.pdf"]])
    page.evaluate(GIVE, ["paste", "#reply", ["screen.png"]])
    chosen = tmp_path / "list.txt"
    chosen.write_text("1, 2, 3")
    page.locator("[name=attachments]").set_input_files(chosen)
    files = page.get_by_role("list", name="Files to send").get_by_role("listitem")
    expect(files).to_have_count(3)
    expect(files.first).to_contain_text("plan.pdf")
    expect(files.first).to_contain_text("2 kB")
    assert window.barriers() == []
    page.locator("#note-box summary").click()
    page.locator("#note-box textarea").fill("Sends the plan today.")
    page.get_by_role("button", name="Keep the note").click()
    expect(page.locator("#thread .noted")).to_have_count(1)
    expect(files).to_have_count(3)
    page.get_by_role("button", name="Do not send screen.png").click()
    expect(files).to_have_count(2)
    box.fill("Here they are.")
    window.send()
    expect(page.locator("#thread .out:not(.noted)")).to_contain_text("plan.pdf")
    expect(page.locator("#thread .out:not(.noted)")).to_contain_text("list.txt")
    expect(page.locator("#thread .out:not(.noted)")).not_to_contain_text("screen.png")
    expect(files).to_have_count(0)


def test_the_links_of_files_are_counted_while_they_are_chosen(
    window: Window, ann: Membership
) -> None:
    make_sender(ann.business)
    make_message(ann, sender_email="", sender_phone="+14155550199")
    box, page = opened(window, ann), window.page
    box.press_sequentially("Sure.")
    expect(page.locator("#preview")).to_contain_text("1 SMS")
    page.evaluate(GIVE, ["drop", "#thread", ["one.pdf", "two.pdf"]])
    expect(page.locator("#preview")).to_contain_text("2 SMS")
    for _ in range(2):
        page.locator("[data-take-out]").first.click()
    expect(page.locator("#preview")).to_contain_text("1 SMS")


def test_files_stay_beside_an_answer_that_could_not_be_sent(
    window: Window, ann: Membership, message: CustomerMessage
) -> None:
    box, page = opened(window, ann), window.page
    page.evaluate(GIVE, ["drop", "#thread", ["plan.pdf"]])
    box.fill("Here it is.")
    page.route("**/changes/**", lambda route: route.fulfill(status=204))
    page.evaluate("document.querySelector('[name=channel][value=email]').value = 'sms'")
    window.send()
    expect(page.get_by_role("alert").filter(has_text="no")).to_be_visible()
    files = page.get_by_role("list", name="Files to send").get_by_role("listitem")
    expect(files).to_have_count(1)
    window.send()
    expect(page.locator("#thread .out")).to_contain_text("plan.pdf")


def test_too_many_files_are_said_before_sending(
    window: Window, ann: Membership, message: CustomerMessage
) -> None:
    box, page = opened(window, ann), window.page
    box.fill("Here they are.")
    page.evaluate(GIVE, ["drop", "#composer", [f"{number}.txt" for number in range(11)]])
    note = page.locator("#attached-note")
    expect(note).to_have_text("At most 10 files fit; leave some out.")
    window.send()
    expect(page.locator("#thread .out")).to_have_count(0)
    page.get_by_role("button", name="Do not send 7.txt").click()
    expect(note).to_have_text("Up to 10 files, together 18 MB.")
    window.send()
    expect(page.locator("#thread .out")).to_have_count(1)


@pytest.mark.parametrize("size", [{"width": 320, "height": 640}])
def test_the_page_of_canned_answers_fits_a_small_phone(
    window: Window, ann: Membership, answers: None
) -> None:
    CannedAnswer.objects.create(business=ann.business, name="Long", text="From nine " * 30)
    window.sign_in(ann)
    window.open(f"/settings/canned/{ann.business_id}/")
    window.page.locator("summary", has_text="Long").click()
    assert window.barriers() == []
    inside = window.page.get_by_role("region", name="Canned answers")
    assert inside.evaluate("(element) => element.scrollWidth - element.clientWidth") == 0
