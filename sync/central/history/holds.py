"""Legal holds: made and lifted by name; what is held is deleted by no rule, and nobody in it is erased."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from edge.support.phrases import phrase
from sync.central.history.core import Scope
from sync.central.history.files import HistoryError
from sync.central.history.tables import legal_hold
from sync.central.places.sight import Sight
from sync.central.units import DAY

LONGEST_REVIEW = 366 * DAY
_MOST_TEXT = 500


@dataclass(frozen=True)
class RetentionHold:
    """A hold with who made it and why; `lifted_at` None: it holds."""

    number: int
    case: str
    scope: Scope
    why: str
    made_by: str
    made_at: int
    review_at: int
    lifted_at: int | None
    lifted_by: str
    lifted_why: str


@dataclass(frozen=True)
class NewHold:
    """A hold that somebody wants: for `case`, of what is in `scope`, to be reviewed by `review_at`."""

    case: str
    scope: Scope
    why: str
    review_at: int


def make_hold(connection: sa.Connection, wanted: NewHold, by: str, now: int) -> int:
    """Hold from now on; returns its number. Raises HistoryError for what cannot be."""
    case, why, scope = wanted.case.strip(), wanted.why.strip(), wanted.scope
    if not case or not why or len(case) > _MOST_TEXT or len(why) > _MOST_TEXT:
        raise HistoryError(
            phrase(
                "needs the number of the case and a reason, each of at most %(most)s characters",
                most=_MOST_TEXT,
            ),
            where=phrase("hold"),
            remedy=phrase("name both"),
        )
    if not now < wanted.review_at <= now + LONGEST_REVIEW:
        raise HistoryError(
            phrase("is to be reviewed within a year"),
            where=phrase("hold"),
            remedy=phrase("name an earlier day"),
        )
    if scope.since is not None and scope.until is not None and scope.since >= scope.until:
        raise HistoryError(
            phrase("ends before it begins"), where=phrase("hold"), remedy=phrase("name a later end")
        )
    made = connection.execute(
        sa.insert(legal_hold).returning(legal_hold.c.number),
        {
            "case": case,
            "site": scope.site,
            "subject": scope.subject,
            "since": scope.since,
            "until": scope.until,
            "why": why,
            "made_by": by,
            "made_at": now,
            "review_at": wanted.review_at,
        },
    )
    number: int = made.scalar_one()
    return number


def lift_hold(
    connection: sa.Connection, sight: Sight, number: int, by: str, why: str, now: int
) -> RetentionHold:
    """Let what is held go its way from now on. Raises HistoryError where no such hold holds in sight."""
    if not why.strip() or len(why) > _MOST_TEXT:
        raise HistoryError(
            phrase("needs a reason"), where=phrase("hold"), remedy=phrase("say why it is not needed any more")
        )
    found = next((each for each in holds_in(connection, sight) if each.number == number), None)
    of = legal_hold.c
    lifted = (of.number == number) & of.lifted_at.is_(None)
    values = {"lifted_at": now, "lifted_by": by, "lifted_why": why.strip()}
    if found is None or not connection.execute(sa.update(legal_hold).where(lifted).values(values)).rowcount:
        raise HistoryError(
            phrase("there is no hold %(number)s that holds", number=number),
            remedy=phrase("gatepost central hold list"),
        )
    return found


def holds_in(connection: sa.Connection, sight: Sight, *, lifted_too: bool = False) -> list[RetentionHold]:
    """The holds in sight, the newest first."""
    of = legal_hold.c
    query = sa.select(legal_hold).where(sight.of(of.site)).order_by(of.number.desc())
    query = query if lifted_too else query.where(of.lifted_at.is_(None))
    return [_hold(row) for row in connection.execute(query)]


def scopes_at(connection: sa.Connection, site: str) -> list[Scope]:
    """What is held of a site."""
    of = legal_hold.c
    query = sa.select(of.site, of.subject, of.since, of.until).where(of.site == site, of.lifted_at.is_(None))
    return [Scope(*row) for row in connection.execute(query)]


def check_erasable(connection: sa.Connection, site: str, subject: str) -> None:
    """Raises HistoryError where a hold needs to know who a person is."""
    of = legal_hold.c
    about = (of.site == site) & of.lifted_at.is_(None) & (of.subject.is_(None) | (of.subject == subject))
    row = connection.execute(sa.select(legal_hold).where(about).order_by(of.number).limit(1)).first()
    if row is not None:
        raise HistoryError(
            phrase("is held for case %(case)s: who somebody was is evidence there", case=row.case),
            where=f"{site}/{subject}",
            remedy=phrase(
                "ask %(made_by)s; erase once hold %(number)s is lifted",
                made_by=row.made_by,
                number=row.number,
            ),
        )


# --- inside --------------------------------------------------------------------------------


def _hold(row: sa.Row[tuple[object, ...]]) -> RetentionHold:
    said = row._mapping  # noqa: SLF001 - SQLAlchemy's public way to a row's columns by name
    names = (
        "number",
        "case",
        "why",
        "made_by",
        "made_at",
        "review_at",
        "lifted_at",
        "lifted_by",
        "lifted_why",
    )
    scope = Scope(said["site"], said["subject"], said["since"], said["until"])
    return RetentionHold(scope=scope, **{name: said[name] for name in names})
