"""Imports follow the table of the design; no cycles; the engine runs without the screen."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TUI = ROOT / "tui"
OURS = {
    "errors", "core", "filters", "detectors", "learning", "capture", "store", "engine", "dissect", "export",
    "commands", "widgets", "screens", "app", "cli", "settings",
}  # fmt: skip
CORE = {"core", "errors"}
MAY_IMPORT: dict[str, set[str]] = {
    "errors": set(),
    "core": {"errors"},
    "filters": CORE,
    "detectors": CORE,
    "learning": CORE,
    "capture": CORE,
    "store": CORE,
    "engine": CORE | {"filters", "detectors", "learning", "capture", "store", "settings"},
    "dissect": CORE | {"store"},
    "export": CORE | {"store"},
    "widgets": CORE,
    "screens": CORE | {"widgets", "filters", "dissect", "export", "store"},
    "commands": OURS - {"widgets", "screens", "app", "cli"},
    "app": OURS - {"cli", "commands"},
    "settings": CORE | {"filters", "detectors", "learning", "capture", "store", "engine"},
    "cli": OURS,
}
THIRD_PARTY: dict[str, set[str]] = {
    "core": {"numpy"},
    "filters": {"numpy"},
    "detectors": {"numpy", "publicsuffixlist"},
    "errors": set(),
}
ONLY_IN = {
    "scapy": {"capture/portable.py", "capture/bpf.py", "dissect/"},
    "plotext": {"widgets/chart.py"},
    "textual": {"app.py", "widgets/", "screens/"},
}
CORE_NEVER = {"threading", "time", "socket", "subprocess"}


def modules() -> list[Path]:
    return sorted(p for p in TUI.rglob("*.py"))


def layer(path: Path) -> str:
    part = path.relative_to(TUI).parts[0]
    return part.removesuffix(".py")


def imports(path: Path) -> set[str]:
    """Dotted names of everything a file imports, inside functions too, but not for type checking only."""
    found = set()
    tree = ast.parse(path.read_text())
    typing_only = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in typing_only:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(TUI)))
def test_a_module_imports_only_what_its_layer_may(path: Path) -> None:
    mine = layer(path)
    if mine in {"__init__", "__main__"}:
        return
    for name in imports(path):
        top, _, rest = name.partition(".")
        if top == "tui":
            other = rest.split(".")[0]
            assert other not in OURS or other == mine or other in MAY_IMPORT[mine], f"{mine} imports {name}"
        elif top in ONLY_IN:
            allowed = ONLY_IN[top]
            where = str(path.relative_to(TUI))
            assert any(where.startswith(a) for a in allowed), f"{where} imports {name}"
        elif mine in THIRD_PARTY and top not in sys.stdlib_module_names:
            assert top in THIRD_PARTY[mine] | {"__future__"}, f"{mine} imports {name}"
        if mine == "core":
            assert top not in CORE_NEVER, f"core imports {name}"


def test_no_import_cycles_between_modules() -> None:
    graph: dict[str, set[str]] = {}
    names = {".".join(p.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): p for p in modules()}
    for name, path in names.items():
        found = imports(path)
        graph[name] = {
            n for n in names if n != name and n.count(".") and any(i == n or i.startswith(n + ".") for i in found)
        }
        graph[name] -= {n for n in graph[name] if names[n].name == "__init__.py"}
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, " -> ".join((*trail[trail.index(name) :], name))
        if name in done:
            return
        for other in graph[name]:
            visit(other, (*trail, name))
        done.add(name)

    for name in graph:
        visit(name, ())


def test_the_engine_runs_without_the_screen() -> None:
    code = "import sys, tui.engine.monitor; print([m for m in ('textual', 'scapy', 'plotext') if m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert out.stdout.strip() == "[]"


def test_numpy_is_not_there_before_the_rights_are_dropped() -> None:
    """Its pool of threads would keep every right: watch once imported it too early, and refused to start."""
    code = "import sys, tui.cli, tui.commands.live, tui.commands.watch; print('numpy' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert out.stdout.strip() == "False"
