"""The services of the plan, one YAML file each: what is asked, of whom, under which clause."""

from models.catalogue.loader import Catalogue, CatalogueError, load_catalogue
from models.catalogue.service import Service, ServiceField

__all__ = ["Catalogue", "CatalogueError", "Service", "ServiceField", "load_catalogue"]
