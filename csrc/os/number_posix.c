/* number_posix.c - long double as text, whatever the locale of the process says of decimal points.
 *
 * The locale is changed for the calling thread alone, for as long as one conversion takes.
 */
#define _POSIX_C_SOURCE 200809L

#include "os.h"

#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static locale_t enter_plain_locale(locale_t *before)
{
    locale_t plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    *before = plain != (locale_t)0 ? uselocale(plain) : (locale_t)0;
    return plain;
}

static void leave_plain_locale(locale_t plain, locale_t before)
{
    if (plain != (locale_t)0) {
        uselocale(before);
        freelocale(plain);
    }
}

bool zf_os_read_number(const char *text, const char **end, long double *number)
{
    locale_t before, plain = enter_plain_locale(&before);
    char *rest;
    errno = 0;
    *number = strtold(text, &rest);
    bool is_in_range = errno != ERANGE || isfinite(*number);
    leave_plain_locale(plain, before);
    *end = rest;
    return is_in_range;
}

void zf_os_write_number(char *text, size_t size, int digits, long double number)
{
    locale_t before, plain = enter_plain_locale(&before);
    snprintf(text, size, "%.*Lg", digits, number);
    leave_plain_locale(plain, before);
}
