"""The visibility buffer: nearest triangle and its inverse depth for every sample.

    cluster visible? -> faces turned away (one-sided parts) -> all in front of the clip planes?
        yes -> project -> fill
        no  -> clip the polygon against near plane and water plane -> project -> fan -> fill

With S samples a pixel there are S rows of samples for each row of pixels; row r holds one sample a pixel at
y = (r + 0.5) / S - 0.5 and x = column + offset[r mod S], which gives S distinct positions in x and in y: the centres
of S rows and of S columns.
"""

from __future__ import annotations

import math

import numpy as np

from simgen.compiled import inline, kernel

NEAR_M = 0.05
"""Nothing nearer than this in front of the camera is drawn, metres of z-depth."""


@inline
def _larger(a, b):
    """The larger of two int64, neither negative.

    By arithmetic: what is chosen between a place's old word and a new one becomes a masked store, ten times as slow on
    some processors.
    """
    rise = a - b
    return b + (rise & ~(rise >> 63))


@inline
def _fill(ax, ay, aw, bx, by, bw, cx, cy, cw, face, shift, depth, keys):
    """Fill one projected triangle at one sample a pixel, `shift` to the right of its centre.

    y is in rows already; inverse depth is linear on the screen.

    Edges are walked from their upper to their lower end, so that two triangles that share an edge compute
    the same crossing and every sample belongs to exactly one of them. One of `depth` (keep the largest value)
    and `keys` (value and triangle in one word: the larger word wins) has no rows.
    """
    if by < ay:
        ax, ay, aw, bx, by, bw = bx, by, bw, ax, ay, aw
    if cy < ay:
        ax, ay, aw, cx, cy, cw = cx, cy, cw, ax, ay, aw
    if cy < by:
        bx, by, bw, cx, cy, cw = cx, cy, cw, bx, by, bw
    if keys.shape[0] == 0:
        rows, columns = depth.shape
    else:
        rows, columns = keys.shape
    r0 = max(math.ceil(ay), 0)
    r1 = min(math.ceil(cy), rows)
    if r0 >= r1:
        return
    area = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay)
    if area == 0.0:
        return
    dwdx = dwdy = 0.0
    w_min = w_max = step = np.float32(0.0)
    fresh = True
    long_slope = (cx - ax) / (cy - ay)
    top_slope = (bx - ax) / (by - ay) if by > ay else 0.0
    low_slope = (cx - bx) / (cy - by) if cy > by else 0.0
    identity = np.int64(face + 1)
    for r in range(r0, r1):
        y = float(r)
        xa = ax + (y - ay) * long_slope
        xb = ax + (y - ay) * top_slope if y < by else bx + (y - by) * low_slope
        i0 = max(math.ceil(min(xa, xb) - shift), 0)
        i1 = min(math.ceil(max(xa, xb) - shift), columns)
        if i0 >= i1:
            continue
        if fresh:  # half of the triangles that come this far hold no sample and never need their plane
            fresh = False
            inv = 1.0 / area
            dwdx = ((bw - aw) * (cy - ay) - (cw - aw) * (by - ay)) * inv
            dwdy = ((cw - aw) * (bx - ax) - (bw - aw) * (cx - ax)) * inv
            w_min = np.float32(min(aw, min(bw, cw)))
            w_max = np.float32(max(aw, max(bw, cw)))
            step = np.float32(dwdx)
        start = np.float32(aw + (i0 + shift - ax) * dwdx + (y - ay) * dwdy)
        # Slices indexed from zero: LLVM then knows that no index is negative, and vectorises.
        if keys.shape[0] == 0:
            values = depth[r, i0:i1]
            for i in range(values.shape[0]):
                w = min(max(start + step * np.float32(np.int32(i)), w_min), w_max)
                values[i] = max(values[i], w)
        else:
            words = keys[r, i0:i1]
            for i in range(words.shape[0]):
                w = min(max(start + step * np.float32(np.int32(i)), w_min), w_max)
                # Positive floats sort as their bits do.
                word = (np.int64(np.float32(w).view(np.int32)) << 32) | identity
                words[i] = _larger(words[i], word)


_LANES = 8
"""The four samples of two neighbouring pixels: so many are worked out together."""
_FIRST, _END, _START = 0 * _LANES, 1 * _LANES, 2 * _LANES  # where each starts in the scratch
SPANS = 3 * _LANES
"""Numbers of scratch that the filling of a triangle at four samples a pixel needs."""


@inline
def _fill_four(ax, ay, aw, bx, by, bw, cx, cy, cw, face, offset, spans, keys):
    """Fill as `_fill` does, at four samples a pixel: `keys` (H, (W + 1) // 2, 8) holds those of two pixels together.

    Most triangles are slivers that meet few of the samples in a row. So the samples of two pixels are written
    together, masked: no branch that the processor cannot guess, and few lines of memory.
    """
    if by < ay:
        ax, ay, aw, bx, by, bw = bx, by, bw, ax, ay, aw
    if cy < ay:
        ax, ay, aw, cx, cy, cw = cx, cy, cw, ax, ay, aw
    if cy < by:
        bx, by, bw, cx, cy, cw = cx, cy, cw, bx, by, bw
    r0 = max(math.ceil(ay), 0)
    r1 = min(math.ceil(cy), 4 * keys.shape[0])
    if r0 >= r1:
        return
    area = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay)
    if area == 0.0:
        return
    long_slope = (cx - ax) / (cy - ay)
    top_slope = (bx - ax) / (by - ay) if by > ay else 0.0
    low_slope = (cx - bx) / (cy - by) if cy > by else 0.0
    inv = 1.0 / area
    dwdx = ((bw - aw) * (cy - ay) - (cw - aw) * (by - ay)) * inv
    dwdy = ((cw - aw) * (bx - ax) - (bw - aw) * (cx - ax)) * inv
    w_min = np.float32(min(aw, min(bw, cw)))
    w_max = np.float32(max(aw, max(bw, cw)))
    step = np.float32(dwdx)
    identity = np.int64(face + 1)
    shift0, shift1, shift2, shift3 = offset[0], offset[1], offset[2], offset[3]
    low, high, right = float(r0), float(r1), float(2 * keys.shape[1])
    for row in range(r0 >> 2, (r1 + 3) >> 2):
        top = float(4 * row)
        # A loop of fixed length: what depends on the lane alone is known when this is compiled.
        for q in range(_LANES):
            lane = np.int32(q)
            # Whole numbers of 32 bits: few processors turn wider ones into floats in vectors.
            y = top + float(np.int32(lane & np.int32(3)))
            xa = ax + (y - ay) * long_slope
            xb = ax + (y - ay) * top_slope if y < by else bx + (y - by) * low_slope
            even = shift0 if lane & np.int32(2) == np.int32(0) else shift2
            odd = shift1 if lane & np.int32(2) == np.int32(0) else shift3
            shift = even if lane & np.int32(1) == np.int32(0) else odd
            inside = (y >= low) & (y < high)
            first = min(max(0.0, np.ceil(min(xa, xb) - shift)), right)
            end = min(max(0.0, np.ceil(max(xa, xb) - shift)), right)
            start = aw + (first + shift - ax) * dwdx + (y - ay) * dwdy
            second = np.float32(np.int32(lane >> np.int32(2)))  # of the two pixels
            some = inside & (first < end)
            spans[_FIRST + q] = np.float32(first if some else right) - second
            spans[_END + q] = np.float32(end if some else 0.0) - second
            spans[_START + q] = np.float32(start)
        first = min(min(spans[_FIRST], spans[_FIRST + 1]), min(spans[_FIRST + 2], spans[_FIRST + 3]))
        end = max(max(spans[_END], spans[_END + 1]), max(spans[_END + 2], spans[_END + 3]))
        for j in range(np.int32(first) >> 1, (np.int32(end) + 1) >> 1):
            words = keys[row, j]
            x = np.float32(np.int32(2 * j))
            for q in range(words.shape[0]):  # of fixed length, it would be unrolled sooner than made a vector
                i = x - spans[_FIRST + q]
                w = min(max(spans[_START + q] + step * i, w_min), w_max)
                # Positive floats sort as their bits do.
                word = (np.int64(np.float32(w).view(np.int32)) << 32) | identity
                covers = (i >= np.float32(0.0)) & (x < spans[_END + q])
                words[q] = _larger(words[q], word if covers else np.int64(0))


@inline
def _clip(polygon, count, a, b, c, d, out):
    """Sutherland-Hodgman against a*x + b*y + c*z + d >= 0; returns the new count."""
    n = 0
    for k in range(count):
        px, py, pz = polygon[k, 0], polygon[k, 1], polygon[k, 2]
        j = k + 1 if k + 1 < count else 0
        qx, qy, qz = polygon[j, 0], polygon[j, 1], polygon[j, 2]
        dp = a * px + b * py + c * pz + d
        dq = a * qx + b * qy + c * qz + d
        if dp >= 0.0:
            out[n, 0], out[n, 1], out[n, 2] = px, py, pz
            n += 1
        if (dp >= 0.0) != (dq >= 0.0):
            t = dp / (dp - dq)
            out[n, 0] = px + t * (qx - px)
            out[n, 1] = py + t * (qy - py)
            out[n, 2] = pz + t * (qz - pz)
            n += 1
    return n


_ROWS = np.int32(-65536)  # the upper half of a vertex's place
_COLUMNS = np.int32(65535)  # the lower half


@inline
def _candidates(faces, first, last, place, todo):
    """List the triangles that may hold a sample, without a branch that the processor could guess wrong.

    Most far triangles lie between the samples.
    """
    count = 0
    for t in range(first, last):
        a, b, c = place[faces[t, 0]], place[faces[t, 1]], place[faces[t, 2]]
        change = (a ^ b) | (a ^ c)
        todo[count] = t
        count = int(count + (np.int64((change & _ROWS) != 0) & np.int64((change & _COLUMNS) != 0)))
    return count


@kernel
def raster(
    camera, screen, place, faces, cluster_faces, cluster_closed, visible, intrinsics, mirror, plane, offset, scratch,
    spans, todo, depth, keys,
):  # fmt: skip
    """Rasterise the visible clusters in perspective.

    Args:
        camera: (3, V) float32 vertices in the camera frame.
        screen, place: (3, V) float64, (V,) int32 their projections for this grid of samples (see
            `transform.transform_and_project`).
        faces: (T, 3) int32.
        cluster_faces, cluster_closed, visible: ranges and flags of clusters.
        intrinsics: (4,) float64 fx, fy, cx, cy in pixels.
        mirror: True where the view mirrors the world (faces turn over).
        plane: (4,) float64 additional clip plane in the camera frame, positive kept; zeros for none.
        offset: (S,) float64 x offsets of the samples in pixels; one or four samples.
        scratch: (2, 8, 3) float64, for clipped polygons; todo: int64, one more than the largest cluster has faces;
            spans: (SPANS,) float32.
        depth: (0, 0), or with one sample (H, W) float32 zeros on entry: inverse depth alone; output.
        keys: (0, 0), or (H, W) int64 zeros on entry: bits of the inverse depth above, triangle + 1 below; output.
            With four samples it is (H, (W + 1) // 2, 8): samples of a pixel side by side, pixels by twos.
    """
    samples = offset.shape[0]
    s = float(samples)
    shift = 0.5 * s - 0.5
    poly = scratch[0]
    work = scratch[1]
    pa, pb, pc, pd = plane[0], plane[1], plane[2], plane[3]
    has_plane = pa != 0.0 or pb != 0.0 or pc != 0.0
    for k in range(visible.shape[0]):
        if not visible[k]:
            continue
        closed = cluster_closed[k]
        count = _candidates(faces, cluster_faces[k], cluster_faces[k + 1], place, todo)
        for e in range(count):
            t = todo[e]
            i, j, m = faces[t, 0], faces[t, 1], faces[t, 2]
            w0, w1, w2 = screen[2, i], screen[2, j], screen[2, m]
            whole = w0 > 0.0 and w1 > 0.0 and w2 > 0.0
            if whole and has_plane:
                d0 = pa * float(camera[0, i]) + pb * float(camera[1, i]) + pc * float(camera[2, i]) + pd
                d1 = pa * float(camera[0, j]) + pb * float(camera[1, j]) + pc * float(camera[2, j]) + pd
                d2 = pa * float(camera[0, m]) + pb * float(camera[1, m]) + pc * float(camera[2, m]) + pd
                if d0 < 0.0 and d1 < 0.0 and d2 < 0.0:
                    continue
                whole = d0 >= 0.0 and d1 >= 0.0 and d2 >= 0.0
            if whole:
                x0, x1, x2 = screen[0, i], screen[0, j], screen[0, m]
                y0, y1, y2 = screen[1, i], screen[1, j], screen[1, m]
                # On the screen (y down) a face that looks at the eye turns against the clock: negative area.
                if closed and ((x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0) >= 0.0) != mirror:
                    continue
                if keys.ndim == 3:  # known when this is compiled
                    _fill_four(x0, y0, w0, x1, y1, w1, x2, y2, w2, t, offset, spans, keys)
                else:
                    _fill(x0, y0, w0, x1, y1, w1, x2, y2, w2, t, offset[0], depth, keys)
                continue
            if w0 == 0.0 and w1 == 0.0 and w2 == 0.0:
                continue
            poly[0, 0], poly[0, 1], poly[0, 2] = float(camera[0, i]), float(camera[1, i]), float(camera[2, i])
            poly[1, 0], poly[1, 1], poly[1, 2] = float(camera[0, j]), float(camera[1, j]), float(camera[2, j])
            poly[2, 0], poly[2, 1], poly[2, 2] = float(camera[0, m]), float(camera[1, m]), float(camera[2, m])
            if closed and (_volume(poly) >= 0.0) != mirror:
                continue
            n = _clip(poly, 3, 0.0, 0.0, 1.0, -NEAR_M, work)
            if has_plane:
                n = _clip(work, n, pa, pb, pc, pd, poly)
            else:
                for q in range(n):
                    for c in range(3):
                        poly[q, c] = work[q, c]
            for q in range(n):
                w = 1.0 / poly[q, 2]
                poly[q, 0] = intrinsics[0] * poly[q, 0] * w + intrinsics[2]
                poly[q, 1] = (intrinsics[1] * poly[q, 1] * w + intrinsics[3]) * s + shift
                poly[q, 2] = w
            for q in range(1, n - 1):
                x0, y0, w0 = poly[0, 0], poly[0, 1], poly[0, 2]
                x1, y1, w1 = poly[q, 0], poly[q, 1], poly[q, 2]
                x2, y2, w2 = poly[q + 1, 0], poly[q + 1, 1], poly[q + 1, 2]
                if keys.ndim == 3:  # known when this is compiled
                    _fill_four(x0, y0, w0, x1, y1, w1, x2, y2, w2, t, offset, spans, keys)
                else:
                    _fill(x0, y0, w0, x1, y1, w1, x2, y2, w2, t, offset[0], depth, keys)


@inline
def _volume(p):
    """Six times the volume of eye and triangle: negative where the face looks at the eye."""
    return (
        p[0, 0] * (p[1, 1] * p[2, 2] - p[2, 1] * p[1, 2])
        - p[0, 1] * (p[1, 0] * p[2, 2] - p[2, 0] * p[1, 2])
        + p[0, 2] * (p[1, 0] * p[2, 1] - p[2, 0] * p[1, 1])
    )


@kernel
def raster_parallel(
    camera, faces, cluster_faces, cluster_closed, clusters, scale, center, offset, todo, depth, keys
):  # fmt: skip
    """Rasterise without perspective (sun shadow map, height grid): keeps the largest value of -z.

    Args:
        camera: (3, V) float32 vertices in the light's frame, z away from the light.
        scale: texels a metre; center: (2,) texel coordinates of the frame's origin.
        offset: (1,) float64 zero: one sample a texel, at its centre; todo: scratch as in `raster`.
        depth: (0, 0), or (H, W) float32, filled with -inf on entry; the largest -z on exit.
        keys: (0, 0), or (H, W) int64 zeros on entry, where all -z are positive: as in `raster`.
        faces, cluster_faces, cluster_closed: as in `raster`; faces of open things that are turned away are kept, so
            that thin things cast shadows.
        clusters: (K,) int64 which clusters to draw.
    """
    ox, oy = center[0], center[1]
    rows = float(max(depth.shape[0], keys.shape[0]))
    columns = float(max(depth.shape[1], keys.shape[1]))
    xs, ys, zs = camera[0], camera[1], camera[2]
    for k in clusters:
        shut = np.int64(cluster_closed[k])
        count = 0
        for t in range(cluster_faces[k], cluster_faces[k + 1]):
            i, j, m = faces[t, 0], faces[t, 1], faces[t, 2]
            x0, x1, x2 = float(xs[i]) * scale + ox, float(xs[j]) * scale + ox, float(xs[m]) * scale + ox
            y0, y1, y2 = float(ys[i]) * scale + oy, float(ys[j]) * scale + oy, float(ys[m]) * scale + oy
            across = math.ceil(max(min(x0, min(x1, x2)), 0.0)) < math.ceil(min(max(x0, max(x1, x2)), columns))
            along = math.ceil(max(min(y0, min(y1, y2)), 0.0)) < math.ceil(min(max(y0, max(y1, y2)), rows))
            away = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0) >= 0.0
            todo[count] = t
            count = int(count + (np.int64(across) & np.int64(along) & (1 - (shut & np.int64(away)))))
        for e in range(count):
            t = todo[e]
            i, j, m = faces[t, 0], faces[t, 1], faces[t, 2]
            _fill(
                float(xs[i]) * scale + ox, float(ys[i]) * scale + oy, -float(zs[i]),
                float(xs[j]) * scale + ox, float(ys[j]) * scale + oy, -float(zs[j]),
                float(xs[m]) * scale + ox, float(ys[m]) * scale + oy, -float(zs[m]),
                t, offset[0], depth, keys,
            )  # fmt: skip
