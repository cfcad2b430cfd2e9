"""The `surface` of a scenario's conditions: what the wheels roll on, with patches in regions of the site."""

from __future__ import annotations

from dataclasses import dataclass, replace

from simgen.conditions import Patch, Rain, Snow, Surface
from simgen.conditions.rain import film_depth_m
from simgen.models import Site
from simgen.scenario.distributions import Value
from simgen.scenario.document import Sequence, describe
from simgen.scenario.draws import Draws
from simgen.scenario.fields import Fields
from simgen.scenario.kinds import Text
from simgen.scenario.table import PATCH

_PATH = "conditions.surface"


@dataclass(frozen=True)
class PatchPlan:
    """A part of a region whose ground is otherwise; kind, film and snow are the surface's own where not given.

    Attributes:
        region: of the site.
        side: left or right half of it, or both.
        start, length: of the stretch; all the rest of the region without a length (see `Region.part`).
    """

    region: str
    side: Value
    start: Value
    length: Value | None
    kind: Value | None
    film: Value | None
    snow: Value | None

    def draw(self, draws: Draws, site: Site, path: str, base: Surface) -> Patch:
        """The patch of one sample."""
        region = site.regions[self.region]
        side = draws.text(self.side, f"{path}.side")
        start_m = draws.number(self.start, f"{path}.start")
        length_m = None if self.length is None else draws.number(self.length, f"{path}.length")
        part = region.part(start_m, length_m, side)
        return Patch(
            kind=base.kind if self.kind is None else draws.text(self.kind, f"{path}.kind"),
            film_m=base.film_m if self.film is None else draws.number(self.film, f"{path}.film"),
            x_min_m=part.x_min_m,
            x_max_m=part.x_max_m,
            y_min_m=part.y_min_m,
            y_max_m=part.y_max_m,
            outline_m=part.outline_m,
            snow_m=base.snow_m if self.snow is None else draws.number(self.snow, f"{path}.snow"),
        )


@dataclass(frozen=True)
class SurfacePlan:
    """The surface as values that may be drawn; without a film or snow of its own it has what falls."""

    kind: Value
    film: Value | None
    tyres: Value
    snow: Value | None
    tracks: Value
    patches: tuple[PatchPlan, ...]

    def draw(self, draws: Draws, site: Site, rain: Rain, snow: Snow) -> Surface:
        """The surface of one sample."""
        film_m = film_depth_m(rain.rate_mps) if self.film is None else draws.number(self.film, f"{_PATH}.film")
        base = Surface(
            kind=draws.text(self.kind, f"{_PATH}.kind"),
            film_m=film_m,
            tyres=draws.text(self.tyres, f"{_PATH}.tyres"),
            snow_m=snow.depth_m if self.snow is None else draws.number(self.snow, f"{_PATH}.snow"),
            tracks=draws.number(self.tracks, f"{_PATH}.tracks"),
        )
        patches = tuple(p.draw(draws, site, f"{_PATH}.patches[{k}]", base) for k, p in enumerate(self.patches))
        return replace(base, patches=patches)


def read_surface(conditions: Fields, site: Site | None) -> SurfacePlan:
    """The surface under `conditions`.

    Args:
        conditions: the keys under `conditions`.
        site: an example of the scenario's site, for region names; None when the site itself is at fault.
    """
    fields = conditions.sub("surface")
    return SurfacePlan(
        kind=fields.value("kind"),
        film=fields.optional("film"),
        tyres=fields.value("tyres"),
        snow=fields.optional("snow"),
        tracks=fields.value("tracks"),
        patches=_read_patches(fields, site),
    )


def _read_patches(surface: Fields, site: Site | None) -> tuple[PatchPlan, ...]:
    node = surface.get("patches")
    if node is None:
        return ()
    problems = surface.reader.problems
    if not isinstance(node, Sequence):
        problems.add(node.mark, f"{describe(node)} is not a list", "expected patches: [{region: ..., kind: ...}, ...]")
        return ()
    regions = tuple(site.regions) if site is not None else ()
    plans = []
    for item in node.items:
        fields = Fields(surface.reader, item, PATCH)
        if "kind" not in fields and "film" not in fields and "snow" not in fields:
            problems.add(fields.mark, "a patch is like the surface around it", "expected kind:, film: or snow:")
        plans.append(
            PatchPlan(
                region=fields.name("region", Text("a region of the site", regions)),
                side=fields.value("side"),
                start=fields.value("start"),
                length=fields.optional("length"),
                kind=fields.optional("kind"),
                film=fields.optional("film"),
                snow=fields.optional("snow"),
            )
        )
    return tuple(plans)
