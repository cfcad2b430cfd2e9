"""The semantic classes, read from assets/classes.yaml."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import yaml

from simgen.errors import SimgenError
from simgen.resources import assets_dir


@dataclass(frozen=True)
class SemanticClass:
    """One class: `id` as stored in semantic maps, Cityscapes id (-1 none), whether its members are objects."""

    id: int
    name: str
    cityscapes: int
    thing: bool
    color: tuple[int, int, int]


@cache
def classes() -> tuple[SemanticClass, ...]:
    """All classes by ascending id."""
    rows = yaml.safe_load((assets_dir() / "classes.yaml").read_text(encoding="utf-8"))
    return tuple(sorted((SemanticClass(**{**r, "color": tuple(r["color"])}) for r in rows), key=lambda c: c.id))


@cache
def class_by_name(name: str) -> SemanticClass:
    """The class called `name`.

    Raises:
        SimgenError: no such class in the taxonomy.
    """
    for c in classes():
        if c.name == name:
            return c
    raise SimgenError(f"no semantic class {name!r} in assets/classes.yaml")
