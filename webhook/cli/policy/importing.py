"""``jct policy import`` and ``import-faq``: bring in files, folders and pasted text."""

import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import click

from models.database import Database
from models.knowledge.document import DocumentKind, DocumentStatus, PolicyDocument
from models.knowledge.draft import About, Draft, ImportRefused
from models.knowledge.embedder import Embedder
from models.knowledge.importing import (
    Imported,
    Outcome,
    bring_in,
    read_bytes,
    read_document,
    read_faq,
)
from models.knowledge.noise import suspected
from models.knowledge.readers import FILE_BYTES
from models.knowledge.versions import changes, former_of
from webhook.cli.policy.knowledge import busy_embedder, editor, opened, with_progress

_OUTCOMES = {
    Outcome.CREATED: "已导入",
    Outcome.REPLACED: "已导入，替换了同名的旧文件",
    Outcome.UPDATED: "内容没变，已更新文件信息",
    Outcome.UNCHANGED: "内容没变，不用再导入",
}
_PASTED = Path("-")
_PASTED_NAME = "粘贴的文字"
_DAY = click.DateTime(["%Y-%m-%d"])


@click.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--title", help="Title; without it the file's name.")
@click.option("--issuer", help="Who issued it.")
@click.option("--number", help="Its document number.")
@click.option("--issued", type=_DAY, help="Day of issue.")
@click.option("--valid-from", type=_DAY, help="First day it holds.")
@click.option("--valid-until", type=_DAY, help="Last day it holds.")
@click.option("--region", help="Where it holds.")
@click.option("--audience", multiple=True, help="Whom it is for; may be given several times.")
@click.option(
    "--status",
    type=click.Choice(
        [DocumentStatus.IN_FORCE.value, DocumentStatus.DRAFT.value, DocumentStatus.EXPIRED.value]
    ),
    default=DocumentStatus.IN_FORCE.value,
    show_default=True,
    help="Only documents in force answer.",
)
def import_documents(
    files: tuple[Path, ...],
    title: str | None,
    issuer: str | None,
    number: str | None,
    issued: datetime | None,
    valid_from: datetime | None,
    valid_until: datetime | None,
    region: str | None,
    audience: tuple[str, ...],
    status: str,
) -> None:
    """Import FILES: txt, md, docx, pdf with text, html, FAQ lines, folders, or - for pasted text.

    The same text twice changes nothing; a changed text becomes a new version of its title.
    """
    paths = list(_files(files))
    if title and len(paths) > 1:
        raise click.ClickException("--title 只能用于一个文件，请逐个导入。")
    if _PASTED in paths and not title:
        raise click.ClickException("粘贴的文字没有文件名，请用 --title 写上标题。")
    try:
        shared = About(
            title=title or _PASTED_NAME,
            issuer=issuer,
            number=number,
            region=region,
            issued_on=issued.date() if issued else None,
            valid_from=valid_from.date() if valid_from else None,
            valid_until=valid_until.date() if valid_until else None,
            audience=audience,
            source=_PASTED_NAME,
        )
    except ImportRefused as error:
        raise click.ClickException(str(error)) from error
    outcomes: Counter[str] = Counter()
    titles: dict[str, Path] = {}
    with opened() as database:
        embedder = busy_embedder()
        for position, path in enumerate(paths, 1):
            if len(paths) > 1:
                click.echo(f"[{position}/{len(paths)}] {path.name}", err=True)
            try:
                draft = _read(path, shared, DocumentStatus(status), title)
                if draft.about.title in titles:
                    raise ImportRefused(
                        f"{path}：和 {titles[draft.about.title]} 同名。"
                        "如果是另一份文件，请用 --title 另起标题，单独导入。"
                    )
                titles[draft.about.title] = path
                imported = _bring_in(database, draft, embedder)
            except ImportRefused as error:
                outcomes["没有导入"] += 1
                click.echo(f"Error: {error}", err=True)
            else:
                outcomes[_OUTCOMES[imported.outcome]] += 1
    if len(paths) > 1:
        told = "；".join(f"{outcome} {count} 份" for outcome, count in outcomes.items())
        click.echo(f"共 {len(paths)} 份：{told}。")
    if outcomes["没有导入"] or not paths:
        sys.exit(1)


@click.command("import-faq")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--title", help="Title; without it the file's name.")
def import_faq(file: Path, title: str | None) -> None:
    """Import questions and answers: one {"question","answer","source"} a line."""
    try:
        draft = read_faq(file, About(title=title or file.stem, source=file.name))
    except ImportRefused as error:
        raise click.ClickException(str(error)) from error
    with opened() as database:
        _bring_in(database, draft, busy_embedder())


def _files(paths: Iterable[Path]) -> Iterable[Path]:
    """Return the files themselves, and those in folders; hidden ones and Word's locks are none."""
    for path in paths:
        if path.is_dir():
            found = sorted(each for each in path.rglob("*") if each.is_file())
            kept = [each for each in found if not each.name.startswith((".", "~$"))]
            if not kept:
                click.echo(f"Error: {path}：文件夹里没有文件。", err=True)
            yield from kept
        else:
            yield path


def _read(path: Path, shared: About, status: DocumentStatus, title: str | None) -> Draft:
    if path == _PASTED:
        data = sys.stdin.buffer.read(FILE_BYTES + 1)
        return read_bytes(data, _PASTED_NAME, shared, status=status)
    about = replace(shared, title=title or path.stem, source=path.name)
    return read_document(path, about, status=status)


def _bring_in(database: Database, draft: Draft, embedder: Embedder) -> Imported:
    imported = with_progress(
        f"《{draft.about.title}》",
        lambda progress: bring_in(database, draft, embedder, progress, by=editor()),
    )
    click.echo(f"《{imported.title}》：{_OUTCOMES[imported.outcome]}，共 {imported.clauses} 条。")
    if imported.outcome in (Outcome.CREATED, Outcome.REPLACED):
        _tell_more(database, imported)
    return imported


def _tell_more(database: Database, imported: Imported) -> None:
    """Say what changed since the version before, and what may be noise."""
    with database.reading() as session:
        document = session.get_one(PolicyDocument, imported.document_id)
        former = former_of(session, document)
        if former is not None:
            count = len(changes(former, document))
            click.echo(f"  和上一版有 {count} 处不同，查看：jct policy diff {document.id}")
        is_policy = document.kind is DocumentKind.POLICY
        noise = len(suspected(document.published)) if is_policy else 0
        if noise:
            click.echo(f"  有 {noise} 处可疑的网页杂质，查看：jct policy suspected {document.id}")
