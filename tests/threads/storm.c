/* storm.c - functions that many threads call while others close their library. */
int counter = 7;

typedef struct Pair {
    int first;
    int second;
} Pair;

int same(int number)
{
    return number;
}

const char *text(void)
{
    return "in the library";
}

Pair pair(int first, int second)
{
    return (Pair){first, second};
}
