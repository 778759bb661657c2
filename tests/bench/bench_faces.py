"""How well each engine tells people apart: 1:1, and 1:N with strangers among those who come; and by group.

One thread. Thresholds are derived twice: for the mean of all people, and for the worse of women and men,
as the gates have them (gender.csv: by first names and by eye; docs/faces.md). The templates are those of
`gatepost faces embed`, so others can be measured the same way. Of people whom the first engine takes for one
the second is named and left out, for both engines alike.

python tests/bench/bench_faces.py [--engines sface,dlib] [--templates sface=FILE.npz,dlib=FILE.npz]
"""

from __future__ import annotations

import argparse
import sys
import time
from datetime import date
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.admin.imports.groups import read_groups
from edge.calibration.core import (
    GroupErrorRate,
    OpenSetTrials,
    calibrate,
    groups,
    histograms,
    open_set,
    record_of,
    suspects,
)
from edge.calibration.core.comparisons import fitted, highest, tail_share
from edge.calibration.format import CalibrationRecord, FaceThresholds
from edge.calibration.format.calibration import thresholds_for
from edge.calibration.people import LabelledFaces, labelled_faces
from edge.vision.configuration import FaceEngineName
from edge.vision.faces.embedding import Embedded, embed_all, pictures_named
from edge.vision.faces.factory import open_engine

FACES = Path(__file__).resolve().parents[3] / "shared" / "data" / "faces" / "lfw_dev"
GROUPS = Path(__file__).with_name("gender.csv")
FOLDS = 10
PAIRS = 6_000
EXCHANGED = 20_000
HALVES = 40
RATES = (0.001, 0.003, 0.01)


def embedded(name: str, file: str | None) -> tuple[Embedded, float | None]:
    """The templates of all photographs, and the milliseconds that one took; None where they were at hand."""
    if file is not None:
        with np.load(file) as held:
            return Embedded(held["names"], held["templates"], held["found"], held["quality"]), None
    engine = open_engine(FaceEngineName(name))
    assert engine is not None
    pictures = pictures_named([str(FACES)])
    began = time.perf_counter()
    made = embed_all(pictures, engine, lambda _: None)
    return made, 1000 * (time.perf_counter() - began) / len(pictures)


def accuracy(people: LabelledFaces) -> float:
    """Ten folds over as many pairs of one person as of two, each judged by the threshold of the others."""
    draw = np.random.default_rng(7)
    by_person = [np.flatnonzero(people.owners == owner) for owner in range(len(people.names))]
    several = [rows for rows in by_person if len(rows) > 1]
    own = [draw.choice(several[draw.integers(len(several))], 2, replace=False) for _ in range(PAIRS // 2)]
    strange: list[tuple[int, int]] = []
    while len(strange) < PAIRS // 2:
        one, other = draw.integers(len(people.owners), size=2)
        if people.owners[one] != people.owners[other]:
            strange.append((one, other))
    rows = np.array([*own, *strange])
    scores = np.einsum("ij,ij->i", people.vectors[rows[:, 0]], people.vectors[rows[:, 1]])
    same = np.arange(PAIRS) < PAIRS // 2
    folds = draw.permutation(PAIRS) % FOLDS
    right = []
    for fold in range(FOLDS):
        limit = best_limit(scores[folds != fold], same[folds != fold])
        right.append(float(((scores[folds == fold] >= limit) == same[folds == fold]).mean()))
    return float(np.mean(right))


def best_limit(scores: NDArray[np.float32], same: NDArray[np.bool_]) -> float:
    order = np.argsort(scores)
    below = np.concatenate([[0], np.cumsum(np.where(same[order], -1, 1))])
    return float(scores[order][min(int(below.argmax()), len(scores) - 1)])


def verification(name: str, people: LabelledFaces, cost: float | None) -> None:
    counts = histograms(people.vectors, people.owners)
    (at_1000, _), (at_10000, _) = counts.missed_at(1e-3), counts.missed_at(1e-4)
    took = "" if cost is None else f"{cost:.1f}"
    print(
        f"{name:<8}{len(people.owners):>7}{int(counts.own.sum()):>8}{int(counts.strangers.sum()):>10}"
        f"{100 * accuracy(people):>9.2f}{100 * (1 - at_1000):>10.2f}{100 * (1 - at_10000):>10.2f}{took:>9}"
    )


def calibrated(name: str, people: LabelledFaces) -> CalibrationRecord:
    together = people.vectors, people.owners
    everybody = calibrate(*together, engine=name, source=FACES.name, made=date(2026, 1, 1))
    return record_of(everybody, *together, people.names, people.labels)


def derived(record: CalibrationRecord, templates: int) -> tuple[FaceThresholds, FaceThresholds]:
    """The thresholds for one in a thousand, of the mean of all people and of the worst group."""
    mean, worst = (
        thresholds_for(calibration, templates=templates, false_matches=0.001, false_confirms=0.001)
        for calibration in (record.everybody, record.for_gates())
    )
    return mean, worst


def drawn(people: LabelledFaces, enrolled: int, templates: int, frames: int, draws: int) -> OpenSetTrials:
    return open_set(
        people.vectors,
        people.owners,
        enrolled=enrolled,
        templates=templates,
        frames=frames,
        draws=draws,
    )


def identification(name: str, people: LabelledFaces, record: CalibrationRecord, draws: int) -> None:
    for enrolled in (500, 1_000):
        for templates in (1, 2, 3):
            for frames in (1, 3, 5):
                passages = drawn(people, enrolled, templates, frames, draws)
                limits = [passages.threshold_for(rate) for rate in RATES]
                print(
                    f"{name:<8}{enrolled:>8}{templates:>7}{frames:>7}{len(passages.own):>8}"
                    f"{len(passages.strangers):>11}"
                    + "".join(f"{100 * passages.missed_at(limit):>9.2f}" for limit in limits)
                    + "".join(
                        f"{needed.identify:>8.3f}{100 * passages.missed_at(needed.identify):>8.2f}"
                        f"{100 * passages.matched_at(needed.identify):>7.2f}"
                        for needed in derived(record, passages.photographs)
                    )
                )


def by_group(name: str, people: LabelledFaces, record: CalibrationRecord, draws: int) -> None:
    """Each group's errors: 1:1, and 1:N with one photograph and one frame, then with two and three."""
    for templates, frames in ((1, 1), (2, 3)):
        passages = drawn(people, 1_000, templates, frames, draws)
        for whose, needed in zip(("mean", "worst"), derived(record, passages.photographs), strict=True):
            tried = passages, needed.identify
            found = groups(people.vectors, people.owners, people.names, people.labels, needed.confirm, tried)
            for group in found:
                ways = [("1:1", needed.confirm, group.confirm)] if frames == 1 else []
                ways += [
                    (f"1:N {templates}/{frames}", needed.identify, errors)
                    for errors in [group.identify]
                    if errors
                ]
                for way, threshold, errors in ways:
                    print(
                        f"{name:<8}{way:<9}{whose:<7}{threshold:>6.3f}  {group.value:<7}{group.people:>6}"
                        + "".join(
                            f"{told(rate):>32}" for rate in (errors.misses, errors.within, errors.across)
                        )
                    )


def unseen(name: str, people: LabelledFaces) -> None:
    """The threshold for one in a thousand (1:1) of half of the people, tried on the others."""
    draw = np.random.default_rng(2)
    matched: dict[tuple[str, str], list[float]] = {}
    for _ in range(HALVES):
        seen = set(draw.permutation(people.names)[: len(people.names) // 2])
        half, others = people.without(set(people.names) - seen), people.without(seen)
        values = people.labels[GROUPS.stem]
        worst = needed_by(half)
        for value in sorted(set(values.values())):
            worst = max(worst, needed_by(half.without({name for name in seen if values.get(name) != value})))
        for whose, needed in (("mean", needed_by(half)), ("worst", worst)):
            for group in groups(others.vectors, others.owners, others.names, people.labels, needed):
                matched.setdefault((whose, group.value), []).append(group.confirm.within.share or 0.0)
    for (whose, value), shares in matched.items():
        low, high = np.percentile(shares, (2.5, 97.5))
        print(
            f"{name:<8}{whose:<7}{value:<7}{100 * float(np.mean(shares)):.3f} "
            f"({100 * low:.3f}-{100 * high:.3f}) % falsely matched within, of people not seen"
        )


def needed_by(people: LabelledFaces) -> float:
    """The cosine that one in a thousand comparisons of two of these people reaches."""
    count = len(people.names)
    top = highest(people.vectors, people.owners, tail_share(count * (count - 1) // 2))
    tail = fitted(top.scores, top.weights, top.tail)
    return tail.score_at(0.001) if tail.above > 0.001 else top.score_at(0.001)


def at_enrolment(name: str, people: LabelledFaces, record: CalibrationRecord) -> None:
    """How many are doubted whose photographs are theirs, and how many of others' are noticed."""
    needed = derived(record, 1_000)[1]
    by_person = [np.flatnonzero(people.owners == owner) for owner in range(len(people.names))]
    for count in (2, 3):
        enough = [people.vectors[rows[:count]] for rows in by_person if len(rows) >= count]
        best = [(mine @ mine.T - 2.0 * np.eye(count)).max(axis=1) for mine in enough]
        left_out = sum(bool((likes < needed.confirm).any()) for likes in best)
        far = sum(bool(((likes >= needed.confirm) & (likes < needed.identify)).any()) for likes in best)
        print(
            f"{name:<8}{count} photographs, {len(best)} people: {far} doubted, {left_out} with one left out"
        )
    draw = np.random.default_rng(5)
    three = [rows for rows in by_person if len(rows) >= 3]
    named = left_out = silent = 0
    for _ in range(EXCHANGED):
        one, other = draw.choice(len(three), 2, replace=False)
        own = people.vectors[draw.permutation(three[one])[:2]]
        theirs = people.vectors[draw.permutation(three[other])[:3]]
        like, near = float((own @ theirs[2]).max()), float((theirs[:2] @ theirs[2]).max())
        said = near >= needed.identify and near > like
        named, left_out = named + said, left_out + (like < needed.confirm)
        silent += not said and like >= needed.identify
    print(
        f"{name:<8}{EXCHANGED} times a photograph of another enrolled person beside two of one's own: "
        f"{100 * named / EXCHANGED:.1f} % named, {100 * left_out / EXCHANGED:.2f} % left out, "
        f"{silent} unnoticed"
    )


def told(rate: GroupErrorRate) -> str:
    low, high = rate.interval
    share = "none" if rate.share is None else f"{100 * rate.share:.3f}"
    return f"{share} ({100 * low:.3f}-{100 * high:.3f}) of {rate.cases}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engines", default="sface,dlib")
    parser.add_argument("--templates", default="")
    parser.add_argument("--draws", type=int, default=20)
    chosen = parser.parse_args()
    if not FACES.is_dir():
        print(f"SKIPPED: no photographs at {FACES}")
        return 0
    cv2.setNumThreads(1)
    files = dict(item.split("=", 1) for item in chosen.templates.split(",") if item)
    measured: dict[str, tuple[LabelledFaces, float | None]] = {}
    left_out: set[str] = set()
    for name in chosen.engines.split(","):
        made, cost = embedded(name, files.get(name))
        people = labelled_faces(made, FACES, {GROUPS.stem: read_groups(GROUPS)})
        print(f"{name}: no face found in {int((~made.found).sum())} of {len(made.names)} photographs")
        if not measured:
            for item in suspects(people.vectors, people.owners, people.names):
                print(f"left out: {item.other}, hardly another person than {item.one} ({item.score:.3f})")
                left_out.add(item.other)
        measured[name] = people.without(left_out), cost
    print(
        f"\n{'1:1':<8}{'photos':>7}{'own':>8}{'strange':>10}{'right %':>9}"
        f"{'1/1000 %':>10}{'1/10000 %':>10}{'ms/photo':>9}"
    )
    for name, (people, cost) in measured.items():
        verification(name, people, cost)
    print(
        f"\n{'1:N':<8}{'enrolled':>8}{'photos':>7}{'frames':>7}{'own':>8}{'strangers':>11}"
        f"{'at .1 %':>9}{'at .3 %':>9}{'at 1 %':>9}{'mean':>8}{'missed':>8}{'false':>7}"
        f"{'worst':>8}{'missed':>8}{'false':>7}"
    )
    records = {name: calibrated(name, people) for name, (people, _) in measured.items()}
    for name, (people, _) in measured.items():
        identification(name, people, records[name], chosen.draws)
    print(
        "\nat .1 %, .3 %, 1 %: residents missed where that share of strangers' passages matches somebody;"
        "\nmean, worst: the threshold derived for .1 %, of all people and of the worst group, with the shares"
        "\n(in %) missed and falsely matched. Those with fewer photographs than asked for are enrolled with"
        "\nwhat they have."
    )
    print(f"\n{'':<24}{'at':>6}  {'':<7}{'people':>6}{'missed %':>32}{'within %':>32}{'across %':>32}")
    for name, (people, _) in measured.items():
        by_group(name, people, records[name], chosen.draws)
    print(
        "\nwithin, across: taken for somebody of their own group, or of another; people or pairs of people."
    )
    print(f"\nDerived from half of the people, tried on the others, {HALVES} times:")
    for name, (people, _) in measured.items():
        unseen(name, people)
    print("\nAt enrolment, among 1,000 templates:")
    for name, (people, _) in measured.items():
        at_enrolment(name, people, records[name])
    return 0


if __name__ == "__main__":
    sys.exit(main())
