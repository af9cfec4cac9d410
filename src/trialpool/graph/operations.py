"""The operations of nodes, by number: what a machine that runs programs has to know.

A program is a table of integers, one row an operation (columns ``OP`` and so on below), over one
array of numbers: the free point, then constants, then results.
"""

#: Columns of a program: operation, place of the result, its length, then place and step (0 for an
#: operand of one element, else 1) of each operand, then place in the array of indices and a length.
OP, OUT, SIZE, A, A_STEP, B, B_STEP, C, C_STEP, INDEX, LENGTH = range(11)
COLUMNS = 11

#: Element by element.
ELEMENTWISE = (
    "neg",
    "exp",
    "log",
    "sqrt",
    "square",
    "abs",
    "log1p",
    "expm1",
    "erfc",
    "sigmoid",
    "softplus",
    "log1mexp",
    "log_normal_cdf",
    "add",
    "sub",
    "mul",
    "div",
    "power",
    "minimum",
    "maximum",
    "logaddexp",
    "less",
    "switch",
    "normal",
)
#: Moving and adding elements; ``total`` adds elements to the log density.
MOVING = ("take", "add_up", "linear", "copy", "total")
CODE = {name: code for code, name in enumerate(ELEMENTWISE + MOVING)}
