"""Material: one photo or PDF a person gave for a service, and whose eyes may see it."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, ForeignKey, Index, String, delete, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from models import attachment
from models.contact import person_of
from models.database import Base, BigId, Database, UtcDateTime, utc_now
from models.materials.store import MaterialStore
from models.materials.upload import MEDIA_TYPES, Upload, UploadRefusedError
from models.request import Request

# A file whose row was never committed, or whose row is gone.
_ORPHAN_AFTER = timedelta(hours=1)
# What one person may leave lying about without a request, against filling the disk.
_MOST_LOOSE = 40


class Material(Base):
    """One file, sealed in the store under `key`.

    Before its request is submitted it belongs to the person's draft of `service`; `request_id`
    is set from the submission on. That of an anonymous request belongs to nobody from then on.
    """

    __tablename__ = "material"
    __table_args__ = (Index("ix_material_whose", "contact_id", "service"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    key: Mapped[str] = mapped_column(String(40), unique=True)
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id"))
    service: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(48))
    kind: Mapped[str] = mapped_column(String(8))
    bytes: Mapped[int] = mapped_column()
    request_id: Mapped[int | None] = mapped_column(BigId, index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)

    @property
    def media_type(self) -> str:
        """Its type as HTTP names it."""
        return MEDIA_TYPES[self.kind]


def receive(
    session: Session,
    store: MaterialStore,
    upload: Upload,
    *,
    contact_id: int,
    service: str,
    name: str,
    most: int,
    request: Request | None = None,
) -> Material:
    """Take an upload for a service that is being filled in, or for a request of it.

    Args:
        session: the open unit of work.
        store: where the file goes.
        upload: the file, clean and looked at by the scanner.
        contact_id: whose it is.
        service: the service's code.
        name: which of the service's materials it is.
        most: how many files of it one request may have.
        request: the one it is for; without one it waits for the form to be submitted.

    Raises:
        UploadRefusedError: the file is not taken; `told` says why.
    """
    mine = loose(session, contact_id) if request is None else of_intake(session, request.intake)
    same = [one for one in mine if (one.service, one.name) == (service, name)]
    if len(same) >= most:
        raise UploadRefusedError("too_many", f"这一项最多传 {most} 个文件。要换，请先删掉一个。")
    if len(mine) >= _MOST_LOOSE:
        raise UploadRefusedError("too_many", "您传的文件太多了，请先提交，或删掉不要的。")
    material = Material(
        key=store.keep(upload.content),
        contact_id=contact_id,
        request_id=None if request is None else request.id,
        service=service,
        name=name,
        kind=upload.kind,
        bytes=len(upload.content),
    )
    session.add(material)
    session.flush()
    return material


def loose(session: Session, contact_id: int, service: str | None = None) -> list[Material]:
    """Return the files of a person that belong to no request yet, oldest first."""
    wanted: list[ColumnElement[bool]] = [
        Material.contact_id.in_(person_of(contact_id)),
        Material.request_id.is_(None),
    ]
    if service is not None:
        wanted.append(Material.service == service)
    return list(session.scalars(select(Material).where(*wanted).order_by(Material.id)))


def attach(session: Session, contact_id: int, request: Request) -> None:
    """Give the person's files for a service to the request that was just submitted.

    A bundle's files belong to all of its requests: see `of_intake`.
    """
    session.execute(
        update(Material)
        .where(
            Material.contact_id.in_(person_of(contact_id)),
            Material.service == request.service,
            Material.request_id.is_(None),
        )
        .values(request_id=request.id, contact_id=request.contact_id)
        .execution_options(synchronize_session=False)
    )


def of_intake(session: Session, intake: str) -> list[Material]:
    """Return the files given with an intake, oldest first: a bundle's requests share them."""
    return list(
        session.scalars(
            select(Material)
            .join(Request, Request.id == Material.request_id)
            .where(Request.intake == intake)
            .order_by(Material.id)
        )
    )


def keep_with(session: Session, request: Request) -> None:
    """Give the files of an intake to the one of its requests that has to stay."""
    mine = [one.id for one in of_intake(session, request.intake)]
    session.execute(
        update(Material)
        .where(Material.id.in_(mine))
        .values(request_id=request.id)
        .execution_options(synchronize_session=False)
    )


def find(session: Session, key: str, contact_id: int | None = None) -> Material | None:
    """Return a file by its key; with `contact_id`, only if it is that person's."""
    wanted: list[ColumnElement[bool]] = [Material.key == key]
    if contact_id is not None:
        wanted.append(Material.contact_id.in_(person_of(contact_id)))
    return session.scalar(select(Material).where(*wanted))


def erase(session: Session, contact_id: int, *, keep_requests: Collection[int] = ()) -> int:
    """Forget a person's files, but for those of requests that the law keeps.

    The files themselves go with a `sweep` within the next hours. Returns how many were forgotten.
    """
    wanted: list[ColumnElement[bool]] = [Material.contact_id.in_(person_of(contact_id))]
    if keep_requests:
        wanted.append(func.coalesce(Material.request_id, 0).not_in(keep_requests))
    doomed = list(session.scalars(select(Material.id).where(*wanted)))
    session.execute(delete(Material).where(Material.id.in_(doomed)))
    return len(doomed)


def remove(session: Session, material: Material) -> None:
    """Forget one file that is no longer wanted."""
    session.delete(material)


def remove_loose(session: Session, contact_id: int, service: str) -> None:
    """Forget the files of a person for a service that was given up."""
    session.execute(
        delete(Material).where(
            Material.contact_id.in_(person_of(contact_id)),
            Material.service == service,
            Material.request_id.is_(None),
        )
    )


def sweep(database: Database, store: MaterialStore) -> int:
    """Delete the files without a row: they were forgotten, or their row was never committed.

    Nothing is written to the database, and no transaction is open while files are deleted.

    Returns:
        How many files were deleted.
    """
    with database.reading() as session:
        orphans = [
            key
            for key in store.older_than(_ORPHAN_AFTER.total_seconds())
            if find(session, key) is None and attachment.find(session, key) is None
        ]
    for key in orphans:
        store.forget(key)
    return len(orphans)
