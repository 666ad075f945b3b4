"""Rename top-level names of a Python module together with everything that refers to them."""

import re
from collections.abc import Iterator, Mapping

import libcst as cst
from libcst.metadata import Assignment, GlobalScope, MetadataWrapper, ScopeProvider


def rename(module: cst.Module, names: Mapping[str, str]) -> cst.Module:
    """Return the module with each old name replaced by its new one.

    Locals and attributes that are called the same stay. Import statements keep their names: whoever
    renames an import writes it anew.
    """
    if not names:
        return module
    wrapper = MetadataWrapper(module)
    nodes = dict(_nodes(wrapper, names))
    return wrapper.module.visit(_Renamer(nodes, names))


class _Renamer(cst.CSTTransformer):
    def __init__(self, nodes: Mapping[cst.CSTNode, str], names: Mapping[str, str]) -> None:
        super().__init__()
        self.nodes = nodes
        self.names = names

    def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> cst.Name:  # noqa: N802  # named by libcst
        new = self.nodes.get(original_node)
        return updated_node if new is None else updated_node.with_changes(value=new)

    def leave_NameItem(  # noqa: N802  # named by libcst
        self, original_node: cst.NameItem, updated_node: cst.NameItem
    ) -> cst.NameItem:
        """`global _counter` names a top-level name."""
        new = self.names.get(original_node.name.value)
        return updated_node if new is None else updated_node.with_changes(name=cst.Name(new))

    def leave_SimpleString(  # noqa: N802  # named by libcst
        self, original_node: cst.SimpleString, updated_node: cst.SimpleString
    ) -> cst.SimpleString:
        """A quoted annotation."""
        new = self.nodes.get(original_node)
        if new is None:
            return updated_node
        old = next(old for old, name in self.names.items() if name == new)
        return updated_node.with_changes(value=re.sub(rf"\b{old}\b", new, updated_node.value))


def _nodes(wrapper: MetadataWrapper, names: Mapping[str, str]) -> Iterator[tuple[cst.CSTNode, str]]:
    """Every node that spells one of the names, with its new spelling."""
    scopes = wrapper.resolve(ScopeProvider).values()
    scope = next((found for found in scopes if isinstance(found, GlobalScope)), None)
    for old, new in names.items():
        for assignment in scope[old] if scope is not None else ():
            if isinstance(assignment, Assignment):
                node = _spelling(assignment.node)
                if isinstance(node, cst.Name):
                    yield node, new
            for access in assignment.references:
                yield _spelling(access.node), new


def _spelling(node: cst.CSTNode) -> cst.CSTNode:
    """The node that holds the name itself."""
    if isinstance(node, cst.FunctionDef | cst.ClassDef):
        return node.name
    while isinstance(node, cst.Attribute):
        node = node.value
    return node
