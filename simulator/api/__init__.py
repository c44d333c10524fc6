"""WeChat's API server: token, messages, notices, media, menu, codes, sign-in."""

from flask import Flask

from simulator.api import codes, credentials, media, menu, messages, notices, sign_in

_PARTS = (credentials, messages, notices, media, menu, codes, sign_in)


def register(app: Flask) -> None:
    """Hang every endpoint into the application."""
    for part in _PARTS:
        app.register_blueprint(part.bp)
