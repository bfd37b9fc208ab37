"""The rules of shape, as functions over source text.

In: modules (a path and its text), file texts, names. Out: violations, each with file, line and what to do.
Nothing here reads the disk or imports the project, so each rule can be shown a seeded violation.
"""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

MAY_IMPORT: Mapping[str, frozenset[str]] = {
    "schemas": frozenset(),
    "streams": frozenset({"schemas"}),
    "dashboards": frozenset({"schemas"}),
    "services": frozenset({"schemas", "streams", "dashboards"}),
}
CORE = ("schemas", "streams", "dashboards")
COMPOSITION_ROOT = "services/wiring.py"
SETTINGS = "services/settings.py"
MODULE_LINES = 300
FUNCTION_LINES = 60

ENVIRONMENT = ("os.environ", "os.environb", "os.getenv", "os.getenvb", "os.putenv", "os.unsetenv")
IMPURE = (
    *ENVIRONMENT,
    "time.time",
    "time.time_ns",
    "time.localtime",
    "time.ctime",
    "datetime.datetime.now",
    "datetime.datetime.utcnow",
    "datetime.datetime.today",
    "datetime.date.today",
    "os.urandom",
    "uuid.uuid1",
    "uuid.uuid4",
    "random",
    "numpy.random",
    "secrets",
)
MONOTONIC = (
    "time.monotonic",
    "time.monotonic_ns",
    "time.perf_counter",
    "time.perf_counter_ns",
    "time.sleep",
    "asyncio.sleep",
)

# Put together from parts, so that this file passes its own rule.
_ROOTS = "|".join(("work", "root", r"home/\w+", r"Users/\w+"))
_HOSTS = "|".join(
    r"\.".join(parts.split())
    for parts in (
        "pypi org",
        "pythonhosted org",
        "npmjs org",
        "crates io",
        "proxy golang org",
        "maven org",
        "maven apache org",
        "deb debian org",
        "mirrors aliyun com",
        "tuna tsinghua edu cn",
    )
)
FORBIDDEN_WORDS = (
    (re.compile(rf"(?<![\w.~}}*/-])/(?:{_ROOTS})(?![\w.-])", re.ASCII), "a path of one machine"),
    (re.compile(rf"\b(?:{_HOSTS})\b", re.ASCII), "a package registry"),
)


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken rule: where, and what to do about it."""

    path: str
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.what}"


@dataclass(frozen=True)
class Module:
    """A source file: its path from the top of the checkout, with slashes, and its text."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, self.path)

    @property
    def name(self) -> str:
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    @property
    def package(self) -> str:
        return self.path.split("/")[0]

    def absolute(self, node: ast.ImportFrom) -> str:
        """The dotted module that a `from … import` names, relative or not."""
        if not node.level:
            return node.module or ""
        parts = self.name.split(".")
        keep = len(parts) - node.level + self.path.endswith("/__init__.py")
        return ".".join([*parts[:keep], *([node.module] if node.module else [])])

    def imports(self) -> Iterator[tuple[int, str]]:
        """(line, dotted name) of all imports, `from a import b` as `a.b`."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from ((node.lineno, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield from ((node.lineno, f"{self.absolute(node)}.{alias.name}") for alias in node.names)


def import_direction(module: Module) -> list[Violation]:
    """schemas ← streams ← services, and dashboards on schemas alone; nothing on tests or bench."""
    allowed = MAY_IMPORT[module.package] | {module.package}
    ours = {*MAY_IMPORT, "tests", "bench"}
    return [
        Violation(module.path, line, f"{module.package} may not import {name}: wrong way round")
        for line, name in module.imports()
        if (top := name.split(".")[0]) in ours and top not in allowed
    ]


def import_cycles(modules: Iterable[Module]) -> list[Violation]:
    """Cycles among project modules; an import for type checking alone counts too."""
    known = {module.name: module for module in modules}
    graph = {name: _needs(module, known) for name, module in known.items()}
    found: list[Violation] = []
    done: set[str] = set()
    for start in sorted(graph):
        found += [
            Violation(known[cycle[0]].path, graph[cycle[0]][cycle[1]], "import cycle: " + " → ".join(cycle))
            for cycle in _cycles_from(start, graph, done)
        ]
    return found


def _needs(module: Module, known: Mapping[str, Module]) -> dict[str, int]:
    """Project modules that this one names, with the line. `from a import b` is a.b where that is a module."""
    needs: dict[str, int] = {}
    for line, name in module.imports():
        target = name if name in known else name.rpartition(".")[0]
        if target in known and target != module.name:
            needs.setdefault(target, line)
    return needs


def _cycles_from(start: str, graph: Mapping[str, Mapping[str, int]], done: set[str]) -> Iterator[list[str]]:
    """Depth first, without recursion; `done` keeps what earlier starts have left."""
    path: list[str] = []
    stack = [(start, False)]
    while stack:
        name, leaving = stack.pop()
        if leaving:
            done.add(path.pop())
        elif name in path:
            yield [*path[path.index(name) :], name]
        elif name not in done:
            path.append(name)
            stack.append((name, True))
            stack += [(target, False) for target in sorted(graph[name], reverse=True)]


def inner_imports(module: Module) -> list[Violation]:
    """Imports inside functions hide what a module needs; only the composition root chooses adapters late."""
    if module.path == COMPOSITION_ROOT:
        return []
    names = _aliases(module)
    late = {"importlib.import_module", "__import__"}
    what = f"import inside a function: move it to the top (only {COMPOSITION_ROOT} may do so)"
    lines = {
        node.lineno
        for function in _functions(module)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
        or (isinstance(node, ast.Call) and _dotted(node.func, names) in late)
    }
    return [Violation(module.path, line, what) for line in sorted(lines)]


def sizes(module: Module) -> list[Violation]:
    """A reader holds a module of 300 lines and a function of 60 in mind, hardly more."""
    found: list[Violation] = []
    if (length := len(module.text.splitlines())) > MODULE_LINES:
        what = f"module has {length} lines, more than {MODULE_LINES}: split it"
        found.append(Violation(module.path, 1, what))
    for function in _functions(module):
        length = (function.end_lineno or function.lineno) - function.lineno + 1
        if length > FUNCTION_LINES:
            what = f"{function.name} has {length} lines, more than {FUNCTION_LINES}: split it"
            found.append(Violation(module.path, function.lineno, what))
    return found


def impurity(module: Module, may_wait: Iterable[str] = ()) -> list[Violation]:
    """Clock, random and environment outside the edge; a bare reference counts, since it may be called later.

    `may_wait` lists the paths of adapters that may sleep and measure durations.
    """
    forbidden: tuple[str, ...] = ENVIRONMENT
    if module.package in CORE:
        forbidden = IMPURE if module.path in may_wait else (*IMPURE, *MONOTONIC)
    elif module.path == SETTINGS:
        forbidden = ()
    hint = "take it as an argument" if module.package in CORE else f"only {SETTINGS} reads the environment"
    hits = {
        (line, word)
        for line, name in _references(module)
        for word in forbidden
        if name == word or name.startswith(f"{word}.")
    }
    return [Violation(module.path, line, f"{word}: {hint}") for line, word in sorted(hits)]


def forbidden_words(path: str, text: str) -> list[Violation]:
    """Absolute machine paths and registry hosts: true on one machine, wrong or private on all others."""
    return [
        Violation(path, number, f"{hit.group()!r} is {what}: leave it out")
        for number, line in enumerate(text.splitlines(), 1)
        for pattern, what in FORBIDDEN_WORDS
        if (hit := pattern.search(line))
    ]


def unnamed(path: str, text: str, names: Iterable[str]) -> list[Violation]:
    """Names that a document does not mention as code. `fanzha x` may stand within a longer `fanzha x --y`."""
    spans = re.findall(r"```.*?```|`[^`\n]+`", text, re.DOTALL)
    return [
        Violation(path, 1, f"`{name}` is not named: add it, in backticks or in a code block")
        for name in names
        if not any(re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", span) for span in spans)
    ]


def _functions(module: Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    function = ast.FunctionDef | ast.AsyncFunctionDef
    return (node for node in ast.walk(module.tree) if isinstance(node, function))


def _aliases(module: Module) -> dict[str, str]:
    """Local name → dotted name, from all imports of the module."""
    names: dict[str, str] = {}
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name.split(".")[0]
                names[alias.asname or top] = alias.name if alias.asname else top
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                names[alias.asname or alias.name] = f"{module.absolute(node)}.{alias.name}"
    return names


def _dotted(node: ast.expr, names: Mapping[str, str]) -> str | None:
    if isinstance(node, ast.Name):
        return names.get(node.id, node.id if node.id.startswith("__") else None)
    if isinstance(node, ast.Attribute) and (head := _dotted(node.value, names)):
        return f"{head}.{node.attr}"
    return None


def _references(module: Module) -> Iterator[tuple[int, str]]:
    """(line, dotted name) of every import and every use of an imported name."""
    names = _aliases(module)
    yield from module.imports()
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Name | ast.Attribute) and (name := _dotted(node, names)):
            yield node.lineno, name
