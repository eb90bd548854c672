"""Notices on the board."""

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

migrations = Migrations("display_board")


@migrations()
def create_notices(db: Database) -> None:
    db.conn.execute(
        """
        create table notices (
          id text primary key,
          text_uk text not null,
          text_en text,
          until_on text not null,
          added_by text not null,
          added_at text not null
        ) strict
        """
    )
