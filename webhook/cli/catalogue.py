"""``jct catalogue``: check the service files, list the services."""

import json
import sys
from dataclasses import asdict
from pathlib import Path

import click

from models.catalogue.loader import FOLDER, read_folder


@click.group()
def catalogue() -> None:
    """Services: check their files, list them."""


@catalogue.command()
@click.argument(
    "folder",
    default=FOLDER,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
)
@click.option("--json", "as_json", is_flag=True, help="Print the result for programs.")
def check(folder: Path, as_json: bool) -> None:
    """Check every service file of FOLDER (the product's own by default).

    Ends with 1 and names file, line and value where something is wrong.
    """
    services, problems = read_folder(folder)
    if as_json:
        told = {"services": sorted(services), "problems": [asdict(one) for one in problems]}
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        for problem in problems:
            click.echo(str(problem), err=True)
        click.echo(f"{len(services)} 个服务没问题，{len(problems)} 处要改。")
    sys.exit(1 if problems else 0)


@catalogue.command("list")
def list_services() -> None:
    """List the services with their clauses."""
    services, _ = read_folder(FOLDER)
    for service in services.values():
        click.echo(f"{service.code}  {service.name}  {'、'.join(service.clauses)}")
