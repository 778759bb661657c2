"""Writes the report of a calibration: plots and one self-contained HTML page."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from edge.calibration.core import (
    ErrorGroup,
    GroupErrorRate,
    GroupGap,
    Histograms,
    OpenSetTrials,
    RateGap,
    SuspectedPair,
)
from edge.calibration.format import Calibration, FaceThresholds
from edge.errors import VisionError
from edge.support.counted import counted
from edge.support.escaping import escaped_html

_FALSE_MATCHES = (0.001, 0.003, 0.01)
_STYLE = """body{font:16px/1.5 system-ui,sans-serif;max-width:60em;margin:2em auto;padding:0 1em;color:#222}
table{border-collapse:collapse;margin:1em 0}td,th{border:1px solid #ccc;padding:.3em .7em;text-align:right}
td:first-child,th:first-child{text-align:left}img{max-width:100%}caption{text-align:left;font-weight:600}"""


@dataclass(frozen=True)
class Findings:
    """The content of a report. `trials` are named by what was enrolled and shown."""

    calibration: Calibration
    thresholds: FaceThresholds
    histograms: Histograms
    trials: Sequence[tuple[str, OpenSetTrials]]
    suspects: Sequence[SuspectedPair]
    refused: Sequence[str]
    groups: Sequence[ErrorGroup] = ()
    gaps: Sequence[GroupGap] = ()


def write_report(folder: Path, findings: Findings) -> Path:
    """Write `report.html` and the plots (PNG) into `folder`; returns the page's path.

    Raises VisionError where matplotlib is not installed or the folder cannot be written.
    """
    plots = {
        "scores.png": _histogram_plot(findings),
        "det.png": _trade_off_plot(findings),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in plots.items():
            (folder / name).write_bytes(data)
        page = folder / "report.html"
        page.write_text(_page(findings, plots), encoding="utf-8")
    except OSError as error:
        raise VisionError(f"could not be written: {error.strerror or error}", where=str(folder)) from None
    return page


# --- plots -------------------------------------------------------------------------------------


def _figure() -> tuple[Any, Any]:
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415 - an extra, and slow
        from matplotlib.figure import Figure  # noqa: PLC0415
    except ImportError:
        raise VisionError(
            "plots need matplotlib", remedy="pip install 'gatepost[report]', or use faces calibrate alone"
        ) from None
    figure = Figure(figsize=(8, 4.5), dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    return figure, figure.add_subplot()


def _png(figure: Any) -> bytes:
    out = BytesIO()
    figure.savefig(out, format="png")
    return out.getvalue()


def _histogram_plot(findings: Findings) -> bytes:
    """Both distributions, each of area one, with the thresholds."""
    figure, axes = _figure()
    counts = findings.histograms
    wide = 20
    edges = counts.edges[::wide]
    for name, values, colour in (
        ("two people", counts.strangers, "tab:red"),
        ("one person", counts.own, "tab:blue"),
    ):
        binned = values.reshape(-1, wide).sum(axis=1)
        axes.stairs(binned / max(1.0, binned.sum()), edges, label=name, color=colour, fill=True, alpha=0.5)
    for name, at, style in (
        ("1:1", findings.thresholds.confirm, "--"),
        (f"1:N among {findings.thresholds.templates}", findings.thresholds.identify, "-"),
    ):
        axes.axvline(at, color="black", linestyle=style, label=f"threshold {name}: {at:.3f}")
    axes.set_xlabel("cosine similarity")
    axes.set_ylabel("share of pairs")
    axes.set_title(f"{findings.calibration.engine}: how alike two photographs are")
    axes.legend()
    return _png(figure)


def _trade_off_plot(findings: Findings) -> bytes:
    """Misses against false matches (detection error trade-off), 1:1 and each open set.

    Where nobody was missed the line lies at half a case: a logarithm has no zero.
    """
    figure, axes = _figure()
    counts = findings.histograms
    matched, missed = counts.matched(), counts.missed()
    least = 0.5 / max(1.0, float(counts.own.sum()))
    seen = (matched > 0) & (counts.edges[:-1] > 0.0)
    axes.plot(matched[seen], missed[seen].clip(least), label="1:1, single photographs", color="black")
    for name, trials in findings.trials:
        shares = [10.0 ** (-exponent / 8.0) for exponent in range(8, 25)]
        axes.plot(
            shares,
            [max(0.5 / len(trials.own), trials.missed_at(trials.threshold_for(share))) for share in shares],
            label=name,
            marker=".",
        )
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("strangers matched (share)")
    axes.set_ylabel("residents missed (share)")
    axes.set_title(f"{findings.calibration.engine}: misses against false matches")
    axes.grid(visible=True, which="both", alpha=0.3)
    axes.legend()
    return _png(figure)


# --- page --------------------------------------------------------------------------------------


def _page(findings: Findings, plots: dict[str, bytes]) -> str:
    title = escaped_html(f"Faces: {findings.calibration.engine}")
    parts = (
        f"<h1>{title}</h1>",
        _basis(findings.calibration),
        _risk(findings),
        *(f'<p><img alt="{name}" src="{_data(data)}"></p>' for name, data in plots.items()),
        _trials_table(findings.trials),
        _groups_table(findings),
        _list(
            "Probably one person under two names (left out)", [_sentence(item) for item in findings.suspects]
        ),
        _list("Photographs without a template", findings.refused),
    )
    head = f'<meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style>'
    return f'<!doctype html><html lang="en">{head}{"".join(parts)}</html>\n'


def _basis(calibration: Calibration) -> str:
    source = escaped_html(calibration.source)
    counts = (
        f"{counted(calibration.people, 'person', 'people')}, {counted(calibration.photographs, 'photograph')}"
    )
    return f"<p>{counts} of {source}, {calibration.made}.</p>"


def _risk(findings: Findings) -> str:
    """The thresholds in words, with what they predict."""
    found = findings.thresholds
    interval = f"{_percent(found.false_matches_low)} to {_percent(found.false_matches_high)}"
    sentences = [
        (
            f"Among {counted(found.templates, 'template')} a face needs a cosine of "
            f"<strong>{found.identify:.3f}</strong>."
        ),
        f"Then {_percent(found.false_matches)} of strangers' passages are predicted to match somebody",
        f"(95 %: {interval}).",
    ]
    if found.extrapolated:
        sentences.append("That is rarer than anything that was counted here: it is extrapolated.")
    if found.misses is not None:
        sentences.append(f"One frame against one template misses {_percent(found.misses)} of residents.")
    sentences.append(
        f"With a pass that names the person (1:1) it needs <strong>{found.confirm:.3f}</strong>."
    )
    return f"<h2>Thresholds</h2><p>{' '.join(sentences)}</p>"


def _trials_table(trials: Sequence[tuple[str, OpenSetTrials]]) -> str:
    if not trials:
        return ""
    head = "".join(f"<th>missed at {_percent(share)} strangers matched</th>" for share in _FALSE_MATCHES)
    rows = "".join(
        f"<tr><td>{escaped_html(name)}</td><td>{len(item.own)}</td><td>{len(item.strangers)}</td>"
        + "".join(
            f"<td>{_percent(item.missed_at(item.threshold_for(share)))}</td>" for share in _FALSE_MATCHES
        )
        + "</tr>"
        for name, item in trials
    )
    return (
        "<table><caption>Residents and strangers before one gate</caption>"
        f"<tr><th></th><th>residents' passages</th><th>strangers'</th>{head}</tr>{rows}</table>"
    )


def _groups_table(findings: Findings) -> str:
    if not findings.groups:
        return "<p>No groups were named (--groups): the rates are those of all people together.</p>"
    rows = "".join(_group_row(group) for group in findings.groups)
    told = "".join(
        f"<li>{escaped_html(gap.label)}: misses differ by {_factor(gap.misses)}, "
        f"false matches by {_factor(gap.false_matches)}</li>"
        for gap in findings.gaps
    )
    many = '<th colspan="3">1:N</th>' if findings.groups[0].identify else ""
    rates = "<th>misses</th><th>false matches within the group</th><th>across</th>"
    return (
        "<h2>Groups</h2><table><caption>At the thresholds above, with 95 % intervals: of people, or of pairs "
        'of people</caption><tr><th></th><th></th><th colspan="3">1:1</th>'
        f"{many}</tr><tr><th>group</th><th>people</th>{rates}{rates if many else ''}</tr>{rows}</table>"
        f"<ul>{told}</ul>"
    )


def _group_row(group: ErrorGroup) -> str:
    tried = [group.confirm] if group.identify is None else [group.confirm, group.identify]
    cells = "".join(
        f"<td>{_rate(rate)}</td>"
        for errors in tried
        for rate in (errors.misses, errors.within, errors.across)
    )
    few = " (too few to say anything of others)" if group.too_small else ""
    return (
        f"<tr><td>{escaped_html(group.label)}: {escaped_html(group.value)}</td>"
        f"<td>{group.people}{few}</td>{cells}</tr>"
    )


def _list(title: str, items: Sequence[str]) -> str:
    if not items:
        return ""
    rows = "".join(f"<li>{escaped_html(item)}</li>" for item in items)
    return f"<h2>{escaped_html(title)}: {len(items)}</h2><ul>{rows}</ul>"


def _sentence(item: SuspectedPair) -> str:
    return f"{item.one} and {item.other}: {item.score:.3f}"


def _rate(rate: GroupErrorRate) -> str:
    if rate.share is None:
        return "none measured"
    low, high = rate.interval
    return f"{_percent(rate.share)} of {rate.cases} ({_percent(low)} to {_percent(high)})"


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"


def _factor(gap: RateGap) -> str:
    by = "an unknown factor" if gap.factor is None else f"a factor of {gap.factor:.1f}"
    return by if gap.sure else f"{by} (the intervals overlap: it may be chance)"


def _data(png: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(png).decode()
