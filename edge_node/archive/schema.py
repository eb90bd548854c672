"""The archive keeps no table of its own: a scan is an attachment of its case, its bytes lie under their hash."""

from sqlite_utils.migrations import Migrations

migrations = Migrations("archive")
