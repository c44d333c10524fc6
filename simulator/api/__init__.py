"""WeChat's API server: token, messages, notices, media, menu, codes, sign-in, pages."""

from flask import Flask

from simulator.api import codes, credentials, media, menu, messages, notices, pages, sign_in

_PARTS = (credentials, messages, notices, media, menu, codes, sign_in, pages)


def register(app: Flask) -> None:
    """Hang every endpoint into the application."""
    for part in _PARTS:
        app.register_blueprint(part.bp)
