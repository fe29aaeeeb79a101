/* memory.c - data that C reads and writes through pointers: arrays of structs, of texts, of
 * pointers that it keeps. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct Entry {
    int32_t number;
    const char *text;
    double weight;
} Entry;

/* Counts the numbers down, doubles the weights, and moves every text on by one character. */
double change_entries(Entry *entries, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum += entries[i].weight * (double)(i + 1);
        entries[i].number--;
        entries[i].weight *= 2;
        entries[i].text += entries[i].text != NULL;
    }
    return sum;
}

/* Joins the texts of an array that ends with NULL, as argv does. */
int join(char *to, char separator, const char *const *texts)
{
    int count = 0;
    for (; texts[count] != NULL; count++) {
        to += strlen(strcpy(to, texts[count]));
        *to++ = separator;
    }
    *to = '\0';
    return count;
}

static const char *kept;

void keep(const char *text)
{
    kept = text;
}

const char *give_kept(void)
{
    return kept;
}
