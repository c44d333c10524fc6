"""``jct policy search``: ask the documents in force, as the assistant does."""

import json

import click

from models.knowledge.embedder import build_embedder
from models.knowledge.search import Knowledge
from models.settings import Settings
from webhook.api.policy import item
from webhook.cli.policy.knowledge import opened


@click.command()
@click.argument("question")
@click.option("--top", default=5, show_default=True, type=click.IntRange(1, 20))
@click.option("--json", "as_json", is_flag=True, help="Print what the HTTP API answers.")
def search(question: str, top: int, as_json: bool) -> None:
    """Search the documents in force, as the assistant does."""
    if not question.strip():
        raise click.ClickException("请写上要问的问题。")
    settings = Settings()
    with opened(settings) as database:
        hits = Knowledge(database, build_embedder(settings)).search(question, top)
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
