"""Shapes that others defined, for what we publish to be held against."""

import json
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

_HERE = Path(__file__).parent


def validator(name: str) -> Draft202012Validator:
    """The validator of ``<name>.json``, formats included."""
    schema: dict[str, Any] = json.loads((_HERE / f"{name}.json").read_text(encoding="utf-8"))
    return Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
