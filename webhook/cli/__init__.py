"""``jct``: the command line of the product."""

from importlib import import_module
from typing import Any

import click

# Each command lives in the module of its name, which is loaded when it is called: `jct --help`
# does not wait for the libraries of the search.
_COMMANDS = {
    "run": "Start everything; Ctrl-C stops it.",
    "migrate": "Bring the database up to date; `run` does it by itself.",
    "chat": "Talk to the assistant here.",
    "doctor": "Say what is missing and how to mend it.",
    "policy": "Policy documents: import, search, compare, withdraw.",
    "nlu": "Review what was not understood, teach it, retrain.",
    "catalogue": "Services: check their files, list them.",
    "offering": "Sessions, events, mentors, places: import, list, sample.",
    "staff": "Staff accounts: create, list, disable, reset.",
    "wechat": "WeChat: menu, QR codes, and a simulator.",
    "gig": "Gig work: import a bureau's spreadsheets.",
    "data": "Export what is kept of a person, or erase it.",
    "report": "Tell a month's figures: targets, by city, by service.",
    "backup": "Write database and uploads into one file.",
    "restore": "Bring a backup back, and verify it.",
}


class _Commands(click.Group):
    """A group whose commands live in modules of the same name."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"webhook.cli.{cmd_name}"), cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except Exception as error:
            from webhook.cli.trouble import told

            trouble = told(error)
            if trouble is None:
                raise
            raise click.ClickException(trouble) from error


@click.command(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """就创通：把政策放进微信。Start with `jct doctor`, then `jct run`."""
