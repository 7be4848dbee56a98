"""`i2i demo`"""

from __future__ import annotations

from pathlib import Path


def demo(*models: Path, host: str = "127.0.0.1", port: int = 8000, open: bool = False) -> None:
    """Open a page in which one draws, or drops a picture, and trained models answer at once, side by side.

    Nothing is fetched from elsewhere or kept. Ctrl-C ends it.

    Parameters
    ----------
    models
        Runs, checkpoints, .safetensors files, packaged names (`i2i list`), or hf://owner/name[@revision][/file]; left
        out: all packaged ones.
    host
        The address to listen on. Others than 127.0.0.1 let the network in: 0.0.0.0 everyone.
    port
        The port; 0: a free one.
    open
        Open the page in the browser.
    """
    import webbrowser

    from .. import zoo
    from ..demo import Demo
    from ..runs.about import about
    from ..weights.locate import short_names
    from ..weights.model import load
    from .console import say

    chosen = models or tuple(map(Path, sorted(zoo.packaged(), reverse=True)))  # Shoes first: they are easy to draw.
    loaded = (
        (name, model := load(path), about(path, model)) for name, path in zip(short_names(chosen), chosen, strict=True)
    )
    with Demo({name: (model, text) for name, model, text in loaded}, (host, port)) as server:
        say(f"draw at {server.url} (Ctrl-C ends it)")
        if open:
            webbrowser.open(server.url)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            say("ended")
