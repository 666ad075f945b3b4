"""The requirements of examples/textkit, held against its assembled code."""

import time

import pytest
from textkit.excerpt import shorten
from textkit.normalize import collapse, squeeze_spaces, strip_accents
from textkit.report import render_report
from textkit.slug import slugify, unique_slug
from textkit.stats import describe
from textkit.words import split_words, word_count, word_frequencies

LONG = "Crème brûlée  is a custard\nunder a crust of burnt sugar."


def test_r1_slugify() -> None:
    assert slugify("Hello, World!") == "hello-world"


def test_r2_slugify_accents() -> None:
    assert slugify("Ñandú") == "nandu"


def test_r3_slugify_refuses_none() -> None:
    with pytest.raises(TypeError, match="NoneType"):
        slugify(None)


def test_r4_strip_accents() -> None:
    assert strip_accents("Crème brûlée") == "Creme brulee"


def test_r5_unique_slug() -> None:
    assert unique_slug("Hello", {"hello", "hello-2"}) == "hello-3"
    assert unique_slug("Hello", set()) == "hello"


@pytest.mark.parametrize(
    ("text", "count"), [("", 0), ("one two  three", 3), ("Don't stop, well-known", 3)]
)
def test_r6_word_count(text: str, count: int) -> None:
    assert word_count(text) == count


def test_r7_shorten() -> None:
    assert shorten("The quick brown fox", 10) == "The quick…"
    assert shorten("Extraordinary", 5) == "Extr…"
    assert shorten(" a \n b ", 3) == "a b"


@pytest.mark.parametrize("width", range(1, 60))
def test_r7_shorten_never_exceeds_its_width(width: int) -> None:
    assert len(shorten(LONG, width)) <= width


def test_r8_shorten_refuses_a_width_without_room() -> None:
    with pytest.raises(ValueError, match="no room"):
        shorten("fox", 0)


def test_r9_word_frequencies() -> None:
    assert word_frequencies("Tea and tea") == {"tea": 2, "and": 1}
    assert list(word_frequencies("c b a b")) == ["b", "c", "a"]


def test_r10_a_slug_is_its_own_slug() -> None:
    assert slugify(slugify("Crème brûlée")) == "creme-brulee"


def test_r11_describe() -> None:
    assert describe("Hi there. Bye!").sentences == 2
    assert describe("Hi there. Bye").sentences == 2
    assert describe("").words == 0


def test_r12_render_report() -> None:
    report = render_report("Notes", "Hi there. Bye!").splitlines()

    assert report[0] == "Notes (notes)"
    assert report[1:] == [
        "characters: 14",
        "words: 3",
        "distinct words: 3",
        "sentences: 2",
        "Hi there. Bye!",
    ]


def test_r13_word_count_of_a_megabyte() -> None:
    text = "lorem ipsum " * (2**20 // 12)
    durations_s = []
    for _ in range(5):
        start = time.process_time()
        word_count(text)
        durations_s.append(time.process_time() - start)

    assert min(durations_s) < 0.2


def test_r14_split_words_keeps_numbers() -> None:
    assert split_words("It is 42.") == ["It", "is", "42"]


def test_what_the_plan_says_of_the_rest() -> None:
    assert collapse("Hello, World!") == "Hello-World"
    assert collapse("snake_case", " ") == "snake case"
    assert squeeze_spaces(" a \n\t b ") == "a b"
