"""A person's own data as they get it in hand: a page to read, and a zip to keep."""

import io
import json
import zipfile
from collections.abc import Callable

from jinja2 import Environment, PackageLoader

from models.person.portrait import Portrait
from models.working_days import CHINA

PAGE = "我的信息.html"
_pages = Environment(loader=PackageLoader("webhook.portrait"), autoescape=True)


def page_of(portrait: Portrait) -> str:
    """Return the portrait as a page that needs nothing else, for a browser or for printing."""
    taken = f"{portrait.taken_at.astimezone(CHINA):%Y年%-m月%-d日 %H:%M}"
    return _pages.get_template("portrait/page.html").render(
        sections=portrait.sections, taken=taken, files=portrait.files
    )


def zip_of(portrait: Portrait, content: Callable[[str], bytes]) -> bytes:
    """Return a zip: the page, the bare rows as JSON, the files somebody gave.

    Args:
        portrait: what is kept of them.
        content: opens a file by its key. One that is gone from the store is left out.
    """
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as into:
        into.writestr(PAGE, page_of(portrait))
        rows = json.dumps(portrait.rows, ensure_ascii=False, indent=2)
        into.writestr("data.json", rows)
        for key, name in portrait.files:
            try:
                into.writestr(f"files/{name}", content(key))
            except FileNotFoundError:
                continue
    return packed.getvalue()
