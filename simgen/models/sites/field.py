"""Open farm land: furrows between rows of young plants, headlands at both ends, hedges and woods around."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from simgen.models.catalogue import register_site
from simgen.models.geometry import smooth_normals
from simgen.models.mesh import Material, Mesh
from simgen.models.palette import GRASS
from simgen.models.site import HeightGrid, Lane, Region, Site, SitePart
from simgen.models.sites.alignment import Floats
from simgen.models.sites.assembly import Assembly
from simgen.models.sites.fields import LAND
from simgen.models.sites.parameters import checked, checked_count
from simgen.models.sites.scenery import Scenery, field_cover
from simgen.models.sites.terrain import regular, smoothstep, value_noise
from simgen.models.sites.wide_land import Relief, land_mesh, land_points
from simgen.rng import Stream

NAME = "field"
X_START_M = -12.0
HEADLAND_M = 6.0
"""Unploughed ground at both ends of the rows, where machines turn."""
CELL_M = 1.0
ACROSS = 8
"""Columns of the height grid a row."""
TILLED = Material(
    "tilled soil", (0.115, 0.078, 0.050), (0.075, 0.05, 0.032), roughness=0.95, pattern="soil", contrast=0.75
)
BLADE = Material(
    "young plants", (0.075, 0.16, 0.03), (0.11, 0.19, 0.05), roughness=0.75, pattern="leaves", contrast=0.5
)


def _profile(y_m: Floats, row_m: float, furrow_m: float) -> Floats:
    """Ridges at whole multiples of the row spacing, furrows half way between; smooth, 0 at the crests."""
    out: Floats = -0.5 * furrow_m * (1.0 - np.cos(2.0 * math.pi * y_m / row_m))
    return out


def _plants(length_m: float, rows_y: Floats, spacing_m: float, height_m: float, stream: Stream) -> list[Mesh]:
    """A tuft of five leaves every `spacing_m` on every ridge: one mesh for each ten metres of field."""
    count = round((length_m - 1.0) / spacing_m)
    at = X_START_M + 0.5 + spacing_m * np.arange(count)
    x, y = (g.ravel() for g in np.meshgrid(at, rows_y, indexing="ij"))
    u = stream.array("plants", 7 * len(x)).reshape(7, len(x))
    keep = u[0] > 0.06  # some did not come up
    x, y, u = x[keep] + 0.3 * spacing_m * (u[1, keep] - 0.5), y[keep] + 0.05 * (u[2, keep] - 0.5), u[:, keep]
    leaves = 5
    angle = 2.0 * math.pi * (np.arange(leaves)[:, None] / leaves + u[3]) + 0.5 * (u[4] - 0.5)
    reach = height_m * (0.65 + 0.5 * u[5])
    tall = height_m * (0.75 + 0.5 * u[6]) * (1.0 + 0.15 * np.cos(np.arange(leaves))[:, None])
    c, s = np.cos(angle), np.sin(angle)
    stem = np.stack(np.broadcast_arrays(x, y, -0.02 * np.ones_like(x)), axis=-1)[None]
    along = np.stack([c, s, np.zeros_like(c)], axis=-1)
    side = np.stack([-s, c, np.zeros_like(c)], axis=-1)
    up = np.array([0.0, 0.0, 1.0])
    middle = stem + (0.5 * reach)[..., None] * along + tall[..., None] * up
    tip = stem + reach[..., None] * along + (0.55 * tall)[..., None] * up
    wide = (0.16 * height_m) * side
    # Two triangles a leaf, from the stem over its bow to the tip; drawn from both sides.
    upper = np.stack([stem + 0.0 * along, middle + wide, middle - wide], axis=2)
    lower = np.stack([middle - wide, middle + wide, tip], axis=2)
    tri = np.concatenate([upper, lower], axis=0)
    tri = np.moveaxis(tri, 0, 1).reshape(len(x), -1, 3, 3)
    out = []
    block = np.floor((x - X_START_M) / 10.0).astype(np.int64)
    for k in range(int(block.max()) + 1):
        mine = tri[block == k].reshape(-1, 3, 3)
        both = np.concatenate([mine, mine[:, ::-1]])
        flat = both.reshape(-1, 3)
        normal = np.cross(both[:, 1] - both[:, 0], both[:, 2] - both[:, 0])
        normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-12)
        out.append(
            Mesh(
                flat.astype(np.float32),
                np.repeat(normal, 3, axis=0).astype(np.float32),
                flat[:, [0, 2]].astype(np.float32),
                np.arange(len(flat), dtype=np.int32).reshape(-1, 3),
                np.zeros(len(both), np.int16),
                (BLADE,),
            )
        )
    return out


@register_site(NAME)
def field(
    length_m: float = 44.0,
    rows: float = 18,
    row_m: float = 0.75,
    furrow_m: float = 0.16,
    plant_m: float = 0.22,
    fall: float = 0.006,
    seed: float = 0,
) -> Site:
    """A field with rows of young plants on ridges along +x from x = -12 m, seen by robots and tractors.

    The ground falls along +x, so that water stands at the far end. Lanes "furrow.K" along the furrows, from the
    rightmost; regions "field", "headland.near", "headland.far", "furrows" (all the rows) and "furrow" (the middle one).

    Args:
        length_m: of the rows, 16 to 120.
        rows: of plants, 4 to 40.
        row_m: from ridge to ridge, 0.5 to 1.5.
        furrow_m: depth of the furrows under the ridges, 0.05 to 0.35 and at most 0.35 row_m.
        plant_m: height of the plants, 0.05 to 0.8.
        fall: slope along the rows, m/m, 0 to 0.03.
        seed: whole number; varies plants and surroundings.

    Raises:
        UserError: a parameter is outside its range.
    """
    length = checked(NAME, "length_m", length_m, 16.0, 120.0)
    count = checked_count(NAME, "rows", rows, 4, 40)
    pitch = checked(NAME, "row_m", row_m, 0.5, 1.5)
    deep = checked(NAME, "furrow_m", furrow_m, 0.05, min(0.35, 0.35 * pitch))
    tall = checked(NAME, "plant_m", plant_m, 0.05, 0.8)
    slope = checked(NAME, "fall", fall, 0.0, 0.03, unit="")
    stream = Stream(checked_count(NAME, "seed", seed, 0, 2**31 - 1), 0, f"site.{NAME}")
    dy = pitch / ACROSS
    half = 0.5 * (count - 1) * pitch  # of the outermost ridges
    margin = ACROSS * math.ceil(3.0 / pitch)  # columns beside the rows
    ny = 2 * margin + ACROSS * (count - 1) + 1
    y0 = -half - dy * margin
    y = regular(y0, dy, ny)
    behind = math.ceil(HEADLAND_M)
    x0 = X_START_M - behind
    nx = round((math.ceil(length) + 2 * behind) / CELL_M) + 1
    x = regular(x0, CELL_M, nx)
    end = X_START_M + math.ceil(length)
    # The furrows run out into the headlands within two cells.
    worked = smoothstep(np.minimum(x - X_START_M + 2.0, end + 2.0 - x) / 2.0)
    ridges = np.where(np.abs(y) <= half + 1e-9, _profile(y + half, pitch, deep), 0.0)
    lumps = 0.018 * value_noise(*np.meshgrid(x, y, indexing="ij"), stream.key("clods"), 0.9, octaves=2)
    z = -slope * (x - X_START_M)[:, None] + worked[:, None] * ridges[None, :] + lumps
    grid = HeightGrid(x0, y0, CELL_M, dy, z)
    ground, rim = _ground(grid, half, end)
    key = stream.key("relief")
    middle = np.array([0.5 * (x[0] + x[-1]), 0.0])
    low = float(-slope * (end - X_START_M))

    def relief(px: Floats, py: Floats) -> Floats:
        out = np.maximum(np.maximum(x[0] - px, px - x[-1]), np.abs(py) - float(y[-1]))
        base = -slope * np.clip(px - X_START_M, -10.0, end - X_START_M + 10.0)
        away = np.maximum(out, 0.0)
        fade = 1.0 - smoothstep((away - 20.0) / 90.0)
        ridge = (
            20.0 * smoothstep((away - 70.0) / 170.0) * (0.85 + 0.6 * value_noise(px, py, key ^ 91, 210.0, octaves=2))
        )
        height: Floats = base * fade + 1.4 * smoothstep((away - 4.0) / 60.0) * value_noise(px, py, key, 70.0) + ridge
        return height

    def distance(px: Floats, py: Floats) -> Floats:
        gap: Floats = np.maximum(np.maximum(x[0] - px, px - x[-1]), np.abs(py) - float(y[-1]))
        return gap

    box = (float(middle[0]) - 360.0, float(middle[0]) + 360.0, -360.0, 360.0)
    points = land_points(rim[:, :2], box, 3.0, [rim[:, :2]])
    land = land_mesh([rim], points, relief, field_cover(stream.key("fields"), distance), LAND)
    assembly = Assembly()
    rows_y = regular(-half, pitch, count)
    spacing = max(0.25, 1.1 * tall)
    for mesh in _plants(length, rows_y, spacing, tall, stream):
        lifted = mesh.vertices_m.copy()
        lifted[:, 2] += (-slope * (lifted[:, 0] - X_START_M)).astype(np.float32)
        block = f"crop.{round(float(mesh.vertices_m[0, 0] - X_START_M) // 10)}"
        assembly.add(
            block, "vegetation", [Mesh(lifted, mesh.normals, mesh.uv_m, mesh.faces, mesh.face_material, mesh.materials)]
        )
    _surround(assembly, relief, distance, box, stream)
    lanes = {}
    for k in range(count - 1):
        lane_y = float(rows_y[k] + 0.5 * pitch)
        xs = np.linspace(X_START_M, end, round(end - X_START_M) + 1)
        zs = [grid.at(float(a), lane_y) for a in xs]
        lanes[f"furrow.{k}"] = Lane(np.column_stack([xs, np.full(len(xs), lane_y), zs]), pitch)

    def region(ax: float, bx: float, ay: float, by: float) -> Region:
        i = [n for n, v in enumerate(x) if ax - 1e-9 <= v <= bx + 1e-9]
        j = [n for n, v in enumerate(y) if ay - 1e-9 <= v <= by + 1e-9]
        return Region(ax, bx, ay, by, float(z[i[0] : i[-1] + 1, j[0] : j[-1] + 1].min()))

    mid = lanes[f"furrow.{(count - 1) // 2}"].points_m[0, 1]
    return Site(
        name=NAME,
        parts=(*ground, SitePart("terrain", "terrain", land, "mesh"), *assembly.parts()),
        lanes=lanes,
        regions={
            "field": region(float(x[0]), float(x[-1]), -half - 2.0, half + 2.0),
            "furrows": region(X_START_M, float(end), -half, half),
            "furrow": region(X_START_M, float(end), float(mid) - 0.5 * pitch, float(mid) + 0.5 * pitch),
            "headland.near": region(float(x[0]) + 0.5, X_START_M - 2.0, -half, half),
            "headland.far": region(float(end) + 2.0, float(x[-1]) - 0.5, -half, half),
        },
        ground=grid,
        lamps=(),
        indoor=False,
        bounds=Region(float(x[0]), float(x[-1]), float(y[0]), float(y[-1]), min(low, float(z.min()))),
    )


def _ground(grid: HeightGrid, half_m: float, end_m: float) -> tuple[list[SitePart], Floats]:
    """The grid's own cells as triangles, tilled or grassed, and their outline (K, 3), one point a metre or less."""
    nx, ny = grid.z_m.shape
    x, y = np.meshgrid(regular(grid.x0_m, grid.dx_m, nx), regular(grid.y0_m, grid.dy_m, ny), indexing="ij")
    points = np.stack([x, y, grid.z_m], axis=-1)
    index = np.arange(nx * ny).reshape(nx, ny)
    a, b, c, d = index[:-1, :-1], index[1:, :-1], index[1:, 1:], index[:-1, 1:]
    faces = np.stack([a, b, c, a, c, d], axis=-1).reshape(-1, 3)
    flat = points.reshape(-1, 3)
    middle = flat[faces, :2].mean(axis=1)
    tilled = (np.abs(middle[:, 1]) < half_m + 0.35) & (middle[:, 0] > X_START_M - 2.0) & (middle[:, 0] < end_m + 2.0)
    kind: NDArray[np.int16] = np.where(tilled, 0, 1).astype(np.int16)
    mesh = Mesh(
        flat.astype(np.float32),
        smooth_normals(flat, faces).astype(np.float32),
        flat[:, :2].astype(np.float32),
        faces.astype(np.int32),
        kind,
        (TILLED, GRASS),
    )
    rim = np.concatenate([points[:, 0], points[-1, 1:-1], points[::-1, -1], points[0, -2:0:-1]])
    return [SitePart("soil", "terrain", mesh, "mesh")], rim


def _surround(
    assembly: Assembly, relief: Relief, distance: Relief, box: tuple[float, float, float, float], stream: Stream
) -> None:
    def clear(x_m: Floats, y_m: Floats) -> Floats:
        return distance(x_m, y_m) - 6.0

    scenery = Scenery(assembly, relief, clear, stream.child("plants"))
    scenery.buildings([(72.0, 46.0, 0.3), (92.0, 30.0, -0.9)], barns=0.5)
    k = np.arange(14)
    away = 24.0 + 8.0 * np.array([stream.array(f"hedge{n}", 3)[0] for n in k])
    hedge = [(f"hedge{n}", "hedge") for n in k]
    scenery.trees(hedge, -40.0 + 9.0 * k.astype(np.float64), np.where(k % 2, away, -away), near=k >= 0, spruces=0.1)
    scenery.scatter((box[0] + 130.0, box[1] - 130.0, -230.0, 230.0), 120, room_m=18.0, groves_m=70.0, spruces=0.3)
    scenery.wood_ring(box, 110.0, height_m=15.0)
    scenery.wood_ring(box, 40.0, height_m=17.0, share=1.0)
