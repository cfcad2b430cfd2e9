"""A road through a wooded ridge: a lit tunnel with a portal at either end, and daylight beyond."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from simgen.models.catalogue import register_site
from simgen.models.geometry import box, merge, mesh_of_quads, smooth_normals
from simgen.models.mesh import LampMount, Material, Mesh, Shape
from simgen.models.palette import CONCRETE, GALVANISED, GRASS
from simgen.models.site import Site, SitePart
from simgen.models.sites.alignment import Alignment, Floats, Piece
from simgen.models.sites.assembly import Assembly
from simgen.models.sites.corridor import Corridor
from simgen.models.sites.fields import LAND
from simgen.models.sites.lighting import NEUTRAL_WHITE, scaled_to_one_lux
from simgen.models.sites.open_road import (
    AHEAD_M,
    BEHIND_M,
    Terrain,
    around,
    corridor_parts,
    crest,
    road_site,
    strip_region,
    terrain_part,
)
from simgen.models.sites.parameters import checked, checked_count
from simgen.models.sites.road_bridge import PAVING
from simgen.models.sites.road_curve import BESIDE_M, between_verges, rolling
from simgen.models.sites.road_straight import SHOULDER_M, X_START_M, road_material
from simgen.models.sites.roadside import STREET_LENS, delineator
from simgen.models.sites.scenery import Scenery, beside, field_cover
from simgen.models.sites.signs import speed_limit
from simgen.models.sites.terrain import smoothstep, value_noise
from simgen.rng import Stream

NAME = "road.tunnel"
WALK_M = 0.9
"""From the pavement to the wall."""
WALL_M = 2.4
"""Height at which the arch begins."""
CROWN_M = 6.3
TRENCH_M = 11.0
"""Length of the cutting in front of each portal."""
SLOPE = 0.66
TOP_M = 0.75
"""Height of the portal above the hill behind it."""
LINING = replace(CONCRETE, name="tunnel lining", albedo=(0.40, 0.39, 0.36), contrast=0.35)
STONE = Material("portal stone", (0.33, 0.30, 0.26), (0.20, 0.185, 0.17), pattern="brick", contrast=0.6)
HILLSIDE = replace(GRASS, name="hillside", albedo=(0.07, 0.115, 0.032), contrast=0.6)
LAMP_EVERY_M = 9.0


def _arch(half_m: float) -> Floats:
    """(K, 2) inner outline (y, z) from the foot of the right wall over the crown to the foot of the left."""
    t = np.linspace(0.0, math.pi, 17)
    top = np.column_stack([-half_m * np.cos(t), WALL_M + (CROWN_M - WALL_M) * np.sin(t)])
    return np.concatenate([[(-half_m, -0.4)], top, [(half_m, -0.4)]])


def _lining(half_m: float, x0_m: float, x1_m: float) -> Mesh:
    """The vault, seen from inside."""
    arch = _arch(half_m)
    x = np.linspace(x0_m, x1_m, max(2, round((x1_m - x0_m) / 6.0)) + 1)
    net = np.concatenate([np.broadcast_to(x[:, None, None], (len(x), len(arch), 1)),
                          np.broadcast_to(arch[None], (len(x), *arch.shape))], axis=2)  # fmt: skip
    run = np.concatenate(([0.0], np.cumsum(np.hypot(*np.diff(arch, axis=0).T))))
    flat = net.reshape(-1, 3)
    index = np.arange(len(flat)).reshape(len(x), len(arch))
    a, b, c, d = index[:-1, :-1], index[1:, :-1], index[1:, 1:], index[:-1, 1:]
    faces = np.concatenate([np.stack([a, b, c], -1).reshape(-1, 3), np.stack([a, c, d], -1).reshape(-1, 3)])
    uv = np.stack(np.broadcast_arrays(x[:, None], run[None, :]), axis=-1).reshape(-1, 2)
    return Mesh(
        flat.astype(np.float32),
        smooth_normals(flat, faces).astype(np.float32),
        uv.astype(np.float32),
        faces.astype(np.int32),
        np.zeros(len(faces), np.int16),
        (LINING,),
    )


def _portal(half_m: float, trench_m: float, x_m: float, way: float, top_m: float) -> Mesh:
    """The wall about the opening, its coping, and a ring of lighter stone; it looks towards `way` (+1 or -1 in x)."""
    arch = _arch(half_m)
    outer = np.column_stack([
        arch[:, 0] * (trench_m / half_m),
        np.where(np.abs(arch[:, 0]) > 0.98 * half_m, arch[:, 1], top_m),
    ])  # fmt: skip
    ring = arch * np.array([1.0 + 0.45 / half_m, 1.0]) + np.column_stack(
        [np.zeros(len(arch)), 0.45 * (arch[:, 1] > WALL_M)]
    )

    def strip(inner: Floats, rim: Floats, x: float, material: Material) -> Mesh:
        quads = []
        for k in range(len(inner) - 1):
            corners = [inner[k], inner[k + 1], rim[k + 1], rim[k]]
            quad = [[x, float(p[0]), float(p[1])] for p in corners]
            quads.append(quad[::-1] if way > 0.0 else quad)
        uv = [[[corner[1], corner[2]] for corner in quad] for quad in quads]
        return mesh_of_quads(quads, material, np.array(uv))

    front = x_m + way * 0.12
    pieces = [strip(arch, outer, x_m, STONE), strip(arch, ring, front, PAVING)]
    edges = []
    for k in range(len(arch) - 1):
        for line, near, far, turn in ((arch, x_m, front, 1.0), (ring, x_m, front, -1.0)):
            a, b = line[k], line[k + 1]
            quad = [[near, a[0], a[1]], [near, b[0], b[1]], [far, b[0], b[1]], [far, a[0], a[1]]]
            edges.append(quad if way * turn < 0.0 else quad[::-1])
    pieces.append(mesh_of_quads(edges, PAVING))
    pieces.append(box((0.7, 2.0 * trench_m + 0.8, 0.35), PAVING, (x_m - way * 0.2, 0.0, top_m + 0.1)))
    return merge(pieces)


def _wing(trench_m: float, x_m: float, way: float, top_m: float) -> tuple[Mesh, tuple[Shape, ...]]:
    """The walls that hold the hill beside the cutting, falling from the portal to the ground."""
    meshes, shapes = [], []
    end = x_m + way * (TRENCH_M + 1.0)
    for side in (-1.0, 1.0):
        y0, y1 = side * trench_m, side * (trench_m + 0.5)
        face = [[x_m, y0, -0.4], [end, y0, -0.4], [end, y0, 0.25], [x_m, y0, top_m]]
        back = [[p[0], y1, p[2]] for p in face]
        cap = [face[3], face[2], back[2], back[3]]
        nose = [face[1], back[1], back[2], face[2]]
        flip = (way > 0.0) == (side > 0.0)
        quads = [face[::-1] if flip else face, cap[::-1] if flip else cap, nose[::-1] if flip else nose]
        meshes.append(mesh_of_quads(quads[:1], STONE, [[[p[0], p[2]] for p in quads[0]]]))
        meshes.append(mesh_of_quads(quads[1:], PAVING))
        shapes.append(
            Shape("box", (0.5 * (x_m + end), side * (trench_m + 0.25), 0.8), size_m=(TRENCH_M + 1.0, 0.5, 2.4))
        )
    return merge(meshes), tuple(shapes)


def _hill(x0_m: float, x1_m: float, trench_m: float, box_m: tuple[float, float, float, float], key: int) -> Mesh:
    """The ridge that the tunnel runs through, over the whole width of the site, cut open at both portals."""
    fine = np.arange(-42.0, 42.1, 6.0)
    y = np.unique(np.concatenate([fine[np.abs(fine) > trench_m + 2.0], [-trench_m - 0.3, trench_m + 0.3]]))
    wide = np.cumsum(np.linspace(7.0, 26.0, 18))
    wide = wide[wide + 42.0 < box_m[3]]
    y = np.concatenate([-42.0 - wide[::-1], y, 42.0 + wide])
    foot = TRENCH_M + 2.0
    inner = np.linspace(x0_m, x1_m, max(4, round((x1_m - x0_m) / 7.0)))
    step = np.array([0.35, 0.7, 1.0]) * foot
    x = np.concatenate([x0_m - step[::-1], inner, x1_m + step])
    gx, gy = np.meshgrid(x, y, indexing="ij")
    rim = np.minimum(x1_m - gx, gx - x0_m)
    free = smoothstep((np.abs(gy) - trench_m - 1.0) / 45.0)
    noise = value_noise(gx, gy, key, 60.0)
    away = np.maximum(rim + foot, 0.0)
    up = 52.0 * (1.0 - np.exp(-SLOPE * away / 52.0))
    z = up + (2.6 * free + 4.0 * smoothstep((rim - 12.0) / 30.0)) * noise * np.minimum(away / 10.0, 1.0) - 0.7
    middle = np.abs(gy[:-1, :-1] + gy[:-1, 1:]) * 0.5 < trench_m
    open_ = middle & ((gx[:-1, :-1] >= x1_m - 1e-6) | (gx[1:, :-1] <= x0_m + 1e-6))
    index = np.arange(gx.size).reshape(gx.shape)
    a, b, c, d = index[:-1, :-1], index[1:, :-1], index[1:, 1:], index[:-1, 1:]
    faces = np.stack([a, b, c, a, c, d], axis=-1)[~open_].reshape(-1, 3)
    points = np.stack([gx, gy, z], axis=-1).reshape(-1, 3)
    return Mesh(
        points.astype(np.float32),
        smooth_normals(points, faces).astype(np.float32),
        points[:, :2].astype(np.float32),
        faces.astype(np.int32),
        np.zeros(len(faces), np.int16),
        (HILLSIDE,),
    )


@register_site(NAME)
def road_tunnel(
    tunnel_m: float = 170.0,
    exit_m: float = 150.0,
    lane_width_m: float = 3.5,
    wear: float = 0.35,
    seed: float = 0,
) -> Site:
    """A straight two-lane road along +x that begins inside a tunnel at x = -40 m and leaves it.

    The tunnel begins 60 m behind the lanes. Its lamps are street lamps. Regions "tunnel" (the lanes inside, up to
    the portal), "exit" (the lanes in the 40 m before it and the 40 m behind), "road", "verge.right", "verge.left".

    Args:
        tunnel_m: length between the portals, 120 to 600.
        exit_m: of the lanes in daylight, 80 to 600.
        lane_width_m: 2.75 to 4.5.
        wear: of the markings, 0 new to 1 gone.
        seed: whole number; varies hill, relief and plants.

    Raises:
        UserError: a parameter is outside its range.
    """
    inside = checked(NAME, "tunnel_m", tunnel_m, 120.0, 600.0)
    outside = checked(NAME, "exit_m", exit_m, 80.0, 600.0)
    width = checked(NAME, "lane_width_m", lane_width_m, 2.75, 4.5)
    road = road_material(width, 1, checked(NAME, "wear", wear, 0.0, 1.0, unit=""))
    stream = Stream(checked_count(NAME, "seed", seed, 0, 2**31 - 1), 0, f"site.{NAME}")
    mouth = inside - 60.0  # station of the exit
    end = mouth + outside
    behind = 60.0 + BEHIND_M
    line = Alignment.of([Piece(end)], behind_m=behind, ahead_m=AHEAD_M, x_start_m=X_START_M)
    line = line.with_profile(crest(line.s_m + 75.0, end + 75.0))
    half = width + SHOULDER_M
    corridor = between_verges(line, half, road, np.zeros(len(line.s_m)))
    x0, x1 = X_START_M - 60.0, X_START_M + mouth
    wall, trench = half + WALK_M, half + WALK_M + 1.6
    top = SLOPE * (TRENCH_M + 2.0) + TOP_M
    rim = corridor.rim()
    land = Terrain(
        rolling(corridor, stream.key("relief"), ridge_m=18.0),
        field_cover(stream.key("fields"), line.distance_m),
        LAND,
        around(rim, 330.0),
        cell_m=6.0,
    )
    assembly = Assembly()
    sides = [Shape("box", (0.5 * (x0 + x1), s * (wall + 0.3), 1.4), size_m=(x1 - x0, 0.6, 3.6)) for s in (-1.0, 1.0)]
    assembly.add("lining", "wall", [_lining(wall, x0, x1)], sides)
    for x, way, name in ((x1, 1.0, "exit"), (x0, -1.0, "entry")):
        assembly.add(f"portal.{name}", "wall", [_portal(wall, trench, x, way, top)])
        mesh, shapes = _wing(trench, x, way, top)
        assembly.add(f"wings.{name}", "wall", [mesh], shapes)
    walks = [
        box((x1 - x0, WALK_M, 0.42), PAVING, (0.5 * (x0 + x1), s * (half + 0.5 * WALK_M), -0.02)) for s in (-1.0, 1.0)
    ]
    assembly.add("walkways", "sidewalk", walks)
    lamps = _light(assembly, x0, x1)
    _furnish(assembly, corridor, mouth, end)
    hill = _hill(x0, x1, trench, land.box, stream.key("hill"))
    _plant(assembly, corridor, land, hill, (x0, x1), stream)
    lit = corridor.carriageway(0.0, mouth - 5.0, width)
    return road_site(
        NAME,
        (*corridor_parts(corridor), terrain_part(land, [rim])),
        (SitePart("hill", "vegetation", hill), *assembly.parts()),
        {
            "main.0": corridor.lane(0.0, end, -0.5 * width, width),
            "oncoming.0": corridor.lane(end, 0.0, 0.5 * width, width),
        },
        {
            "road": strip_region(corridor, 0.0, end, -width, width),
            "tunnel": strip_region(corridor, 0.0, mouth, -width, width),
            "exit": strip_region(corridor, mouth - 40.0, mouth + 40.0, -width, width),
            "verge.right": strip_region(corridor, mouth + 16.0, end, -half - BESIDE_M, -half - 2.5),
            "verge.left": strip_region(corridor, mouth + 16.0, end, half + 2.5, half + BESIDE_M),
        },
        scaled_to_one_lux([(lamps, lit)]),
        beside_m=width + BESIDE_M + 1.0,
    )


def _light(assembly: Assembly, x0_m: float, x1_m: float) -> list[LampMount]:
    """A row of luminaires under the crown of the vault."""
    count = round((x1_m - x0_m) / LAMP_EVERY_M)
    cases, lamps = [], []
    for k in range(count):
        x = x0_m + (x1_m - x0_m) * (k + 0.5) / count
        z = CROWN_M - 0.45
        cases.append(box((1.6, 0.34, 0.16), GALVANISED, (x, 0.0, z)))
        low = z - 0.085
        cases.append(
            mesh_of_quads(
                [[[x - 0.7, -0.13, low], [x - 0.7, 0.13, low], [x + 0.7, 0.13, low], [x + 0.7, -0.13, low]]],
                STREET_LENS,
            )
        )
        lamps.append(LampMount("street", (x, 0.0, z - 0.12), (0.0, 0.0, -1.0), 1.0, NEUTRAL_WHITE))
    assembly.add("luminaires", "pole", cases)
    return lamps


def _furnish(assembly: Assembly, corridor: Corridor, mouth_m: float, end_m: float) -> None:
    line, half = corridor.line, corridor.half_m
    for s in np.arange(mouth_m + 20.0, end_m, 25.0):
        for d in (-half - 0.6, half + 0.6):
            z = float(corridor.height_m(np.array([s]), d)[0])
            assembly.add_fixture("posts", beside(delineator(), line, float(s), d, z))
    for s, d in ((mouth_m + 35.0, -half - 1.3), (mouth_m + 60.0, half + 1.3)):
        z = float(corridor.height_m(np.array([s]), d)[0])
        assembly.add_fixture("signs", beside(speed_limit(80), line, s, d, z))


def _plant(
    assembly: Assembly, corridor: Corridor, land: Terrain, hill: Mesh, x_m: tuple[float, float], stream: Stream
) -> None:
    from scipy.spatial import cKDTree  # only when it is built: reading scenarios stays light

    line = corridor.line
    keep = float(corridor.borders_m[-1]) + 1.0
    x0, x1 = x_m
    tree = cKDTree(hill.vertices_m[:, :2])

    def relief(x: Floats, y: Floats) -> Floats:
        """The hill where it covers the land: the mean of its nearest points, weighted by closeness."""
        low = land.relief(x, y)
        found = tree.query(np.column_stack([x, y]), k=3)
        k, weight = np.asarray(found[1]), 1.0 / (np.asarray(found[0]) + 0.3)
        up = (hill.vertices_m[:, 2].astype(np.float64)[k] * weight).sum(axis=1) / weight.sum(axis=1)
        over = (x > x0 - TRENCH_M) & (x < x1 + TRENCH_M)
        return np.where(over, np.maximum(up - 0.3, low), low)

    def clear(x_m: Floats, y_m: Floats) -> Floats:
        # Over the tunnel trees may stand, but not on the edge of the portals.
        over = np.minimum(8.0, np.minimum(x1 - 6.0 - x_m, x_m - x0 - 6.0))
        return np.where(over > 0.0, over, line.distance_m(x_m, y_m) - keep)

    scenery = Scenery(assembly, relief, clear, stream.child("plants"))
    scenery.line_road(line, (keep + 2.6, keep + 15.0), per_100_m=5.0)
    scenery.scatter((x0 - 10.0, x1 + 10.0, -110.0, 110.0), 130, room_m=3.0, groves_m=300.0, spruces=0.55)
    scenery.scatter(around(corridor.rim(), 170.0), 90, room_m=14.0, groves_m=70.0, spruces=0.3)
    scenery.wood_ring(land.box, 110.0, height_m=15.0)
    scenery.wood_ring(land.box, 40.0, height_m=17.0, share=1.0)
