"""``/api/v1/``: what the mini-program and other clients call; described at ``/docs``."""

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
