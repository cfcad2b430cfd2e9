"""How the materials of a scene depart from those of its models and place: colour, gloss and wear, by kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from simgen.models.mesh import Material

RGB = tuple[float, float, float]

KINDS = {
    "asphalt": "roads and paved places",
    "markings": "painted lines and crossings on roads",
    "concrete": "slabs, kerbs, walkways and sealed floors",
    "gravel": "loose stones: shoulders, ballast, scree",
    "grass": "grass, meadows, crops and stubble",
    "soil": "earth and rock",
    "brick": "bricks, tiles and stones in courses",
    "render": "rendered walls with windows",
    "sheet": "profiled sheet of roofs and halls",
    "glass": "panes of vehicles and buildings",
    "paint": "car paint; its colours are those of actors",
    "rubber": "tyres and mats",
    "cloth": "clothes and tarpaulins; their colours are those of actors",
    "skin": "of people; its colours are those of actors",
    "fur": "of animals",
    "leaves": "foliage",
    "bark": "trunks and branches",
    "cardboard": "cartons; their colours are those of actors",
    "wood": "boards, pallets and furniture",
    "metal": "bare and galvanised metal",
    "plain": "moulded and painted things of one colour: signs, posts, plastic",
    "stripes": "striped warning boards and barriers",
}
"""Kinds of materials and what is made of them."""
OF_ACTORS = ("paint", "cloth", "skin", "cardboard")
"""Kinds whose colours the `colors` of actors give."""
WEARING = {
    "asphalt": {"new": (0.1, 0.0), "used": (0.5, 0.0), "worn": (0.9, 0.0), "patched": (0.65, 0.2)},
    "markings": {"fresh": (0.05, 0.0), "used": (0.35, 0.0), "worn": (0.8, 0.0)},
}
"""Kinds that wear: by state the wear, 0 new to 1 worn out, and the share that is mended."""
MOST_MENDED = 0.4
MARKED = ("road", "crossing")
"""Patterns of asphalt with markings: `albedo2` is theirs, the sixth parameter their wear."""
_BY_PATTERN = {
    "road": "asphalt", "asphalt": "asphalt", "concrete": "concrete", "floor": "concrete", "facade": "render",
    "texture": "plain",
    "crossing": "asphalt",
    "corrugated": "sheet",
}  # fmt: skip
_METALLIC = 0.3  # from which on a material without a pattern counts as metal
_BRIGHTEST = 0.95
_USED = 0.5  # the wear of asphalt as the models have it


@dataclass(frozen=True)
class Finish:
    """What a kind of material has in place of its own.

    Attributes:
        color: linear RGB reflectance; None its own.
        brightness: factor on the reflectance.
        roughness: 0 mirror to 1 matt; None its own.
        contrast: strength of the pattern, 0 none to 1 strong; None its own.
        wear: 0 new to 1 worn out; None its own.
        mended: share of asphalt that is patched.
    """

    color: RGB | None = None
    brightness: float = 1.0
    roughness: float | None = None
    contrast: float | None = None
    wear: float | None = None
    mended: float = 0.0


def kind_of(material: Material) -> str:
    """The kind of a material, a key of `KINDS`."""
    if material.made_of:
        return material.made_of
    if material.pattern == "plain":
        return "metal" if material.metallic >= _METALLIC else "plain"
    return _BY_PATTERN.get(material.pattern, material.pattern)


def finished(material: Material, finishes: Mapping[str, Finish]) -> Material:
    """A material as the finishes of a scene have it."""
    kind = kind_of(material)
    found = finishes.get(kind)
    if found is not None:
        material = _changed(material, found)
    marks = finishes.get("markings") if material.pattern in MARKED else None
    if marks is not None:
        lit = _lit(marks.color or material.albedo2, marks.brightness)
        params = material.params if marks.wear is None else (*material.params[:5], marks.wear)
        material = replace(material, albedo2=lit, params=params)
    return material


def shown(material: Material, tint: Mapping[str, RGB], finishes: Mapping[str, Finish]) -> Material:
    """A material as it is seen on a thing: in the thing's own colour of its slot, in the scene's finishes."""
    own = tint.get(material.slot) if material.slot else None
    if not finishes:
        return material if own is None else replace(material, albedo=own)
    out = finished(material, finishes)
    if own is None:
        return out
    finish = finishes.get(kind_of(material))
    return replace(out, albedo=own if finish is None else _lit(own, finish.brightness))


def _changed(material: Material, finish: Finish) -> Material:
    first = finish.color or material.albedo
    # A colour is that of the whole: the second goes along in proportion, but for joints, panes and markings.
    second = material.albedo2
    if material.pattern not in (*MARKED, "brick", "facade"):
        r, g, b = (s * f / a if a > 0.0 else s for s, f, a in zip(second, first, material.albedo, strict=True))
        second = _lit((r, g, b), finish.brightness)
    out = replace(
        material,
        albedo=_lit(first, finish.brightness),
        albedo2=second,
        roughness=material.roughness if finish.roughness is None else finish.roughness,
        contrast=material.contrast if finish.contrast is None else finish.contrast,
        mended=finish.mended,
    )
    return out if finish.wear is None else _aged(out, finish)


def _aged(material: Material, finish: Finish) -> Material:
    """Asphalt is near black when it is new, then light, matt and cracked (albedo 0.05 to 0.12)."""
    age = (finish.wear or 0.0) - _USED
    return replace(
        material,
        albedo=material.albedo if finish.color is not None else _lit(material.albedo, 1.0 + 0.8 * age),
        roughness=min(material.roughness + 0.1 * age, 1.0) if finish.roughness is None else material.roughness,
        contrast=material.contrast * (1.0 + 0.8 * age) if finish.contrast is None else material.contrast,
        cracks=1.0 + 2.0 * age,
    )


def _lit(color: RGB, factor: float) -> RGB:
    r, g, b = (min(c * factor, _BRIGHTEST) for c in color)
    return r, g, b
