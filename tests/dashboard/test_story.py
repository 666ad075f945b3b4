from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from apps.dashboard.core.story import LOOKS, TOLD, Event, log, timeline
from apps.traceability.core.kinds import StepKind

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def at(seconds: float, kind: str = "call", duration_ms: int | None = None) -> Event:
    return Event(kind, NOON + timedelta(seconds=seconds), duration_ms=duration_ms)


def test_every_kind_of_step_has_a_look() -> None:
    assert set(LOOKS) == {kind.value for kind in StepKind}
    assert set(TOLD) <= set(LOOKS)


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (Event("plan", NOON, data={"sentence": "Started by operator"}), "Started by operator"),
        (Event("stored", NOON, attempt=1), "passed"),
        (Event("stored", NOON, attempt=3), "passed on try 3"),
        (Event("retry", NOON, attempt=1, data={"sentence": "No code."}), "try 1 refused: No code."),
        (
            Event("retry", NOON, attempt=1, numbers={"wait_s": 2}, data={"sentence": "Busy."}),
            "call is made again in 2.0 s: Busy.",
        ),
        (Event("failed", NOON), "failed"),
        (Event("interrupted", NOON, attempt=2), "lost its worker, try 2 is taken up again"),
        (Event("call_failed", NOON, data={"sentence": "Wrong key."}), "call failed: Wrong key."),
        (Event("novel", NOON), "Step"),
    ],
)
def test_words(event: Event, words: str) -> None:
    assert event.words == words


@pytest.mark.parametrize(
    ("kind", "sentence", "tone"),
    [
        ("plan", "Completed", "ok"),
        ("plan", "Paused: the endpoint is down.", "warn"),
        ("plan", "Imported by operator", "t2"),
        ("wave", "Wave 2 passed", "ok"),
        ("wave", "Wave 2 is blocked by 1 failed atoms", "warn"),
        ("wave", "Wave 2 started", "run"),
    ],
)
def test_a_sentence_of_the_plan_has_the_look_that_says_the_same(
    kind: str, sentence: str, tone: str
) -> None:
    assert Event(kind, NOON, data={"sentence": sentence}).look.tone == tone


def test_the_log_tells_what_has_one_cause_once() -> None:
    down = {"sentence": "The endpoint is down."}
    failed = Event("call_failed", NOON, "work", data=down)
    events = [
        failed,
        Event("plan", NOON, data={"sentence": "Paused: The endpoint is down."}),
        *[failed] * 8,
        Event("plan", NOON, data={"sentence": "Resumed by operator"}),
        Event("plan", NOON, data={"sentence": "Resumed by operator"}),
        failed,
        Event("stored", NOON, "one", attempt=1),
        Event("stored", NOON, "two", attempt=1),
    ]

    assert [(entry.count, entry.words) for entry in log(events)] == [
        (9, "9 calls failed: The endpoint is down."),
        (1, "Paused: The endpoint is down."),
        (2, "Resumed by operator, 2 times"),
        (1, "call failed: The endpoint is down."),
        (1, "passed"),
        (1, "passed"),
    ]


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (Event("retry", NOON, numbers={"wait_s": 2}), "2 calls are made again: X."),
        (Event("retry", NOON, attempt=1), "2 tries refused: X."),
        (Event("failed", NOON), "2 atoms failed: X."),
    ],
)
def test_what_happened_to_several_atoms(event: Event, words: str) -> None:
    told = replace(event, data={"sentence": "X."})

    assert [entry.words for entry in log([told, told])] == [words]


def test_detail_names_the_figures_of_a_step() -> None:
    prompt = Event("context", NOON, numbers={"prompt_characters": 4210})
    answer = Event("response", NOON, input_tokens=1020, output_tokens=140)
    clean = Event("validation", NOON, numbers={"findings": 0, "blocking": 0})
    found = Event("validation", NOON, numbers={"findings": 2, "blocking": 1})
    waits = Event("retry", NOON, numbers={"wait_s": 30}, data={"sentence": "Busy."})

    assert prompt.detail == "4,210 characters"
    assert answer.detail == "1,020 tokens in, 140 out"
    assert clean.detail == "nothing found"
    assert found.detail == "2 findings, 1 blocking"
    assert waits.detail == "waits 30 s · Busy."
    assert waits.look.word == "Call put off"


def test_no_events_make_no_timeline() -> None:
    assert timeline([]) == ()


def test_a_step_is_as_wide_as_its_share_of_the_work() -> None:
    steps = timeline([at(1, duration_ms=1000), at(4, duration_ms=3000)])

    assert [(step.x, step.width) for step in steps] == [("0.00%", "25.00%"), ("25.00%", "75.00%")]


def test_a_long_wait_becomes_a_break() -> None:
    steps = timeline(
        [at(10, duration_ms=10_000), at(7210, duration_ms=0), at(7220, duration_ms=10_000)]
    )

    assert [step.idle_s for step in steps if step.event is None] == [7200]
    assert next(step.idle for step in steps if step.event is None) == "2 h 00 min"
    assert steps[0].width == "48.00%"


def test_a_short_wait_takes_its_place_without_a_break() -> None:
    steps = timeline([at(2, duration_ms=2000), at(6, duration_ms=2000)])

    assert all(step.event for step in steps)
    assert steps[1].x == "66.67%"


def test_steps_of_no_length_are_still_marked() -> None:
    assert [step.width for step in timeline([at(0), at(0)])] == ["0.60%", "0.60%"]
