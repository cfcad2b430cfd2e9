"""What a person wears and carries: the choices, how often each is met, and which may be worn by whom."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields

from simgen.errors import UserError
from simgen.models.mesh import Mesh

Shares = dict[str, float]

WARDROBE: dict[str, Shares] = {
    "top": {"jacket": 5.0, "coat": 3.0, "hoodie": 3.0, "shirt": 0.0, "vest": 0.0},
    "legs": {"trousers": 8.0, "skirt": 2.0, "shorts": 0.0},
    "headwear": {"none": 14.0, "cap": 3.0, "beanie": 3.0, "hat": 1.0, "hood": 2.0, "helmet": 0.0},
    "hair": {"short": 6.0, "long": 4.0},
    "carries": {"nothing": 6.0, "backpack": 2.0, "umbrella": 0.0},
}
"""Of adults: parameter -> garment -> how often it is drawn where the author names none.

What is worn by the weather, the season or for work (share 0: umbrellas, short sleeves, shorts, vests, helmets) is worn
where an author asks.
"""
CHILDRENS: dict[str, Shares] = {
    **WARDROBE,
    "top": {"jacket": 5.0, "coat": 1.0, "hoodie": 5.0, "shirt": 0.0, "vest": 0.0},
    "headwear": {"none": 10.0, "cap": 4.0, "beanie": 4.0, "hat": 0.0, "hood": 2.0, "helmet": 0.0},
    "carries": {"nothing": 5.0, "backpack": 4.0, "umbrella": 0.0},
}
CYCLISTS: dict[str, Shares] = {
    "top": {"jacket": 6.0, "hoodie": 3.0, "shirt": 0.0, "vest": 0.0},
    "headwear": {"none": 6.0, "helmet": 5.0, "cap": 1.0},
    "carries": {"nothing": 5.0, "backpack": 2.0},
}


@dataclass(frozen=True)
class Outfit:
    """Clothes of a person; what each may be stands in `WARDROBE`."""

    top: str = "jacket"
    legs: str = "trousers"
    headwear: str = "none"
    hair: str = "short"
    carries: str = "nothing"


PLAIN = Outfit()


def outfit_of(family: str, allowed: dict[str, Shares], **worn: str) -> Outfit:
    """The outfit of these garments.

    Raises:
        UserError: there is no such garment for that family.
    """
    for f in fields(Outfit):
        known = tuple(allowed.get(f.name, {}))
        if f.name in worn and worn[f.name] not in known:
            raise UserError(f"{family}: {f.name} must be one of {', '.join(known)}, not {worn[f.name]!r}")
    return Outfit(**worn)


_ORDER = ("skin", "top", "trousers", "hair", "shoes", "hat", "helmet", "pack", "vest", "umbrella", "paint")


def slots_of(meshes: Iterable[Mesh]) -> tuple[str, ...]:
    """The colourable slots that meshes have, in a fixed order."""
    used = {material.slot for mesh in meshes for material in mesh.materials}
    return tuple(slot for slot in _ORDER if slot in used)
