from __future__ import annotations

import hashlib
import random
import re
from urllib.parse import unquote

import pytest

from jdp_spider.job.filenames import EMPTY, MAX_LENGTH, allocate, file_stem

STEMS = {
    "165548": "165548",
    "165548A": "165548A",
    "16 55-48_B.2": "16 55-48_B.2",
    "+=,@()": "+=,@()",
    "": "%",
    "%": "%25",
    "%41": "%2541",
    "a~2": "a%7E2",
    "a/b\\c:d": "a%2Fb%5Cc%3Ad",
    '*?"<>|': "%2A%3F%22%3C%3E%7C",
    "a\0\r\n\x7f": "a%00%0D%0A%7F",
    "é": "%C3%A9",
    "e\u0301": "e%CC%81",
    "..": "%2E%2E",
    ".": "%2E",
    ".hidden": "%2Ehidden",
    "../../etc": "%2E.%2F..%2Fetc",
    " a ": "%20a%20",
    " ": "%20",
    "a. .": "a. %2E",
    "-rf": "-rf",
    "CON": "%43ON",
    "nul": "%6Eul",
    "NuL.txt": "%4EuL.txt",
    "aux .tar.gz": "%61ux .tar.gz",
    "com0": "%63om0",
    "LPT9": "%4CPT9",
    "COM10": "COM10",
    "COM¹": "COM%C2%B9",
    "CONIN$": "CONIN%24",
    "conout$": "conout%24",
    "CONTROL": "CONTROL",
}
ALPHABET = "aA1. ~%/\\:é車\U0001f697\0con\n"


def random_references(seed: int, count: int, longest: int) -> list[str]:
    source = random.Random(seed)
    return ["".join(source.choices(ALPHABET, k=source.randint(0, longest))) for _ in range(count)]


def reference_of(stem: str) -> str:
    """Return the reference that a stem was made from, unless it was cut or numbered."""
    assert "~" not in stem
    return "" if stem == EMPTY else unquote(stem, errors="surrogatepass")


@pytest.mark.parametrize(("reference", "stem"), STEMS.items())
def test_stems_are_safe_and_reversible(reference: str, stem: str) -> None:
    assert (file_stem(reference), reference_of(stem)) == (stem, reference)


def test_any_reference_is_recovered_from_its_file_name() -> None:
    for reference in random_references(1, 5000, 9):
        stem = file_stem(reference)
        assert reference_of(stem) == reference
        assert re.fullmatch(r"[A-Za-z0-9%(+=@_-]([ -}]*[A-Za-z0-9%)(+=,@_-])?", stem), stem
        assert not set(stem) & set('/\\:*?"<>|~')


@pytest.mark.parametrize(
    ("reference", "head"),
    [
        ("x" * 121, "x" * 109),
        ("x" * 108 + "/" * 20, "x" * 108),
        ("x" * 107 + "/" * 20, "x" * 107),
        ("x" * 106 + "/" * 20, "x" * 106 + "%2F"),
        ("é" * 500, "%C3%A9" * 18),
    ],
)
def test_long_references_are_cut_and_marked(reference: str, head: str) -> None:
    stem = file_stem(reference)
    assert stem == f"{head}~{hashlib.sha256(reference.encode()).hexdigest()[:10]}"
    assert len(stem) <= MAX_LENGTH


def test_reference_of_120_characters_is_not_cut() -> None:
    assert file_stem("x" * 120) == "x" * 120


def test_equal_names_are_numbered_in_order() -> None:
    references = ["a", "A", "b", "a", "a~2", "", "", "A~2", "x" * 200, "x" * 200]
    cut = "x" * 109 + "~" + hashlib.sha256(b"x" * 200).hexdigest()[:10]
    assert allocate(references) == [
        "a.pdf",
        "A~2.pdf",
        "b.pdf",
        "a~3.pdf",
        "a%7E2.pdf",
        "%.pdf",
        "%~2.pdf",
        "A%7E2~2.pdf",
        f"{cut}.pdf",
        f"{cut}~2.pdf",
    ]


def test_names_are_unique_ignoring_case() -> None:
    references = random_references(2, 5000, 4) + random_references(3, 500, 300)
    names = allocate(references)
    assert len({name.lower() for name in names}) == len(references)
    assert names == allocate(iter(references))
    assert max(map(len, names)) <= MAX_LENGTH + len("~5500.pdf")
