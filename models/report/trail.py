"""The trail of a month: submitted, locked, corrected — who, when, why, and with which figures.

Versions are added, never changed. What was submitted keeps its figures whatever happens to the
data later; the screen says where they have come to differ.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, joinedload, mapped_column, relationship

from models import audit
from models.catalogue.loader import Catalogue
from models.database import Base, BigId, UtcDateTime, one_of, utc_now
from models.intake.fields.place import cities
from models.report.build import NOWHERE, Supplements, as_json, build_report
from models.report.month import Month
from models.report.targets import load_targets
from models.staff import Staff

_MOST = 1_000_000


class Deed(StrEnum):
    """What was done with a month."""

    SUBMIT = "submit"
    LOCK = "lock"
    CORRECT = "correct"


class TrailError(ValueError):
    """A step that is not possible now; the text is for people."""


class ReportVersion(Base):
    """One version of a month's report."""

    __tablename__ = "report_version"
    __table_args__ = (UniqueConstraint("month", "number"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    month: Mapped[str] = mapped_column(String(7))
    number: Mapped[int]
    deed: Mapped[Deed] = mapped_column(one_of(Deed))
    tables: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    supplements: Mapped[dict[str, dict[str, int]]] = mapped_column(JSON)
    reason: Mapped[str] = mapped_column(String(300), default="")
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)

    staff: Mapped[Staff] = relationship()


def trail_of(session: Session, month: Month) -> list[ReportVersion]:
    """Return a month's versions, the oldest first."""
    mine = select(ReportVersion).where(ReportVersion.month == str(month))
    mine = mine.order_by(ReportVersion.number).options(joinedload(ReportVersion.staff))
    return list(session.scalars(mine))


def supplements_of(session: Session, months: list[Month]) -> dict[Month, Supplements]:
    """Return what was added by hand to each of these months, as it stands now."""
    newest: dict[Month, Supplements] = {}
    named = {str(one): one for one in months}
    versions = select(ReportVersion).where(ReportVersion.month.in_(named))
    for version in session.scalars(versions.order_by(ReportVersion.number)):
        newest[named[version.month]] = version.supplements
    return newest


def submit(
    session: Session,
    catalogue: Catalogue,
    month: Month,
    staff: Staff,
    supplements: Mapping[str, Mapping[str, int]],
) -> ReportVersion:
    """Submit a month, again if it was not locked yet.

    Raises:
        TrailError: it is locked, not over yet, or what was added is no sensible number.
    """
    if month >= Month.now():
        raise TrailError("这个月还没过完，下个月再报。")
    if _is_locked(session, month):
        raise TrailError("这个月已经锁定。要改，请用“更正”，并写明原因。")
    return _add(session, catalogue, month, Deed.SUBMIT, staff, supplements)


def lock(session: Session, month: Month, staff: Staff) -> ReportVersion:
    """Lock a month as it was submitted: from now on it changes by correction alone.

    Raises:
        TrailError: nothing was submitted, or it is locked already.
    """
    trail = trail_of(session, month)
    if not trail:
        raise TrailError("这个月还没填报，先填报再锁定。")
    if _is_locked(session, month):
        raise TrailError("这个月已经锁定了。")
    last = trail[-1]
    version = ReportVersion(tables=last.tables, supplements=last.supplements)
    return _keep(session, month, Deed.LOCK, staff, version, "")


def correct(
    session: Session,
    catalogue: Catalogue,
    month: Month,
    staff: Staff,
    supplements: Mapping[str, Mapping[str, int]],
    reason: str,
) -> ReportVersion:
    """Correct a locked month: it takes the figures of now, and the reason is kept.

    Raises:
        TrailError: it is not locked, or there is no reason.
    """
    reason = reason.strip()
    if len(reason) < 4:
        raise TrailError("更正要写明原因（至少 4 个字），会留下记录。")
    if not _is_locked(session, month):
        raise TrailError("这个月还没锁定，直接重新填报就行。")
    return _add(session, catalogue, month, Deed.CORRECT, staff, supplements, reason)


def _is_locked(session: Session, month: Month) -> bool:
    return any(one.deed is not Deed.SUBMIT for one in trail_of(session, month))


def _add(
    session: Session,
    catalogue: Catalogue,
    month: Month,
    deed: Deed,
    staff: Staff,
    supplements: Mapping[str, Mapping[str, int]],
    reason: str = "",
) -> ReportVersion:
    checked = _checked(supplements)
    added = {**supplements_of(session, month.of_year), month: checked}
    report = build_report(session, catalogue, month, supplements=added)
    version = ReportVersion(tables=as_json(report), supplements=checked)
    return _keep(session, month, deed, staff, version, reason)


def _keep(
    session: Session, month: Month, deed: Deed, staff: Staff, version: ReportVersion, reason: str
) -> ReportVersion:
    version.month, version.number = str(month), len(trail_of(session, month)) + 1
    version.deed, version.staff_id, version.reason = deed, staff.id, reason[:300]
    try:
        with session.begin_nested():
            session.add(version)
    except IntegrityError as error:
        raise TrailError("刚才有人也在报这个月，请刷新看看。") from error
    audit.record(
        session, staff.id, f"report.{deed}", subject="report", subject_id=version.id,
        reason=reason, month=str(month),
    )  # fmt: skip
    return version


def _checked(supplements: Mapping[str, Mapping[str, int]]) -> dict[str, dict[str, int]]:
    """Return what was added, without zeros.

    Raises:
        TrailError: an unknown target or city, or a number out of all reason.
    """
    targets = {one.code for one in load_targets().targets}
    places = {*cities(), NOWHERE}
    kept: dict[str, dict[str, int]] = {}
    for code, given in supplements.items():
        if code not in targets or given.keys() - places:
            raise TrailError("补录的目标或城市不对。")
        if any(not 0 <= count <= _MOST for count in given.values()):
            raise TrailError("补录的人数要在 0 到 100 万之间。")
        kept[code] = {city: count for city, count in given.items() if count}
    return kept
