"""HTML of a stranger in a real browser: nothing of it runs, loads, sends or styles."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from gateway.inbound.receive import receive
from gateway.models import Attachment, Membership
from gateway.participants import customer_of, reply_address_of
from tests.browser.conftest import Window
from tests.factories import make_message
from webhooks.mail import read_mail

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

OUT = "https://tracker.example"
HOSTILE = f"""<!DOCTYPE html><html><head><meta http-equiv="refresh" content="0;url={OUT}/refresh">
<base href="{OUT}/"><link rel="stylesheet" href="{OUT}/style.css"><script>window.hit = 1</script>
<style>body {{ display: none }} @import url({OUT}/import.css);</style><title>title</title></head>
<body onload="window.hit = 1" background="{OUT}/background.png"><p>Before all.</p>
<script src="{OUT}/script.js"></script><img src=x onerror="window.hit = 1"><img src="{OUT}/pixel.gif" width=1>
<img src="cid:photo@x"><svg onload="window.hit = 1"><script>window.hit = 1</script></svg>
<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=window.hit=1&gt;">
</table></mtext></math><noscript><p title="</noscript><img src=x onerror=window.hit=1>"></noscript>
<svg></p><style><a id="</style><img src=1 onerror=window.hit=1>"></style></svg>
<form action="{OUT}/form"><input name=password autofocus onfocus="window.hit = 1"><button>Go</button></form>
<iframe src="{OUT}/frame" srcdoc="<script>parent.hit = 1</script>"></iframe><object data="{OUT}/o"></object>
<embed src="{OUT}/e"><video src="{OUT}/v" autoplay></video><template><script>window.hit = 1</script></template>
<a href="javascript:window.hit=1">a link that runs</a> <a href="data:text/html,<script>1</script>">data</a>
<div style="position:fixed;inset:0;z-index:9;background:url({OUT}/css.png)">
&lt;script&gt;window.hit = 1&lt;/script&gt;</div>
<p>After all.</p></body></html>"""
DRAWING = "<svg xmlns='http://www.w3.org/2000/svg' onload='window.hit = 1'><script>window.hit = 1</script></svg>"


def test_f48_nothing_of_a_stranger_s_html_runs_loads_or_sends(
    window: Window, ann: Membership
) -> None:
    page = window.page
    message = make_message(ann)
    raw = f"""From: maya@home.example
To: {reply_address_of(customer_of(message))}
Subject: <img src=x onerror=window.hit=1>
Content-Type: multipart/related; boundary=part

--part
Content-Type: text/html; charset=utf-8

{HOSTILE}
--part
Content-Type: image/png; name="photo.png"
Content-ID: <photo@x>

{DRAWING}
--part
Content-Type: text/html; name="page.html"
Content-Disposition: attachment

{HOSTILE}
--part--
"""
    (received,) = receive(read_mail(raw.encode()))
    window.sign_in(ann)
    window.open(f"/conversations/{message.pk}/")
    letter = page.locator("#thread .in .b").last
    expect(letter).to_contain_text("Before all.")
    expect(letter).to_contain_text("After all.")
    expect(letter).to_contain_text("<script>window.hit = 1</script>")
    expect(letter).to_be_visible()
    assert letter.locator("script, img, svg, form, iframe, style, object, [style]").count() == 0
    assert [link.get_attribute("href") for link in letter.locator("a").all()] == []
    for file in Attachment.objects.filter(reply=received.reply):
        with page.expect_download() as download:
            page.locator(f'a[href="/attachments/{file.pk}/"]').first.click()
        assert download.value.suggested_filename == file.name
    assert page.evaluate("window.hit") is None
    page.wait_for_timeout(100)  # what a page loads late would be heard by now
    assert page.url.endswith(f"/conversations/{message.pk}/")
