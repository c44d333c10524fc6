"""``jct chat``: talk to the assistant in the terminal, on the same road as everybody else."""

import uuid

import click

from models import sealed
from models.message import Inbound, find_inbound, reply_to
from models.reply import Reply
from models.settings import Settings
from webhook import logs
from webhook.road import Sender
from webhook.services import TERMINAL, Services


@click.command()
@click.option("--as", "name", default="", help="Talk as this name; the talk goes on next time.")
def chat(name: str) -> None:
    """Talk to the assistant here. Needs `jct run` in another window.

    An empty line or Ctrl-D ends the talk.
    """
    settings = Settings()
    sealed.use_key(settings)
    logs.configure(settings.var_dir / "log" / "chat.log")
    services = Services(settings, push=lambda: None)
    if not services.assistant.is_ready():
        raise click.ClickException(
            f"No assistant at {settings.rasa_url}. Start it with `make run` in another window."
        )
    sender = Sender(TERMINAL, "", name or uuid.uuid4().hex)
    click.echo("就创通：您好。想问什么，直接打字。（空行结束）")
    while True:
        try:
            text = click.prompt("您", prompt_suffix="：", default="", show_default=False).strip()
        except click.Abort:
            break
        if not text:
            break
        click.echo(_answer(services, sender, text))
    services.close()
    click.echo("再见。")


def _answer(services: Services, sender: Sender, text: str) -> str:
    key = f"terminal:{uuid.uuid4().hex}"
    passage = services.road.travel(sender, Inbound(key, text=text))
    with services.database.reading() as session:
        asked = find_inbound(session, key)
        said = reply_to(session, asked.id) if asked is not None else None
    if said is None or passage.text is None:
        return "（还在想，请稍等再问一次。）"
    return _shown(Reply(passage.text, said.reply.choices))


def _shown(reply: Reply) -> str:
    lines = [f"就创通：{reply.text}"]
    if len(reply.choices) == 1:
        return f"{lines[0]}\n  也可以说：{reply.choices[0].title}"
    lines += [f"  {number}. {choice.title}" for number, choice in enumerate(reply.choices, 1)]
    return "\n".join(lines)
