"""Pages captured elsewhere, brought into the archive at their own time.

    files ─> captures ─> extract ─> archive

* ``files``    what the user named, as streams of bytes that can be gone back in a little
* ``warc``     WARC files record by record, past damaged stretches; ``answers`` is what a record's HTTP message says
* ``saved``    saved HTML pages, with what stands beside them
* ``report``   what is wanted, and the counts
* ``run``      the whole import; the only module here that knows the archive

All of it is hostile input: sizes are bounded, and pages are read by worker processes as in a crawl.
"""

from scraper.imports.report import FileReport, Filters, Report
from scraper.imports.run import import_html, import_warc

__all__ = ["FileReport", "Filters", "Report", "import_html", "import_warc"]
