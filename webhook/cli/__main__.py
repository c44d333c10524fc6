"""``python -m webhook.cli``: the same as ``jct``."""

from webhook.cli import main

main()
