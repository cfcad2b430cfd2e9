"""The one way this room compiles its kernels: no GIL, cached on disk, IEEE arithmetic, no fastmath."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

F = TypeVar("F", bound=Callable[..., Any])


def kernel(function: F) -> F:
    """Compile `function` with numba at its first call.

    Kernels that call each other live in one module: the disk cache of one module does not notice an edit in
    another.
    """
    return cast(F, njit(nogil=True, cache=True, error_model="numpy")(function))
