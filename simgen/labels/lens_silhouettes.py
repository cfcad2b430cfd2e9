# mypy: allow-untyped-defs, allow-untyped-calls, allow-untyped-decorators
"""Silhouettes in the pictures of distorting lenses: stamped on the samples of each face, read by the pixels.

A pixel belongs to a silhouette where the sample does that it looks at, so that the silhouette of an unhidden object is
its mask to the pixel, as in `silhouettes`.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from simgen.compiled import kernel
from simgen.held import taken
from simgen.labels.silhouettes import compose, place, stamp_part
from simgen.render.kernels.distortion import project
from simgen.render.kernels.raster import NEAR_M
from simgen.render.lens_map import LensMap

TILE = 32
"""Samples a side of the tiles by which the pixels that look at a part of a face are found."""


@lru_cache(maxsize=8)
def tiles_of(lens: LensMap) -> tuple[NDArray[np.int32], ...]:
    """Of each face, (rows, columns, 4): the box, half-open, of the pixels that look at each tile of its samples."""
    out = []
    for face in lens.faces:
        boxes = np.empty((-(-face.fine.height // TILE), -(-face.fine.width // TILE), 4), np.int32)
        _tile_boxes(face.pixel, face.sample, face.fine.width, lens.camera.width, boxes)
        out.append(boxes)
    return tuple(out)


@kernel
def _tile_boxes(pixel, sample, wide, width, boxes):
    """Boxes around the pixels of each tile; see `tiles_of`."""
    boxes[:, :, :2] = np.int32(1 << 30)
    boxes[:, :, 2:] = np.int32(0)
    for n in range(pixel.shape[0]):
        x, y = pixel[n] % width, pixel[n] // width
        tile = boxes[sample[n] // wide // TILE, sample[n] % wide // TILE]
        tile[0], tile[1] = min(tile[0], x), min(tile[1], y)
        tile[2], tile[3] = max(tile[2], x + 1), max(tile[3], y + 1)


@kernel
def silhouettes_in_face(
    labelled, face_world, world_part, drawn, fine, wide, number, face, sample, tiles, instance, visible, stamp,
    box, count,
):  # fmt: skip
    """Add what one face shows of all objects to their amodal boxes and pixel counts.

    Takes:
        labelled, world_part: see `silhouettes.silhouettes`.
        face_world: (3, 4) float64 world -> the face's frame; drawn: (P,) uint8 version of each part in it.
        fine: (4,) fx fy cx cy of its samples; wide: samples in a row.
        number: of the face; face: (H, W) uint8 the face of each pixel; sample: (H, W) int32 its sample.
        tiles: see `tiles_of`.
        instance: (H, W) map; visible: (N, 4) int64 boxes of it.
        stamp: (rows, wide / 64 rounded up) uint64 zeros, left as zeros.
        box: (N, 4) int64, grown; count: (N,) int64, added to.
    """
    solids, scratch = taken(labelled).solids, taken(labelled).scratch
    pose, grown = scratch.pose, scratch.box
    high = stamp.shape[0]
    for k in range(count.shape[0]):
        grown[0], grown[1], grown[2], grown[3] = wide, high, 0, 0
        for q in range(solids.object_part[k], solids.object_part[k + 1]):
            p = solids.part_pose[q]
            compose(face_world, world_part[p], pose)
            stamp_part(solids, q, np.int64(drawn[p]), pose, fine, NEAR_M, wide, scratch, stamp, grown)
        # What is visible belongs to the silhouette by definition.
        x0, y0, x1, y1 = visible[k, 0], visible[k, 1], visible[k, 2], visible[k, 3]
        if x1 <= x0:
            x0, y0, x1, y1 = np.int64(1 << 30), np.int64(1 << 30), np.int64(0), np.int64(0)
        if grown[0] < grown[2] and grown[1] < grown[3]:
            for r in range(grown[1] // TILE, (grown[3] - 1) // TILE + 1):
                for c in range(grown[0] // TILE, (grown[2] - 1) // TILE + 1):
                    tile = tiles[r, c]
                    x0, y0 = min(x0, np.int64(tile[0])), min(y0, np.int64(tile[1]))
                    x1, y1 = max(x1, np.int64(tile[2])), max(y1, np.int64(tile[3]))
        for y in range(y0, y1):
            for x in range(x0, x1):
                if face[y, x] != number:
                    continue
                row, column = sample[y, x] // wide, sample[y, x] % wide
                word = stamp[row, column >> 6] >> np.uint64(column & 63)
                if (word & np.uint64(1)) == 0 and instance[y, x] != k + 1:
                    continue
                if count[k] == 0:
                    box[k, 0], box[k, 1], box[k, 2], box[k, 3] = x, y, x, y
                count[k] += 1
                box[k, 0], box[k, 1] = min(box[k, 0], x), min(box[k, 1], y)
                box[k, 2], box[k, 3] = max(box[k, 2], x + 1), max(box[k, 3], y + 1)
        for y in range(grown[1], grown[3]):
            stamp[y] = np.uint64(0)


@kernel
def wholly_inside(labelled, camera_world, world_part, drawn, lens, width, height, count, whole):
    """Which objects have every vertex in the picture.

    Takes:
        labelled, camera_world, world_part, drawn: see `silhouettes.silhouettes`.
        lens: see `render.kernels.distortion`; width, height: of the picture.
        count: (N,) pixels of each object's silhouette: those without are not looked at.
        whole: (N,) uint8 output.
    """
    solids, pose = taken(labelled).solids, taken(labelled).scratch.pose
    for k in range(count.shape[0]):
        whole[k] = count[k] > 0
        for q in range(solids.object_part[k], solids.object_part[k + 1]):
            if not whole[k]:
                break
            p = solids.part_pose[q]
            compose(camera_world, world_part[p], pose)
            v = solids.part_version[q] + np.int64(drawn[p])
            for i in range(solids.version_vertex[v], solids.version_vertex[v + 1]):
                x, y, z = place(pose, solids.vertices[:, i])
                u, w, followed = project(lens, x, y, z)
                if not (followed and u >= -0.5 and u <= width - 0.5 and w >= -0.5 and w <= height - 0.5):
                    whole[k] = 0
                    break
