"""One SQLite file: the ledger of pages, their snapshots, the stories and their revisions.  The only
room that writes SQL; docs/archive.md describes the tables.

* ``schema``    append-only migrations; ``tables`` has their SQL: tables, full text and views
* ``database``  opening and checking the file; the lock that makes one writer
* ``ledger``    one row for each advertised URL: its state, and why
* ``store``     :class:`Archive`: sites, runs, snapshots
* ``captures``  pages captured elsewhere, each at its own time
* ``stories``   articles and revisions: which story a page tells, what is new in it
* ``parts``     later pages of articles in several
* ``duplicates``  copies on whatever site, found by their ``fingerprints``
* ``bodies``    the bytes of raw pages, each against an earlier one (packed by :mod:`scraper.blobs`); ``repacking``
                finds the best one
* ``search``    full-text search, one story with all that belongs to it
* ``history``   the story of one URL
* ``export``    stories as JSON lines or CSV
* ``warc``      snapshots as WARC files
* ``check``     whether all of it is whole; ``mending`` makes articles anew from their history
"""

from scraper.archive.database import COMMIT_EVERY
from scraper.archive.store import Archive
from scraper.blobs import pack

__all__ = ["COMMIT_EVERY", "Archive", "pack"]
