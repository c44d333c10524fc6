"""``jct policy suspected``: show what may be noise from a web page, remove what is confirmed."""

import click

from models.knowledge.corrections import CorrectionError
from models.knowledge.document import DocumentKind, PolicyDocument
from models.knowledge.draft import ImportRefused
from models.knowledge.editing import EditError
from models.knowledge.noise import remove
from models.knowledge.noise import suspected as suspicions
from webhook.cli.policy.knowledge import busy_embedder, editor, opened, with_progress


@click.command()
@click.argument("document_id", metavar="ID", type=int)
@click.option("--remove", "numbers", multiple=True, type=int, help="Confirm this number as noise.")
def suspected(document_id: int, numbers: tuple[int, ...]) -> None:
    """Show the places of a document that may be noise; with --remove publish it without them.

    The original stays as it came; each removal is listed as a correction of a new version.
    """
    with opened() as database:
        if not numbers:
            with database.reading() as session:
                document = session.get(PolicyDocument, document_id)
                if document is None:
                    raise click.ClickException(f"没有编号为 {document_id} 的文件。")
                if document.kind is DocumentKind.FAQ:
                    raise click.ClickException("问答请直接改源文件，再导入一次。")
                found = suspicions(document.published)
            for number, place in enumerate(found, 1):
                around = f"{place.before}【{place.text}】{place.after}".replace("\n", "⏎")
                click.echo(f"{number}. …{around}…\n   {place.why}")
            click.echo(
                f"共 {len(found)} 处。确认后删除：jct policy suspected {document_id} --remove 编号"
                if found
                else "没有可疑之处。"
            )
            return
        try:
            done = with_progress(
                "更正",
                lambda progress: remove(
                    database, document_id, numbers, busy_embedder(), progress, by=editor()
                ),
            )
        except (EditError, CorrectionError, ImportRefused) as error:
            raise click.ClickException(str(error)) from error
        click.echo(f"《{done.title}》：已更正，新版本编号 {done.document_id}。")
