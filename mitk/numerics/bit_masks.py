"""Tests of many whole numbers at once, whose outcomes are the bits of one word: what compiled loops search with."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

# Numbers that are tested at once: two registers of AVX-512, four of AVX2.
LANES = 32


@intrinsic
def marked(typing_context: Any, column: Any, start: Any, low: Any, span: Any) -> Any:
    """Which of ``column[start : start + LANES]`` lie in ``low`` to ``low + span``, the end left out, as bits.

    Written in the compiler's own vectors, because it does not find them in a loop.

    Parameters
    ----------
    column : ndarray of shape (at least start + LANES,), int32, contiguous
        Nothing checks its end.
    start : int
    low, span : int32

    Returns
    -------
    uint64
        Bit 0 is that of ``column[start]``.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        lane = ir.IntType(32)
        lanes = ir.VectorType(lane, LANES)

        def everywhere(number: Any) -> Any:
            alone = builder.insert_element(ir.Constant(lanes, ir.Undefined), number, ir.Constant(lane, 0))
            return builder.shuffle_vector(alone, alone, ir.Constant(lanes, [0] * LANES))

        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        numbers = builder.load(builder.bitcast(builder.gep(array.data, [arguments[1]]), lanes.as_pointer()))
        numbers.align = 4
        # Numbers below `low` wrap around to the largest.
        above = builder.sub(numbers, everywhere(arguments[2]))
        inside = builder.icmp_unsigned("<", above, everywhere(arguments[3]))
        return builder.zext(builder.bitcast(inside, ir.IntType(LANES)), ir.IntType(64))

    return types.uint64(column, types.intp, types.int32, types.int32), generate


@intrinsic
def lowest(typing_context: Any, bits: Any) -> Any:
    """The place of the lowest bit that is set in a uint64; there must be one."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))

    return types.intp(types.uint64), generate
