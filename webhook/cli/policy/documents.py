"""``jct policy list``, ``show``, ``status`` and ``diff``: what is known, and whether it answers."""

import click
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.knowledge.document import Clause, DocumentKind, DocumentStatus, PolicyDocument
from models.knowledge.editing import EditError, set_status
from models.knowledge.hierarchy import anchors
from models.knowledge.versions import changes, former_of, put_in_force
from webhook.cli.policy.knowledge import editor, opened

_STATUSES = {
    DocumentStatus.DRAFT: "草稿",
    DocumentStatus.IN_FORCE: "现行",
    DocumentStatus.EXPIRED: "已失效",
    DocumentStatus.WITHDRAWN: "已撤下",
    DocumentStatus.REPLACED: "已被替换",
}
_KINDS = {DocumentKind.POLICY: "文件", DocumentKind.FAQ: "问答"}


@click.command("list")
def list_documents() -> None:
    """List all documents, those in force and those that no longer are."""
    with opened() as database, database.reading() as session:
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


@click.command()
@click.argument("document_id", metavar="ID", type=int)
@click.option("--original", is_flag=True, help="Print the text as it came.")
def show(document_id: int, original: bool) -> None:
    """Show a document: what is known about it, its corrections and its clauses."""
    with opened() as database, database.reading() as session:
        document = _document(session, document_id)
        if original:
            click.echo(document.original)
            return
        click.echo(f"《{document.title}》")
        facts = {
            "状态": _STATUSES[document.status],
            "发文单位": document.issuer,
            "文号": document.number,
            "发文日期": document.issued_on,
            "生效": document.valid_from,
            "失效": document.valid_until,
            "地区": document.region,
            "对象": "、".join(document.audience),
            "来源": document.source,
            "由哪份替换": document.replaced_by_id,
        }
        for name, value in facts.items():
            if value:
                click.echo(f"{name}：{value}")
        for entry in document.corrections:
            click.echo(
                f"更正：「{entry['find']}」→「{entry['replace']}」"
                f"{entry['count']} 处，{entry['reason']}"
            )
        for anchor, clause in zip(
            anchors(clause.path for clause in document.clauses), document.clauses, strict=True
        ):
            question = f"（{clause.question.splitlines()[0]}）" if clause.question else ""
            click.echo(f"[{anchor}] {clause.heading}{question}\n  {clause.text}")


@click.command()
@click.argument("document_id", metavar="ID", type=int)
@click.argument(
    "new_status", metavar="STATUS", type=click.Choice([each.value for each in DocumentStatus])
)
@click.option("--by", "replaced_by", type=int, help="With 'replaced': the document after it.")
def status(document_id: int, new_status: str, replaced_by: int | None) -> None:
    """Change a document's STATUS: draft, in_force, expired, withdrawn or replaced.

    It counts at once in every process. Putting a draft in force replaces the version before it.
    """
    to = DocumentStatus(new_status)
    with opened() as database, database.unit_of_work() as session:
        try:
            if to is DocumentStatus.IN_FORCE and replaced_by is None:
                document = put_in_force(session, document_id, editor())
            else:
                document = set_status(
                    session, document_id, to, editor(), replaced_by_id=replaced_by
                )
        except EditError as error:
            raise click.ClickException(str(error)) from error
        click.echo(f"《{document.title}》：{_STATUSES[document.status]}。")


@click.command()
@click.argument("document_id", metavar="ID", type=int)
@click.argument("other_id", metavar="[OTHER]", required=False, type=int)
def diff(document_id: int, other_id: int | None) -> None:
    """Compare a document with the version before it, or with OTHER, clause by clause."""
    with opened() as database, database.reading() as session:
        document = _document(session, document_id)
        former = _document(session, other_id) if other_id else former_of(session, document)
        if former is None:
            raise click.ClickException(f"《{document.title}》没有上一版。")
        found = changes(former, document)
        click.echo(f"《{former.title}》({former.id}) → 《{document.title}》({document.id})")
        for change in found:
            click.echo(f"[{change.anchor}]")
            if change.former:
                click.secho(f"- {change.former}", fg="red")
            if change.now:
                click.secho(f"+ {change.now}", fg="green")
        click.echo(f"共 {len(found)} 处不同。" if found else "条款没有不同。")


def _document(session: Session, document_id: int) -> PolicyDocument:
    document = session.get(PolicyDocument, document_id)
    if document is None:
        raise click.ClickException(f"没有编号为 {document_id} 的文件。")
    return document
