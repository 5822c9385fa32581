"""Neighbours of inputs: of made ones other decisions, of raw ones whole words exchanged, repeated and left out."""

from __future__ import annotations

import io
import re
import zipfile

import numpy as np

MADE, RAW = b"m", b"r"  # what the bytes after them are: decisions, or the input itself
_RAW_SHARE = 0.15
_LONGEST = 600  # decisions

_TOKEN = re.compile(rb"[A-Za-z0-9_.\x80-\xff]+|[ \t]+|.", re.DOTALL)

_WORDS = (
    *("nan", "inf", "-inf", "-0.0", "1e308", "-1e308", "1e-320", "9" * 30, "0x10", "1_0", "0", "-1", "true", "null"),
    *("=1+1", "@SUM(A1)", "../", "/dev/zero", "\\u0000", "\\xff\\xfe", "\\xef\\xbb\\xbf", "电视", "１２", "１，０００"),
    *('"', "'", "{", "}", "[", "]", "%", "@", "*", "(", ")", ";", "\\t", "\\n", "\\r", ",", "|", "=", "<=", ">="),
    *("total", "today(", "count(", "all", "roi(", "mroi(", "implied(", "quantile(", "channel", "spend", "draw"),
    *("min = ", "max = ", "step = ", "lock = true", "off = true", "calendar = true", "layout = ", "missing = "),
    *('"drop"', '"zero"', '"interpolate"', '"long"', "2024-02-30", "0001-01-01", "9999-12-31", "2024-W53"),
)
_WORD_BYTES = [
    word.encode().decode("unicode_escape").encode("latin-1") if "\\" in word else word.encode() for word in _WORDS
]


def changed(content: bytes, seeds: list[bytes], rng: np.random.Generator) -> bytes:
    """An input after the one of `content`: often other decisions, or new ones, seldom a raw seed that is changed."""
    if rng.random() < _RAW_SHARE:
        raw = [seed for seed in seeds if seed[:1] == RAW]
        nearly_right = content if content[:1] == RAW and rng.random() < 0.4 else raw[rng.integers(len(raw))]
        return RAW + mutated(nearly_right[1:], rng)
    if content[:1] != MADE or rng.random() < 0.4:
        return MADE + rng.bytes(int(rng.integers(10, _LONGEST)))
    return MADE + _other_decisions(content[1:], rng)


def _other_decisions(decisions: bytes, rng: np.random.Generator) -> bytes:
    """Some decisions made otherwise, one more, one less, or from somewhere on the plain ones."""
    new = bytearray(decisions or b"\0")
    for _ in range(int(rng.integers(1, 6))):
        at = int(rng.integers(len(new)))
        kind = rng.random()
        if kind < 0.6:
            new[at] = int(rng.integers(256))
        elif kind < 0.75:
            new.insert(at, int(rng.integers(256)))
        elif kind < 0.9 and len(new) > 1:
            del new[at]
        else:
            del new[at + 1 :]
    return bytes(new[:_LONGEST])


def mutated(content: bytes, rng: np.random.Generator) -> bytes:
    """A neighbour of an input; of a workbook one of its parts is changed, and packed again."""
    if content.startswith(b"PK") and rng.random() < 0.8:
        return _in_workbook(content, rng)
    tokens = _TOKEN.findall(content) or [b""]
    for _ in range(int(rng.integers(1, 4))):
        tokens = _CHANGES[rng.integers(len(_CHANGES))](tokens, int(rng.integers(len(tokens))), rng)
    return b"".join(tokens)


def _other_word(tokens: list[bytes], at: int, rng: np.random.Generator) -> list[bytes]:
    return [*tokens[:at], _WORD_BYTES[rng.integers(len(_WORD_BYTES))], *tokens[at + 1 :]]


def _word_more(tokens: list[bytes], at: int, rng: np.random.Generator) -> list[bytes]:
    return [*tokens[:at], _WORD_BYTES[rng.integers(len(_WORD_BYTES))], *tokens[at:]]


def _one_of_its_own(tokens: list[bytes], at: int, rng: np.random.Generator) -> list[bytes]:
    return [*tokens[:at], tokens[rng.integers(len(tokens))], *tokens[at + 1 :]]


def _stretch_less(tokens: list[bytes], at: int, rng: np.random.Generator) -> list[bytes]:
    return [*tokens[:at], *tokens[at + int(rng.integers(1, 8)) :]] or [b""]


def _stretch_twice(tokens: list[bytes], at: int, rng: np.random.Generator) -> list[bytes]:
    stretch = tokens[at : at + int(rng.integers(1, 40))]
    return [*tokens[:at], *stretch * int(rng.integers(1, 4)), *tokens[at:]]


def _number_scaled(tokens: list[bytes], at: int, rng: np.random.Generator) -> list[bytes]:
    numbers = [place for place, token in enumerate(tokens) if token[:1].isdigit()]
    if not numbers:
        return tokens
    at = numbers[rng.integers(len(numbers))]
    scaled = [b"-" + tokens[at], tokens[at] + b"e200", tokens[at] + b"e-200", b"0", tokens[at] + b"00000", b"1e18"]
    return [*tokens[:at], scaled[rng.integers(len(scaled))], *tokens[at + 1 :]]


def _byte_other(tokens: list[bytes], at: int, rng: np.random.Generator) -> list[bytes]:
    return [*tokens[:at], rng.bytes(len(tokens[at])), *tokens[at + 1 :]]


_CHANGES = (
    *(_other_word, _word_more, _one_of_its_own, _one_of_its_own, _stretch_less),
    *(_stretch_twice, _number_scaled, _number_scaled, _byte_other),
)


def _in_workbook(content: bytes, rng: np.random.Generator) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            parts = {part.filename: packed.read(part) for part in packed.infolist()}
    except Exception:  # bytes that were changed before
        return content
    likely = [name for name in parts if "sheet" in name.lower() or "workbook" in name] or list(parts)
    name = likely[rng.integers(len(likely))]
    parts[name] = mutated(parts[name], rng)
    changed = io.BytesIO()
    with zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, text in parts.items():
            packed.writestr(name, text)
    return changed.getvalue()
