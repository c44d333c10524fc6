"""``jct policy``: load documents and question-answer files, search, compare and withdraw them."""

import click

from webhook.cli.policy.documents import diff, list_documents, show, status
from webhook.cli.policy.history import history
from webhook.cli.policy.importing import import_documents, import_faq
from webhook.cli.policy.noise import suspected
from webhook.cli.policy.search import search


@click.group()
def policy() -> None:
    """Policy documents: import, search, compare, withdraw."""


for _command in (
    import_documents,
    import_faq,
    search,
    list_documents,
    show,
    status,
    diff,
    suspected,
    history,
):
    policy.add_command(_command)
