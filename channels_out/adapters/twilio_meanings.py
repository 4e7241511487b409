"""What Twilio's error codes mean to us, and to an owner.

Source: Twilio's dictionary, one page a code: https://www.twilio.com/docs/api/errors/NNNNN.md.

Here is what can befall a message that goes out. Not here: codes of incoming messages (30009, 30038, 30039) and of
registrations (304xx, 307xx to 309xx), and parameters and channels that we do not use. A code says how an owner is
told and what follows from it beyond his message: an opt-out stops the address, refused credentials pause the sender.
The latter are therefore only what refuses the next request, too: a sender whose messages are taken and fail later
would pause and resume by turns.

Only a refused request is tried again by itself. 30003, 30008 and all else that networks report come by status
callback, of a message that Twilio took, and are final: a network may call a phone unreachable and deliver once
it is switched on, so a second text could be one too many. Its owner reads that he can try later, and decides.
"""

from django.utils.translation import gettext_noop as _

from channels_out.adapters.meaning import Meaning
from channels_out.errors import (
    BadAddress,
    Blocked,
    ContentRefused,
    CredentialsRefused,
    Expired,
    NotSupported,
    OptedOut,
    ProviderDown,
    SenderRefused,
    SendError,
    TooFast,
    Unreachable,
    WindowClosed,
)

OTHER_WORDS = _("Say it in other words, without links, or use another channel.")
ANOTHER_TEMPLATE = _("Use another template or another channel.")
TEXT_ONLY = _("Send them by email, or send only the text.")
UNTIL_HE_WRITES = _("Use another channel, or wait until the customer writes.")
TOMORROW = _("Send it again tomorrow, or use another channel.")

THE_ADDRESS = (
    Meaning(
        "21211",
        BadAddress,
        _("This is not a valid phone number."),
        _("Check the number with the customer."),
    ),
    Meaning(
        "30005",
        BadAddress,
        _("The phone network does not know this number; it may no longer exist."),
        _("Check the number with the customer, or use another channel."),
    ),
    Meaning(
        "21614 21635 30006",
        BadAddress,
        _("This number cannot receive texts; it may be a landline."),
        _("Call the customer, or use another channel."),
    ),
    # A block may be the customer's STOP to a toll-free number, but also a landline or a dead spot.
    Meaning(
        "30004",
        BadAddress,
        _("The phone network does not let our texts through to this number."),
        _("Call the customer, or use another channel."),
    ),
    Meaning("21265", BadAddress, _("This is a short number, and those cannot be written to.")),
    Meaning(
        "21268", BadAddress, _("This number costs extra, and such numbers cannot be written to.")
    ),
    Meaning(
        "21266 63031",
        BadAddress,
        _("This is our own number."),
        _("Check the number with the customer."),
    ),
    Meaning("63003", BadAddress, _("This number is not on WhatsApp."), _("Use SMS or email.")),
    Meaning(
        "63024", BadAddress, _("WhatsApp does not deliver to this number."), _("Use SMS or email.")
    ),
)

THE_CUSTOMERS_WILL = (
    Meaning("21610 30630", OptedOut),
    # "Stop sending additional messages to that recipient until they re-engage."
    Meaning("63014", Blocked),
    # Only advertising is unwanted: to stop the address would also stop answers.
    Meaning(
        "63033",
        NotSupported,
        _(
            "The customer wants no advertising from us on WhatsApp, and this template counts as such."
        ),
        UNTIL_HE_WRITES,
    ),
)

WHATSAPPS_CHOICE = (
    Meaning("63016", WindowClosed),
    Meaning(
        "63032",
        NotSupported,
        _("WhatsApp does not deliver such messages to this customer at present."),
        UNTIL_HE_WRITES,
    ),
    Meaning(
        "63049",
        NotSupported,
        _("WhatsApp takes this template for advertising and did not deliver it."),
        UNTIL_HE_WRITES,
    ),
)

HASTE = (
    Meaning("20429 63017", TooFast),
    Meaning("21611 30001", TooFast, _("More messages are waiting at our number than it can send.")),
    Meaning("14107", TooFast, _("Too many messages went to this customer within seconds.")),
    Meaning(
        "30022", TooFast, _("The phone network gets more texts from our number than it takes.")
    ),
    Meaning(
        "30023 30027",
        TooFast,
        _("We have sent as many texts to this phone network as it takes in a day."),
        TOMORROW,
    ),
    Meaning(
        "63038",
        TooFast,
        _("Our account has sent as many messages as it may in a day."),
        TOMORROW,
    ),
    Meaning(
        "63018",
        TooFast,
        _("Our WhatsApp number has written to as many people as WhatsApp allows for now."),
        TOMORROW,
    ),
)

THE_PHONE_NETWORK = (
    Meaning("30003", Unreachable, _("The phone is switched off or out of reach.")),
    Meaning("30008", Unreachable, _("The phone network did not say why it failed.")),
    Meaning("30017", Unreachable, _("The phone network is overloaded.")),
    Meaning(
        "30450",
        Unreachable,
        _("Texts to this number are held back for about half an hour, because fraud is suspected."),
        _("Try again in half an hour, or use another channel."),
    ),
    Meaning(
        "30453 30485",
        Unreachable,
        _("Texts to this number are held back for some hours, because fraud is suspected."),
        _("Try again in a few hours, or use another channel."),
    ),
    Meaning("63029", Unreachable, _("The customer's phone could not load the template.")),
    Meaning(
        "30410 30046",
        SendError,
        _("Nobody can say whether the text reached the phone."),
        _("Ask the customer whether it came before you send it again."),
    ),
    Meaning("30036", Expired, _("It waited at the provider for longer than it may.")),
    Meaning(
        "30610 30615",
        SendError,
        _("Such texts are not allowed at this hour where the customer is."),
        _("Send it again in the daytime, or use another channel."),
    ),
    Meaning(
        "30011", NotSupported, _("This phone or its network takes no pictures or files."), TEXT_ONLY
    ),
)

AN_OUTAGE = (
    Meaning(
        "20504 21730 30020 30021 30500 63010 63012",
        ProviderDown,
        _("The provider has a fault of its own."),
        _("Try again later, or use another channel."),
    ),
    Meaning("63009 63011 63023", SendError, _("WhatsApp did not say why it failed.")),
)

THE_CONTENT = (
    Meaning(
        "21602 21619",
        ContentRefused,
        _("The message is empty."),
        _("Write a text or attach a file."),
    ),
    Meaning(
        "21605 21617 21658",
        ContentRefused,
        _("The message is too long."),
        _("Shorten it and send it again."),
    ),
    Meaning(
        "30044",
        ContentRefused,
        _("The message is longer than a trial account may send."),
        _("Shorten it and send it again."),
    ),
    Meaning(
        "30019",
        ContentRefused,
        _("The message or its attachments are too large for the phone network."),
        _("Shorten it, or send the files by email."),
    ),
    Meaning("21623", ContentRefused, _("There are more than 10 attachments."), _("Send fewer.")),
    Meaning(
        "11751 63034",
        ContentRefused,
        _("An attachment is too large for this channel."),
        _("Send a smaller one, or send it by email."),
    ),
    Meaning(
        "11200 21620 63019",
        ContentRefused,
        _("The provider could not fetch an attachment from us."),
        _("Send it by email, and tell whoever runs this service."),
    ),
    Meaning(
        "12300 63025 63037",
        ContentRefused,
        _("An attachment could not be sent on this channel."),
        _("Leave it out, or send it by email."),
    ),
    Meaning(
        "63021",
        ContentRefused,
        _("WhatsApp cannot carry this kind of file, or so long a template."),
        _("Leave the file out or shorten the text, or use another channel."),
    ),
    Meaning("63005 63006", ContentRefused, _("WhatsApp refused this content.")),
    Meaning(
        "63013", ContentRefused, _("WhatsApp refused this message under its rules."), OTHER_WORDS
    ),
    Meaning(
        "63026",
        ContentRefused,
        _("WhatsApp took this message for advertising and blocked it."),
        OTHER_WORDS,
    ),
    Meaning(
        "30007",
        ContentRefused,
        _("The phone network took this message for advertising and blocked it."),
        OTHER_WORDS,
    ),
    Meaning(
        "30620",
        ContentRefused,
        _("This message does not fit what our number is registered for."),
        OTHER_WORDS,
    ),
    Meaning(
        "30110 30111",
        ContentRefused,
        _("A link in this message is blocked."),
        _("Leave the link out and send it again."),
    ),
)

THE_TEMPLATE = (
    Meaning(
        "21654 21655 92005 92006",
        ContentRefused,
        _("This template does not exist."),
        ANOTHER_TEMPLATE,
    ),
    Meaning(
        "63027",
        ContentRefused,
        _("This template does not exist in that language."),
        ANOTHER_TEMPLATE,
    ),
    Meaning(
        "21656 63028 92007",
        ContentRefused,
        _("The template's fields are not filled correctly."),
        _("Fill in every field and send it again."),
    ),
    Meaning(
        "63030",
        ContentRefused,
        _("A template cannot carry these files or this link."),
        _("Leave them out and send it again."),
    ),
    Meaning(
        "216602", ContentRefused, _("This template does not fit this channel."), ANOTHER_TEMPLATE
    ),
    Meaning("63040", ContentRefused, _("WhatsApp has rejected this template."), ANOTHER_TEMPLATE),
    Meaning(
        "63041",
        ContentRefused,
        _("WhatsApp has paused this template, because customers complained about it."),
        ANOTHER_TEMPLATE,
    ),
    Meaning(
        "63042",
        ContentRefused,
        _("WhatsApp has stopped this template for good, because customers complained about it."),
        ANOTHER_TEMPLATE,
    ),
    Meaning(
        "63052",
        ContentRefused,
        _("This template is of a kind that WhatsApp no longer takes."),
        ANOTHER_TEMPLATE,
    ),
)

OUR_SENDER = (
    Meaning(
        "21212 21601 21606 21616 21657 21659 21660 21661 30042",
        SenderRefused,
        _("Our number is not allowed to send this message."),
    ),
    Meaning(
        "21608 572005",
        SenderRefused,
        _("A trial account may only write to verified numbers."),
        _("Use another channel, and ask whoever runs this service to verify this number."),
    ),
    Meaning(
        "10002 21267 21607 30454 572002 572006",
        SenderRefused,
        _("Our account is a trial one and may not send this."),
    ),
    Meaning(
        "63015",
        SenderRefused,
        _("Our WhatsApp number is on trial and may only write to those who have joined it."),
    ),
    Meaning(
        "21408",
        SenderRefused,
        _("Texts to this country are not switched on."),
        _("Use another channel, and ask whoever runs this service to switch this country on."),
    ),
    Meaning("21612", SenderRefused, _("Texts from our number do not reach this phone network.")),
    Meaning("21621", NotSupported, _("Our number cannot send pictures or files."), TEXT_ONLY),
    Meaning("21703 21704", SenderRefused, _("None of our numbers can send this to this customer.")),
    Meaning(
        "20404 21701 21705 30404",
        SenderRefused,
        _("The provider does not know the account or the number that we send from."),
    ),
    Meaning(
        "30018 30032 30034 30040 30041",
        SenderRefused,
        _("Our number is not registered for texts to this country yet."),
        _("Use another channel, and ask whoever runs this service to register the number."),
    ),
    Meaning(
        "30024 30035",
        SenderRefused,
        _("Our number is still being set up at the phone networks."),
        TOMORROW,
    ),
    Meaning("30033", SenderRefused, _("The phone networks have suspended texts from our number.")),
    Meaning("30037", SenderRefused, _("Sending is switched off for our account.")),
    Meaning("30043", SenderRefused, _("The phone network takes no texts from abroad on this way.")),
    Meaning("63001", SenderRefused, _("WhatsApp no longer accepts our connection.")),
    Meaning("63002 63007 63008", SenderRefused, _("Our number is not set up for WhatsApp.")),
    Meaning(
        "63020",
        SenderRefused,
        _("WhatsApp waits for us to accept an invitation, or for a way to pay."),
    ),
    Meaning("63022", SenderRefused, _("WhatsApp has not confirmed our business name.")),
    Meaning("63051", SenderRefused, _("WhatsApp has locked our account.")),
    Meaning("63059", SenderRefused, _("Our number belongs to another WhatsApp account now.")),
    Meaning("63062", SenderRefused, _("WhatsApp's terms for advertising are not accepted yet.")),
)

OUR_ACCOUNT = (
    Meaning("10001 20003 20005 20006 20008 20403 30002 70051", CredentialsRefused),
    Meaning(
        "20001 21603 21604 21609 21624 21910 30028 30029 30030 30031 30045 90007 90014",
        SendError,
        _("The provider could not make sense of our request."),
        _("Use another channel, and tell whoever runs this service."),
    ),
)

MEANINGS: tuple[Meaning, ...] = (
    *THE_ADDRESS,
    *THE_CUSTOMERS_WILL,
    *WHATSAPPS_CHOICE,
    *HASTE,
    *THE_PHONE_NETWORK,
    *AN_OUTAGE,
    *THE_CONTENT,
    *THE_TEMPLATE,
    *OUR_SENDER,
    *OUR_ACCOUNT,
)
