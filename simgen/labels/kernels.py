"""Kernels of the object labels that look at pixels or at 3D boxes: counts, contrast, poses."""

from __future__ import annotations

import math

import numpy as np

from simgen.compiled import inline, kernel
from simgen.labels.silhouettes import compose

_TINY_LUMINANCE = 1e-6  # cd/m2, far below the darkest night sky: keeps Weber contrast finite


@inline
def _uniform(pixels, name):
    """Whether 16 pixels are all `name`."""
    other = np.int64(0)
    for i in range(16):
        other |= np.int64(pixels[i] ^ name)
    return other == 0


@kernel
def visible_boxes(instance, box, count):
    """Bounding boxes and pixel counts of every instance id in one pass over the map.

    Takes:
        instance: (H, W) unsigned ids, 0 is no object.
        box: (N, 4) int64 output x0 y0 x1 y1, half-open; all 0 where an object has no pixel.
        count: (N + 1,) int64 output; the last is the pixels of ids beyond N, which the caller must refuse.
    """
    height, width = instance.shape
    n = box.shape[0]
    box[:] = 0
    count[:] = 0
    for y in range(height):
        x = 0
        while x < width:
            name = instance[y, x]
            start = x
            x += 1
            while x < width and instance[y, x] == name:
                x += 1
                # Runs are long: on through them by blocks of 16 pixels, each a few instructions.
                while x + 16 <= width and _uniform(instance[y, x : x + 16], name):
                    x += 16
            if name == 0:
                continue
            k = min(np.int64(name) - 1, n)
            if k < n:
                if count[k] == 0:
                    box[k, 0], box[k, 1] = start, y
                box[k, 0] = min(box[k, 0], start)
                box[k, 2] = max(box[k, 2], x)
                box[k, 3] = y + 1
            count[k] += x - start


@kernel
def mean_transmittance(instance, transmittance, box, count, out):
    """Mean of (H, W) `transmittance` over each object's visible pixels; rows without pixels stay."""
    for k in range(box.shape[0]):
        if count[k] == 0:
            continue
        total = 0.0
        for y in range(box[k, 1], box[k, 3]):
            for x in range(box[k, 0], box[k, 2]):
                if instance[y, x] == k + 1:
                    total += transmittance[y, x]
        out[k] = total / count[k]


@inline
def _luminance(radiance, y, x):
    """Luminance of a linear RGB pixel, ITU-R BT.709 primaries."""
    return 0.2126 * radiance[y, x, 0] + 0.7152 * radiance[y, x, 1] + 0.0722 * radiance[y, x, 2]


@kernel
def weber_contrast(instance, radiance, box, count, out):
    """Root-mean-square Weber contrast of each object against its surround, in linear light.

    sqrt(mean over its visible pixels of (L - L_b)^2) / L_b: for a uniform object exactly |L - L_b| / L_b,
    while stripes that average to the background do not cancel. L_b is the mean over the object's border edges
    of the second pixel beyond the edge, which no antialiasing has mixed with the object (of the first where
    the second is the object again or off the picture). An object without a border fills the picture and keeps
    its row.
    """
    height, width = instance.shape
    for k in range(box.shape[0]):
        if count[k] == 0:
            continue
        first, second, around, edges = 0.0, 0.0, 0.0, 0
        for y in range(box[k, 1], box[k, 3]):
            for x in range(box[k, 0], box[k, 2]):
                if instance[y, x] != k + 1:
                    continue
                value = _luminance(radiance, y, x)
                first += value
                second += value * value
                for side in range(4):
                    dx = (side == 0) - (side == 1)
                    dy = (side == 2) - (side == 3)
                    x1, y1 = x + dx, y + dy
                    if x1 < 0 or y1 < 0 or x1 >= width or y1 >= height or instance[y1, x1] == k + 1:
                        continue
                    x2, y2 = x1 + dx, y1 + dy
                    if x2 < 0 or y2 < 0 or x2 >= width or y2 >= height or instance[y2, x2] == k + 1:
                        x2, y2 = x1, y1
                    around += _luminance(radiance, y2, x2)
                    edges += 1
        if edges == 0:
            continue
        back = max(around / edges, _TINY_LUMINANCE)
        mean = first / count[k]
        square = second / count[k] - 2.0 * back * mean + back * back
        out[k] = math.sqrt(max(square, 0.0)) / back


@inline
def _carry(pose, point, out):
    """A point (3,) after a pose (3, 4)."""
    for i in range(3):
        out[i] = pose[i, 0] * point[0] + pose[i, 1] * point[1] + pose[i, 2] * point[2] + pose[i, 3]


@kernel
def boxes_in_camera(camera_world, world_object, box_centre, pose, centre_out, quat_out, distance_out, world_out):
    """3D boxes in the camera frame, and where their centres are.

    Takes:
        camera_world: (3, 4) world -> camera; world_object: (N, 4, 4); box_centre: (N, 3) in the model frame.
        pose: (3, 4) float64 scratch.
        centre_out: (N, 3) output, metres; quat_out: (N, 4) output, xyzw with w >= 0.
        distance_out: (N,) output, of the centres from the camera; world_out: (N, 3) output, centres in the world.
    """
    m = pose
    for k in range(world_object.shape[0]):
        compose(camera_world, world_object[k], m)
        _carry(m, box_centre[k], centre_out[k])
        _carry(world_object[k], box_centre[k], world_out[k])
        x, y, z = centre_out[k, 0], centre_out[k, 1], centre_out[k, 2]
        distance_out[k] = math.sqrt(x * x + y * y + z * z)
        # Shepperd's method: start from the largest component, so that nothing small is divided by.
        trace = m[0, 0] + m[1, 1] + m[2, 2]
        top = max(trace, m[0, 0], m[1, 1], m[2, 2])
        if top == trace:
            x, y, z, w = m[2, 1] - m[1, 2], m[0, 2] - m[2, 0], m[1, 0] - m[0, 1], 1.0 + trace
        elif top == m[0, 0]:
            x, y, z, w = 1.0 + 2.0 * m[0, 0] - trace, m[0, 1] + m[1, 0], m[0, 2] + m[2, 0], m[2, 1] - m[1, 2]
        elif top == m[1, 1]:
            x, y, z, w = m[0, 1] + m[1, 0], 1.0 + 2.0 * m[1, 1] - trace, m[1, 2] + m[2, 1], m[0, 2] - m[2, 0]
        else:
            x, y, z, w = m[0, 2] + m[2, 0], m[1, 2] + m[2, 1], 1.0 + 2.0 * m[2, 2] - trace, m[1, 0] - m[0, 1]
        scale = (1.0 if w >= 0.0 else -1.0) / math.sqrt(x * x + y * y + z * z + w * w)
        quat_out[k, 0], quat_out[k, 1], quat_out[k, 2], quat_out[k, 3] = (
            scale * x, scale * y, scale * z, scale * w,
        )  # fmt: skip


@kernel
def fill_rows(
    rows, visible_box, amodal_box, visible, amodal, truncation, distance, transmittance, contrast, centre, size, quat,
    velocity, threshold, instance_out, visible_box_out, amodal_box_out, visible_out, amodal_out, visibility_out,
    truncation_out, distance_out, transmittance_out, contrast_out, detectable_out, centre_out, size_out, quat_out,
    velocity_out,
):  # fmt: skip
    """Columns of the table of objects from what was measured of all of them.

    Takes:
        rows: (R,) int64 objects that have a row.
        visible_box ... velocity: of all objects, (N,) or (N, 3 or 4).
        threshold: contrast from which on a visible object is detectable.
        instance_out ... velocity_out: outputs, see `objects.ObjectLabeller.table`.
    """
    for r in range(rows.shape[0]):
        k = rows[r]
        instance_out[r] = k + 1
        visible_out[r], amodal_out[r] = visible[k], amodal[k]
        visibility_out[r] = float(visible[k]) / float(amodal[k])
        truncation_out[r], distance_out[r] = truncation[k], distance[k]
        transmittance_out[r], contrast_out[r] = transmittance[k], contrast[k]
        detectable_out[r] = np.uint8(visible[k] > 0 and contrast[k] >= threshold)
        for c in range(4):
            visible_box_out[r, c], amodal_box_out[r, c] = visible_box[k, c], amodal_box[k, c]
            quat_out[r, c] = quat[k, c]
        for c in range(3):
            centre_out[r, c], size_out[r, c], velocity_out[r, c] = centre[k, c], size[k, c], velocity[k, c]
