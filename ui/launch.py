"""The web server: what it lets in, what the page may load, and MCP."""

from __future__ import annotations

import contextlib
import importlib.util
import io
from pathlib import Path

import gradio as gr
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.layout import head, theme
from ui.library import MAX_BYTES

# The page loads and sends nothing beyond its own server, whatever an article says. Gradio compiles its templates in
# the browser, which is what 'unsafe-eval' is for.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; worker-src 'self' blob:; object-src 'none'; "
    "base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
)
HEADERS = [
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
]


class SafeHeaders:
    """Adds the headers above to every answer of the server."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *HEADERS]
            await send(message)

        await self.app(scope, receive, sending if scope["type"] == "http" else send)


def launch(page: gr.Blocks, *, host: str, port: int, auth: tuple[str, str] | None, changes: bool) -> str:
    """Serve the page in the background; returns its address.

    Args:
        page: from `make_app`.
        host: address to listen on.
        port: a free one.
        auth: name and password that are asked for.
        changes: whether files may be sent.
    """
    with contextlib.redirect_stdout(io.StringIO()):  # it announces MCP in a way of its own
        _, address, _ = page.launch(
            server_name=host,
            server_port=port,
            auth=auth,
            theme=theme(),
            head=head(),
            favicon_path=Path(__file__).parent / "favicon.svg",
            footer_links=[],
            run_history=False,
            enable_monitoring=False,
            max_file_size=MAX_BYTES if changes else 0,
            mcp_server=auth is None and importlib.util.find_spec("mcp") is not None,  # no password guards it
            share=False,
            ssr_mode=False,
            quiet=True,
            max_threads=120,  # people in line each hold one
            prevent_thread_lock=True,
            app_kwargs={"middleware": [Middleware(SafeHeaders)]},
        )
    return address
