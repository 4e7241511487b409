"""What Twilio's codes are about, as its dictionary has it and apart from our table; a new code has to be named here."""

KINDS = {
    "bad_address": "21211 21265 21266 21268 21614 21635 30004 30005 30006 63003 63024 63031",
    "opted_out": "21610 30630",
    "blocked": "63014",
    "window_closed": "63016",
    "too_fast": "14107 20429 21611 30001 30022 30023 30027 63017 63018 63038",
    "credentials_refused": "10001 20003 20005 20006 20008 20403 30002 70051",
    "sender_refused": (
        "10002 20404 21212 21267 21408 21601 21606 21607 21608 21612 21616 21657 21659 21660 21661"
        " 21701 21703 21704 21705 30018 30024 30032 30033 30034 30035 30037 30040 30041 30042 30043"
        " 30404 30454 63001 63002 63007 63008 63015 63020 63022 63051 63059 63062 572002 572005 572006"
    ),
    "content_refused": (
        "11200 11751 12300 21602 21605 21617 21619 21620 21623 21654 21655 21656 21658 30007 30019"
        " 30044 30110 30111 30620 63005 63006 63013 63019 63021 63025 63026 63027 63028 63030 63034"
        " 63037 63040 63041 63042 63052 92005 92006 92007 216602"
    ),
    "not_supported": "21621 30011 63032 63033 63049",
    "unreachable": "30003 30008 30017 30450 30453 30485 63029",
    "provider_down": "20504 21730 30020 30021 30500 63010 63012",
    "expired": "30036",
    "failed": (
        "20001 21603 21604 21609 21624 21910 30028 30029 30030 30031 30045 30046 30410 30610 30615"
        " 63009 63011 63023 90007 90014"
    ),
}
KIND_OF = {code: kind for kind, codes in KINDS.items() for code in codes.split()}
WAITED_FOR = ("too_fast", "credentials_refused", "unreachable", "provider_down")
"""Kinds of refusals after which the outbox tries again by itself."""
STOPPED = ("opted_out", "blocked")
"""Kinds of refusals after which nothing more is sent there."""
