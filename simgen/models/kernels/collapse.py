"""Edge collapse within a bound on the distance between the surfaces before and after.

A vertex v moves onto a neighbour w along their edge, and the two faces at that edge vanish. Points sampled on the
original surface stand for it: each belongs to a face near it, the faces about v hand theirs on to the faces that now
cover the place, and none may be further from its face than the bound. The other way round, new faces must stay near
the faces that they replace, and creases (borders, changes of material) near their line: there the distances of a
chain of collapses add up.
"""

from __future__ import annotations

import math

from simgen.compiled import inline, kernel

MOST_NEIGHBOURS = 48
"""Vertices with more neighbours stay where they are."""

_TURN_COS = 0.2  # a collapse that turns a face further than this is refused


@inline
def _distance2(px, py, pz, points, a, b, c):
    """Squared distance of a point to the triangle of three vertices (Ericson 2005, 5.1.5)."""
    ax, ay, az = points[a, 0], points[a, 1], points[a, 2]
    ux, uy, uz = points[b, 0] - ax, points[b, 1] - ay, points[b, 2] - az
    vx, vy, vz = points[c, 0] - ax, points[c, 1] - ay, points[c, 2] - az
    qx, qy, qz = px - ax, py - ay, pz - az
    d1 = ux * qx + uy * qy + uz * qz
    d2 = vx * qx + vy * qy + vz * qz
    uu = ux * ux + uy * uy + uz * uz
    vv = vx * vx + vy * vy + vz * vz
    uv = ux * vx + uy * vy + uz * vz
    d3, d4 = d1 - uu, d2 - uv
    d5, d6 = d1 - uv, d2 - vv
    if d1 <= 0.0 and d2 <= 0.0:
        s, t = 0.0, 0.0
    elif d3 >= 0.0 and d4 <= d3:
        s, t = 1.0, 0.0
    elif d6 >= 0.0 and d5 <= d6:
        s, t = 0.0, 1.0
    else:
        vc = d1 * d4 - d3 * d2
        vb = d5 * d2 - d1 * d6
        va = d3 * d6 - d5 * d4
        if vc <= 0.0 and d1 >= 0.0 and d3 <= 0.0:
            s, t = d1 / max(d1 - d3, 1e-30), 0.0
        elif vb <= 0.0 and d2 >= 0.0 and d6 <= 0.0:
            s, t = 0.0, d2 / max(d2 - d6, 1e-30)
        elif va <= 0.0 and d4 - d3 >= 0.0 and d5 - d6 >= 0.0:
            t = (d4 - d3) / max((d4 - d3) + (d5 - d6), 1e-30)
            s = 1.0 - t
        else:
            inverse = 1.0 / max(va + vb + vc, 1e-300)
            s, t = vb * inverse, vc * inverse
    x, y, z = qx - s * ux - t * vx, qy - s * uy - t * vy, qz - s * uz - t * vz
    return x * x + y * y + z * z


@inline
def _cross(points, a, b, c):
    ux, uy, uz = points[b, 0] - points[a, 0], points[b, 1] - points[a, 1], points[b, 2] - points[a, 2]
    vx, vy, vz = points[c, 0] - points[a, 0], points[c, 1] - points[a, 1], points[c, 2] - points[a, 2]
    return uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx


@inline
def _after(faces, f, v, w):
    """The corners of a face once v lies on w."""
    a, b, c = faces[f, 0], faces[f, 1], faces[f, 2]
    return w if a == v else a, w if b == v else b, w if c == v else c


@inline
def _has(faces, f, v):
    return faces[f, 0] == v or faces[f, 1] == v or faces[f, 2] == v


@inline
def _gap2(x, y, z, points, faces, star, count, v, w):
    """Smallest squared distance of a point to the faces of v's star once v lies on w, and the face's row in it."""
    best = math.inf
    row = -1
    for i in range(count):
        if _has(faces, star[i], w):
            continue
        a, b, c = _after(faces, star[i], v, w)
        d = _distance2(x, y, z, points, a, b, c)
        if d < best:
            best, row = d, i
    return best, row


@inline
def _lost2(samples, head, after, points, faces, star, count, v, w, bound2):
    """Squared distance of a sample of the star that lies beyond the bound once v lies on w; 0 if none does."""
    for i in range(count):
        k = head[star[i]]
        while k >= 0:
            near2 = math.inf
            for j in range(count):
                g = star[i + j if i + j < count else i + j - count]  # its own face first
                if _has(faces, g, w):
                    continue
                a, b, c = _after(faces, g, v, w)
                near2 = min(near2, _distance2(samples[k, 0], samples[k, 1], samples[k, 2], points, a, b, c))
                if near2 <= bound2:
                    break
            if near2 > bound2:
                return near2
            k = after[k]
    return 0.0


@inline
def _keeps_sides(points, faces, star, count, v, w):
    """Whether no face of the star turns over or into a line."""
    for i in range(count):
        f = star[i]
        if _has(faces, f, w):
            continue
        x0, y0, z0 = _cross(points, faces[f, 0], faces[f, 1], faces[f, 2])
        a, b, c = _after(faces, f, v, w)
        x1, y1, z1 = _cross(points, a, b, c)
        old, new = x0 * x0 + y0 * y0 + z0 * z0, x1 * x1 + y1 * y1 + z1 * z1
        if new <= 1e-24 or x0 * x1 + y0 * y1 + z0 * z1 < _TURN_COS * math.sqrt(old * new):
            return False
    return True


@inline
def _is_neighbour(faces, alive, start, around, u, w):
    """Whether u and w share a face that is alive."""
    for k in range(start[u], start[u + 1]):
        f = around[k]
        if alive[f] and _has(faces, f, w):
            return True
    return False


@inline
def _reach(points, faces, reached, star, count, v, w):
    """How far the faces of v's star may lie from the original once v lies on w."""
    most = 0.0
    gap2 = 0.0
    for i in range(count):
        most = max(most, reached[star[i]])
        if _has(faces, star[i], w):
            continue
        a, b, c = _after(faces, star[i], v, w)
        for k in range(4):  # the middle and those of the edges
            s, t = 0.5, 0.5
            if k == 1:
                s = 0.0
            elif k == 2:
                t = 0.0
            elif k == 3:
                s, t = 1.0 / 3.0, 1.0 / 3.0
            r = 1.0 - s - t
            x = r * points[a, 0] + s * points[b, 0] + t * points[c, 0]
            y = r * points[a, 1] + s * points[b, 1] + t * points[c, 1]
            z = r * points[a, 2] + s * points[b, 2] + t * points[c, 2]
            near2 = math.inf
            for j in range(count):
                g = star[i + j if i + j < count else i + j - count]  # its own face first
                near2 = min(near2, _distance2(x, y, z, points, faces[g, 0], faces[g, 1], faces[g, 2]))
                if near2 <= gap2:
                    break
            gap2 = max(gap2, near2)
    return most + math.sqrt(gap2)


@kernel
def collapse_pass(
    points, faces, wedge, alive, start, around, crease, normals, uv, samples, head, after, reached, strayed, needed,
    bound, touched, ring, edge_faces, feature, star, cost, stray,
):  # fmt: skip
    """Collapse what the bound allows, each neighbourhood at most once; gives the number of collapses.

    A vertex that could not go is not looked at again below the bound that it needs (`needed`) until a collapse
    changes a face at it: what changes further off can only forbid more.

    Args:
        points: (V, 3) float64.
        faces: (T, 3) int64 vertices, changed in place; wedge: (T, 3) int64 rows of `normals` and `uv` (a corner's
            look), changed alike.
        alive: (T,) bool, changed in place.
        start, around: (V + 1,), (3 T,) int64 faces about each vertex on entry.
        crease: (T, 3) bool, whether the edge from corner i to i + 1 may not leave its line; changed alike.
        normals, uv: (W, 3), (W, 2) float32.
        samples: (S, 3) float64 points of the original surface.
        head, after: (T,), (S,) int64 first sample of each face and the next of each sample, -1 at the end; changed.
        reached: (T,) float64 how far each face may lie from the original surface: distances from one surface to the
            next add up; changed.
        strayed: (V,) float64 how far the creases at a vertex may lie from their line; changed.
        needed: (V,) float64 no collapse of the vertex is allowed below this bound; changed.
        bound: metres.
        touched: (V,) bool zeros; set for the vertices of the neighbourhoods that change.
        ring, edge_faces, feature, star, cost, stray: scratch of MOST_NEIGHBOURS int64, int64, bool, int64, float64 x2.
    """
    collapses = 0
    for v in range(points.shape[0]):
        if touched[v] or bound < needed[v]:
            continue
        # The ring: neighbours, how many faces each edge has, and whether it is a crease.
        count = 0
        neighbours = 0
        borders = 0
        fits = True
        for k in range(start[v], start[v + 1]):
            f = around[k]
            if not alive[f]:
                continue
            if count >= MOST_NEIGHBOURS:
                fits = False
                break
            star[count] = f
            count += 1
            for i in range(3):
                a, b = faces[f, i], faces[f, i + 1 if i < 2 else 0]
                if a != v and b != v:
                    continue
                u = b if a == v else a
                found = -1
                for q in range(neighbours):
                    if ring[q] == u:
                        found = q
                if found < 0:
                    if neighbours >= MOST_NEIGHBOURS:
                        fits = False
                        break
                    found = neighbours
                    ring[found] = u
                    edge_faces[found] = 0
                    feature[found] = False
                    neighbours += 1
                edge_faces[found] += 1
                feature[found] = feature[found] or crease[f, i]
        waits = False
        for q in range(neighbours):
            borders += 1 if edge_faces[q] == 1 else 0
            if edge_faces[q] > 2:
                fits = False
            waits = waits or touched[ring[q]]
        if waits:
            continue
        if not fits or count == 0 or (borders != 0 and borders != 2):
            needed[v] = math.inf
            continue
        px, py, pz = points[v, 0], points[v, 1], points[v, 2]
        least = math.inf  # bound that one of those who need more needs
        for q in range(neighbours):
            cost[q], stray[q] = math.inf, 0.0
            w = ring[q]
            if borders == 2 and edge_faces[q] != 1:
                continue
            gap2, _ = _gap2(px, py, pz, points, faces, star, count, v, w)
            for r in range(neighbours):
                if feature[r] and r != q:
                    if feature[q]:
                        line2 = _distance2(px, py, pz, points, w, ring[r], ring[r])
                    else:  # w is not on the line: all of the way counts
                        line2 = (points[w, 0] - px) ** 2 + (points[w, 1] - py) ** 2 + (points[w, 2] - pz) ** 2
                    stray[q] = max(stray[q], max(strayed[v], max(strayed[w], strayed[ring[r]])) + math.sqrt(line2))
            if gap2 > bound * bound or stray[q] > bound:
                least = min(least, max(math.sqrt(gap2), stray[q]))
                continue
            x, y, z = points[w, 0] - px, points[w, 1] - py, points[w, 2] - pz
            cost[q] = gap2 + 1e-4 * (x * x + y * y + z * z)
        best, best_reach = -1, 0.0
        for _ in range(neighbours):  # the cheapest first
            q = 0
            for r in range(neighbours):
                if cost[r] < cost[q]:
                    q = r
            if cost[q] == math.inf:
                break
            cost[q] = math.inf
            w = ring[q]
            common = 0
            for r in range(neighbours):
                if r != q and _is_neighbour(faces, alive, start, around, ring[r], w):
                    common += 1
            if common != edge_faces[q] or not _keeps_sides(points, faces, star, count, v, w):
                continue
            lost2 = _lost2(samples, head, after, points, faces, star, count, v, w, bound * bound)
            if lost2 > 0.0:
                least = min(least, math.sqrt(lost2))
                continue
            reach = _reach(points, faces, reached, star, count, v, w)
            if reach > 2.0 * bound:
                least = min(least, 0.5 * reach)
                continue
            best, best_reach = q, reach
            break
        if best < 0:
            needed[v] = least * (1.0 - 1e-9)  # below all that rounding may do to it
            continue
        w = ring[best]
        _hand_on(samples, head, after, points, faces, star, count, v, w)
        _collapse(faces, wedge, alive, crease, normals, uv, star, count, v, w)
        strayed[w] = max(strayed[w], stray[best])
        for i in range(count):
            reached[star[i]] = best_reach
        collapses += 1
        touched[v] = True
        for q in range(neighbours):
            touched[ring[q]] = True
            needed[ring[q]] = 0.0
    return collapses


@inline
def _hand_on(samples, head, after, points, faces, star, count, v, w):
    """Give the samples of v's star to the faces that are nearest once v lies on w."""
    chain = -1
    for i in range(count):
        k = head[star[i]]
        head[star[i]] = -1
        while k >= 0:
            rest = after[k]
            after[k] = chain
            chain = k
            k = rest
    while chain >= 0:
        rest = after[chain]
        _, row = _gap2(
            samples[chain, 0], samples[chain, 1], samples[chain, 2], points, faces, star, count, v, w
        )  # fmt: skip
        f = star[max(row, 0)]
        after[chain] = head[f]
        head[f] = chain
        chain = rest


@inline
def _collapse(faces, wedge, alive, crease, normals, uv, star, count, v, w):
    """Move v's corners to w.

    A corner takes the look that its own side has at w: that of the vanishing face on its wedge, else the one at w
    most like its own.
    """
    for i in range(count):
        f = star[i]
        if _has(faces, f, w):
            continue
        at = 0 if faces[f, 0] == v else (1 if faces[f, 1] == v else 2)
        mine = wedge[f, at]
        chosen = mine
        nearest = math.inf
        for j in range(count):
            g = star[j]
            if not _has(faces, g, w) or not _has(faces, g, v):
                continue
            v_at = 0 if faces[g, 0] == v else (1 if faces[g, 1] == v else 2)
            w_at = 0 if faces[g, 0] == w else (1 if faces[g, 1] == w else 2)
            other = wedge[g, w_at]
            unlike = 0.0 if wedge[g, v_at] == mine else 1.0
            for c in range(3):
                unlike += (float(normals[other, c]) - float(normals[mine, c])) ** 2
            for c in range(2):
                unlike += 1e-3 * abs(float(uv[other, c]) - float(uv[mine, c]))
            if unlike < nearest:
                nearest, chosen = unlike, other
        wedge[f, at] = chosen
    # The third edges of the vanishing faces: a crease there goes on along the edge that now lies on it.
    for i in range(count):
        f = star[i]
        if not _has(faces, f, w):
            continue
        third = faces[f, 0]
        for c in range(3):
            if faces[f, c] != v and faces[f, c] != w:
                third = faces[f, c]
        marked = False
        for c in range(3):
            a, b = faces[f, c], faces[f, c + 1 if c < 2 else 0]
            if (a == third and b == v) or (b == third and a == v):
                marked = marked or crease[f, c]
        for j in range(count):
            g = star[j]
            for c in range(3):
                a, b = faces[g, c], faces[g, c + 1 if c < 2 else 0]
                if (a == third and b == w) or (b == third and a == w):
                    marked = marked or crease[g, c]
        for j in range(count):
            g = star[j]
            for c in range(3):
                a, b = faces[g, c], faces[g, c + 1 if c < 2 else 0]
                if marked and ((a == third and b == v) or (b == third and a == v)):
                    crease[g, c] = True
    for i in range(count):
        f = star[i]
        if _has(faces, f, w):
            alive[f] = False
            continue
        for c in range(3):
            if faces[f, c] == v:
                faces[f, c] = w
