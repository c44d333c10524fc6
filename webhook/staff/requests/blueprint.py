"""The desk's blueprint; the modules beside it add their views to it."""

from apiflask import APIBlueprint

bp = APIBlueprint("requests", __name__, url_prefix="/requests", enable_openapi=False)
