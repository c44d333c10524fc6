"""Train the assistant when, and only when, what it learns from has changed.

Run from the repository root: ``bot/.venv/bin/python -m bot.train [--force]``.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import json
import logging
import os
import random
import sys
import tarfile
import tempfile
import time
import warnings
from collections.abc import Iterable
from contextlib import redirect_stderr
from pathlib import Path

import yaml

MODEL_FOLDER = Path(os.environ.get("VAR_DIR") or "var") / "rasa"
"""Never ``models/``, Rasa's default: that is a package of ours."""

_CONFIG = Path("config.yml")
_DOMAIN = Path("bot/domain")
_DATA = Path("nlu_data")
TAUGHT = Path(os.environ.get("VAR_DIR") or "var") / "nlu"
"""What staff teach from unclear messages on this machine; training reads it after our own data."""

_SOURCES = (_CONFIG, _DOMAIN, _DATA, TAUGHT, Path("bot/components"), Path("bot/uv.lock"))
_SOURCE_TYPES = (".yml", ".txt", ".py", ".lock")
_FINGERPRINT_SUFFIX = ".fingerprint"
_KEPT_ARCHIVES = 2
_SEED = 42
_SERVICE_EXAMPLES = Path("nlu_data/nlu/services")
_START_ACTION = "action_start_service"


def fingerprint(sources: Iterable[Path] = _SOURCES) -> str:
    """Return one SHA-256 over the names and contents of everything training depends on."""
    digest = hashlib.sha256()
    for source in sources:
        files = [source] if source.is_file() else sorted(source.rglob("*"))
        for file in files:
            if file.suffix in _SOURCE_TYPES:
                digest.update(file.relative_to(source.parent).as_posix().encode() + b"\0")
                digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def newest_archive(folder: Path = MODEL_FOLDER) -> Path | None:
    """Return the archive trained last, or ``None`` before the first training."""
    archives = sorted(folder.glob("*.tar.gz"), key=lambda archive: archive.stat().st_mtime)
    return archives[-1] if archives else None


def newest_finished_archive(folder: Path = MODEL_FOLDER) -> Path | None:
    """Return the archive that a training finished last: its fingerprint is written at the end."""
    notes = sorted(folder.glob("*" + _FINGERPRINT_SUFFIX), key=lambda note: note.stat().st_mtime)
    archives = [note.with_name(note.stem + ".tar.gz") for note in notes]
    return next((archive for archive in reversed(archives) if archive.is_file()), None)


def needs_training(folder: Path = MODEL_FOLDER) -> bool:
    """Tell whether there is no archive, or none of the present data."""
    archive = newest_archive(folder)
    if archive is None:
        return True
    noted = _fingerprint_file(archive)
    return not noted.is_file() or noted.read_text(encoding="ascii") != fingerprint()


def train(folder: Path = MODEL_FOLDER) -> Path:
    """Train, note the fingerprint beside the archive and drop older archives.

    Returns:
        The new archive.

    Raises:
        RuntimeError: Rasa found nothing to train from.
    """
    _prepare()
    started = time.monotonic()
    _say(started, "loading Rasa")
    import structlog
    from rasa.model_training import train as train_rasa

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    logging.getLogger("bot.components").setLevel(logging.INFO)
    _say(started, "learning")
    current = fingerprint()
    name = f"jiuchuangtong-{time.strftime('%Y%m%d-%H%M%S')}-{current[:8]}"
    folder.mkdir(parents=True, exist_ok=True)
    services = _write_service_intents(folder / "services")
    # Rasa insists on its progress bars, hundreds of lines of them: they go to a file. What goes
    # wrong is raised, and so still seen.
    with open(folder / "train.log", "w", encoding="utf-8") as log, redirect_stderr(log):
        result = train_rasa(
            # Rasa takes a list here, too, though its signature names one path only.
            domain=[str(_DOMAIN), str(services)],  # type: ignore[arg-type]
            config=str(_CONFIG),
            training_files=training_files(services),
            output=str(folder),
            fixed_model_name=name,
        )
    if result.model is None:
        raise RuntimeError(f"Rasa trained nothing; see {folder / 'train.log'}.")
    archive = Path(result.model)
    _drop_training_schema(archive)
    _fingerprint_file(archive).write_text(current, encoding="ascii")
    _drop_old_archives(folder)
    _say(started, f"done: {archive} ({archive.stat().st_size / 1e6:.1f} MB)")
    return archive


def training_files(services: Path) -> list[str]:
    """Return every folder that training reads: our data, the services' rules, what was taught."""
    return [str(folder) for folder in (_DATA, services, TAUGHT) if folder.is_dir()]


def service_intents(folder: Path = _SERVICE_EXAMPLES) -> list[str]:
    """Return the intents that start a service, by the examples that the services bring along."""
    return sorted(
        block["intent"]
        for file in folder.glob("*.yml")
        for block in yaml.safe_load(file.read_text(encoding="utf-8"))["nlu"]
    )


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bot.train", description=__doc__)
    parser.add_argument("--force", action="store_true", help="train even if nothing changed")
    options = parser.parse_args(arguments)
    if not options.force and not needs_training():
        print(f"training: nothing changed, {newest_archive()} stays")
        return 0
    train()
    return 0


def hush_libraries() -> None:
    """Keep out of the output what libraries say about themselves; call before importing Rasa."""
    os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")
    os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("TQDM_DISABLE", "1")
    # Sanic switches deprecation warnings on when it is imported, so it has to come first.
    importlib.import_module("sanic.app")
    warnings.filterwarnings("ignore", category=DeprecationWarning)


def _write_service_intents(folder: Path) -> Path:
    """Write the domain and the rules of the intents that start a service.

    So a service is one file of the catalogue and one file of examples: nobody lists its intent
    by hand.
    """
    intents = service_intents()
    folder.mkdir(parents=True, exist_ok=True)
    content = {
        "version": "3.1",
        "intents": intents,
        "rules": [
            {
                "rule": f"Start: {intent}",
                "steps": [{"intent": intent}, {"action": _START_ACTION}],
            }
            for intent in intents
        ],
    }
    (folder / "services.yml").write_text(yaml.safe_dump(content), encoding="utf-8")
    return folder


def _prepare() -> None:
    hush_libraries()
    os.environ.setdefault("RASA_CACHE_DIRECTORY", str(MODEL_FOLDER / "cache"))
    import numpy as np

    random.seed(_SEED)
    np.random.seed(_SEED)


def _drop_training_schema(archive: Path) -> None:
    """Leave out of the archive what only training needs.

    Rasa imports every class that the stored training schema names, and one of them brings
    TensorFlow, so each server would pay 5 seconds and 340 MB for a schema it never uses.
    """
    with tempfile.TemporaryDirectory(dir=archive.parent) as folder:
        with tarfile.open(archive) as packed:
            packed.extractall(folder)
        metadata = Path(folder) / "metadata.json"
        content = json.loads(metadata.read_text(encoding="utf-8"))
        content["train_schema"] = {"nodes": {}}
        metadata.write_text(json.dumps(content), encoding="utf-8")
        with tarfile.open(archive, "w:gz") as packed:
            packed.add(folder, arcname="")


def _fingerprint_file(archive: Path) -> Path:
    return archive.with_name(archive.name.removesuffix(".tar.gz") + _FINGERPRINT_SUFFIX)


def _drop_old_archives(folder: Path) -> None:
    archives = sorted(folder.glob("*.tar.gz"), key=lambda archive: archive.stat().st_mtime)
    for archive in archives[:-_KEPT_ARCHIVES]:
        archive.unlink()
        _fingerprint_file(archive).unlink(missing_ok=True)


def _say(started: float, what: str) -> None:
    print(f"training: {time.monotonic() - started:5.1f} s  {what}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
