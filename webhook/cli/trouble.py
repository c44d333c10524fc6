"""What a command says where this machine lacks what it needs, instead of a stack trace."""

from pydantic import ValidationError
from sqlalchemy.exc import OperationalError

from models.settings import Settings, wrong_settings


def told(error: Exception) -> str | None:
    """Return what is wrong with the machine and how to go on; None for a mistake of ours."""
    if isinstance(error, ValidationError) and error.title == Settings.__name__:
        return "\n  ".join(["Settings that cannot be used:", *wrong_settings(error)])
    # An error without a statement is one of connecting.
    if isinstance(error, OperationalError) and error.statement is None:
        reason = str(error.orig).splitlines()[0]
        return f"The database does not answer: {reason}\n  `jct doctor` says how to mend it."
    if isinstance(error, PermissionError):
        return f"This user may not read or write {error.filename}."
    return None
