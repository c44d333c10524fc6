"""A clause in its place: the whole section with the quoted words marked, and whether it holds."""

from dataclasses import dataclass

from flask import Response, make_response, render_template
from werkzeug.exceptions import NotFound

from models.knowledge.answer import period_warning
from models.knowledge.document import Clause, DocumentKind, DocumentStatus, PolicyDocument
from models.knowledge.hierarchy import OPENING, RESPONSIBLE
from models.knowledge.pictures import find_picture
from models.materials.upload import MEDIA_TYPES
from webhook.current import database
from webhook.mobile.blueprint import bp

_PICTURE_SECONDS = 30 * 24 * 3600
_GONE = (DocumentStatus.WITHDRAWN, DocumentStatus.DRAFT)


@dataclass(frozen=True)
class Section:
    """The stored text around a clause: exactly what stands before and behind the quoted words."""

    before: str
    quoted: str
    after: str


@bp.get("/clause/<row:clause_id>")
def clause(clause_id: int) -> str | tuple[str, int]:
    """Show a clause in its section, with its document and what to know about its validity."""
    with database().reading() as session:
        shown = session.get(Clause, clause_id)
        if shown is None:
            raise NotFound
        document = shown.document
        if document.status in _GONE:
            # Nobody shall go by a text that was taken back, nor by one that is not out yet.
            return render_template("mobile/clause_gone.html"), 410
        newer = session.get(PolicyDocument, document.replaced_by_id or 0)
        before, after = _neighbours(shown)
        return render_template(
            "mobile/clause.html",
            clause=shown,
            document=document,
            place="" if shown.path == OPENING else shown.path,
            section=_section(shown),
            is_faq=document.kind is DocumentKind.FAQ,
            expired=document.status is DocumentStatus.EXPIRED,
            newer=newer.clauses[0] if newer is not None and newer.clauses else None,
            warning=period_warning(document.valid_until, _bodies(shown)),
            before=before,
            after=after,
        )


@bp.get("/pictures/<name>")
def picture(name: str) -> Response:
    """Return a clause's picture."""
    with database().reading() as session:
        found = find_picture(session, name)
        if found is None:
            raise NotFound
        answer = make_response(found.content)
        answer.mimetype = MEDIA_TYPES[found.kind]
    # Its name is its content: another picture has another address.
    answer.headers["Cache-Control"] = f"public, max-age={_PICTURE_SECONDS}, immutable"
    return answer


def _section(shown: Clause) -> Section:
    """Return the section a clause stands in; an entry of a FAQ is a section by itself."""
    if shown.document.kind is DocumentKind.FAQ:
        return Section("", shown.text, "")
    first, last = _bounds(shown)
    published = shown.document.published
    # The line of the last clause may end with the mark that closes it.
    end = published.find("\n", last.end)
    return Section(
        published[first.start : shown.start],
        published[shown.start : shown.end],
        published[shown.end : end if end >= 0 else len(published)].rstrip(),
    )


def _bounds(shown: Clause) -> tuple[Clause, Clause]:
    """Return the first and the last clause of the section that `shown` stands in."""
    clauses = shown.document.clauses
    first = last = shown.position
    while first > 0 and clauses[first - 1].path == shown.path:
        first -= 1
    while last + 1 < len(clauses) and clauses[last + 1].path == shown.path:
        last += 1
    return clauses[first], clauses[last]


def _bodies(shown: Clause) -> str:
    """Return the bodies that the document names for the section; empty where it names none."""
    lines = (one.text for one in shown.document.clauses if one.path == shown.path)
    return next((line for line in lines if line.startswith(RESPONSIBLE)), "")


def _neighbours(shown: Clause) -> tuple[Clause | None, Clause | None]:
    """Return where the sections before and after begin."""
    if shown.document.kind is DocumentKind.FAQ:
        return None, None
    first, last = _bounds(shown)
    clauses = shown.document.clauses
    before = after = None
    if first.position > 0:
        before, _ = _bounds(clauses[first.position - 1])
    if last.position + 1 < len(clauses):
        after = clauses[last.position + 1]
    return before, after
