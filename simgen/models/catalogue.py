"""The register of model and site families by name."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from typing import Any

from simgen.errors import UserError
from simgen.models.kept import kept
from simgen.models.model import Model
from simgen.models.sharing import shared
from simgen.models.site import Site

ModelBuilder = Callable[..., Model]
SiteBuilder = Callable[..., Site]

_MODELS: dict[str, ModelBuilder] = {}
_DRAWN: dict[str, Mapping[str, Mapping[str, float]]] = {}
_SITES: dict[str, SiteBuilder] = {}


def register_model(
    name: str, drawn: Mapping[str, Mapping[str, float]] | None = None
) -> Callable[[ModelBuilder], ModelBuilder]:
    """Decorator: add a model family. Its keyword arguments are plain numbers and strings (SI units).

    Args:
        name: of the family.
        drawn: keyword -> text -> share: what a keyword may be, and how often each is drawn in scenes where the author
            gives none; a share of 0 is never drawn.
    """

    def add(builder: ModelBuilder) -> ModelBuilder:
        _MODELS[name] = builder
        _DRAWN[name] = drawn or {}
        return builder

    return add


def register_site(name: str) -> Callable[[SiteBuilder], SiteBuilder]:
    """Decorator: add a site family. Its keyword arguments are plain numbers and strings (SI units)."""

    def add(builder: SiteBuilder) -> SiteBuilder:
        _SITES[name] = builder
        return builder

    return add


def _load() -> None:
    from simgen.models import families, sites  # noqa: F401  (importing registers)


def model_names() -> tuple[str, ...]:
    """Registered model families, sorted."""
    _load()
    return tuple(sorted(_MODELS))


def site_names() -> tuple[str, ...]:
    """Registered site families, sorted."""
    _load()
    return tuple(sorted(_SITES))


def build_model(name: str, params: Mapping[str, Any] | None = None) -> Model:
    """The model `name` with its parameters; built once and shared (models are immutable).

    Raises:
        UserError: no such family; the message names the nearest.
    """
    _load()
    if name not in _MODELS:
        raise UserError(_unknown("model", name, model_names()))
    return _build_model(name, tuple(sorted(params.items()))) if params else _build_plain_model(name)


def build_site(name: str, params: Mapping[str, Any] | None = None) -> Site:
    """The site `name` with its parameters; built once and shared.

    Raises:
        UserError: no such family; the message names the nearest.
    """
    _load()
    if name not in _SITES:
        raise UserError(_unknown("site", name, site_names()))
    return _build_site(name, tuple(sorted((params or {}).items())))


@cache
def _build_plain_model(name: str) -> Model:
    # Apart from the others: a scene full of random boxes must not push out a car that takes a second to build.
    return kept(f"model {name}", _MODELS[name], _source(_MODELS[name]))


@lru_cache(maxsize=256)
def _build_model(name: str, params: tuple[tuple[str, Any], ...]) -> Model:
    return shared(_MODELS[name](**dict(params)))


@lru_cache(maxsize=16)
def _build_site(name: str, params: tuple[tuple[str, Any], ...]) -> Site:
    builder = _SITES[name]
    return kept(f"site {name} {params!r}", lambda: builder(**dict(params)), _source(builder))


def _source(builder: Callable[..., Any]) -> str:
    """The file of a builder."""
    return inspect.getfile(inspect.unwrap(builder))


def _unknown(what: str, name: str, known: tuple[str, ...]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    return f"no {what} called {name!r}{hint} Known: {', '.join(known)}"


def model_parameters(name: str) -> Mapping[str, inspect.Parameter]:
    """The keyword parameters of a registered model family, by name."""
    _load()
    return inspect.signature(_MODELS[name]).parameters


def model_choices(name: str) -> Mapping[str, Mapping[str, float]]:
    """The keywords of a registered family that are drawn where they are not given: keyword -> text -> share."""
    _load()
    return _DRAWN.get(name, {})


def model_description(name: str) -> str:
    """The docstring of a registered model family's builder."""
    _load()
    return inspect.getdoc(_MODELS[name]) or ""


def site_description(name: str) -> str:
    """The docstring of a registered site family's builder."""
    _load()
    return inspect.getdoc(_SITES[name]) or ""


def site_parameters(name: str) -> Mapping[str, inspect.Parameter]:
    """The keyword parameters of a registered site family, by name."""
    _load()
    return inspect.signature(_SITES[name]).parameters
