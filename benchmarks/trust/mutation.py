"""Inputs that are nearly right, out of right ones: whole words are exchanged, repeated and left out, not only bytes."""

from __future__ import annotations

import io
import re
import zipfile

import numpy as np

from trust.inputs import WORDS

_TOKEN = re.compile(rb"[A-Za-z0-9_.\x80-\xff]+|[ \t]+|.", re.DOTALL)
_WORDS = [word.encode().decode("unicode_escape").encode("latin-1") if "\\" in word else word.encode() for word in WORDS]


def mutated(content: bytes, rng: np.random.Generator) -> bytes:
    """A neighbour of an input; of a workbook one of its parts is changed, and packed again."""
    if content.startswith(b"PK") and rng.random() < 0.8:
        return _in_workbook(content, rng)
    tokens = _TOKEN.findall(content) or [b""]
    for _ in range(int(rng.integers(1, 4))):
        tokens = _CHANGES[rng.integers(len(_CHANGES))](tokens, int(rng.integers(len(tokens))), rng)
    return b"".join(tokens)


def _other_word(tokens: list[bytes], at: int, rng: np.random.Generator) -> list[bytes]:
    return [*tokens[:at], _WORDS[rng.integers(len(_WORDS))], *tokens[at + 1 :]]


def _word_more(tokens: list[bytes], at: int, rng: np.random.Generator) -> list[bytes]:
    return [*tokens[:at], _WORDS[rng.integers(len(_WORDS))], *tokens[at:]]


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
