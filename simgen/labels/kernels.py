"""Kernels of the object labels: one pass over the instance map, silhouettes, and truncation.

Silhouettes are stamped triangle by triangle into a byte image. A row of a triangle is the half-open interval
of pixel centres between its two crossing edges, and its rows are half-open as well: in exact arithmetic the
top-left fill rule, so that neighbours share no pixel and leave no gap. Each pixel counts once an object. Like
the renderer, faces of watertight parts that are turned away are left out (a camera inside a car body does not
see it), open parts are seen from both sides, and camera coordinates are rounded to float32 before projection,
so that the silhouette of an unhidden object is its mask to the pixel.
"""

from __future__ import annotations

import math

import numpy as np

from simgen.compiled import allocating_kernel, inline
from simgen.render.kernels.raster import NEAR_M

_NEAR_VIEW_M = 1e-4  # clipping depth of the solid-angle views, which may surround the camera
_TINY_LUMINANCE = 1e-6  # cd/m2, far below the darkest night sky: keeps Weber contrast finite


@allocating_kernel
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


@allocating_kernel
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


@allocating_kernel
def _luminance(radiance, y, x):
    """Luminance of a linear RGB pixel, ITU-R BT.709 primaries."""
    return 0.2126 * radiance[y, x, 0] + 0.7152 * radiance[y, x, 1] + 0.0722 * radiance[y, x, 2]


@allocating_kernel
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
def _fill(ax, ay, bx, by, cx, cy, stamp, box):
    """Set the pixel centres inside a triangle and grow `box` (int64 x0 y0 x1 y1) around them."""
    height, width = stamp.shape
    y0 = np.int64(math.ceil(min(max(min(ay, by, cy), 0.0), np.float64(height))))
    y1 = np.int64(math.ceil(min(max(max(ay, by, cy), 0.0), np.float64(height))))
    if y0 >= y1:
        return
    x0 = np.int64(math.ceil(min(max(min(ax, bx, cx), 0.0), np.float64(width))))
    x1 = np.int64(math.ceil(min(max(max(ax, bx, cx), 0.0), np.float64(width))))
    if x0 >= x1:
        return
    if by < ay:
        ax, ay, bx, by = bx, by, ax, ay
    if cy < ay:
        ax, ay, cx, cy = cx, cy, ax, ay
    if cy < by:
        bx, by, cx, cy = cx, cy, bx, by
    # Every edge runs from its upper end, so both triangles that share it cross a row at the same float.
    slope_long = (cx - ax) / (cy - ay)
    slope_top = (bx - ax) / (by - ay) if by > ay else 0.0
    slope_low = (cx - bx) / (cy - by) if cy > by else 0.0
    limit = np.float64(width)
    for y in range(y0, y1):
        p = ax + (y - ay) * slope_long
        q = ax + (y - ay) * slope_top if y < by else bx + (y - by) * slope_low
        left = np.int64(math.ceil(min(max(min(p, q), 0.0), limit)))
        right = np.int64(math.ceil(min(max(max(p, q), 0.0), limit)))
        if left < right:
            for x in range(left, right):
                stamp[y, x] = 1
            box[0] = min(box[0], left)
            box[1] = min(box[1], y)
            box[2] = max(box[2], right)
            box[3] = max(box[3], y + 1)


@allocating_kernel
def _cut(v, front, back, near, lens):
    """Picture position of the point where the edge from vertex `front` to `back` meets the near plane."""
    t = (v[front, 4] - near) / (v[front, 4] - v[back, 4])
    x = v[front, 2] + t * (v[back, 2] - v[front, 2])
    y = v[front, 3] + t * (v[back, 3] - v[front, 3])
    return lens[0] * x / near + lens[2], lens[1] * y / near + lens[3]


@allocating_kernel
def _fill_clipped(v, a, b, c, near, lens, stamp, box):
    """Fill what lies in front of the near plane of a triangle that crosses it."""
    for _ in range(3):  # rotate until `a` is alone on its side
        in_a, in_b, in_c = v[a, 4] >= near, v[b, 4] >= near, v[c, 4] >= near
        if in_b == in_c:
            break
        a, b, c = b, c, a
    if in_a == in_b:
        return
    if in_a:
        px, py = _cut(v, a, b, near, lens)
        qx, qy = _cut(v, a, c, near, lens)
        _fill(v[a, 0], v[a, 1], px, py, qx, qy, stamp, box)
    else:
        px, py = _cut(v, b, a, near, lens)
        qx, qy = _cut(v, c, a, near, lens)
        _fill(v[b, 0], v[b, 1], v[c, 0], v[c, 1], px, py, stamp, box)
        _fill(v[c, 0], v[c, 1], qx, qy, px, py, stamp, box)


@allocating_kernel
def _stamp_part(vertices, v0, v1, faces, f0, f1, closed, pose, lens, near, stamp, scratch, box):
    """Stamp one part seen through a pinhole.

    Takes:
        vertices, faces: of all parts; this part has rows v0..v1 and f0..f1, its faces count from v0.
        closed: whether the part is watertight.
        pose: (3, 4) part -> camera; lens: (4,) fx fy cx cy; near: clipping z-depth.
        stamp: (H, W) uint8, set where covered; scratch: (>= v1 - v0, 5); box: (4,) int64, grown.

    Gives:
        Whether every vertex lies in front of the near plane and within the picture's outer edges.
    """
    height, width = stamp.shape
    whole = True
    for i in range(v0, v1):
        px, py, pz = np.float64(vertices[i, 0]), np.float64(vertices[i, 1]), np.float64(vertices[i, 2])
        x = np.float64(np.float32(pose[0, 0] * px + pose[0, 1] * py + pose[0, 2] * pz + pose[0, 3]))
        y = np.float64(np.float32(pose[1, 0] * px + pose[1, 1] * py + pose[1, 2] * pz + pose[1, 3]))
        z = np.float64(np.float32(pose[2, 0] * px + pose[2, 1] * py + pose[2, 2] * pz + pose[2, 3]))
        j = i - v0
        scratch[j, 2], scratch[j, 3], scratch[j, 4] = x, y, z
        if z >= near:
            inverse = 1.0 / z
            u = lens[0] * x * inverse + lens[2]
            v = lens[1] * y * inverse + lens[3]
            scratch[j, 0], scratch[j, 1] = u, v
            whole = whole and -0.5 <= u <= width - 0.5 and -0.5 <= v <= height - 0.5
        else:
            whole = False
    for f in range(f0, f1):
        a, b, c = faces[f, 0], faces[f, 1], faces[f, 2]
        if closed:
            # Volume of the tetrahedron eye-triangle: not negative means turned away.
            ax, ay, az = scratch[a, 2], scratch[a, 3], scratch[a, 4]
            bx, by, bz = scratch[b, 2], scratch[b, 3], scratch[b, 4]
            cx, cy, cz = scratch[c, 2], scratch[c, 3], scratch[c, 4]
            if ax * (by * cz - bz * cy) - ay * (bx * cz - bz * cx) + az * (bx * cy - by * cx) >= 0.0:
                continue
        front = np.int64(scratch[a, 4] >= near) + np.int64(scratch[b, 4] >= near)
        front += np.int64(scratch[c, 4] >= near)
        if front == 3:
            _fill(
                scratch[a, 0], scratch[a, 1], scratch[b, 0], scratch[b, 1], scratch[c, 0], scratch[c, 1],
                stamp, box,
            )  # fmt: skip
        elif front > 0:
            _fill_clipped(scratch, a, b, c, near, lens, stamp, box)
    return whole


@allocating_kernel
def _compose(a, b, out):
    """The rigid transform a (3, 4) after b (4, 4)."""
    for i in range(3):
        for j in range(4):
            s = a[i, 0] * b[0, j] + a[i, 1] * b[1, j] + a[i, 2] * b[2, j]
            out[i, j] = s + a[i, 3] if j == 3 else s


@allocating_kernel
def _sphere_in_picture(pose, sphere, lens, width, height):
    """Whether the sphere (part frame; x y z r) may cover a pixel centre: conservative plane tests."""
    x = pose[0, 0] * sphere[0] + pose[0, 1] * sphere[1] + pose[0, 2] * sphere[2] + pose[0, 3]
    y = pose[1, 0] * sphere[0] + pose[1, 1] * sphere[1] + pose[1, 2] * sphere[2] + pose[1, 3]
    z = pose[2, 0] * sphere[0] + pose[2, 1] * sphere[1] + pose[2, 2] * sphere[2] + pose[2, 3]
    r = sphere[3]
    if z < NEAR_M - r:
        return False
    left, right = (-1.0 - lens[2]) / lens[0], (width - lens[2]) / lens[0]
    top, bottom = (-1.0 - lens[3]) / lens[1], (height - lens[3]) / lens[1]
    return (
        x - left * z > -r * math.sqrt(1.0 + left * left)
        and right * z - x > -r * math.sqrt(1.0 + right * right)
        and y - top * z > -r * math.sqrt(1.0 + top * top)
        and bottom * z - y > -r * math.sqrt(1.0 + bottom * bottom)
    )


@allocating_kernel
def silhouettes(geometry, camera_world, world_part, lens, instance, visible, stamp, scratch, box, count, whole):
    """Amodal boxes and pixel counts: every object's own silhouette, as if nothing else were there.

    The object's visible pixels belong to its silhouette by definition: where the renderer's rounding covers
    an edge pixel that ours does not, the pixel is added, so that visible is always a part of amodal.

    Takes:
        geometry: tuple of vertices (V, 3) f32, faces (T, 3) i32, part_vertex (Q + 1,), part_face (Q + 1,),
            part_closed (Q,) bool, part_sphere (Q, 4) f64, part_pose (Q,) rows of `world_part`,
            object_part (N + 1,).
        camera_world: (3, 4) float64 world -> camera.
        world_part: (P, 4, 4) float64.
        lens: (4,) fx fy cx cy.
        instance: (H, W) map; visible: (N, 4) int64 boxes of it.
        stamp: (H, W) uint8 zeros, left as zeros; scratch: (V_max, 5) float64.
        box: (N, 4) int64 output; count: (N,) int64 output; whole: (N,) uint8 output, 1 where every vertex
            projects into the picture.
    """
    vertices, faces, part_vertex, part_face, part_closed, part_sphere, part_pose, object_part = geometry
    height, width = stamp.shape
    pose = np.empty((3, 4))
    grown = np.empty(4, np.int64)
    for k in range(count.shape[0]):
        seen = visible[k, 2] > visible[k, 0]
        grown[0], grown[1], grown[2], grown[3] = width, height, 0, 0
        inside = True
        for q in range(object_part[k], object_part[k + 1]):
            _compose(camera_world, world_part[part_pose[q]], pose)
            if not _sphere_in_picture(pose, part_sphere[q], lens, width, height):
                inside = False
                continue
            part_whole = _stamp_part(
                vertices, part_vertex[q], part_vertex[q + 1], faces, part_face[q], part_face[q + 1],
                part_closed[q], pose, lens, NEAR_M, stamp, scratch, grown,
            )  # fmt: skip
            inside = inside and part_whole
        whole[k] = inside
        if seen:
            grown[0], grown[1] = min(grown[0], visible[k, 0]), min(grown[1], visible[k, 1])
            grown[2], grown[3] = max(grown[2], visible[k, 2]), max(grown[3], visible[k, 3])
        total = 0
        for y in range(grown[1], grown[3]):
            for x in range(grown[0], grown[2]):
                total += (stamp[y, x] != 0) | (instance[y, x] == k + 1)
                stamp[y, x] = 0
        count[k] = total
        for i in range(4):
            box[k, i] = grown[i] if total > 0 else 0


@allocating_kernel
def _bounding_sphere(geometry, camera_world, world_part, k, pose):
    """Centre and radius, camera frame, of a sphere around object k: the middle of its part spheres' boxes."""
    _, _, _, _, _, part_sphere, part_pose, object_part = geometry
    low, high = np.full(3, np.inf), np.full(3, -np.inf)
    for q in range(object_part[k], object_part[k + 1]):
        _compose(camera_world, world_part[part_pose[q]], pose)
        s = part_sphere[q]
        for i in range(3):
            c = pose[i, 0] * s[0] + pose[i, 1] * s[1] + pose[i, 2] * s[2] + pose[i, 3]
            low[i], high[i] = min(low[i], c - s[3]), max(high[i], c + s[3])
    centre = 0.5 * (low + high)
    radius = 0.0
    for q in range(object_part[k], object_part[k + 1]):
        _compose(camera_world, world_part[part_pose[q]], pose)
        s = part_sphere[q]
        gap = 0.0
        for i in range(3):
            c = pose[i, 0] * s[0] + pose[i, 1] * s[1] + pose[i, 2] * s[2] + pose[i, 3]
            gap += (c - centre[i]) ** 2
        radius = max(radius, math.sqrt(gap) + s[3])
    return centre, radius


@allocating_kernel
def _look(forward, roll):
    """(3, 3) rotation camera -> view whose z axis is `forward` (a unit vector), turned by `roll` about it."""
    out = np.empty((3, 3))
    i = 0 if abs(forward[0]) < abs(forward[1]) else 1
    axis = np.zeros(3)
    axis[i] = 1.0
    side = axis - forward * forward[i]
    side /= math.sqrt(side[0] ** 2 + side[1] ** 2 + side[2] ** 2)
    up = np.array(
        [
            forward[1] * side[2] - forward[2] * side[1],
            forward[2] * side[0] - forward[0] * side[2],
            forward[0] * side[1] - forward[1] * side[0],
        ]
    )
    c, s = math.cos(roll), math.sin(roll)
    for j in range(3):
        out[0, j] = c * side[j] + s * up[j]
        out[1, j] = c * up[j] - s * side[j]
        out[2, j] = forward[j]
    return out


@allocating_kernel
def _solid_angles(geometry, camera_world, world_part, k, view, lens_view, lens, width, height, stamp, scratch):
    """Solid angle of object k within one pinhole view, and the share of it inside the picture, both in sr.

    Takes:
        view: (3, 3) rotation camera -> view.
        lens_view: (4,) pinhole of the square `stamp`, uint8 zeros that are left as zeros.
        lens, width, height: the picture.
    """
    vertices, faces, part_vertex, part_face, part_closed, _, part_pose, object_part = geometry
    turned = np.empty((3, 4))
    for i in range(3):
        for j in range(4):
            turned[i, j] = (
                view[i, 0] * camera_world[0, j] + view[i, 1] * camera_world[1, j] + view[i, 2] * camera_world[2, j]
            )
    pose = np.empty((3, 4))
    size = stamp.shape[0]
    box = np.array([size, size, 0, 0], np.int64)
    for q in range(object_part[k], object_part[k + 1]):
        _compose(turned, world_part[part_pose[q]], pose)
        _stamp_part(
            vertices, part_vertex[q], part_vertex[q + 1], faces, part_face[q], part_face[q + 1],
            part_closed[q], pose, lens_view, _NEAR_VIEW_M, stamp, scratch, box,
        )  # fmt: skip
    total, inside = 0.0, 0.0
    cell = 1.0 / (lens_view[0] * lens_view[1])
    for j in range(box[1], box[3]):
        for i in range(box[0], box[2]):
            if stamp[j, i] == 0:
                continue
            stamp[j, i] = 0
            a, b = (i - lens_view[2]) / lens_view[0], (j - lens_view[3]) / lens_view[1]
            share = cell / (1.0 + a * a + b * b) ** 1.5
            total += share
            z = view[0, 2] * a + view[1, 2] * b + view[2, 2]
            if z > 0.0:
                u = lens[0] * (view[0, 0] * a + view[1, 0] * b + view[2, 0]) / z + lens[2]
                v = lens[1] * (view[0, 1] * a + view[1, 1] * b + view[2, 1]) / z + lens[3]
                if -0.5 <= u < width - 0.5 and -0.5 <= v < height - 0.5:
                    inside += share
    return total, inside


@allocating_kernel
def truncations(geometry, camera_world, world_part, lens, width, height, count, whole, stamp, scratch, out):
    """Share of each object's solid angle that lies outside the picture, all directions counted.

    The silhouette is stamped into a gnomonic view that looks at the object and just holds its bounding sphere
    (edges stay straight there; a cell's solid angle is da db / (1 + a^2 + b^2)^(3/2)). Where that view would
    be wider than 100 degrees, or the camera is inside the sphere, six faces of a cube take its place. The
    views are turned against the picture, so that no picture edge runs along a row of cells.

    Takes:
        geometry, camera_world, world_part, lens, scratch: see `silhouettes`.
        width, height: of the picture.
        count, whole: (N,) outputs of `silhouettes`; objects without a pixel get 0, whole ones exactly 0.
        stamp: (S, S) uint8 zeros, left as zeros.
        out: (N,) float64 output.
    """
    size = stamp.shape[0]
    middle = 0.5 * (size - 1)
    pose = np.empty((3, 4))
    faces = _look(np.array([0.36, 0.48, 0.8]), 0.5)
    for k in range(count.shape[0]):
        out[k] = 0.0
        if count[k] == 0 or whole[k] != 0:
            continue
        centre, radius = _bounding_sphere(geometry, camera_world, world_part, k, pose)
        distance = math.sqrt(centre[0] ** 2 + centre[1] ** 2 + centre[2] ** 2)
        total, inside = 0.0, 0.0
        if radius < 0.766 * distance:  # sin 50 deg
            half = radius / math.sqrt(distance * distance - radius * radius)
            f = 0.5 * size / half
            total, inside = _solid_angles(
                geometry, camera_world, world_part, k, _look(centre / distance, 0.5),
                np.array([f, f, middle, middle]), lens, width, height, stamp, scratch,
            )  # fmt: skip
        else:
            f = 0.5 * size
            view = np.empty((3, 3))
            for face in range(6):
                axis = face // 2
                sign = 1.0 if face % 2 == 0 else -1.0
                for j in range(3):
                    view[0, j] = sign * faces[(axis + 1) % 3, j]
                    view[1, j] = faces[(axis + 2) % 3, j]
                    view[2, j] = sign * faces[axis, j]
                t, i = _solid_angles(
                    geometry, camera_world, world_part, k, view,
                    np.array([f, f, middle, middle]), lens, width, height, stamp, scratch,
                )  # fmt: skip
                total += t
                inside += i
        if total > 0.0:
            out[k] = 1.0 - inside / total


@allocating_kernel
def boxes_in_camera(camera_world, world_object, box_centre, centre_out, quat_out):
    """3D boxes in the camera frame.

    Takes:
        camera_world: (3, 4) world -> camera; world_object: (N, 4, 4); box_centre: (N, 3) in the model frame.
        centre_out: (N, 3) output, metres; quat_out: (N, 4) output, xyzw with w >= 0.
    """
    m = np.empty((3, 4))
    for k in range(world_object.shape[0]):
        _compose(camera_world, world_object[k], m)
        for i in range(3):
            centre_out[k, i] = (
                m[i, 0] * box_centre[k, 0] + m[i, 1] * box_centre[k, 1] + m[i, 2] * box_centre[k, 2] + m[i, 3]
            )
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
