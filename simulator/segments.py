"""How many SMS segments a text takes (3GPP TS 23.038)."""

GSM_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_EXTENDED = frozenset("\f^{}\\[~]|€")
GSM_SINGLE, GSM_JOINED = 160, 153
UCS2_SINGLE, UCS2_JOINED = 70, 67


def count_segments(text: str) -> int:
    """Segments of a text: GSM-7 where every character is in its alphabet, else UCS-2."""
    if GSM_BASIC.issuperset(text):
        return _parts(len(text), GSM_SINGLE, GSM_JOINED)
    if all(character in GSM_BASIC or character in GSM_EXTENDED for character in text):
        extended = sum(character in GSM_EXTENDED for character in text)
        return _parts(len(text) + extended, GSM_SINGLE, GSM_JOINED)
    return _parts(len(text.encode("utf-16-be", "surrogatepass")) // 2, UCS2_SINGLE, UCS2_JOINED)


def _parts(units: int, single: int, joined: int) -> int:
    return 1 if units <= single else -(-units // joined)
