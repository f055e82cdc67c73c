"""Kinds of import contracts that import-linter has not, for setup.cfg. Which modules they hold for stands there."""

import re
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from typing import Final, cast

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output

IMPORTED: Final = re.compile(r"^(?:from|import)\s+([\w.]+)")


class AllowedImports(Contract):
    """Modules that import nothing from outside of the package but what is listed: a library that nobody has thought of
    breaks it. `urllib.parse` allows that module, and `json` all of `json`."""

    type_name = "allowed"

    source_modules = fields.ListField(subfield=fields.StringField())
    allowed_modules = fields.SetField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        found = sorted(self._not_allowed(graph))
        return ContractCheck(kept=not found, metadata={"found": found})

    def _not_allowed(self, graph: ImportGraph) -> Iterator[str]:
        packages = set(cast("list[str]", self.source_modules))
        sources = packages.union(*(graph.find_descendants(package) for package in packages))
        allowed_modules = cast("set[str]", self.allowed_modules)
        roots = {package.partition(".")[0] for package in packages}
        for source in sources:
            for imported in graph.find_modules_directly_imported_by(source):
                if imported.partition(".")[0] in roots:
                    continue
                # The graph knows an outside package by its first word; the line says which of its modules.
                for line in graph.get_import_details(importer=source, imported=imported):
                    match = IMPORTED.match(line["line_contents"].strip())
                    name = match[1] if match else imported
                    if not any(f"{name}.".startswith(f"{allowed}.") for allowed in allowed_modules):
                        yield f"{source} imports {name} (l. {line['line_number']})"

    def render_broken_contract(self, check: ContractCheck) -> None:
        for sentence in check.metadata["found"]:
            output.print_error(sentence)


class NoCircles(Contract):
    """No module imports itself through others, imports inside functions and under TYPE_CHECKING counted."""

    type_name = "no_circles"

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        imports = {module: set(graph.find_modules_directly_imported_by(module)) for module in graph.modules}
        circles: list[str] = []
        while circle := _circle(imports):
            circles.append(" -> ".join(circle))
            imports[circle[0]].discard(circle[1])  # the next one, without this
        return ContractCheck(kept=not circles, metadata={"found": circles})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for circle in check.metadata["found"]:
            output.print_error(circle)


def _circle(imports: dict[str, set[str]]) -> list[str]:
    """Modules of which each imports the next, the first again at the end; empty where there is none."""
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        found: list[str] = error.args[1]
        return found[::-1]
    return []
