"""Shows the demo in the terminal: who is at the gate, what was decided and why, lamp and barrier."""

from __future__ import annotations

from collections import Counter
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from rich.console import Console, Group
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from edge.boards.format import OutputName
from edge.decision import Decision
from edge.demo.morning import Morning, MorningScene
from edge.journal.format import Event, LaneEvent, fields_of
from edge.lane.driver import LaneReport
from edge.lane.machine import Prompt, Record
from edge.ports import AccessEvent
from edge.prompts.texts import SIGNS, text_of
from edge.runtime.main_loop import Heard
from edge.runtime.registry_service import RegistryNews
from edge.vision.reports import CameraReport, Sighting, WorkerFailed

_COLOURS = {"grant": "green", "refer": "yellow", "deny": "red"}
_LAMPS = {
    OutputName.LAMP_RED: "[red]■ red[/]",
    OutputName.LAMP_YELLOW: "[yellow]▲ yellow[/]",
    OutputName.LAMP_GREEN: "[green]● green[/]",
}
_MOST_LINES = 30
_SHOWN = frozenset({LaneEvent.OVERRIDE, LaneEvent.PASSED, LaneEvent.NO_ENTRY, LaneEvent.TAILGATING})


class TerminalScreen:
    """What happened so far. `handle` is the gate's listener; `outputs` says which lines are driven now."""

    def __init__(self, console: Console, morning: Morning | None, outputs: Any) -> None:
        self._console = console
        self._morning = morning
        self._outputs = outputs
        self._scene: MorningScene | None = None
        self._prompt = ""
        self._lines: list[Text] = []
        self.counts: Counter[str] = Counter()
        self._live = Live(console=console, refresh_per_second=8, get_renderable=self._render)

    def shown(self) -> AbstractContextManager[object]:
        """Live in a terminal; elsewhere line by line as things happen."""
        return self._live if self._console.is_terminal else nullcontext()

    def play(self, morning: Morning) -> None:
        """From here on the scenes are those of `morning`."""
        self._morning = morning

    def say(self, text: str) -> None:
        """Print a line about the demo itself."""
        self._print(Text(text, style="yellow"))

    def handle(self, item: Heard) -> None:
        match item:
            case Sighting():
                self._show_scene(item)
            case AccessEvent():
                self._decided(item)
            case LaneReport(said=Prompt(reason=reason)):
                self._prompted(reason)
            case LaneReport(said=Record(event=event)):
                if event.kind in _SHOWN:
                    self._print(Text(f"  {told_of(event)}", style="magenta"))
            case RegistryNews(version=version, text=text):
                self._print(
                    Text(f"  registry: {f'version {version} in force' if version else text}", style="dim")
                )
            case CameraReport(state=state, detail=detail):
                self._print(Text(f"  camera: {state} {detail}", style="dim"))
            case WorkerFailed(reason=reason):
                self._print(Text(f"  vision: {reason}; starting it again", style="red"))
            case _:
                pass

    # --- inside ----------------------------------------------------------------------------

    def _show_scene(self, sighting: Sighting) -> None:
        scene = None if self._morning is None else self._morning.scene_of(sighting.input)
        if scene is not None and scene is not self._scene:
            self._print(Text(f"{scene.says}", style="bold"))
        if scene is None:
            self._prompt = ""
        self._scene = scene

    def _prompted(self, reason: str) -> None:
        text = text_of(reason)
        if text is None:
            return
        self._prompt = text.whole.en
        if not self._console.is_terminal:
            self._print(Text(f"  the gate says: {self._prompt}", style="italic"))

    def _decided(self, passage: AccessEvent) -> None:
        decision = passage.decision
        self.counts[decision.outcome.value] += 1
        number = "not recorded" if passage.entry is None else f"#{passage.entry.sequence}"
        line = Text("  ")
        line.append(
            f"{SIGNS[decision.outcome].glyph} {decision.outcome.value:<5}", _COLOURS[decision.outcome]
        )
        line.append(f" {decision.reason.value}", "bold")
        line.append(f"  {_who(passage)}")
        line.append(f"  rule {decision.rule}{_grounds(decision)}", "dim")
        line.append(f"  {passage.latency_ms['total']:.0f} ms  journal {number}", "dim")
        self._print(line)

    def _print(self, line: Text) -> None:
        if self._console.is_terminal:
            self._lines = [*self._lines, line][-_MOST_LINES:]
        else:
            self._console.print(line, soft_wrap=True)

    def _render(self) -> Panel:
        driven = self._outputs()
        lamps = "  ".join(text for name, text in _LAMPS.items() if name in driven) or "[dim]dark[/]"
        barrier = "[green]OPEN[/]" if OutputName.RELAY_OPEN in driven else "shut"
        table = Table.grid(padding=(0, 2))
        table.add_row("at the gate", self._scene.says if self._scene else "[dim]nobody[/]")
        table.add_row("screen", f"[italic]{self._prompt}[/]" if self._prompt else "")
        table.add_row("lamp", lamps)
        table.add_row("barrier", barrier)
        return Panel(Group(table, "", *self._lines), title="Gatepost: gate main of Green Court")


def told_of(event: Event) -> str:
    """A lane's event in a line: "passed direction entry, counted, cause grant, reference 5"."""
    said = [
        value if name == "counted" else f"{name} {value}" for name, value in fields_of(event).items() if value
    ]
    return " ".join(filter(None, (event.kind.value.removeprefix("lane_"), ", ".join(said))))


def _who(passage: AccessEvent) -> str:
    if passage.subject is not None:
        return f"{passage.subject.name or passage.subject.id} ({passage.subject.id})"
    return passage.decision.subject_id or "nobody known"


def _grounds(decision: Decision) -> str:
    grounds = decision.grounds
    return "" if grounds is None else f" ({grounds.value} by {grounds.source}: {grounds.reason})"
