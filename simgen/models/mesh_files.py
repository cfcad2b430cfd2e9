"""Reading users' own OBJ, STL, glTF and URDF files, and packing them for scenes."""

from __future__ import annotations

import math
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from simgen.errors import UserError
from simgen.models.mesh_pieces import FORMATS as SURFACES
from simgen.models.mesh_pieces import Budget, Floats, Folder, Piece, read_pieces
from simgen.models.mesh_store import MeshData, is_kept, keep, reference
from simgen.models.mesh_urdf import NOWHERE, Body, read_urdf
from simgen.models.texture import MOST_SIDE, MOST_TEXELS, Texture, texture_of

FORMATS = (*SURFACES, ".urdf")
_MOST_FINISHES = 256
_SHADES = (256, 32, 16, 8, 6)  # steps of a colour channel that are tried in turn until there are few enough colours


def import_mesh(name: str, root: Path) -> str:
    """Read a mesh file and keep it; gives the text by which scenes name it.

    Args:
        name: path of the file relative to `root`.
        root: folder of the scenario, out of which nothing is read.

    Raises:
        UserError: the file is missing, leads out, is of no known format, too large, empty or not finite.
        SimgenError: what is read cannot be kept.
    """
    suffix = PurePosixPath(name.lower()).suffix
    if suffix not in FORMATS:
        raise UserError(f"{name!r} is of no known format; expected {', '.join(FORMATS)}")
    folder = Folder(root)
    folder.read(name)
    pieces, solids, mass_kg, center = (read_urdf if suffix == ".urdf" else _read_plain)(name, folder)
    digest = folder.digest()
    if not is_kept(digest):
        keep(digest, _packed(name, pieces, solids, mass_kg, center, suffix in (".gltf", ".glb")))
    return reference(PurePosixPath(name).name, digest)


def _read_plain(name: str, folder: Folder) -> Body:
    pieces = read_pieces(name, folder, Budget())
    return pieces, [p.corners.reshape(-1, 3) for p in pieces], 0.0, NOWHERE


def _packed(
    name: str, pieces: list[Piece], solids: list[Floats], mass_kg: float, center: Floats, y_up: bool
) -> MeshData:
    if not pieces:
        raise UserError(f"{name!r} has no triangles")
    corners = np.concatenate([p.corners for p in pieces])
    if not np.isfinite(corners).all():
        raise UserError(f"{name!r} has corners that are not finite numbers")
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    extent = float((corners.max(axis=(0, 1)) - corners.min(axis=(0, 1))).max())
    if not math.isfinite(extent) or float(area.max()) <= 1e-12 * extent**2:
        raise UserError(f"{name!r} has no triangles of any area")
    shine = np.concatenate([np.tile((p.roughness, p.metallic), (len(p.corners), 1)) for p in pieces])
    textures, texture_of, uv = _pictures(pieces)
    finishes, finish_of = _few(np.concatenate([p.rgb for p in pieces]), np.column_stack([shine, texture_of]))
    clouds = [_outermost(np.unique(s, axis=0)) for s in solids]
    return MeshData(
        corners=corners.astype(np.float32),
        finish_of=finish_of.astype(np.int16),
        finishes=finishes[:, :5].astype(np.float32),
        texture_of=finishes[:, 5].astype(np.int16),
        textures=textures,
        uv=uv.astype(np.float32),
        cloud=np.concatenate(clouds).astype(np.float32),
        piece_of=np.repeat(np.arange(len(clouds)), [len(c) for c in clouds]).astype(np.int16),
        mass_kg=mass_kg,
        center=np.asarray(center, np.float64),
        y_up=y_up,
    )


def _pictures(pieces: list[Piece]) -> tuple[tuple[Texture, ...], NDArray[np.int64], Floats]:
    """The textures of a file, once each, the number of each triangle's (-1 for none), and its corners in texels."""
    distinct: dict[bytes, int] = {}
    pictures: list[Floats] = []
    number = []
    for piece in pieces:
        if piece.picture is None or piece.uv is None:
            number.append(-1)
            continue
        key = piece.picture.tobytes()
        if key not in distinct:
            distinct[key] = len(pictures)
            pictures.append(piece.picture)
        number.append(distinct[key])
    side = MOST_SIDE
    while side > 1 and sum(min(p.shape[0], side) * min(p.shape[1], side) for p in pictures) > MOST_TEXELS:
        side //= 2
    textures = tuple(texture_of(p, side) for p in pictures)
    uv = [
        np.zeros((len(p.corners), 3, 2))
        if k < 0 or p.uv is None
        else (p.uv - np.floor(p.uv.min(axis=(0, 1)))) * [textures[k].width, textures[k].height]
        for p, k in zip(pieces, number, strict=True)
    ]
    of = np.repeat(np.array(number, np.int64), [len(p.corners) for p in pieces])
    return textures, of, np.concatenate(uv)


def _few(rgb: Floats, shine: Floats) -> tuple[Floats, NDArray[np.int64]]:
    """Distinct colours with their finish, at most `_MOST_FINISHES`, and which of them each triangle has.

    Args:
        rgb: (T, 3) linear.
        shine: (T, 3) roughness, metallic and number of the texture, -1 for none.
    """
    code = np.sqrt(np.clip(rgb, 0.0, 1.0))  # steps that look alike
    rows, index = np.zeros((0, 6)), np.zeros(0, np.int64)
    for steps in _SHADES:
        coarse = np.round(code * (steps - 1)) / (steps - 1)
        glossy = np.round(shine[:, :2] * 20.0) / 20.0
        rows, index = np.unique(np.column_stack([coarse**2, glossy, shine[:, 2]]), axis=0, return_inverse=True)
        if len(rows) <= _MOST_FINISHES:
            break
    return rows, index.reshape(-1)


def _outermost(points: Floats, most: int = 160) -> Floats:
    """Of many points those that lie furthest out, over directions spread evenly (a Fibonacci lattice)."""
    if len(points) <= most:
        return points
    k = np.arange(most) + 0.5
    z, turn = 1.0 - 2.0 * k / most, math.pi * (1.0 + math.sqrt(5.0)) * k
    r = np.sqrt(1.0 - z * z)
    directions = np.stack([r * np.cos(turn), r * np.sin(turn), z], axis=1)
    far = [int(np.argmax((points * d).sum(axis=1))) for d in np.concatenate([directions, np.eye(3), -np.eye(3)])]
    return points[np.unique(far)]
