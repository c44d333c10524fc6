"""``/api/v1/``: what the mini-program and other clients call; described at ``/docs``."""

import json

from flask import abort, request

from webhook.api import (
    drafts,
    materials,
    notices,
    offerings,
    phone,
    policy,
    requests,
    services,
    sign_in,
)

DOORS = (
    policy.bp,
    sign_in.bp,
    phone.bp,
    services.bp,
    offerings.bp,
    drafts.bp,
    materials.bp,
    requests.bp,
    notices.bp,
)


def _must_be_readable() -> None:
    """Refuse JSON that nests without end, or writes a number of thousands of digits.

    Python gives up on these with errors of its own, which nothing behind here expects.
    """
    if request.is_json:
        try:
            json.loads(request.get_data())
        except (ValueError, RecursionError):
            abort(400)


for _door in DOORS:
    _door.before_request(_must_be_readable)
