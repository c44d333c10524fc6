"""Photos and PDFs on the pages, as their sender chose them."""

from flask import request

from models.catalogue.service import Service
from models.intake import papers
from models.materials.upload import Upload, UploadRefusedError
from webhook.current import services

_FIELD = "file-"


class RefusedFilesError(Exception):
    """Files that are not taken: why, by the name of the paper each was chosen for."""

    def __init__(self, told: dict[str, str]) -> None:
        super().__init__(", ".join(told))
        self.told = told


def chosen(service: Service) -> list[tuple[str, Upload]]:
    """Return the files that were chosen on a page, clean and scanned, with the papers they are.

    Whichever button was pressed: a photo that was chosen is meant. It may take seconds; no
    transaction should be open meanwhile.

    Raises:
        RefusedFilesError: some of them are not taken; then none is.
    """
    scanner = services().settings.scan_command
    taken: list[tuple[str, Upload]] = []
    refused: dict[str, str] = {}
    for paper in papers.every(service):
        for sent in request.files.getlist(f"{_FIELD}{paper.name}"):
            if not sent.filename:
                continue  # the browser sends an empty part where nothing was chosen
            try:
                upload = papers.prepare(service, paper.name, sent.read(), scanner=scanner)
                taken.append((paper.name, upload))
            except UploadRefusedError as error:
                refused[paper.name] = error.told
    if refused:
        raise RefusedFilesError(refused)
    return taken
