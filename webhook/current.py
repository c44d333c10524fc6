"""The parts this process works with, as the view that is being answered reaches them."""

from flask import current_app

from models.catalogue.loader import Catalogue
from models.database import Database
from models.knowledge.search import Knowledge
from models.settings import Settings
from webhook.desk import Desk
from webhook.road import Road
from webhook.services import Services


def services() -> Services:
    """Return the parts of this process."""
    found: Services = current_app.extensions["services"]
    return found


def settings() -> Settings:
    """Return the settings this process was started with."""
    return services().settings


def catalogue() -> Catalogue:
    """Return the services in force."""
    return services().catalogue


def database() -> Database:
    """Return the database."""
    return services().database


def knowledge() -> Knowledge:
    """Return the search in policy text."""
    return services().knowledge


def road() -> Road:
    """Return the road that people's messages take."""
    return services().road


def desk() -> Desk:
    """Return what staff say and do goes through."""
    return services().desk
