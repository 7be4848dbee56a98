"""`i2i schema`"""

from __future__ import annotations


def schema() -> None:
    """Print the JSON schema of recipes, for completion and checks in editors.

    For example with the Even Better TOML extension: `i2i schema > i2i.schema.json`, and `#:schema i2i.schema.json` as
    the first line of a recipe.
    """
    import json

    from ..recipe.recipe import Recipe

    tables = Recipe.model_json_schema()
    tables.pop("required", None)  # The file that a recipe extends may have them.
    tables["properties"] = {"extends": {"type": "string", "description": "A recipe file to start from."}} | tables[
        "properties"
    ]
    print(json.dumps(tables, indent=2))
