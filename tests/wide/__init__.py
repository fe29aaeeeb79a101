"""What the tests of wide types share: the C callees, made for each type from one text."""

CALLEES = """
{attribute}{type} same_{name}({type} value) {{ return value; }}
{attribute}{type} after_{name}(int a, double b, long c, double d, long e, double f, long g,
    double h, long i, double j, long k, double l, double m, {type} value, double n, double o,
    double p, int q, {type} last)
{{
    long sum = (long)(a + b + c + d + e + f + g + h + i + j + k + l + m + n + o + p + q);
    return sum == 153 ? value : last;
}}
{attribute}{type} second_{name}({type} one, short a, {type} two, float b, {type} three)
{{
    (void)one, (void)three;
    return a == -2 && b == 0.5f ? two : one;
}}
{attribute}int differs_{name}({type} one, const unsigned char *bytes, {type} two)
{{
    const unsigned char *first = (unsigned char *)&one, *second = (unsigned char *)&two;
    int differs = 0;
    for (int i = 0; i < (int)sizeof one; i++)
        if (i % {part} < {used})
            differs |= first[i] != bytes[i] || second[i] != bytes[i];
    return differs;
}}
typedef struct {{ char before; {type} value; char after; }} box_{name};
{attribute}box_{name} boxed_{name}(box_{name} box, {type} value)
{{
    box.before++;
    box.after--;
    box.value = value;
    return box;
}}
{attribute}void reverse_{name}({type} *values, int count)
{{
    for (int i = 0; i < count / 2; i++) {{
        {type} kept = values[i];
        values[i] = values[count - 1 - i];
        values[count - 1 - i] = kept;
    }}
}}
"""

VARIADIC = """
{type} pick_{name}(int which, ...)
{{
    va_list list;
    {type} value;
    __builtin_memset(&value, 0, sizeof value);
    va_start(list, which);
    for (int i = 0; i <= which; i++) {{
        value = va_arg(list, {type});
        if (va_arg(list, double) != 0.5 || va_arg(list, int) != i)
            __builtin_trap();
    }}
    va_end(list);
    return value;
}}
"""

HEAD = """
#include <stdarg.h>
#include <stdint.h>
"""


def callees_text(name: str, c_type: str, attribute: str, part: int, used: int) -> str:
    """C functions that take and return a type. Of each `part` bytes, `used` are the value."""
    words = {"type": c_type, "name": name, "attribute": attribute, "part": part, "used": used}
    variadic = "" if attribute else VARIADIC.format(**words)
    return CALLEES.format(**words) + variadic
