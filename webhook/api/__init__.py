"""``/api/v1/``: what the mini-program and other clients call; described at ``/docs``."""
