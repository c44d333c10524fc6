"""Finding a service, and what it is about."""

from flask import render_template
from werkzeug.exceptions import NotFound

from models.catalogue.service import Service
from models.draft import drafts_of
from models.intake import papers, sheet
from webhook import visitor
from webhook.current import catalogue, database
from webhook.mobile.blueprint import bp
from webhook.mobile.needs import by_need


@bp.get("/")
def home() -> str:
    """List the services by what people come for, what is half filled in first."""
    with database().reading() as session:
        contact_id = visitor.known(session)
        drafts = drafts_of(session, contact_id) if contact_id is not None else []
    begun = [catalogue().service(one.service) for one in drafts if one.service in catalogue()]
    return render_template("mobile/home.html", needs=by_need(catalogue()), begun=begun)


@bp.get("/services/<code>")
def service(code: str) -> str:
    """Tell what a service is, for whom, what to bring and where to ask; a guide with its steps."""
    shown = service_of(code)
    why, begun = None, False
    if shown.record is not None:
        with database().reading() as session:
            contact_id = visitor.known(session)
            if contact_id is not None:
                begun = sheet.begun(session, catalogue(), contact_id, code) is not None
                why = None if begun else sheet.closed_to(session, shown, contact_id)
            elif not shown.is_open():
                why = sheet.closed_to(session, shown, 0)
    return render_template(
        "mobile/service.html",
        service=shown,
        wanted=papers.every(shown),
        closed=why,
        begun=begun,
    )


def service_of(code: str) -> Service:
    """Return a service.

    Raises:
        NotFound: there is none of this code.
    """
    if code not in catalogue():
        raise NotFound
    return catalogue().service(code)
