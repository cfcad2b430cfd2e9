"""Surfaces of OBJ, STL and glTF files: triangles and their colours, read within one folder and within bounds."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simgen.errors import UserError

Floats = NDArray[np.float64]

FORMATS = (".obj", ".stl", ".gltf", ".glb")
MOST_BYTES = 64 << 20
"""Largest mesh, with all files that it names."""
MOST_TRIANGLES = 100_000
GREY = (0.5, 0.5, 0.5)
"""Linear colour of what has none."""
_MOST_FILES = 64


class Folder:
    """The files that a mesh may be made of: those below one folder. Remembers what was read, for the digest."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()
        self._read: dict[str, bytes] = {}

    def read(self, name: str) -> bytes:
        """The bytes of a file by its path relative to the folder.

        Raises:
            UserError: the path is not relative, leads out, is missing, too large, or there are too many files.
        """
        plain = name.replace("\\", "/")
        if "\0" in plain or os.path.isabs(plain) or plain.startswith("~") or "://" in plain or plain[1:2] == ":":
            raise UserError(f"{name!r} is not a path relative to the folder of the file that names it")
        path = (self._root / plain).resolve()
        if not path.is_relative_to(self._root):
            raise UserError(f"{name!r} leads out of the folder of the scenario")
        key = path.relative_to(self._root).as_posix()
        if key in self._read:
            return self._read[key]
        if not path.is_file():
            raise UserError(f"there is no file {name!r} in the folder of the scenario")
        if len(self._read) >= _MOST_FILES:
            raise UserError(f"it is made of more than {_MOST_FILES} files")
        if path.stat().st_size + sum(map(len, self._read.values())) > MOST_BYTES:
            raise UserError(f"{name!r} makes it larger than {MOST_BYTES >> 20} MiB; simplify the mesh or its textures")
        self._read[key] = path.read_bytes()
        return self._read[key]

    def digest(self) -> str:
        """Hex digest of the names and bytes of everything that was read."""
        out = hashlib.blake2b(digest_size=16)
        for name, data in sorted(self._read.items()):
            out.update(f"{len(name.encode())}:{name}:{len(data)}:".encode() + data)
        return out.hexdigest()


@dataclass(frozen=True, eq=False)
class Piece:
    """Triangles of one mesh of a file.

    Attributes:
        corners: (T, 3, 3).
        rgb: (T, 3) linear colour of each, of a texture that where they lie on it.
        roughness, metallic: how rough and metallic they are.
        uv: (T, 3, 2) where the corners lie on the picture, from its top left in shares of its size; None without one.
        picture: (H, W, 3) linear reflectance; None without one.
    """

    corners: Floats
    rgb: Floats
    roughness: float = 0.7
    metallic: float = 0.0
    uv: Floats | None = None
    picture: Floats | None = None


@dataclass
class Budget:
    """How many triangles may still come, so that an instanced scene is refused before it is laid out."""

    left: int = MOST_TRIANGLES
    seen: int = 0

    def take(self, count: int, name: str) -> None:
        """Count triangles of a file; raises UserError beyond the bound."""
        self.seen += count
        if self.seen > self.left:
            raise UserError(f"{name!r} has more than {MOST_TRIANGLES:,} triangles; simplify it, for one thing of many")


def read_pieces(name: str, folder: Folder, budget: Budget) -> list[Piece]:
    """The meshes of an OBJ, STL or glTF file, where its scene places them.

    Raises:
        UserError: it cannot be read, or names files that cannot.
    """
    import trimesh  # only where a scenario has a mesh of its own

    suffix = PurePosixPath(name.lower()).suffix
    beside = _resolver(trimesh, PurePosixPath(name.replace("\\", "/")).parent, folder)
    try:
        scene = trimesh.load_scene(
            io.BytesIO(folder.read(name)), file_type=suffix.removeprefix("."), resolver=beside, process=False
        )
    except Exception as error:  # whatever a damaged file makes of a parser
        if beside.refused:
            raise UserError(f"{name!r} cannot be read: {beside.refused[0]}") from error
        raise UserError(f"{name!r} cannot be read as {suffix.removeprefix('.').upper()}: {error}") from error
    if beside.refused:
        raise UserError(f"{name!r} cannot be read: {beside.refused[0]}")
    out = []
    for node in scene.graph.nodes_geometry:
        pose, key = scene.graph[node]
        geometry = scene.geometry[key]
        if not isinstance(geometry, trimesh.Trimesh):
            continue  # lines and points have no surface
        budget.take(len(geometry.faces), name)
        vertices = np.asarray(geometry.vertices, np.float64)
        placed = vertices @ np.asarray(pose)[:3, :3].T + np.asarray(pose)[:3, 3]
        faces = np.asarray(geometry.faces)
        if np.linalg.det(np.asarray(pose)[:3, :3]) < 0.0:
            faces = faces[:, ::-1]  # a mirror turns surfaces inside out
        if len(faces) > 0:
            out.append(_finished(placed[faces], geometry, linear=suffix in (".gltf", ".glb")))
    return out


def _resolver(trimesh: Any, parent: PurePosixPath, folder: Folder) -> Any:
    class Beside(trimesh.resolvers.Resolver):  # type: ignore[misc]
        """Files that a mesh names, relative to itself and within the folder."""

        def __init__(self) -> None:
            self.refused: list[str] = []

        def get(self, name: str) -> bytes:
            try:
                return folder.read((parent / name).as_posix() if not os.path.isabs(name) else name)
            except UserError as error:
                self.refused.append(str(error))
                raise

        def write(self, name: str, data: object) -> None:
            raise UserError("a mesh is only read")

        def namespaced(self, namespace: str) -> object:
            return _resolver(trimesh, parent / namespace, folder)

        def keys(self) -> list[str]:
            return []

    return Beside()


def _finished(corners: Floats, geometry: Any, *, linear: bool) -> Piece:
    """A piece with the colours of its mesh: of its faces, vertices, material, or texture."""
    visual, count = geometry.visual, len(corners)
    decode: Callable[[Any], Floats] = (lambda c: np.asarray(c, np.float64)) if linear else linear_of
    if visual.kind in ("face", "vertex"):
        if visual.kind == "vertex":
            rgb = decode(np.asarray(visual.vertex_colors)[:, :3] / 255.0)[np.asarray(geometry.faces)].mean(axis=1)
        else:
            rgb = decode(np.asarray(visual.face_colors)[:, :3] / 255.0)
        return Piece(corners, rgb)
    if visual.kind != "texture":
        return Piece(corners, np.tile(GREY, (count, 1)))
    material = visual.material
    base = decode(np.asarray(material.main_color)[:3] / 255.0)
    image = getattr(material, "baseColorTexture", None) or getattr(material, "image", None)
    rgb = np.tile(base, (count, 1))
    uv = texels = None
    if image is not None and visual.uv is not None:
        texels = linear_of(np.asarray(image.convert("RGB"), np.float64) / 255.0)
        texels = texels * base if linear else texels
        corner = np.asarray(visual.uv, np.float64)[np.asarray(geometry.faces)]
        rgb = _sampled(texels, corner)
        uv = corner * [1.0, -1.0] + [0.0, 1.0]
    roughness, metallic = getattr(material, "roughnessFactor", None), getattr(material, "metallicFactor", None)
    if linear:  # glTF: both are 1 where a file does not say
        return Piece(corners, rgb, _share(roughness, 1.0), _share(metallic, 1.0), uv, texels)
    return Piece(corners, rgb, uv=uv, picture=texels)


def _sampled(texels: Floats, uv: Floats) -> Floats:
    """Mean colour (T, 3) of a texture (H, W, 3) at the middle of triangles (T, 3, 2) and half-way to their corners."""
    middle = uv.mean(axis=1, keepdims=True)
    at = np.concatenate([middle, 0.5 * (uv + middle)], axis=1)
    height, width = texels.shape[:2]
    column = np.floor((at[..., 0] % 1.0) * width).astype(np.int64) % width
    row = np.floor((1.0 - at[..., 1] % 1.0) * height).astype(np.int64) % height
    out: Floats = texels[row, column].mean(axis=1)
    return out


def _share(value: object, otherwise: float) -> float:
    return min(max(float(value), 0.0), 1.0) if isinstance(value, (int, float)) else otherwise


def linear_of(code: Any) -> Floats:
    """Linear reflectance of sRGB code values, 0 to 1 (IEC 61966-2-1)."""
    c = np.asarray(code, np.float64)
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
