"""From the samples of a face to the pixels of a distorted picture: what each sees along its own ray."""

from __future__ import annotations

import math

import numpy as np

from simgen.compiled import kernel
from simgen.render.kernels.distortion import project
from simgen.render.kernels.maths import exp32
from simgen.render.kernels.raster import NEAR_M
from simgen.render.kernels.resolve import at_ray, row_of


@kernel
def meet_triangles(
    x, y, triangle, camera, faces, face_part, normals, uv, rotation, back, intrinsics, slot, table, used, depth, normal
):
    """Depth and normal where rays meet the planes of their triangles.

    A ray is that of a pixel, whose triangle is that at the nearest sample: it may pass the triangle by a fraction of a
    pixel. The depth is kept within that of the triangle's corners.

    Args:
        x, y: (N,) float32 places in pixels; triangle: (N,) int32, -1 for nothing.
        camera, faces, face_part, normals, uv, rotation, back, intrinsics, slot, table, used: see `resolve.locate`.
        depth: (N,) float32 output, z-depth, inf for nothing.
        normal: (N, 3) float32 output, camera frame, unit, 0 for nothing.
    """
    ifx, ify, cx, cy = 1.0 / intrinsics[0], 1.0 / intrinsics[1], intrinsics[2], intrinsics[3]
    for n in range(triangle.shape[0]):
        t = triangle[n]
        if t < 0:
            depth[n] = np.float32(np.inf)
            for k in range(3):
                normal[n, k] = np.float32(0.0)
            continue
        w = row_of(t, slot, table, used, camera, faces, face_part, normals, uv, rotation, back)
        inverse, nx, ny, nz = at_ray(table, w, (float(x[n]) - cx) * ifx, (float(y[n]) - cy) * ify)
        z0, z1, z2 = camera[2, faces[t, 0]], camera[2, faces[t, 1]], camera[2, faces[t, 2]]
        nearest, farthest = float(max(min(z0, z1, z2), np.float32(NEAR_M))), float(max(z0, z1, z2))
        depth[n] = 1.0 / min(max(inverse, 1.0 / farthest), 1.0 / nearest)
        normal[n, 0], normal[n, 1], normal[n, 2] = nx, ny, nz


@kernel
def meet_depths(x, y, sample, wide, seen, normal, back, intrinsics, fine, depth, turned):
    """Depth where rays meet the plane through the nearest sample of a depth map.

    Args:
        x, y: (N,) float32 places in pixels; sample: (N,) int32 flat index of the nearest sample.
        wide: columns of the map of samples; seen: its flat float32 z-depth, inf for nothing.
        normal: (N, 3) float32 world normal at the sample.
        back: (3, 4) float64 camera -> world.
        intrinsics, fine: (4,) float64 of the places and of the samples.
        depth, turned: outputs, see `meet_triangles`.
    """
    for n in range(sample.shape[0]):
        z = float(seen[sample[n]])
        if not z < 1e9:
            depth[n] = np.float32(np.inf)
            for k in range(3):
                turned[n, k] = np.float32(0.0)
            continue
        nx = back[0, 0] * normal[n, 0] + back[1, 0] * normal[n, 1] + back[2, 0] * normal[n, 2]
        ny = back[0, 1] * normal[n, 0] + back[1, 1] * normal[n, 1] + back[2, 1] * normal[n, 2]
        nz = back[0, 2] * normal[n, 0] + back[1, 2] * normal[n, 1] + back[2, 2] * normal[n, 2]
        row, column = sample[n] // wide, sample[n] % wide
        there = nx * (column - fine[2]) / fine[0] + ny * (row - fine[3]) / fine[1] + nz
        here = nx * (float(x[n]) - intrinsics[2]) / intrinsics[0] + ny * (float(y[n]) - intrinsics[3]) / intrinsics[1]
        here += nz
        # Edge-on, the plane says nothing about the depth beside the sample.
        ratio = there / here if here * there > 0.0 else 1.0
        depth[n] = z * min(max(ratio, 0.8), 1.25)
        turned[n, 0], turned[n, 1], turned[n, 2] = nx, ny, nz


@kernel
def take(pixel, sample, instance, semantic, water_depth, instance_out, semantic_out, water_depth_out):
    """Give every pixel what its sample has, as it is: flat maps of samples, and flat maps of the picture."""
    for n in range(pixel.shape[0]):
        i, s = pixel[n], sample[n]
        instance_out[i] = instance[s]
        semantic_out[i] = semantic[s]
        water_depth_out[i] = water_depth[s]


@kernel
def take_triangles(pixel, triangle, nearest, face, center, samples):
    """The triangles in the middle and at S places of every pixel.

    Args:
        pixel: (N,) int32; triangle: (N,) int32 in its middle, -1 for nothing.
        nearest: (N, S) int32 samples; face: flat int32 triangles of the samples.
        center: (H * W,) int32 output; samples: (H * W, S) int32 output, 1 + the triangle.
    """
    for n in range(pixel.shape[0]):
        i = pixel[n]
        center[i] = triangle[n]
        for s in range(nearest.shape[1]):
            samples[i, s] = face[nearest[n, s]] + np.int32(1)


@kernel
def labels(
    pixel, sample, x, y, face_depth, face_normal, part, lens, intrinsics, turn, up, above, is_water, reach, known,
    to_previous, width, depth, distance, transmittance, normal, flow,
):  # fmt: skip
    """The labels of the pixels that look through one face.

    Args:
        pixel, sample: (N,) int32 flat indices, ascending, and what each looks at.
        x, y: (N,) float32 where they look, in pixels of the face.
        face_depth, face_normal: (N,) and (N, 3) float32 z-depth and normal in the frame of the face.
        part: (N,) int32 part that the surface belongs to, -1 for what is fixed in the world.
        lens: of the picture, see `distortion`; intrinsics: (4,) float64 of the face.
        turn: (3, 3) float64 camera frame -> the face's.
        up: (3,) float64 world up in the camera frame; above: height of the eye over the water.
        is_water: flat uint8 map of the samples, where the labels describe the water surface.
        reach, known: flat float32 distance and transmittance of the samples; empty where nobody asks.
        to_previous: (P + 1, 3, 4) float64, see `resolve.normals_and_flow`.
        width: of the picture.
        depth: (H * W,) float32 output.
        distance, transmittance: (H * W,) float32 outputs, written where `reach` is given.
        normal, flow: (H * W, 3) and (H * W, 2) float32 outputs, or (0, ...) where nobody asks.
    """
    world = to_previous.shape[0] - 1
    one = np.float32(1.0)
    row, begin = 0, 0
    for n in range(pixel.shape[0]):
        i = pixel[n]
        while i >= begin + width:
            row += 1
            begin += width
        a, b = (float(x[n]) - intrinsics[2]) / intrinsics[0], (float(y[n]) - intrinsics[3]) / intrinsics[1]
        length = math.sqrt(1.0 + a * a + b * b)
        a, b, c = a / length, b / length, 1.0 / length
        rx = turn[0, 0] * a + turn[1, 0] * b + turn[2, 0] * c
        ry = turn[0, 1] * a + turn[1, 1] * b + turn[2, 1] * c
        rz = turn[0, 2] * a + turn[1, 2] * b + turn[2, 2] * c
        s = sample[n]
        wet = is_water[s] != 0
        far = float(face_depth[n]) * length
        if wet:  # the sample met the water: this ray meets the same plane
            far = above / max(-(up[0] * rx + up[1] * ry + up[2] * rz), 1e-9)
        solid = far < 1e9
        depth[i] = far * rz if solid else np.inf
        if reach.shape[0] > 0:
            distance[i] = far if solid else np.inf
            through = known[s]
            if solid and reach[s] < np.float32(1e9) and through > np.float32(0.0) and through < one:
                # The air is that before the sample, as much more or less of it as this ray is longer or shorter.
                more = far / float(reach[s]) - 1.0
                through = min(through * exp32(np.float32(math.log(float(through)) * more)), one)
            transmittance[i] = through
        if normal.shape[0] == 0:
            continue
        for k in range(3):
            turned = turn[0, k] * face_normal[n, 0] + turn[1, k] * face_normal[n, 1] + turn[2, k] * face_normal[n, 2]
            normal[i, k] = up[k] if wet else turned
        m = to_previous[world if wet or part[n] < 0 else part[n]]
        shift = 1.0 / far if solid else 0.0  # what is infinitely distant is only turned
        qx = m[0, 0] * rx + m[0, 1] * ry + m[0, 2] * rz + m[0, 3] * shift
        qy = m[1, 0] * rx + m[1, 1] * ry + m[1, 2] * rz + m[1, 3] * shift
        qz = m[2, 0] * rx + m[2, 1] * ry + m[2, 2] * rz + m[2, 3] * shift
        u, v, followed = project(lens, qx, qy, qz)
        flow[i, 0] = u - (i - begin) if followed else np.nan
        flow[i, 1] = v - row if followed else np.nan
