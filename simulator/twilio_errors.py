"""Twilio's error codes that this simulator gives, with their HTTP status and text.

Source: Twilio's error dictionary (twilio.com/docs/api/errors) and its page on test credentials.
"""

DOCS = "https://www.twilio.com/docs/errors/"


class RefusalError(Exception):
    """A request that the provider does not accept."""

    def __init__(self, code: int, status: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.status = status
        self.message = message

    def as_json(self) -> dict[str, object]:
        """The body of Twilio's error answers."""
        more = f"{DOCS}{self.code}"
        return {
            "code": self.code,
            "message": self.message,
            "more_info": more,
            "status": self.status,
        }


TEXTS = {
    20001: (400, "Unknown parameters: {value}"),
    20003: (401, "Authenticate"),
    20005: (403, "Account is not active"),
    20009: (409, "Cannot delete this resource before it is complete"),
    20403: (403, "Forbidden"),
    20404: (404, "The requested resource {value} was not found"),
    20429: (429, "Too Many Requests"),
    21211: (400, "Invalid 'To' Phone Number: {value}"),
    21212: (400, "Invalid From Number (caller ID): {value}"),
    21265: (400, "'To' number cannot be a Short Code: {value}"),
    21266: (400, "'To' and 'From' number cannot be the same: {value}"),
    21268: (400, "'To' number cannot be a premium or information service number: {value}"),
    21408: (403, "Permission to send an SMS has not been enabled for the region of {value}"),
    21602: (400, "Message body is required."),
    21603: (400, "A 'From' phone number is required."),
    21604: (400, "A 'To' phone number is required."),
    21606: (400, "The 'From' phone number {value} is not a valid message-capable number"),
    21608: (400, "The number {value} is unverified. Trial accounts cannot send to it"),
    21609: (400, "The StatusCallback URL {value} is not a valid URL."),
    21610: (400, "Attempt to send to unsubscribed recipient"),
    21611: (429, "This 'From' number {value} has exceeded its queue of messages"),
    21612: (400, "The 'To' phone number {value} is not currently reachable"),
    21614: (400, "'To' number is not a valid mobile number: {value}"),
    21617: (400, "The concatenated message body exceeds the 1600 character limit"),
    21620: (400, "Invalid media URL(s): {value}"),
    21623: (400, "Number of media files exceeds allowed limit"),
    21635: (400, "'To' number cannot be a landline: {value}"),
    21655: (400, "The ContentSid {value} is Invalid"),
    21656: (400, "The ContentVariables Parameter is invalid"),
    21658: (400, "A parameter exceeds its character limit"),
    21659: (400, "'From' {value} is not a Twilio phone number or Short Code country mismatch"),
    21660: (400, "Mismatch between the 'From' number {value} and the account"),
    21661: (400, "'From' number is not SMS-capable: {value}"),
    21701: (404, "The Messaging Service {value} does not exist"),
    21703: (400, "The Messaging Service has no number for this message"),
    21704: (400, "The Messaging Service contains no phone numbers"),
    21730: (400, "System under maintenance. Please try again later."),
    21910: (400, "Invalid From and To pair. From and To should be of the same channel"),
    63007: (400, "Twilio could not find a Channel with the specified From address"),
    63038: (429, "Account exceeded the daily messages limit"),
}


def refuse(code: int, value: str = "", status: int | None = None) -> RefusalError:
    """The error with this code; `value` is what it complains about."""
    usual, text = TEXTS.get(code, (400, "The message was refused with error {code}"))
    return RefusalError(code, status or usual, text.format(value=value, code=code))
