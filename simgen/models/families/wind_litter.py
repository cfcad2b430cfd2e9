"""Litter that the wind carries: a plastic bag and a sheet of newspaper."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from simgen.errors import UserError
from simgen.models import geometry as g
from simgen.models.catalogue import register_model
from simgen.models.families._lofts import outer_box, tube
from simgen.models.mesh import Material, Mesh, Shape
from simgen.models.model import Model, ModelPart, Yielding
from simgen.rng import Stream

Floats = NDArray[np.float64]
FILM = Material("bag film", (0.72, 0.73, 0.74), roughness=0.30, slot="bag")
NEWSPRINT = Material("newsprint", (0.60, 0.58, 0.53), roughness=0.9)
TEXT = Material(
    "printed columns", (0.56, 0.54, 0.49), (0.20, 0.19, 0.18), roughness=0.9, pattern="stripes", params=(0.008,)
)
HEADLINE = Material(
    "headline", (0.56, 0.54, 0.49), (0.05, 0.05, 0.05), roughness=0.9, pattern="stripes", params=(0.03,)
)
PHOTO = Material("press photo", (0.17, 0.17, 0.18), roughness=0.85)

_BAG_KG = 0.006
_FILM_DENSITY = 950.0
_NEWSPRINT_KG_M2 = 0.045
_PAPER_DENSITY = 600.0
_OPEN_M, _TALL_M = 0.80, 0.57  # an open leaf of the Nordic broadsheet
_SHOWN_M = 3.0e-3  # thinner sheets alias in pictures
_CURL_M = 0.030
_LIMP_N = 0.05  # film and leaves fold under about their weight: no car squeezes them into the road


@register_model("debris.plastic_bag")
def plastic_bag(seed: int = 0) -> Model:
    """A thin carrier bag of 6 g, blown up and lying on its side, its handles towards +x.

    Args:
        seed: whole number; another seed is crumpled another way.
    """
    stream = Stream(seed, 0, "models.plastic_bag")
    body = _blown_film(stream)
    low = float(body[..., 2].min())
    body[..., 2] -= low
    pieces = [_facets(body), *(_handle(body[-1, 0], side) for side in (1.0, -1.0))]
    size, center = outer_box(pieces)
    shift = (-center[0], -center[1], 0.0)
    pieces = [g.transformed(piece, translation_m=shift) for piece in pieces]
    size, center = outer_box(pieces)
    box = (0.78 * size[0], 0.9 * size[1], size[2])
    middle = (-0.09 * size[0], center[1], 0.5 * size[2])
    return Model(
        name="debris.plastic_bag",
        class_name="debris",
        parts=(ModelPart("body", g.merge(pieces)),),
        collision=(Shape("box", middle, size_m=box),),
        mass_kg=_BAG_KG,
        size_m=size,
        box_center_m=center,
        center_of_mass_m=middle,
        displaced_volume_fraction=_BAG_KG / _FILM_DENSITY / math.prod(box),
        friction=0.3,
        slots=("bag",),
        yielding=Yielding(strength_n=_LIMP_N, restitution=0.0, crush_share=0.9),
    )


def _blown_film(stream: Stream) -> Floats:
    """(M, N, 3) closed net from the bag's bottom (-x) to its gathered mouth (+x): dents, folds towards the mouth."""
    rows, columns = 17, 30
    coarse = (6, 11)  # dents are far larger than triangles: creases run between them
    along = np.linspace(0.0, 1.0, rows)[:, None]
    around = np.linspace(2.0 * math.pi, 0.0, columns + 1)[None, :]  # so that the net's front is outside
    u = stream.array("folds", 8)
    folds = sum(
        np.cos(n * around + 2.0 * math.pi * u[k] + (2.0 * u[k + 4] - 1.0) * 3.0 * along) / n
        for k, n in enumerate((2, 3, 5, 9))
    )
    dents = stream.array("dents", coarse[0] * coarse[1]).reshape(coarse) - 0.5
    dents = np.concatenate([dents, dents[:, :1]], axis=1)
    dents = _refined(_refined(dents, columns + 1).T, rows).T
    belly = np.sin(math.pi * along**0.62) ** 0.55
    radius = 0.14 * belly * (1.0 + (0.10 + 0.30 * along**2) * folds + 0.44 * dents)
    x = -0.15 + 0.30 * along + 0.05 * np.sin(math.pi * along) * dents
    net = np.stack([x, 1.05 * radius * np.cos(around), 0.80 * radius * np.sin(around)], -1)
    net[0], net[-1] = net[0].mean(axis=0), net[-1].mean(axis=0)
    return net


def _refined(values: Floats, count: int) -> Floats:
    """(M, N) values at `count` places along each row, straight from one to the next."""
    at = np.linspace(0.0, values.shape[1] - 1.0, count)
    return np.stack([np.interp(at, np.arange(values.shape[1]), row) for row in values])


def _facets(net: Floats) -> Mesh:
    """The triangles of a net, each flat: crumpled film breaks the light up."""
    a, b, c, d = net[:-1, :-1], net[1:, :-1], net[1:, 1:], net[:-1, 1:]
    corners = np.concatenate([np.stack(t, -2).reshape(-1, 3, 3) for t in ((a, b, c), (a, c, d))])
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    area = np.linalg.norm(normal, axis=1)
    corners, normal, area = corners[area > 1e-7], normal[area > 1e-7], area[area > 1e-7]
    count = len(corners)
    points = corners.reshape(-1, 3).astype(np.float32)
    return Mesh(
        points,
        np.repeat(normal / area[:, None], 3, axis=0).astype(np.float32),
        points[:, :2].copy(),
        np.arange(3 * count, dtype=np.int32).reshape(-1, 3),
        np.zeros(count, np.int16),
        (FILM,),
    )


def _handle(knot_m: Floats, side: float) -> Mesh:
    """A flat loop of film that hangs from the mouth to one side."""
    turn = np.linspace(0.0, 1.0, 11)
    x = 0.015 + 0.12 * np.sin(math.pi * turn) ** 0.8
    y = side * (0.004 + 0.075 * turn)
    z = 0.012 * np.sin(math.pi * turn) - 0.03 * turn
    path = np.stack([x, y, z, np.full(11, 0.009), np.full(11, 0.004)], -1)
    path[:, :3] += knot_m - [0.03, 0.0, 0.0]
    return tube(path, FILM, side=(0.0, 0.0, 1.0), segments=8)


@register_model("debris.newspaper")
def newspaper(leaves: float = 2, seed: int = 0) -> Model:
    """Open leaves of a newspaper lying on the road, 0.80 m by 0.57 m, their corners curled up.

    Args:
        leaves: how many lie in one another, a whole number, 1 to 12; each weighs 21 g.
        seed: whole number; another seed lies another way.

    Raises:
        UserError: the number of leaves is outside its range.
    """
    if leaves != int(leaves) or not 1 <= leaves <= 12:
        raise UserError(f"debris.newspaper: leaves must be a whole number, 1 to 12, not {leaves:g}")
    mesh = _printed_sheet(Stream(seed, 0, "models.newspaper"))
    size, center = outer_box([mesh])
    height = 0.5 * size[2]
    middle = (0.0, 0.0, 0.5 * height)
    mass = _NEWSPRINT_KG_M2 * _OPEN_M * _TALL_M * leaves
    return Model(
        name="debris.newspaper",
        class_name="debris",
        parts=(ModelPart("body", mesh),),
        collision=(Shape("box", middle, size_m=(size[0], size[1], height)),),
        mass_kg=mass,
        size_m=size,
        box_center_m=center,
        center_of_mass_m=middle,
        displaced_volume_fraction=mass / _PAPER_DENSITY / (size[0] * size[1] * height),
        friction=0.5,
        yielding=Yielding(strength_n=_LIMP_N * leaves, restitution=0.0, crush_share=0.9),
    )


def _printed_sheet(stream: Stream) -> Mesh:
    """The closed surface of the sheet: print on both faces, paper at the rim."""
    x = np.linspace(-0.5 * _OPEN_M, 0.5 * _OPEN_M, 25)
    y = np.linspace(-0.5 * _TALL_M, 0.5 * _TALL_M, 19)
    p, q = np.meshgrid(x, y, indexing="ij")
    u = stream.array("lie", 8)
    a, b = p / (0.5 * _OPEN_M), q / (0.5 * _TALL_M)
    lie = 0.20 * np.abs(a) ** 1.5 + 0.12 * (1.0 + np.sin(3.0 * p / 0.4 + 6.0 * u[0]) * np.cos(2.5 * b + 6.0 * u[1]))
    for k, (sa, sb) in enumerate(((1, 1), (1, -1), (-1, 1), (-1, -1))):
        lie = lie + (0.3 + 0.7 * u[2 + k]) * np.clip(sa * a + sb * b - 1.0, 0.0, 1.0) ** 2
    fold = 0.10 * np.exp(-((p / 0.02) ** 2))
    z = _CURL_M * (lie + fold)
    z -= z.min()
    below = np.stack([p, q, z], -1)
    above = below + np.array([0.0, 0.0, _SHOWN_M])
    # The stripes of the pattern run along its second coordinate: lines of print lie across the page.
    faces = [_print(g.surface(above, NEWSPRINT, np.stack([q, p], -1)))]
    faces.append(_print(g.surface(below[:, ::-1], NEWSPRINT, np.stack([q, p], -1)[:, ::-1])))
    for low, high, turned in (
        (below[-1], above[-1], False),  # outwards +x
        (below[0], above[0], True),
        (below[:, 0], above[:, 0], False),  # outwards -y
        (below[:, -1], above[:, -1], True),
    ):
        quads = np.stack([low[:-1], low[1:], high[1:], high[:-1]], axis=1)
        faces.append(g.mesh_of_quads(quads[:, ::-1] if turned else quads, NEWSPRINT))
    return g.merge(faces)


def _print(page: Mesh) -> Mesh:
    """Columns, a headline and a photo on the cells of a page; margins and gutter stay blank."""
    corners = page.vertices_m[page.faces].astype(np.float64)
    middle = 0.5 * (corners.min(axis=1) + corners.max(axis=1))  # the same for both triangles of a cell
    across, up, right = np.abs(middle[:, 0]), middle[:, 1], middle[:, 0] > 0.0
    inside = (across > 0.033) & (across < 0.367) & (np.abs(up) < 0.255)
    gap = (np.abs(across - 0.15) < 0.0167) | (np.abs(across - 0.25) < 0.0167)
    kind = np.zeros(len(middle), np.int16)
    kind[inside & ~gap] = 1
    kind[inside & (up > 0.16)] = 2
    kind[inside & right & (across < 0.27) & (up > -0.05) & (up < 0.13)] = 3
    return replace(page, face_material=kind, materials=(NEWSPRINT, TEXT, HEADLINE, PHOTO))
