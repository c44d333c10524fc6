"""The simulator as one web application."""

from flask import (
    Flask,
    Response,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)

from simulator import api, control
from simulator.api.sign_in import PHONE_COOKIE
from simulator.errors import ApiError
from simulator.world import World

_SOMEBODY = "小王"


def create_app(world: World) -> Flask:
    """Build the application around a world."""
    app = Flask(__name__)
    app.extensions["world"] = world
    app.register_blueprint(control.bp)
    api.register(app)
    app.register_error_handler(ApiError, lambda error: error.as_json())
    app.add_url_rule("/", "home", lambda: redirect(url_for("phone")))
    app.add_url_rule("/phone", "phone", _phone)
    app.add_url_rule("/healthz", "healthz", lambda: {"status": "ok"})
    return app


def _phone() -> Response:
    """Show the phone of somebody; ``as`` names them, so that several can be open at once."""
    world: World = current_app.extensions["world"]
    phone = world.phone_named(request.args.get("as", _SOMEBODY)[:20] or _SOMEBODY)
    page = render_template("phone.html", phone=phone, account=world.account)
    answer = make_response(page)
    # Pages that ask WeChat who looks at them learn it from this cookie.
    answer.set_cookie(PHONE_COOKIE, phone.openid, samesite="Lax", httponly=True)
    return answer
