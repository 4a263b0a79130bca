"""Running the pipeline's event loop: from a script or a notebook, stopped by Ctrl-C, SIGTERM or the end of a session."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable, Coroutine, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")


def run(go: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a coroutine to its end, also where a loop runs already (a notebook): then in a thread of its own."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(go())
    with ThreadPoolExecutor(1) as aside:
        return aside.submit(lambda: asyncio.run(go())).result()


#: Of these the last comes where a terminal is closed over its run; other systems have none.
_SIGNALS = [signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])]


async def every(seconds: float, do: Callable[[], None]) -> None:
    """Do something again and again, until it is cancelled."""
    while True:
        await asyncio.sleep(seconds)
        do()


async def until_done(coroutines: Iterable[Coroutine[Any, Any, None]], beside: Coroutine[Any, Any, None]) -> bool:
    """Run tasks side by side; False if SIGINT, SIGTERM or SIGHUP ended them early.

    ``beside`` runs as long as they do.  A task that raises ends the others, and its exception is raised here.
    """
    tasks = [asyncio.create_task(coroutine) for coroutine in coroutines]
    companion = asyncio.create_task(beside)
    companion.add_done_callback(lambda _: [task.cancel() for task in tasks])
    stopped = asyncio.Event()

    def stop() -> None:
        stopped.set()
        for task in tasks:
            task.cancel()

    loop = asyncio.get_running_loop()
    signals = _SIGNALS if threading.current_thread() is threading.main_thread() else []
    signals = [number for number in signals if signal.getsignal(number) is not signal.SIG_IGN]  # nohup
    for number in signals:
        loop.add_signal_handler(number, stop)
    try:
        await asyncio.gather(*tasks)
    except asyncio.CancelledError:
        if companion.done():
            companion.result()  # raises what it raised
        if not stopped.is_set():
            raise
    finally:
        for number in signals:
            loop.remove_signal_handler(number)
        for task in (companion, *([] if stopped.is_set() else tasks)):
            task.cancel()  # once: a second time would cut short what they do at their end
        await asyncio.gather(companion, *tasks, return_exceptions=True)
    return not stopped.is_set()
