from dataclasses import replace

from hypothesis import given, settings

from apps.masterplans.core.document import PlanDocument
from apps.masterplans.core.parser import parse
from apps.masterplans.core.renderer import render
from tests.masterplans import strategies


def without_lines(document: PlanDocument | None) -> PlanDocument:
    """The document with every line number 0."""
    assert document is not None
    phases = tuple(
        replace(
            phase,
            milestones=tuple(
                replace(
                    milestone,
                    tasks=tuple(
                        replace(task, atoms=tuple(replace(atom, line=0) for atom in task.atoms))
                        for task in milestone.tasks
                    ),
                )
                for milestone in phase.milestones
            ),
        )
        for phase in document.phases
    )
    requirements = tuple(replace(each, line=0) for each in document.requirements)
    return replace(document, requirements=requirements, phases=phases)


@given(strategies.documents())
@settings(deadline=None)
def test_parsing_what_was_rendered_gives_the_document_back(document: PlanDocument) -> None:
    result = parse(render(document))

    assert without_lines(result.document) == document


@given(strategies.plans)
@settings(deadline=None, max_examples=200)
def test_whatever_reads_without_errors_survives_rendering(text: str) -> None:
    result = parse(text)
    if result.document is None or result.has_errors:
        return

    again = parse(render(result.document))

    assert without_lines(again.document) == without_lines(result.document)
    assert not again.has_errors


def test_equals_signs_below_a_requirement_make_no_heading_of_it() -> None:
    front = "---\ntitle: T\nlanguage: python\n---\n"
    result = parse(f"{front}## Requirements\n- R1: x\n| loose | rows\nT\n===")
    assert result.document is not None

    again = parse(render(result.document))

    assert without_lines(again.document) == without_lines(result.document)


def test_equals_signs_in_a_fenced_block_of_a_requirement_stay_in_it() -> None:
    front = "---\ntitle: T\nlanguage: python\n---\n"
    result = parse(f"{front}## Requirements\n- R1: x\n  ```\n  T\n  ===\n  ```")
    assert result.document is not None

    again = parse(render(result.document))

    assert without_lines(again.document) == without_lines(result.document)
