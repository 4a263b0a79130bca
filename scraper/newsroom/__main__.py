"""python -m scraper.newsroom: serve the made-up site until Ctrl-C."""

from __future__ import annotations

import argparse
import threading
from contextlib import ExitStack, suppress
from datetime import timedelta

from . import START, Newsroom
from .server import serve


def main() -> None:
    """Serve the site as it stands so many days after its start."""
    parser = argparse.ArgumentParser(prog="python -m scraper.newsroom", description=main.__doc__)
    parser.add_argument("--port", type=int, default=8790, help="0 takes any free port (default: 8790)")
    parser.add_argument("--articles", type=int, default=60, help="stories at the start (default: 60)")
    parser.add_argument("--per-day", type=int, default=6, help="new stories a day (default: 6)")
    parser.add_argument("--seed", type=int, default=7, help="another seed, another site (default: 7)")
    parser.add_argument("--day", type=float, default=0, help="days since the start (default: 0)")
    parser.add_argument("--redesigned", action="store_true", help="show the second template")
    parser.add_argument("--pad", type=int, default=0, help="bytes of inert markup a page (default: 0)")
    given = parser.parse_args()
    now = START + timedelta(days=given.day)
    room = Newsroom(given.seed, given.articles, given.per_day, lambda: now, pad=given.pad)
    if given.redesigned:
        room.redesign()
    with ExitStack() as stack:
        try:
            base = stack.enter_context(serve(room, given.port))
        except OSError as error:
            parser.exit(1, f"127.0.0.1:{given.port}: cannot listen ({error.strerror}); choose another --port\n")
        print(f"{base}/  as on {now:%Y-%m-%d %H:%M} UTC; Ctrl-C ends it", flush=True)
        with suppress(KeyboardInterrupt):
            threading.Event().wait()


if __name__ == "__main__":
    main()
