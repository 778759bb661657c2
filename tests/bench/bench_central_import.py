"""How long a list of people takes at the centre: read, planned, shown, imported; and the memory of it.

python tests/bench/bench_central_import.py [PEOPLE [WRONG [URL]]]     # 100000 37, an SQLite file
"""

from __future__ import annotations

import random
import resource
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from time import perf_counter

from edge.admin.site_admin import SiteFile
from sync.central.accounts.actor import command_line_actor
from sync.central.configuration import ChangesSection
from sync.central.devices.devices import put_site
from sync.central.imports.core.import_plan import Protected
from sync.central.imports.uploads import UploadDone, apply_upload, keep_upload, plan_again, upload_at
from sync.central.people.listing import PeopleFilters, people_in
from sync.central.places.sight import EVERYWHERE
from sync.central.store import Store, migrate_store, open_store

SITE, AT = "green-court", 1_772_500_000_000_000
HE = command_line_actor("He Jing")
NAMES = ["李娜", "吴波", "陈宇", "戴安", "艾米", "赵云", "何静", "王建国"]
ALONE = ChangesSection(people=1000, share=1.0)


def written(people: int, wrong: int, status: str) -> bytes:
    """A list in GBK, some of whose rows are wrong."""
    rows = ["id,name,address,groups,status,valid_until"]
    bad = set(random.Random(1).sample(range(people), wrong))
    for number in range(people):
        until = "31/02/2027" if number in bad else "2027-06-30"
        address = f"{number % 40 + 1}/{number % 4 + 1}/{number // 160 + 100}"
        rows.append(f"S-{number:06},{NAMES[number % 8]},{address},resident,{status},{until}")
    return "\n".join(rows).encode("gbk")


def timed(what: str, begin: float) -> float:
    now = perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{what:<44} {now - begin:8.2f} s   {peak:6} MiB at most")
    return perf_counter()


def run(store: Store, people: int, wrong: int) -> None:
    with store.writing() as connection:
        put_site(connection, SiteFile(SITE, city="Shanghai"))
    take = (Protected.STATUS, Protected.VALIDITY)
    for what, status in (("new", "green"), ("changed", "yellow"), ("the same", "yellow")):
        data = written(people, wrong, status)
        begin = at = perf_counter()
        number = keep_upload(store, HE, SITE, "list.csv", data, take, AT, ALONE)
        at = timed(f"{what}: read, planned and kept", at)
        with store.reading() as connection:
            kept = upload_at(connection, EVERYWHERE, number, AT)
        assert kept is not None
        at = timed(f"{what}: the plan looked at", at)
        kept = plan_again(store, kept, AT, ALONE)
        at = timed(f"{what}: planned again", at)
        done = apply_upload(store, HE, kept, AT, ALONE, only_good=True)
        assert isinstance(done, UploadDone)
        timed(f"{what}: imported ({done.plan.added} added, {done.plan.changed} changed)", at)
        timed(f"{what}: in all", begin)
    filters = PeopleFilters(words="S-09", without_consent=False)
    at = perf_counter()
    with store.reading() as connection:
        people_in(connection, EVERYWHERE, PeopleFilters(), AT, after=(SITE, f"S-{people // 2:06}"))
        at = timed("a page of the list", at)
        people_in(connection, EVERYWHERE, filters, AT)
        at = timed("a page of the list, by the beginning of an id", at)
        people_in(connection, EVERYWHERE, PeopleFilters(group="nobody"), AT)
        timed("a page of the list, a group that nobody has", at)


def main() -> None:
    people, wrong = (
        int(sys.argv[at]) if len(sys.argv) > at else usual for at, usual in ((1, 100_000), (2, 37))
    )
    with tempfile.TemporaryDirectory() as folder:
        url = sys.argv[3] if len(sys.argv) > 3 else f"sqlite:///{Path(folder)}/central.sqlite"
        migrate_store(url)
        with closing(open_store(url)) as store:
            run(store, people, wrong)


if __name__ == "__main__":
    main()
