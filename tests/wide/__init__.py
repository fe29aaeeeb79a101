"""What the tests of wide types share: the C callees, made for each type from one text."""

CALLEES = """
{attribute}{type} {prefix}_same_{name}({type} value) {{ return value; }}
{attribute}{type} {prefix}_after_{name}(int a, double b, long c, double d, long e, double f, long g,
    double h, long i, double j, long k, double l, double m, {type} value, double n, double o,
    double p, int q, {type} last)
{{
    double sum = a + b + c + d + e + f + g + h + i + j + k + l + m + n + o + p + q;
    return sum == 153 ? value : last;
}}
{attribute}{type} {prefix}_second_{name}({type} one, short a, {type} two, float b, {type} three)
{{
    (void)one, (void)three;
    return a == -2 && b == 0.5f ? two : one;
}}
{attribute}int {prefix}_differs_{name}({type} one, const unsigned char *bytes, {type} two)
{{
    const unsigned char *first = (unsigned char *)&one, *second = (unsigned char *)&two;
    int differs = 0;
    for (int i = 0; i < (int)sizeof one; i++)
        if (i % {part} < {used})
            differs |= first[i] != bytes[i] || second[i] != bytes[i];
    return differs;
}}
typedef struct {{ char before; {type} value; char after; }} {prefix}_box_{name};
{attribute}{prefix}_box_{name} {prefix}_boxed_{name}({prefix}_box_{name} box, {type} value)
{{
    box.before++;
    box.after--;
    box.value = value;
    return box;
}}
{attribute}void {prefix}_reverse_{name}({type} *values, int count)
{{
    for (int i = 0; i < count / 2; i++) {{
        {type} kept = values[i];
        values[i] = values[count - 1 - i];
        values[count - 1 - i] = kept;
    }}
}}
"""

VARIADIC = """
{type} sysv_pick_{name}(int which, ...)
{{
    va_list list;
    {type} value;
    memset(&value, 0, sizeof value);
    va_start(list, which);
    for (int i = 0; i <= which; i++) {{
        value = va_arg(list, {type});
        if (va_arg(list, double) != 0.5 || va_arg(list, int) != i)
            abort();
    }}
    va_end(list);
    return value;
}}
"""

HEAD = """
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
"""


def callees(name: str, c_type: str, part: int, used: int, win64: bool = True) -> str:
    """C functions that take and return a type. Of each `part` bytes, `used` are the value."""
    words = {"type": c_type, "name": name, "part": part, "used": used}
    text = CALLEES.format(prefix="sysv", attribute="", **words)
    if win64:
        text += CALLEES.format(prefix="win", attribute="__attribute__((ms_abi)) ", **words)
    return text + VARIADIC.format(**words)
