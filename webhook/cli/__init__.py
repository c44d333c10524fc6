"""``jct``: the command line of the product."""

from importlib import import_module

import click

# A command's module is loaded when the command is called: `jct --help` need not wait for the
# search's libraries.
_COMMANDS = {
    "run": "webhook.cli.run",
    "chat": "webhook.cli.chat",
    "doctor": "webhook.cli.doctor",
    "policy": "webhook.cli.policy",
    "nlu": "webhook.cli.nlu",
    "catalogue": "webhook.cli.catalogue",
    "offering": "webhook.cli.offering",
    "staff": "webhook.cli.staff",
    "wechat": "webhook.cli.wechat",
    "gig": "webhook.cli.gig",
    "data": "webhook.cli.data",
    "report": "webhook.cli.report",
    "backup": "webhook.cli.backup",
    "restore": "webhook.cli.restore",
}


class _Commands(click.Group):
    """A group whose commands live in modules of the same name."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = getattr(import_module(_COMMANDS[cmd_name]), cmd_name)
        return command


@click.command(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """就创通：把政策放进微信。Start with `jct doctor`, then `jct run`."""
