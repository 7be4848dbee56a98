"""The drawn shoes: silhouettes, materials, and what paints them, as outlines and as photographs."""
