"""How long it takes to seal every face of a site anew under another template key.

python -m tests.bench.bench_template_key [PEOPLE...]

At a site's own administration (one SQLite file), and at a centre on SQLite; a face each, of 128 numbers.
"""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import sqlalchemy as sa

from edge.admin.site_file import SiteFile
from edge.admin.subject_store import SubjectStore
from edge.decision import Subject
from edge.registry.format import KeyRing, SealedTemplate
from edge.registry.templates import seal
from sync.central.devices.devices import put_site
from sync.central.people.subjects import put_templates
from sync.central.setup import init_central
from sync.central.store import open_store
from sync.central.tables import subject
from sync.central.template_keys.resealing import seal_site_anew

SITE, OLD, NEW = "green-court", bytes(32), bytes(range(32))
_AT_ONCE = 5_000


def faces(people: int) -> list[SealedTemplate]:
    noise = np.random.default_rng(1)
    vectors = noise.normal(size=(people, 128)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return [
        seal(
            vector,
            key=OLD,
            nonce=number.to_bytes(12),
            site=SITE,
            subject_id=f"subject-{number}",
            subject_version=1,
            engine="sface",
        )
        for number, vector in enumerate(vectors)
    ]


def at_a_site(folder: Path, sealed: list[SealedTemplate]) -> float:
    ring = KeyRing(OLD).exchanged(NEW, datetime.now(UTC) + timedelta(days=30))
    store = SubjectStore(folder / "subjects.sqlite", SITE, ring.every)
    with store._open() as connection:
        for item in sealed:
            store._write(connection, Subject(item.subject_id), [item])
    began = time.perf_counter()
    assert store.seal_anew() == len(sealed)
    return time.perf_counter() - began


def at_a_centre(folder: Path, sealed: list[SealedTemplate]) -> float:
    configuration, _ = init_central(folder / "centre", None, "127.0.0.1", 1883, plain=True)
    store = open_store(configuration.store.url)
    with store.writing() as connection:
        put_site(connection, SiteFile(SITE))
        rows = [{"site": SITE, "id": item.subject_id, "record": b"{}", "changed_at": 1} for item in sealed]
        connection.execute(sa.insert(subject), rows)
        for item in sealed:
            put_templates(connection, SITE, item.subject_id, [item])
    began = time.perf_counter()
    with store.writing() as connection:
        assert seal_site_anew(connection, SITE, (NEW, OLD)).templates == len(sealed)
    took = time.perf_counter() - began
    store.close()
    return took


def main() -> None:
    for people in map(int, sys.argv[1:] or ["10000", "100000"]):
        sealed = faces(people)
        with TemporaryDirectory() as folder:
            site = at_a_site(Path(folder), sealed)
            print(f"{people} people at a site's administration: {site:.1f} s", flush=True)
            print(
                f"{people} people at a centre (SQLite): {at_a_centre(Path(folder), sealed):.1f} s", flush=True
            )


if __name__ == "__main__":
    main()
