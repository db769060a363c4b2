"""`python -m ui`: prints the address at once, then brings in the models."""

from __future__ import annotations

import errno
import logging
import os
import signal
import socket
import sys
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from rag.config import Config
from rag.errors import ConfigError, RagError, StoreError

if TYPE_CHECKING:
    from rag.engine import RagEngine
    from ui.loader import Progress

FIRST_PORT = 7860
out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def chat(
    store: Annotated[
        Path | None, typer.Option("--store", help="Folder of the index.", show_default="the default store")
    ] = None,
    host: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 lets other machines in.")] = "127.0.0.1",
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="The first free one from 7860 by default.", show_default=False)
    ] = None,
    auth: Annotated[str | None, typer.Option(help="user:password, asked for before anything is shown.")] = None,
    read_only: Annotated[
        bool | None,
        typer.Option(
            "--read-only/--changes",
            help="Whether articles can be added and removed in the chat.",
            show_default="read-only when other machines are let in without a password",
        ),
    ] = None,
) -> None:
    """Open the chat in a browser: ask, and see the exact sentences an answer stands on."""
    Config()  # a wrong setting is told before anything is started
    if store is not None and not (store / "articles.sqlite").is_file():
        raise StoreError(f"There is no index in {store}. Build one: python -m rag build ARTICLES --store {store}")
    user = _user(auth)
    port = _port(host, port)
    local = host in {"127.0.0.1", "localhost", "::1"}
    changes = not read_only if read_only is not None else local or user is not None
    # What is sent to the server waits in a folder of its own, which nobody else can read and which goes at the end.
    incoming = tempfile.TemporaryDirectory(prefix="rag-chat-", ignore_cleanup_errors=True)
    os.environ |= {"GRADIO_ANALYTICS_ENABLED": "False", "GRADIO_TEMP_DIR": incoming.name}  # read by the import below
    from ui.app import make_app
    from ui.launch import launch
    from ui.loader import EngineLoader

    loader = EngineLoader(lambda progress: _load(store, progress))
    page = make_app(loader, changes=changes)
    address = launch(page, host=host, port=port, auth=user, changes=changes)
    out.print(f"The chat is at {address}  (Ctrl-C ends it)")
    if not local and user is None:
        out.print("Anyone who can reach this machine can use it. To ask for a password: --auth user:password")
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # stopped from outside, it tidies up as after Ctrl-C
    loader.start()
    try:
        loader.wait()
        count = len(loader.engine().overview())
        out.print(f"Ready after {loader.seconds:.1f} s: {count} articles. 可以提问了。")
        threading.Event().wait()
    except KeyboardInterrupt:
        pass
    finally:
        incoming.cleanup()  # first: closing may take seconds, which whoever stops it need not grant
        page.close(verbose=False)


def _user(auth: str | None) -> tuple[str, str] | None:
    if auth is None:
        return None
    name, colon, password = auth.partition(":")
    if not (name and colon and password):
        raise ConfigError("--auth wants a name and a password with a colon between: --auth user:password")
    return name, password


def _port(host: str, port: int | None) -> int:
    """A port that can be listened on: the one wanted, or the first free one (gradio would report failure at length)."""
    reason = ""
    for candidate in [port] if port else range(FIRST_PORT, FIRST_PORT + 100):
        try:
            family, kind, protocol, _, where = socket.getaddrinfo(host, candidate, type=socket.SOCK_STREAM)[0]
            with socket.socket(family, kind, protocol) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(where)
            return candidate
        except OSError as error:
            reason = error.strerror or str(error)
            if error.errno != errno.EADDRINUSE:
                break
    where_to = f"port {port} of {host}" if port else host
    raise ConfigError(f"The chat can't listen on {where_to}: {reason}. Give another one with --port or --host.")


def _load(store: Path | None, progress: Progress) -> RagEngine:
    """Load the engine; progress of a first build is shown here and on the page."""
    from rag.engine import load

    last = [-1]

    def step(done: int, total: int) -> None:
        progress(done, total)
        tenth = 10 * done // max(total, 1)
        if tenth != last[0]:
            last[0] = tenth
            err.print(f"Building the index of the demo articles: {done} of {total} passages")

    return load(store, progress=step)


def main() -> Any:
    """Run; a user's mistake is a sentence on stderr and exit code 1."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        return app()
    except RagError as error:
        err.print(f"[red]{escape(str(error))}[/]")
        sys.exit(1)


if __name__ == "__main__":
    main()
