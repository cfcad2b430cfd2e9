"""Points through a lens onto the picture and back (see `simgen.scenario.distortion` for the formulas).

A lens is a row of float64: MODEL, the pinhole FX FY CX CY, K .. K + 4 the coefficients in OpenCV's order, and LIMIT,
the tangent (of a fisheye: the angle) up to which points are followed. No library function is called: the bits are the
same on every processor.
"""

from __future__ import annotations

import math

from simgen.compiled import inline, kernel

PINHOLE, BROWN_CONRADY, FISHEYE = 0, 1, 2
MODEL, FX, FY, CX, CY, K, LIMIT = 0, 1, 2, 3, 4, 5, 10
COLUMNS = 11

_TURNS = 50  # of Newton's method at most; it takes four or five
_NEAR = 1e-13  # at which it ends


@inline
def arctan(x):
    """The arc tangent of a float64 of at least 0, within 2e-16 relative (Cephes)."""
    steep, middle = x > 2.414213562373095, x > 0.66
    start = 0.5 * math.pi if steep else (0.25 * math.pi if middle else 0.0)
    t = (-1.0 if steep else (x - 1.0 if middle else x)) / (x if steep else (x + 1.0 if middle else 1.0))
    z = t * t
    p = -8.750608600031904122785e-1
    p = p * z - 1.615753718733365076637e1
    p = p * z - 7.500855792314704667340e1
    p = p * z - 1.228866684490136173410e2
    p = p * z - 6.485021904942025371773e1
    q = z + 2.485846490142306297962e1
    q = q * z + 1.650270098316988542046e2
    q = q * z + 4.328810604912902668951e2
    q = q * z + 4.853903996359136964868e2
    q = q * z + 1.945506571482613964425e2
    return start + (t + t * (z * p / q))


@inline
def sine_and_cosine(x):
    """Sine and cosine of a float64 from 0 to pi / 2, within 2e-16 (their series)."""
    s, c = 1.0, 1.0
    square = x * x
    for k in range(13, 0, -1):
        s = 1.0 - s * square / (2.0 * k * (2.0 * k + 1.0))
        c = 1.0 - c * square / (2.0 * k * (2.0 * k - 1.0))
    return s * x, c


@inline
def _bent(lens, a, b):
    """Brown and Conrady: where (a, b, 1) comes to lie, in focal lengths."""
    k1, k2, p1, p2, k3 = lens[K], lens[K + 1], lens[K + 2], lens[K + 3], lens[K + 4]
    r2 = a * a + b * b
    radial = 1.0 + r2 * (k1 + r2 * (k2 + r2 * k3))
    return a * radial + 2.0 * p1 * a * b + p2 * (r2 + 2.0 * a * a), b * radial + p1 * (r2 + 2.0 * b * b) + 2.0 * p2 * (
        a * b
    )


@inline
def fisheye(lens, x, y, z):
    """Where a point of the camera frame comes to lie under a fisheye; see `project`. It has no branch."""
    r = math.sqrt(x * x + y * y)
    before = z > 0.0
    angle = arctan(r / abs(z) if z != 0.0 else 1e300)
    theta = angle if before else math.pi - angle
    t2 = theta * theta
    out = theta * (1.0 + t2 * (lens[K] + t2 * (lens[K + 1] + t2 * (lens[K + 2] + t2 * lens[K + 3]))))
    aside = r > 1e-12 * abs(z)
    scale = (out if aside else 1.0) / (r if aside else (z if z != 0.0 else 1e300))
    return lens[FX] * x * scale + lens[CX], lens[FY] * y * scale + lens[CY], before & (theta <= lens[LIMIT])


@inline
def bent(lens, x, y, z):
    """The same under Brown and Conrady's law, or without any: then the coefficients are 0."""
    before = z > 0.0
    inverse = 1.0 / (z if before else 1.0)
    a, b = x * inverse, y * inverse
    followed = before & (a * a + b * b <= lens[LIMIT] * lens[LIMIT])
    a, b = _bent(lens, a, b)
    return lens[FX] * a + lens[CX], lens[FY] * b + lens[CY], followed


@inline
def project(lens, x, y, z):
    """Where a point of the camera frame comes to lie: u, v in pixels, and whether it is one that the lens follows."""
    return fisheye(lens, x, y, z) if lens[MODEL] == FISHEYE else bent(lens, x, y, z)


@inline
def project_from_face(lens, turn, x, y, z):
    """As `project`, for a point in the frame of a face: `turn` (3, 3) takes the camera's frame to it."""
    return project(
        lens,
        turn[0, 0] * x + turn[1, 0] * y + turn[2, 0] * z,
        turn[0, 1] * x + turn[1, 1] * y + turn[2, 1] * z,
        turn[0, 2] * x + turn[1, 2] * y + turn[2, 2] * z,
    )


@inline
def ray(lens, u, v):
    """The unit vector x, y, z from which light comes to a place of the picture, and whether there is one.

    Without one it is zero: beyond the circle of a fisheye.
    """
    u, v = (u - lens[CX]) / lens[FX], (v - lens[CY]) / lens[FY]
    if lens[MODEL] == FISHEYE:
        return _fisheye_ray(lens, u, v)
    a, b = u, v
    if lens[MODEL] == BROWN_CONRADY:
        a, b = _straightened(lens, u, v)
    inverse = 1.0 / math.sqrt(1.0 + a * a + b * b)
    return a * inverse, b * inverse, inverse, a * a + b * b <= lens[LIMIT] * lens[LIMIT]


@inline
def _straightened(lens, u, v):
    """Newton's method for the (a, b, 1) that Brown and Conrady's law puts at (u, v)."""
    k1, k2, p1, p2, k3 = lens[K], lens[K + 1], lens[K + 2], lens[K + 3], lens[K + 4]
    distance, limit = math.sqrt(u * u + v * v), lens[LIMIT]
    # From beyond the target inwards or from within outwards it may jump over the fold: it starts on the radius found
    # for the radial part alone, which is bisected.
    low, high = 0.0, limit
    for _ in range(6):
        r = 0.5 * (low + high)
        r2 = r * r
        if r * (1.0 + r2 * (k1 + r2 * (k2 + r2 * k3))) < distance:
            low = r
        else:
            high = r
    start = 0.5 * (low + high) / distance if distance > 0.0 else 0.0
    a, b = u * start, v * start
    for _ in range(_TURNS):
        fa, fb = _bent(lens, a, b)
        ea, eb = fa - u, fb - v
        if abs(ea) + abs(eb) < _NEAR:
            break
        r2 = a * a + b * b
        radial = 1.0 + r2 * (k1 + r2 * (k2 + r2 * k3))
        grown = 2.0 * (k1 + r2 * (2.0 * k2 + 3.0 * r2 * k3))  # d radial / d r^2, times 2
        jaa = radial + a * a * grown + 2.0 * p1 * b + 6.0 * p2 * a
        jab = a * b * grown + 2.0 * p1 * a + 2.0 * p2 * b
        jbb = radial + b * b * grown + 6.0 * p1 * b + 2.0 * p2 * a
        det = jaa * jbb - jab * jab
        if det == 0.0:
            break
        a -= (jbb * ea - jab * eb) / det
        b -= (jaa * eb - jab * ea) / det
    return a, b


@inline
def _fisheye_ray(lens, u, v):
    """The ray at the angle whose distance from the middle is that of (u, v)."""
    k1, k2, k3, k4 = lens[K], lens[K + 1], lens[K + 2], lens[K + 3]
    distance, low, high = math.sqrt(u * u + v * v), 0.0, lens[LIMIT]
    t2 = high * high
    if distance > high * (1.0 + t2 * (k1 + t2 * (k2 + t2 * (k3 + t2 * k4)))):
        return 0.0, 0.0, 0.0, False
    theta = min(distance, high)
    for _ in range(_TURNS):  # Newton's method, kept within the bounds that it finds
        t2 = theta * theta
        error = theta * (1.0 + t2 * (k1 + t2 * (k2 + t2 * (k3 + t2 * k4)))) - distance
        if abs(error) < _NEAR:
            break
        if error > 0.0:
            high = theta
        else:
            low = theta
        slope = 1.0 + t2 * (3.0 * k1 + t2 * (5.0 * k2 + t2 * (7.0 * k3 + t2 * 9.0 * k4)))
        better = theta - error / slope if slope > 0.0 else low
        theta = better if low < better and better < high else 0.5 * (low + high)
    s, c = sine_and_cosine(theta)
    scale = s / distance if distance > 0.0 else 1.0
    return u * scale, v * scale, max(c, 0.0), c > 0.0


@kernel
def project_all(lens, points, out, followed):
    """Where points come to lie.

    Args:
        lens: (COLUMNS,) float64.
        points: (N, 3) float64, camera frame.
        out: (N, 2) float64 output, pixels; followed: (N,) uint8 output, 0 where the lens does not see the point.
    """
    for n in range(points.shape[0]):
        u, v, seen = project(lens, points[n, 0], points[n, 1], points[n, 2])
        out[n, 0], out[n, 1] = u, v
        followed[n] = seen


@kernel
def all_rays(lens, places, out):
    """Where the light at places of the picture comes from.

    Args:
        lens: (COLUMNS,) float64.
        places: (N, 2) float64, pixels.
        out: (N, 3) float64 output, unit vectors of the camera frame; 0 where there is none.
    """
    for n in range(places.shape[0]):
        x, y, z, seen = ray(lens, places[n, 0], places[n, 1])
        out[n, 0], out[n, 1], out[n, 2] = (x, y, z) if seen else (0.0, 0.0, 0.0)
