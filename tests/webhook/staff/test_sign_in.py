"""Who gets in, and who does not."""

import re
from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import select, update

from models.database import utc_now
from models.staff import Role, Staff, disable, find_staff
from models.staff_session import SignInFailure, StaffSession
from tests.webhook.staff.conftest import PASSWORD, Office


def test_the_page_tells_how_to_make_the_first_admin(office: Office) -> None:
    assert "jct staff create" in office.browser().get("/staff/sign-in").text
    office.employ("laoli", Role.ADMIN)
    assert "jct staff create" not in office.browser().get("/staff/sign-in").text


def test_name_and_password_open_the_console(office: Office) -> None:
    browser = office.desk_of("xiaowang")
    assert browser.get("/staff/account").status_code == 200
    cookie = browser.client.get_cookie("jct_staff", path="/staff")
    assert cookie is not None
    assert cookie.http_only
    assert cookie.same_site == "Strict"


def test_the_table_holds_no_token_and_no_password(office: Office) -> None:
    browser = office.desk_of("xiaowang")
    token = browser.client.get_cookie("jct_staff", path="/staff").value
    with office.database.reading() as session:
        assert session.scalars(select(StaffSession.token_hash)).one() != token
        assert session.scalars(select(Staff.password_hash)).one().startswith("$argon2id$")


@pytest.mark.parametrize("path", ["/staff/", "/staff/account"])
def test_who_is_not_signed_in_is_sent_to_the_form(office: Office, path: str) -> None:
    answer = office.browser().get(path)
    assert answer.status_code == 303
    assert answer.location == "/staff/sign-in"


def test_a_page_that_outlived_its_session_is_told_where_to_go(office: Office) -> None:
    answer = office.browser().get("/staff/account", headers={"HX-Request": "true"})
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"] == "/staff/sign-in"


def test_wrong_tries_lock_this_name_from_this_address_only(office: Office) -> None:
    office.employ("xiaowang")
    browser = office.browser()
    for _ in range(4):
        assert browser.sign_in("xiaowang", "wrong").status_code == 401
    assert "分钟后再试" in browser.sign_in("xiaowang", "wrong").text
    assert browser.sign_in("xiaowang").status_code == 429
    office.employ("xiaoli")
    assert office.browser().sign_in("xiaoli").status_code == 303


def test_a_lock_ends(office: Office) -> None:
    office.employ("xiaowang")
    browser = office.browser()
    for _ in range(5):
        browser.sign_in("xiaowang", "wrong")
    with office.database.unit_of_work() as session:
        session.execute(update(SignInFailure).values(failed_at=utc_now() - timedelta(minutes=16)))
    assert browser.sign_in("xiaowang").status_code == 303


def test_a_reset_ends_a_lock(office: Office) -> None:
    """As the sentence on the page promises."""
    boss = office.desk_of("laoliu", Role.ADMIN)
    locked = office.employ("xiaowang")
    browser = office.browser()
    for _ in range(5):
        browser.sign_in("xiaowang", "wrong")
    assert browser.sign_in("xiaowang").status_code == 429
    told = boss.post(f"/staff/team/{locked}", deed="reset").text
    password = re.search(r"\b(?:[a-z0-9]{4}-){3}[a-z0-9]{4}\b", told)
    assert password is not None
    assert browser.sign_in("xiaowang", password[0]).status_code == 303


def test_an_unknown_name_reads_like_a_wrong_password(office: Office) -> None:
    office.employ("xiaowang")
    wrong = office.browser().sign_in("xiaowang", "wrong")
    unknown = office.browser().sign_in("nobody", "wrong")
    assert wrong.status_code == unknown.status_code == 401
    assert "用户名或密码不对" in unknown.text


def test_the_first_password_has_to_be_changed(office: Office) -> None:
    office.employ("xiaowang", must_change=True)
    browser = office.browser()
    browser.sign_in("xiaowang")
    assert browser.get("/staff/account").location == "/staff/account/password"
    short = browser.post("/staff/account/password", current=PASSWORD, new="short", again="short")
    assert short.status_code == 422
    assert "至少" in short.text
    new = "a-much-better-one"
    answer = browser.post("/staff/account/password", current=PASSWORD, new=new, again=new)
    assert answer.status_code == 303
    assert browser.get("/staff/account").status_code == 200
    assert office.browser().sign_in("xiaowang", new).status_code == 303


def test_a_new_password_ends_the_other_sessions(office: Office) -> None:
    mine = office.desk_of("xiaowang")
    elsewhere = office.browser()
    elsewhere.sign_in("xiaowang")
    new = "a-much-better-one"
    mine.post("/staff/account/password", current=PASSWORD, new=new, again=new)
    assert mine.get("/staff/account").status_code == 200
    assert elsewhere.get("/staff/account").location == "/staff/sign-in"


def test_a_session_is_ended_from_another_browser_of_the_same_person_only(office: Office) -> None:
    mine, other = office.desk_of("xiaowang"), office.desk_of("xiaoli")
    assert other.post("/staff/account/sessions/1/end").status_code == 404
    assert mine.get("/staff/account").status_code == 200
    elsewhere = office.browser()
    elsewhere.sign_in("xiaowang")
    assert elsewhere.post("/staff/account/sessions/1/end").status_code == 303
    assert mine.get("/staff/account").location == "/staff/sign-in"


def test_a_closed_account_is_out_at_once(office: Office) -> None:
    browser = office.desk_of("xiaowang")
    with office.database.unit_of_work() as session:
        disable(session, find_staff(session, "xiaowang"))
    assert browser.get("/staff/account").location == "/staff/sign-in"
    assert office.browser().sign_in("xiaowang").status_code == 401


def test_the_second_factor_is_asked_for_and_a_code_counts_once(office: Office) -> None:
    browser = office.desk_of("xiaowang")
    shown = browser.post("/staff/account/second-factor")
    assert "data:image/svg+xml" in shown.text
    with office.database.reading() as session:
        secret = find_staff(session, "xiaowang").totp_secret
    wrong = browser.post("/staff/account/second-factor/confirm", code="000000")
    assert wrong.status_code == 422
    assert secret in wrong.text, "the code that was scanned still counts"
    code = pyotp.TOTP(secret).now()
    assert browser.post("/staff/account/second-factor/confirm", code=code).status_code == 303

    elsewhere = office.browser()
    elsewhere.sign_in("xiaowang")
    assert elsewhere.get("/staff/account").location == "/staff/code"
    assert elsewhere.post("/staff/code", code=code).status_code == 401, "a code counts once"
    later = pyotp.TOTP(secret).at(utc_now() + timedelta(seconds=30))
    assert elsewhere.post("/staff/code", code=later).status_code == 303
    assert elsewhere.get("/staff/account").status_code == 200


def test_a_form_without_its_token_is_refused(office: Office) -> None:
    office.employ("xiaowang")
    answer = office.browser().client.post(
        "/staff/sign-in", data={"name": "xiaowang", "password": PASSWORD}
    )
    assert answer.status_code == 400
