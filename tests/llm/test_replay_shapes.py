"""Bodies in the shape of the OpenAI API."""

import math

from apps.llm.replay import shapes
from apps.llm.replay.answers import Answer


def cosine(one: str, other: str) -> float:
    return sum(a * b for a, b in zip(shapes.embed(one), shapes.embed(other), strict=True))


def test_a_vector_has_length_one_and_depends_on_the_text_alone() -> None:
    vector = shapes.embed("Slugs of titles")

    assert vector == shapes.embed("Slugs of titles")
    assert math.hypot(*vector) == 1.0 or abs(math.hypot(*vector) - 1.0) < 1e-12
    assert len(vector) == shapes.DIMENSIONS


def test_texts_that_share_words_lie_closer() -> None:
    text = "Return the slug of a title in lower case"

    near = cosine(text, "Return the slug of a title in upper case")
    far = cosine(text, "Sum up all invoices that nobody paid")

    assert near > 0.7 > 0.4 > far
    assert cosine(text, text.upper()) > 0.999


def test_a_text_without_words_has_a_vector_too() -> None:
    assert shapes.embed("…") == [1.0] + [0.0] * (shapes.DIMENSIONS - 1)


def test_chunks_hold_the_whole_text() -> None:
    text = "".join(str(number) for number in range(100))
    body = shapes.completion_body(
        Answer(text, finish_reason="length"),
        completion_id="c",
        model="m",
        created=1,
        messages=["x"],
    )

    pieces = list(shapes.chunks(body, with_usage=True))

    contents = [p["choices"][0]["delta"].get("content", "") for p in pieces if p["choices"]]
    assert "".join(contents) == text
    assert pieces[-2]["choices"][0]["finish_reason"] == "length"
    assert pieces[-1] == {
        "id": "c",
        "created": 1,
        "model": "m",
        "object": "chat.completion.chunk",
        "choices": [],
        "usage": body["usage"],
    }
    assert len(pieces) <= shapes.STREAM_PIECES + 3


def test_an_event_is_one_block() -> None:
    assert shapes.event({"a": "\n"}) == b'data: {"a": "\\n"}\n\n'
    assert shapes.event("[DONE]") == b"data: [DONE]\n\n"
