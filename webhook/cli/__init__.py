"""``jct``: the command line of the product."""

import click

from webhook.cli.chat import chat
from webhook.cli.doctor import doctor
from webhook.cli.policy import policy
from webhook.cli.run import run


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """就创通：把政策放进微信。Start with `jct doctor`, then `jct run`."""


main.add_command(run)
main.add_command(chat)
main.add_command(doctor)
main.add_command(policy)
