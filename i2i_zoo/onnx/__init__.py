"""Models as ONNX graphs: written with torch (`export`), and used without it (`run`)."""
