"""Small matrix products in fixed order (no BLAS, whose kernels differ between processors)."""

from __future__ import annotations

from simgen.compiled import kernel


@kernel
def compose_poses(outer, inner, out):
    """out[p] = outer @ inner[p] for (3, 4) affine maps: `outer` (3, 4), `inner` (P, >=3, 4), `out` (P, 3, 4)."""
    for p in range(inner.shape[0]):
        for r in range(3):
            for c in range(4):
                v = outer[r, 0] * inner[p, 0, c] + outer[r, 1] * inner[p, 1, c] + outer[r, 2] * inner[p, 2, c]
                out[p, r, c] = v + outer[r, 3] if c == 3 else v


@kernel
def relative_motion(outer, before, now, out):
    """out[p] = outer @ before[p] @ inverse(now[p]): where a point fixed to part p was, through `outer`.

    Args:
        outer: (3, 4) world -> previous camera.
        before, now: (P, >=3, 4) rigid poses of the parts.
        out: (P + 1, 3, 4); the last row is `outer` itself, for points fixed in the world.
    """
    for p in range(now.shape[0]):
        for r in range(3):
            # q = (outer @ before[p]) row r, then times the inverse of now[p]: R^T and -R^T t.
            q0 = outer[r, 0] * before[p, 0, 0] + outer[r, 1] * before[p, 1, 0] + outer[r, 2] * before[p, 2, 0]
            q1 = outer[r, 0] * before[p, 0, 1] + outer[r, 1] * before[p, 1, 1] + outer[r, 2] * before[p, 2, 1]
            q2 = outer[r, 0] * before[p, 0, 2] + outer[r, 1] * before[p, 1, 2] + outer[r, 2] * before[p, 2, 2]
            q3 = (
                outer[r, 0] * before[p, 0, 3]
                + outer[r, 1] * before[p, 1, 3]
                + outer[r, 2] * before[p, 2, 3]
                + outer[r, 3]
            )
            for c in range(3):
                out[p, r, c] = q0 * now[p, c, 0] + q1 * now[p, c, 1] + q2 * now[p, c, 2]
            out[p, r, 3] = q3 - out[p, r, 0] * now[p, 0, 3] - out[p, r, 1] * now[p, 1, 3] - out[p, r, 2] * now[p, 2, 3]
    last = now.shape[0]
    for r in range(3):
        for c in range(4):
            out[last, r, c] = outer[r, c]
