"""The guide to the format is held to the code."""

import re
from pathlib import Path

from apps.dependencies.core.graph import Code as GraphCode
from apps.dependencies.core.graph import build_graph
from apps.masterplans.core import parser
from apps.masterplans.core.coverage import analyse_coverage
from apps.masterplans.core.problems import WARNINGS, Code
from tests.masterplans.plans import read

GUIDE = Path(__file__).parents[2].joinpath("docs", "masterplan-format.md").read_text("utf-8")
ROW = re.compile(r"^\| `([a-z-]+)` \| (error|warning|either) \|", re.MULTILINE)


def test_every_diagnostic_is_listed_with_its_severity() -> None:
    listed = dict(ROW.findall(GUIDE))

    assert set(listed) == {code.value for code in (*Code, *GraphCode)}
    for code in set(Code) - {Code.TOO_MANY_PROBLEMS}:
        assert listed[code] == ("warning" if code in WARNINGS else "error")


def test_the_limits_are_those_of_the_parser() -> None:
    limits = GUIDE.partition("## Limits")[2].partition("##")[0]

    for limit in ("MAX_BYTES", "MAX_LINES", "MAX_REQUIREMENTS", "MAX_ATOMS"):
        assert f"{getattr(parser, limit):,}" in limits


def test_the_example_means_what_the_guide_says() -> None:
    example = GUIDE.partition("```markdown\n")[2].partition("\n```\n")[0]
    document, diagnostics = read(example), parser.parse(example).diagnostics

    assert diagnostics == ()
    edges = [(edge.source, edge.target) for edge in build_graph(document.atoms()).edges]
    assert ("shopping/totals.py::total", "shopping/lines.py::Line") in edges
    assert analyse_coverage(document)["R1"] == ("shopping/totals.py::total",)
