"""Every view of the console against every role."""

import re

import pytest

from models.staff import Role, Staff
from tests.webhook.staff.conftest import Office

_CHAT = {Role.AGENT, Role.ADMIN}
# What each role may open, written out: the table in the code must not check itself.
_ROOMS = {
    "/staff/account": set(Role),
    "/staff/desk": _CHAT,
    "/staff/desk/queue": _CHAT,
    "/staff/search?q=x": _CHAT,
    "/staff/requests": {Role.AGENT, Role.REVIEWER, Role.ADMIN},
    "/staff/overview": {Role.ADMIN, Role.AUDITOR},
    "/staff/audit": {Role.AUDITOR},
    "/staff/knowledge/documents": {Role.EDITOR, Role.ADMIN},
    "/staff/knowledge/import": {Role.EDITOR, Role.ADMIN},
    "/staff/knowledge/synonyms": {Role.EDITOR, Role.ADMIN},
    "/staff/knowledge/try": {Role.EDITOR, Role.ADMIN},
    "/staff/knowledge/questions": {Role.EDITOR, Role.ADMIN},
    "/staff/knowledge/feedback": {Role.EDITOR, Role.ADMIN},
    "/staff/knowledge/history": {Role.EDITOR, Role.ADMIN},
    "/staff/team": {Role.ADMIN},
}


def test_every_view_says_whom_it_is_for(office: Office) -> None:
    views = {
        endpoint: view
        for endpoint, view in office.app.view_functions.items()
        if endpoint.startswith("staff.") and not endpoint.endswith(".static")
    }
    assert len(views) > 20
    assert [name for name, view in views.items() if not hasattr(view, "right")] == []
    open_to_all = {name for name, view in views.items() if view.right is None}
    assert open_to_all == {"staff.sign_in.page", "staff.sign_in.enter"}


@pytest.mark.parametrize("role", Role)
def test_a_role_opens_its_rooms_and_no_others(office: Office, role: Role) -> None:
    browser = office.desk_of("somebody", role)
    opened = {path: browser.get(path).status_code for path in _ROOMS}
    assert opened == {path: 200 if role in who else 403 for path, who in _ROOMS.items()}
    assert browser.get("/staff/", follow_redirects=True).status_code == 200


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.EDITOR, Role.AUDITOR])
def test_no_deed_is_open_to_a_role_without_its_right(office: Office, role: Role) -> None:
    browser = office.desk_of("somebody", role)
    for rule in office.app.url_map.iter_rules():
        view = office.app.view_functions[rule.endpoint]
        if not rule.endpoint.startswith("staff.") or "POST" not in (rule.methods or ()):
            continue
        right = getattr(view, "right", None)
        if right is None or Staff(role=role).may(right):
            continue
        if role is Role.EDITOR and rule.rule.startswith("/staff/knowledge/"):
            continue
        path = re.sub(r"<\w+:", "<", rule.rule)
        for name in rule.arguments:
            path = path.replace(f"<{name}>", "1")
        assert browser.post(path).status_code == 403, rule.endpoint
