"""Models as ONNX graphs: written with torch (`export`, `web`), and used without it (`run`, or in a browser)."""
