"""Filters that write texts for others to read: addresses, base64, hashes, JSON."""

import base64
import binascii
import hashlib
import hmac
import re
import unicodedata
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, unquote_to_bytes

from headwater.mapping.directives import json_texts
from headwater.mapping.directives.liquid.frame import Frame, Word, plain
from headwater.mapping.directives.liquid.text_filters import given_text
from headwater.mapping.directives.values import WHITESPACE, is_truthy, well_formed

Filter = Callable[[Frame, Any, list[Any]], Any]

UNRESERVED = "!'()*"  # what encodeURIComponent leaves as it is, beyond what `quote` does
RESERVED = ";,/?:@&=+$#" + UNRESERVED
QUARTET = 4
_BLANK_IN_BASE64 = re.compile("[\t\n\f\r ]")
_BASE64 = re.compile("[A-Za-z0-9+/]*")
_LATIN = {
    "a": "àáâãäå",
    "ae": "æ",
    "c": "ç",
    "e": "èéêë",
    "i": "ìíîï",
    "d": "ð",
    "n": "ñ",
    "o": "òóôõöø",
    "u": "ùúûü",
    "y": "ýÿ",
    "ss": "ß",
    "oe": "œ",
    "th": "þ",
    "SS": "ẞ",
    "OE": "Œ",
    "TH": "Þ",
}
_WITHOUT_ACCENTS = {ord(accented): plain_one for plain_one, many in _LATIN.items() for accented in many}
_PRETTY = "._~!$&'()+,;=@"


def _url_encode(frame: Frame, value: Any, _given: list[Any]) -> Any:
    return _quoted(frame, value, UNRESERVED).replace("%20", "+")


def _cgi_escape(frame: Frame, value: Any, _given: list[Any]) -> Any:
    return _quoted(frame, value, "").replace("%20", "+")


def _uri_escape(frame: Frame, value: Any, _given: list[Any]) -> Any:
    return _quoted(frame, value, RESERVED).replace("%5B", "[").replace("%5D", "]")


def _quoted(frame: Frame, value: Any, safe: str) -> str:
    return frame.made(quote(well_formed(frame.made(frame.text(value))), safe=safe))


def _url_decode(frame: Frame, value: Any, _given: list[Any]) -> Any:
    text = frame.made(frame.text(value)).replace("+", " ")
    if re.search("%(?![0-9a-fA-F]{2})", text):
        raise frame.failure("url_decode was given what is no encoded address")
    try:
        return unquote_to_bytes(text).decode()
    except UnicodeDecodeError:
        raise frame.failure("url_decode was given what is no encoded address") from None


def _slugify(frame: Frame, value: Any, given: list[Any]) -> Any:
    text = frame.made(frame.text(value))
    mode = given_text(frame, given, 0, "default")
    if mode == "latin":
        text = text.translate(_WITHOUT_ACCENTS)
    if mode in _KEPT:
        text = _dashed(frame, text, _KEPT[mode])
    return text if len(given) > 1 and is_truthy(plain(given[1])) else text.lower()


def _dashed(frame: Frame, text: str, is_kept: Callable[[str], bool]) -> str:
    """Return `text` with one dash for each stretch of what isn't kept, and none at its ends."""
    pieces: list[str] = []
    frame.run.spend(len(text))
    for character in text:
        if is_kept(character):
            pieces.append(character)
        elif not pieces or pieces[-1] != "\0":
            pieces.append("\0")
    return "".join(pieces).replace("\0", "-").removeprefix("-").removesuffix("-")


def _is_word(character: str) -> bool:
    kind = unicodedata.category(character)
    return kind[0] in "ML" or kind == "Nd"


_KEPT: dict[str, Callable[[str], bool]] = {
    "raw": lambda character: character not in WHITESPACE,
    "default": _is_word,
    "latin": _is_word,
    "pretty": lambda character: _is_word(character) or character in _PRETTY,
    "ascii": lambda character: character.isascii() and character.isalnum(),
}


def _base64_encode(frame: Frame, value: Any, _given: list[Any]) -> Any:
    return frame.made(base64.b64encode(_bytes(frame, value)).decode())


def _base64_decode(frame: Frame, value: Any, _given: list[Any]) -> Any:
    text = _BLANK_IN_BASE64.sub("", frame.made(frame.text(value)))
    if len(text) % QUARTET == 0:
        text = re.sub("==?$", "", text)
    if len(text) % QUARTET == 1 or not _BASE64.fullmatch(text):
        raise frame.failure("base64_decode was given what is no base64")
    try:
        return base64.b64decode(text + "=" * (-len(text) % QUARTET)).decode(errors="replace")
    except binascii.Error:
        raise frame.failure("base64_decode was given what is no base64") from None


def _sha256(frame: Frame, value: Any, _given: list[Any]) -> Any:
    return hashlib.sha256(_bytes(frame, value)).hexdigest()


def _hmac_sha256(frame: Frame, value: Any, given: list[Any]) -> Any:
    key = well_formed(given_text(frame, given, 0)).encode()
    return hmac.new(key, _bytes(frame, value), hashlib.sha256).hexdigest()


def _bytes(frame: Frame, value: Any) -> bytes:
    return well_formed(frame.made(frame.text(value))).encode()


def _json(frame: Frame, value: Any, _given: list[Any]) -> Any:
    return "{}" if isinstance(value, Word) else json_texts.encode(value, frame.run)


FILTERS: dict[str, Filter] = {
    "url_encode": _url_encode,
    "url_decode": _url_decode,
    "cgi_escape": _cgi_escape,
    "uri_escape": _uri_escape,
    "slugify": _slugify,
    "base64_encode": _base64_encode,
    "base64_decode": _base64_decode,
    "sha256": _sha256,
    "hmac_sha256": _hmac_sha256,
    "json": _json,
    "jsonify": _json,
    "inspect": _json,
}
