"""Does a TypeScript or JavaScript declaration have the signature that the plan asks for?

Parts are compared as tokens in a canonical form: spaces, quotes, trailing separators, the order of
a union, and `T[]` for `Array<T>` make no difference.
"""

from collections.abc import Iterator
from itertools import zip_longest

from tree_sitter import Node

from apps.masterplans.core.document import AtomSpec
from apps.validation.core.findings import Finding, Severity
from apps.validation.core.script_source import (
    CLASSES,
    FUNCTIONS,
    VARIABLES,
    Declaration,
    declarations,
    line_of,
    read_script,
    text_of,
)

KEYWORDS = (
    "function",
    "async",
    "class",
    "abstract",
    "const",
    "let",
    "type",
    "interface",
    "enum",
    "declare",
)


def check_signature(root: Node, atom: AtomSpec) -> Iterator[Finding]:
    """Compare the asked symbol with the plan's signature; silent when it is not defined at all."""
    asked = read_signature(atom)
    if asked is None:
        message = (
            f"The plan's signature `{atom.signature}` cannot be read, so nothing can satisfy it. "
            "Correct the plan."
        )
        yield Finding("plan.signature", Severity.CRITICAL, message)
        return
    given = [
        d for d in declarations(root) if atom.symbol in d.names and _comparable(d.node, asked.node)
    ]
    if not given or _any_satisfies(given, asked):
        return
    differences = list(_differences(asked.node, given[0].node))
    message = (
        f"The signature differs from the one asked for: {'; '.join(differences)}. Write "
        f"`{atom.signature}`."
    )
    yield Finding("ts.signature", Severity.HIGH, message, line_of(given[0].node))


def read_signature(atom: AtomSpec) -> Declaration | None:
    """Read `export function f(a: string): number`, `class C extends B`; `export` is optional."""
    text = (
        " ".join(atom.signature.split())
        .removesuffix(";")
        .removesuffix("{}")
        .strip()
        .removeprefix("export ")
    )
    if not text.startswith(KEYWORDS):
        text = f"function {text}"
    for ending in (" {}", "", " = never"):
        root = read_script(f"export {text}{ending}", atom.path)
        if not isinstance(root, Finding):
            return next((found for found in declarations(root) if atom.symbol in found.names), None)
    return None


def canonical(node: Node | None) -> str:
    """One spelling for types and values that mean the same; empty for nothing."""
    if node is None or node.type == "comment":
        return ""
    if node.type == "type_annotation":
        return canonical(node.named_children[0]) if node.named_children else ""
    if node.type == "union_type":
        return "|".join(sorted(_union_members(node)))
    if node.type == "array_type":
        return f"Array < {canonical(node.named_children[0])} >"
    if node.type == "parenthesized_type":
        return canonical(node.named_children[0])
    if node.type == "string":
        return '"' + text_of(node)[1:-1] + '"'
    if not node.children:
        return text_of(node)
    parts = [canonical(child) for child in node.children]
    return " ".join(part for part in parts if part and part not in (";", ","))


def _union_members(node: Node) -> Iterator[str]:
    for member in node.named_children:
        if member.type == "union_type":
            yield from _union_members(member)
        else:
            yield canonical(member)


def _comparable(given: Node, asked: Node) -> bool:
    return any(
        given.type in family and asked.type in family for family in (FUNCTIONS, CLASSES, VARIABLES)
    ) or (given.type == asked.type)


def _any_satisfies(given: list[Declaration], asked: Declaration) -> bool:
    """One of several overloads is enough."""
    return any(not list(_differences(asked.node, declared.node)) for declared in given)


def _differences(asked: Node, given: Node) -> Iterator[str]:
    if asked.type in FUNCTIONS:
        yield from _function_differences(asked, given)
    elif asked.type in CLASSES or asked.type == "interface_declaration":
        yield from _part_difference("the type parameters", asked, given, "type_parameters")
        yield from _heritage_difference(asked, given)
    elif asked.type in VARIABLES:
        yield from _constant_differences(asked, given)
    elif asked.type == "type_alias_declaration":
        yield from _alias_differences(asked, given)


def _function_differences(asked: Node, given: Node) -> Iterator[str]:
    wants_async = _has(asked, "async")
    # A signature without a body says nothing of `async`: `Promise` in its return type does.
    if wants_async and not _has(given, "async") and given.type != "function_signature":
        yield "it must be `async`"
    yield from _part_difference("the type parameters", asked, given, "type_parameters")
    yield from _parameter_differences(_parameters(asked), _parameters(given))
    yield from _part_difference("the return type", asked, given, "return_type")


def _parameter_differences(asked: list[Node], given: list[Node]) -> Iterator[str]:
    for wanted, got in zip_longest(asked, given):
        if wanted is None:
            yield f"parameter `{_parameter_name(got)}` was not asked for"
        elif got is None:
            yield f"parameter `{_parameter_name(wanted)}` is missing"
        elif _parameter_name(wanted) != _parameter_name(got):
            yield (
                f"parameter `{_parameter_name(got)}` stands where `{_parameter_name(wanted)}` was "
                "asked for"
            )
        else:
            yield from _one_parameter(wanted, got)


def _one_parameter(asked: Node, given: Node) -> Iterator[str]:
    name = _parameter_name(asked)
    wanted, got = (
        canonical(asked.child_by_field_name("value")),
        canonical(given.child_by_field_name("value")),
    )
    if wanted and wanted != got:
        yield f"the default of `{name}` is `{got or 'missing'}`, asked for `{wanted}`"
    if not wanted and _is_optional(asked) != (_is_optional(given) or bool(got)):
        yield (
            f"`{name}` must be "
            f"{'optional' if _is_optional(asked) else 'required, without a default'}"
        )
    if not (wanted and given.child_by_field_name("type") is None):  # inferred from the same default
        yield from _part_difference(f"the type of `{name}`", asked, given, "type")


def _part_difference(what: str, asked: Node, given: Node, part: str) -> Iterator[str]:
    """What the plan leaves open, the answer may fill."""
    wanted, got = asked.child_by_field_name(part), given.child_by_field_name(part)
    if wanted is not None and canonical(wanted) != canonical(got):
        yield f"{what} must be `{_shown(wanted)}`, not `{_shown(got)}`"


def _heritage_difference(asked: Node, given: Node) -> Iterator[str]:
    wanted, got = (_heritage(node) for node in (asked, given))
    if wanted is not None and canonical(wanted) != canonical(got):
        yield f"it must say `{_shown(wanted)}`, not `{_shown(got)}`"


def _constant_differences(asked: Node, given: Node) -> Iterator[str]:
    wanted, got = asked.named_children[0], given.named_children[0]
    if got.child_by_field_name("type") is not None:
        yield from _part_difference("its type", wanted, got, "type")
    elif wanted.child_by_field_name("type") is not None and not _is_function_value(got):
        yield f"its type `{_shown(wanted.child_by_field_name('type'))}` must be written"
    yield from _part_difference("its value", wanted, got, "value")


def _alias_differences(asked: Node, given: Node) -> Iterator[str]:
    yield from _part_difference("the type parameters", asked, given, "type_parameters")
    if canonical(asked.child_by_field_name("value")) != "never":
        yield from _part_difference("the type", asked, given, "value")


def _parameters(function: Node) -> list[Node]:
    formal = function.child_by_field_name("parameters")
    kinds = ("required_parameter", "optional_parameter")
    return (
        [node for node in formal.named_children if node.type in kinds] if formal is not None else []
    )


def _parameter_name(parameter: Node) -> str:
    return canonical(parameter.child_by_field_name("pattern") or parameter).replace(" ", "")


def _is_optional(parameter: Node) -> bool:
    return parameter.type == "optional_parameter"


def _is_function_value(declarator: Node) -> bool:
    """An arrow function carries its types in its own parameters."""
    value = declarator.child_by_field_name("value")
    return value is not None and value.type in ("arrow_function", "function_expression")


def _heritage(node: Node) -> Node | None:
    return next(
        (c for c in node.children if c.type in ("class_heritage", "extends_type_clause")), None
    )


def _has(node: Node, keyword: str) -> bool:
    return any(child.type == keyword for child in node.children)


def _shown(node: Node | None) -> str:
    return " ".join(text_of(node).lstrip(":").split()) if node is not None else "nothing"
