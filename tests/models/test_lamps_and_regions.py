"""Lamps that give the one lux they promise, and regions that nothing solid stands in, at every site."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numba import njit
from numpy.typing import NDArray

from simgen.areas import inside, row_of
from simgen.models import Shape, Site, build_site, site_names

Floats = NDArray[np.float64]
VARIANTS: tuple[tuple[str, dict[str, float | str]], ...] = (
    ("road.straight", {}),
    ("road.straight", {"length_m": 217.0, "lanes": 2, "lane_width_m": 3.1, "seed": 5}),
    ("road.underpass", {}),
    ("road.underpass", {"length_m": 301.0, "dip_depth_m": 2.6, "lane_width_m": 3.3, "seed": 2}),
    ("road.curve", {}),
    ("road.curve", {"left": False, "radius_m": 60.0, "seed": 3, "superelevation": 0.0}),
    ("road.intersection", {}),
    ("road.intersection", {"control": "signals", "lane_width_m": 3.0, "seed": 2}),
    ("road.bridge", {}),
    ("road.bridge", {"clearance_m": 15.0, "seed": 4, "span_m": 110.0}),
    ("road.mountain", {}),
    ("road.mountain", {"grade": 0.11, "radius_m": 55.0, "seed": 5}),
    ("road.tunnel", {}),
    ("road.tunnel", {"lane_width_m": 3.0, "seed": 3}),
    ("field", {}),
    ("field", {"rows": 7, "row_m": 0.9, "seed": 1}),
    ("room.table", {}),
    ("room.table", {"window_lx": 2e4}),
    ("room.table", {"length_m": 4.6, "width_m": 7.2, "table_length_m": 1.2, "table_height_m": 0.9}),
    ("room.warehouse", {}),
    ("room.warehouse", {"length_m": 27.3, "width_m": 17.1, "height_m": 5.2}),
)
every_site = pytest.mark.parametrize(("name", "params"), VARIANTS)
UNLIT = ("road.mountain", "field")


def test_every_site_is_tried() -> None:
    shipped = {name for name in site_names() if not name.startswith(("toy.", "fake.", "test."))}
    assert {name for name, _ in VARIANTS} == shipped


def footprint(shape: Shape, step_m: float = 0.1) -> Floats:
    """Points (N, 2) of what an upright shape covers, its rim included."""
    half = np.array(shape.size_m) * (0.5 if shape.kind == "box" else 1.0)
    turn = 2.0 * math.atan2(shape.quat_xyzw[2], shape.quat_xyzw[3])
    u, v = (np.linspace(-h, h, 2 + math.ceil(2.0 * h / step_m)) for h in half[:2])
    grid = np.stack(np.meshgrid(u, v, indexing="ij"), -1).reshape(-1, 2)
    if shape.kind != "box":
        grid = grid[np.hypot(*grid.T) <= half[0] + 1e-9]
    c, s = math.cos(turn), math.sin(turn)
    out: Floats = grid @ np.array([[c, s], [-s, c]]) + np.array(shape.center_m[:2])
    return out


_compiled = njit(inside)


@njit
def well_inside(row: Floats, points: Floats, by_m: float) -> NDArray[np.bool_]:
    """Which points (N, 2) lie in a region, by its row, and their neighbours too: what touches an edge stands beside."""
    out = np.ones(len(points), np.bool_)
    for n in range(len(points)):
        for dx, dy in ((0.0, 0.0), (by_m, 0.0), (-by_m, 0.0), (0.0, by_m), (0.0, -by_m)):
            out[n] = out[n] and _compiled(row, points[n, 0] + dx, points[n, 1] + dy)
    return out


@every_site
def test_nothing_solid_stands_in_the_regions(name: str, params: dict[str, float | str]) -> None:
    site = build_site(name, params)
    rows = {key: np.array(row_of(r)) for key, r in site.regions.items()}
    for part in site.parts:
        for shape in part.shapes:
            half = shape.size_m[2] * (0.5 if shape.kind in ("box", "cylinder") else 1.0)
            points = footprint(shape)
            for key, r in site.regions.items():
                if key == "floor":  # the whole floor of a room, with what stands on it
                    continue
                for x, y in points[well_inside(rows[key], points, 0.005)]:
                    ground = max(site.ground.at(x, y), r.floor_m if site.indoor else -math.inf)
                    beside = shape.center_m[2] - half > ground + 2.0 or shape.center_m[2] + half <= ground + 1e-9
                    assert beside, f"{part.name} stands in {key} at {x:.2f}, {y:.2f}"  # or overhead, or the ground


def cell_middles(site: Site, x0: float, x1: float, half: float) -> Floats:
    n, m = round((x1 - x0) / 0.8), round(2 * half / 0.41)
    gx = x0 + (x1 - x0) * (np.arange(n) + 0.5) / n
    gy = half * (2 * (np.arange(m) + 0.5) / m - 1)
    return np.array([(a, b, site.ground.at(a, b)) for a in gx for b in gy])


def along_lanes(site: Site) -> Floats:
    """Points over the lanes of a road, both ways, from the first lamp beside it to the last, in a tunnel to its end."""
    main = site.lanes["main.0"]
    count = sum(key.removeprefix("main.").isdigit() for key in site.lanes)
    beside = [s for s, d in (main.project(*lamp.position_m[:2]) for lamp in site.lamps) if abs(d) < 12.0]
    first, last = max(min(beside), 0.0), max(beside)
    if "tunnel" in site.regions:
        last = min(last, site.regions["tunnel"].x_max_m - main.points_m[0, 0])
    out = []
    for s in np.arange(first + 0.4, last, 0.8):
        for d in (np.arange(16 * count) + 0.5) * main.width_m / 8 - 0.5 * main.width_m:
            x, y, _, _ = main.at(float(s), float(d))
            out.append((x, y, site.ground.at(x, y)))
    return np.array(out)


def lit_points(site: Site) -> list[Floats]:
    """Points of each area whose mean illuminance the site promises to be 1 lx."""
    if site.indoor:
        b = site.bounds
        if "table" in site.regions:  # a bench is what such a room is lit for
            r = site.regions["table"]
            x, y = (
                np.linspace(r.x_min_m - 0.06, r.x_max_m + 0.06, 31),
                np.linspace(r.y_min_m - 0.06, r.y_max_m + 0.06, 31),
            )
            return [np.stack([*np.meshgrid(x, y), np.full((31, 31), r.floor_m)], -1).reshape(-1, 3)]
        return [cell_middles(site, b.x_min_m, b.x_max_m, b.y_max_m)]
    if site.name != "road.underpass":
        return [along_lanes(site)]
    xs = [lamp.position_m[0] for lamp in site.lamps]
    half = site.regions["road"].y_max_m
    dip = site.regions["underpass.dip"]
    c = 0.5 * (dip.x_min_m + dip.x_max_m)
    before, behind = cell_middles(site, min(xs), c - 29.0, half), cell_middles(site, c + 29.0, max(xs), half)
    return [cell_middles(site, c - 5.0, c + 5.0, half), np.concatenate([before, behind])]


@every_site
def test_lamps_give_one_lux_on_average(name: str, params: dict[str, float | str]) -> None:
    site = build_site(name, params)
    if name in UNLIT:
        assert site.lamps == ()
        return
    assert all(lamp.kind == ("room" if site.indoor else "street") for lamp in site.lamps)
    for points in lit_points(site):
        total = np.zeros(len(points))
        for lamp in site.lamps:
            dx, dy, dz = (np.array(lamp.position_m) - points).T
            r2 = dx**2 + dy**2 + dz**2
            r = np.sqrt(r2)
            along = (dx * lamp.direction[0] + dy * lamp.direction[1] + dz * lamp.direction[2]) / r
            total += lamp.intensity_cd * np.clip(-along, 0, None) * (dz / r) / r2
        assert total.mean() == pytest.approx(1.0, rel=0.01)
        assert total.min() > 0.02
    color = np.array(site.lamps[0].color)
    assert color @ [0.2126, 0.7152, 0.0722] == pytest.approx(1.0, abs=0.005)
