"""Thins out a cut skin: removes corners that neither the shape, the shading nor an outline needs.

Half-edge collapses: a corner is moved onto a neighbour when its own place, its normal and, on the edge
between two materials, that edge are kept within a tolerance. Corners on creases and on seams of the surface
coordinates stay.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Vec = tuple[float, float, float]
Attr = tuple[float, ...]


@dataclass(frozen=True)
class Tolerance:
    """How far thinning may go.

    Attributes:
        surface_m: distance of a removed corner from the new surface.
        outline_m: distance of a removed corner of an outline from the new outline.
        cos_shade: least cosine between a removed corner's normal and the interpolated normal there; one for
            each material of the skin: broad panels show an error that a lamp or a grille hides.
        cos_face: least cosine by which a triangle may turn.
        longest_m: edges do not grow beyond this.
    """

    cos_shade: tuple[float, ...]
    surface_m: float = 0.003
    outline_m: float = 0.003
    cos_face: float = 0.85
    longest_m: float = 1.0


@dataclass
class _Web:
    """Triangles as place numbers with the attributes of their corners, editable."""

    place: list[Vec]
    tris: dict[int, list[int]]
    attrs: dict[int, list[Attr]]
    owner: dict[int, int]
    around: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))


def thin(
    corners: NDArray[np.float64], owner: NDArray[np.int64], tolerance: Tolerance
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """A skin's triangles (T, 3, 8) and their materials (T,), with fewer triangles."""
    _, first, place = np.unique(
        np.round(corners[..., :3].reshape(-1, 3), 5) + 0.0, axis=0, return_index=True, return_inverse=True
    )
    points = [tuple(map(float, p)) for p in corners.reshape(-1, 8)[first, :3]]
    index = place.reshape(-1, 3).tolist()
    attrs = [[tuple(map(float, c[3:])) for c in tri] for tri in corners]
    live = [t for t, (a, b, c) in enumerate(index) if a != b and b != c and c != a]
    web = _Web(
        points,  # type: ignore[arg-type]
        {t: index[t] for t in live},
        {t: attrs[t] for t in live},
        {t: int(owner[t]) for t in live},
    )
    for t in live:
        for v in index[t]:
            web.around[v].add(t)
    pending = sorted(web.around)
    while pending:
        touched: set[int] = set()
        for v in pending:
            ring = _collapse(web, v, tolerance)
            if ring:
                touched |= ring
        pending = sorted(u for u in touched if web.around[u])
    out = [[(*web.place[v], *a) for v, a in zip(web.tris[t], web.attrs[t], strict=True)] for t in sorted(web.tris)]
    return np.array(out), np.array([web.owner[t] for t in sorted(web.tris)], np.int64)


def _collapse(web: _Web, v: int, tol: Tolerance) -> set[int]:
    """Move corner `v` onto its best neighbour if allowed; the places whose surroundings changed."""
    tris = web.around[v]
    if len(tris) < 3:
        return set()
    own = [web.attrs[t][web.tris[t].index(v)] for t in tris]
    if any(_differ(a, own[0]) for a in own):
        return set()
    targets = _targets(web, v, tris, tol)
    targets.sort(key=lambda w: (_gap2(web.place[v], web.place[w]), w))
    for w in targets:
        if _allowed(web, v, w, own[0], tol):
            return _merge(web, v, w)
    return set()


def _targets(web: _Web, v: int, tris: set[int], tol: Tolerance) -> list[int]:
    """Neighbours that `v` may move to without disturbing an outline or an open edge."""
    sides: dict[int, list[int]] = defaultdict(list)
    for t in tris:
        for u in web.tris[t]:
            if u != v:
                sides[u].append(web.owner[t])
    marked = [u for u, owners in sides.items() if len(owners) != 2 or owners[0] != owners[1]]
    if not marked:
        return list(sides)
    if len(marked) != 2 or any(len(o) > 2 for o in sides.values()):
        return []
    a, b = web.place[marked[0]], web.place[marked[1]]
    ab = _sub(b, a)
    length2 = _dot(ab, ab)
    if length2 < 1e-12:
        return []
    share = _dot(_sub(web.place[v], a), ab) / length2
    foot = (a[0] + share * ab[0], a[1] + share * ab[1], a[2] + share * ab[2])
    if not 0.0 < share < 1.0 or _gap2(web.place[v], foot) > tol.outline_m**2:
        return []
    return marked


def _allowed(web: _Web, v: int, w: int, attr: Attr, tol: Tolerance) -> bool:
    """Whether the surface, its shading and its connections survive moving `v` onto `w`."""
    shared = web.around[v] & web.around[w]
    near_v = {u for t in web.around[v] for u in web.tris[t]} - {v, w}
    near_w = {u for t in web.around[w] for u in web.tris[t]} - {v, w}
    if len(near_v & near_w) != len(shared):
        return False
    target = web.place[w]
    here = web.place[v]
    best: tuple[float, float] | None = None
    strict = max(tol.cos_shade[web.owner[t]] for t in web.around[v])
    w_attr = _attr_of(web, w, shared, attr)
    for t in web.around[v] - shared:
        k = web.tris[t].index(v)
        i, j = web.tris[t][(k + 1) % 3], web.tris[t][(k + 2) % 3]
        p, q = web.place[i], web.place[j]
        old = _cross(_sub(p, here), _sub(q, here))
        new = _cross(_sub(p, target), _sub(q, target))
        area_old, area_new = _dot(old, old) ** 0.5, _dot(new, new) ** 0.5
        longest = max(_gap2(p, target), _gap2(q, target), _gap2(p, q)) ** 0.5
        grows = max(_gap2(p, target), _gap2(q, target)) > max(_gap2(p, here), _gap2(q, here))
        if area_new < 6e-4 * longest or (grows and longest > tol.longest_m):
            return False
        if area_old > 1e-6 and _dot(old, new) < tol.cos_face * area_old * area_new:
            return False
        if _dot(new, attr[:3]) < 0.5 * area_new:
            return False
        hit = _under(here, target, p, q, new, area_new)
        if hit is not None:
            share, gap = hit
            a_p, a_q = web.attrs[t][(k + 1) % 3], web.attrs[t][(k + 2) % 3]
            n = tuple(share[0] * w_attr[m] + share[1] * a_p[m] + share[2] * a_q[m] for m in range(3))
            shade = _dot(n, attr[:3]) / max(_dot(n, n) ** 0.5, 1e-9)
            if best is None or gap < best[0]:
                best = (gap, shade)
    return best is not None and best[0] < tol.surface_m and best[1] > strict


def _under(
    here: Vec, a: Vec, b: Vec, c: Vec, normal: Vec, twice_area: float
) -> tuple[tuple[float, float, float], float] | None:
    """Barycentric shares of `here` dropped onto triangle a, b, c, and its distance; None outside."""
    square = twice_area * twice_area
    sc = _dot(_cross(_sub(b, a), _sub(here, a)), normal) / square
    sa = _dot(_cross(_sub(c, b), _sub(here, b)), normal) / square
    sb = 1.0 - sa - sc
    slack = -0.02
    if sa < slack or sb < slack or sc < slack:
        return None
    return (sa, sb, sc), abs(_dot(_sub(here, a), normal)) / twice_area


def _merge(web: _Web, v: int, w: int) -> set[int]:
    shared = web.around[v] & web.around[w]
    ring = {u for t in web.around[v] for u in web.tris[t]} - {v}
    for t in web.around[v] - shared:
        k = web.tris[t].index(v)
        web.attrs[t][k] = _attr_of(web, w, shared, web.attrs[t][k])
        web.tris[t][k] = w
        web.around[w].add(t)
    for t in shared:
        for u in web.tris[t]:
            web.around[u].discard(t)
        del web.tris[t], web.attrs[t], web.owner[t]
    web.around[v] = set()
    return ring


def _attr_of(web: _Web, w: int, shared: set[int], like: Attr) -> Attr:
    """The attributes of `w` on the side where they are nearest to `like` (w may lie on a crease or seam)."""
    options = [web.attrs[t][web.tris[t].index(w)] for t in sorted(shared)]
    return min(options, key=lambda a: sum((x - y) ** 2 for x, y in zip(a, like, strict=True)))


def _differ(a: Attr, b: Attr) -> bool:
    return any(abs(x - y) > 1e-3 for x, y in zip(a, b, strict=True))


def _sub(a: Vec, b: Vec) -> Vec:
    return a[0] - b[0], a[1] - b[1], a[2] - b[2]


def _dot(a: Attr, b: Attr) -> float:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def _cross(a: Vec, b: Vec) -> Vec:
    return a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]


def _gap2(a: Vec, b: Vec) -> float:
    x, y, z = a[0] - b[0], a[1] - b[1], a[2] - b[2]
    return x * x + y * y + z * z
