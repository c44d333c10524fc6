"""The parts this process works with, as the view that is being answered reaches them."""

from flask import current_app

from models.catalogue.loader import Catalogue
from models.database import Database
from webhook.services import Services


def services() -> Services:
    """Return the parts of this process."""
    found: Services = current_app.extensions["services"]
    return found


def catalogue() -> Catalogue:
    """Return the services in force."""
    return services().catalogue


def database() -> Database:
    """Return the database."""
    return services().database
