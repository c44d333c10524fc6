"""Backup: the whole installation in one file, taken while it runs, restored into an empty place.

One format for SQLite and PostgreSQL: every table as lines of JSON, read in one snapshot, what is
sealed stays sealed. So a backup of either can be restored into the other, and an old one into a
newer version of the product: it is restored as the schema was then, and migrated.
"""

from models.backup.archive import BackupError, Manifest, read_manifest, write_backup
from models.backup.restoring import restore

__all__ = ["BackupError", "Manifest", "read_manifest", "restore", "write_backup"]
