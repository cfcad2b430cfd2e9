"""Arguments of kernels that stay the same from call to call, handed over once.

Numba takes an argument apart at every call, 0.1 us for each array of each tuple and twice that where caches are cold:
a world's kernels would spend more time on their arguments than on their work. `Held` takes them apart once and keeps
what it finds; a kernel gets one address instead.

    held = Held(Convoy(fleet, wheels, motion))  # a NamedTuple

    @kernel
    def advance(held, dt_s):
        fleet, motion = taken(held).fleet, taken(held).motion

Arrays are lent, not copied: kernels see what Python writes into them and the other way round, and `Held` keeps them
alive. Numbers are those of when it was made. Only for kernels without reference counting (`kernel` and `inline` of
`simgen.compiled`).
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from numba import extending
from numba.core import cgutils, types

from simgen.compiled import kernel

_numba: Any = numba  # its stubs know little
_extending: Any = extending
_codegen: Any = cgutils


class HeldType(types.Type):
    """Numba's type of a `Held` tuple of a type."""

    def __init__(self, what: Any) -> None:
        self.what = what
        super().__init__(f"Held({what})")


_extending.register_model(HeldType)(_extending.models.OpaqueModel)  # an address


class Held:
    """A tuple of arrays, numbers and such tuples, as kernels take it apart by `taken`.

    Attributes:
        address: of what a kernel reads.
    """

    __slots__ = ("_block", "_numba_type_", "_what", "address")

    def __init__(self, what: tuple[Any, ...]) -> None:
        self._what = what  # keeps the arrays alive
        self._block = np.zeros(_size(what), np.uint8)
        self.address = self._block.ctypes.data
        self._numba_type_ = _type_of(what)
        _store(what, self.address)


_known: dict[Any, HeldType] = {}


def _type_of(what: tuple[Any, ...]) -> HeldType:
    """The type of a tuple; numba's own look at fifty arrays takes a millisecond."""
    form = _form(what)
    if form not in _known:
        _known[form] = HeldType(_numba.typeof(what))
    return _known[form]


def _form(what: Any) -> Any:
    """All of a value that its type depends on."""
    if isinstance(what, tuple):
        return (type(what), *(_form(w) for w in what))
    if isinstance(what, np.ndarray):
        return what.dtype, what.ndim, what.flags.num
    return type(what)


def _unbox(typ: Any, obj: Any, c: Any) -> Any:
    number = c.pyapi.object_getattr_string(obj, "address")
    address = c.pyapi.long_as_voidptr(number)
    c.pyapi.decref(number)
    return _extending.NativeValue(address, is_error=_codegen.is_not_null(c.builder, c.pyapi.err_occurred()))


_extending.unbox(HeldType)(_unbox)


def _taken(typing_context: Any, held: Any) -> Any:
    """The tuple that a `Held` holds."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        model = context.data_model_manager[held.what]
        place = builder.bitcast(args[0], model.get_data_type().as_pointer())
        return model.load_from_data_pointer(builder, place)

    return held.what(held), generate


def _size_of(typing_context: Any, args: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        data = context.data_model_manager[args].get_data_type()
        return context.get_constant(types.int64, context.get_abi_sizeof(data))

    return types.int64(args), generate


def _store_at(typing_context: Any, args: Any, address: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        model = context.data_model_manager[args]
        place = builder.inttoptr(values[1], model.get_data_type().as_pointer())
        builder.store(model.as_data(builder, values[0]), place)
        return context.get_dummy_value()

    return types.void(args, address), generate


taken: Any = _extending.intrinsic(_taken)
_bytes_of: Any = _extending.intrinsic(_size_of)
_put: Any = _extending.intrinsic(_store_at)


@kernel
def _size(what: Any) -> int:
    return int(_bytes_of(what))


@kernel
def _store(what: Any, address: int) -> None:
    _put(what, address)
