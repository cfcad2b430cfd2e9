"""Small matrix products in fixed order (no BLAS, whose kernels differ between processors)."""

from __future__ import annotations

from simgen.compiled import inline, kernel


@kernel
def compose_poses(outer, inner, out):
    """out[p] = outer @ inner[p] for (3, 4) affine maps: `outer` (3, 4), `inner` (P, >=3, 4), `out` (P, 3, 4)."""
    for p in range(inner.shape[0]):
        for r in range(3):
            for c in range(4):
                v = outer[r, 0] * inner[p, 0, c] + outer[r, 1] * inner[p, 1, c] + outer[r, 2] * inner[p, 2, c]
                out[p, r, c] = v + outer[r, 3] if c == 3 else v


@kernel
def relative_motion(outer, before, now, back, out):
    """out[p] = outer @ before[p] @ inverse(now[p]) @ back: from this camera's frame to the previous one's.

    Args:
        outer: (3, 4) world -> previous camera.
        before, now: (P, >=3, 4) rigid poses of the parts.
        back: (3, 4) this camera -> world.
        out: (P + 1, 3, 4); the last row is outer @ back, for points fixed in the world.
    """
    count = now.shape[0]
    for p in range(count + 1):
        for r in range(3):
            if p < count:
                # Row r of outer @ before[p], then times the inverse of now[p]: R^T and -R^T t.
                q0 = outer[r, 0] * before[p, 0, 0] + outer[r, 1] * before[p, 1, 0] + outer[r, 2] * before[p, 2, 0]
                q1 = outer[r, 0] * before[p, 0, 1] + outer[r, 1] * before[p, 1, 1] + outer[r, 2] * before[p, 2, 1]
                q2 = outer[r, 0] * before[p, 0, 2] + outer[r, 1] * before[p, 1, 2] + outer[r, 2] * before[p, 2, 2]
                q3 = (
                    outer[r, 0] * before[p, 0, 3]
                    + outer[r, 1] * before[p, 1, 3]
                    + outer[r, 2] * before[p, 2, 3]
                    + outer[r, 3]
                )
                a0 = q0 * now[p, 0, 0] + q1 * now[p, 0, 1] + q2 * now[p, 0, 2]
                a1 = q0 * now[p, 1, 0] + q1 * now[p, 1, 1] + q2 * now[p, 1, 2]
                a2 = q0 * now[p, 2, 0] + q1 * now[p, 2, 1] + q2 * now[p, 2, 2]
                a3 = q3 - a0 * now[p, 0, 3] - a1 * now[p, 1, 3] - a2 * now[p, 2, 3]
            else:
                a0, a1, a2, a3 = outer[r, 0], outer[r, 1], outer[r, 2], outer[r, 3]
            for c in range(3):
                out[p, r, c] = a0 * back[0, c] + a1 * back[1, c] + a2 * back[2, c]
            out[p, r, 3] = a0 * back[0, 3] + a1 * back[1, 3] + a2 * back[2, 3] + a3


@kernel
def frustum_bounds(width, height, intrinsics, back, axes, depth, reach, margin):
    """Bounds of a frustum along the first two axes of a frame.

    Args:
        width, height: of the picture, pixels; intrinsics: (4,) float64 fx, fy, cx, cy.
        back: (3, 4) float64 camera frame -> world.
        axes: (3, 3) float64 rows of the frame in the world.
        depth: z-depth in metres at which the frustum is cut.
        reach: metres from the eye at which the bounds are cut; margin: metres that are added to all of them.

    Returns:
        Low x, high x, low y, high y.
    """
    low_x, high_x = _bounds_along(axes[0], width, height, intrinsics, back, depth, reach)
    low_y, high_y = _bounds_along(axes[1], width, height, intrinsics, back, depth, reach)
    return low_x - margin, high_x + margin, low_y - margin, high_y + margin


@inline
def _bounds_along(axis, width, height, intrinsics, back, depth, reach):
    low, high = 0.0, 0.0
    for corner in range(4):
        x = ((float(width) if corner & 1 else 0.0) - 0.5 - intrinsics[2]) / intrinsics[0]
        y = ((float(height) if corner & 2 else 0.0) - 0.5 - intrinsics[3]) / intrinsics[1]
        along = 0.0
        for r in range(3):
            along += axis[r] * (back[r, 0] * x + back[r, 1] * y + back[r, 2])
        low, high = min(low, depth * along), max(high, depth * along)
    middle = axis[0] * back[0, 3] + axis[1] * back[1, 3] + axis[2] * back[2, 3]
    return middle + max(low, -reach), middle + min(high, reach)
