/* incomplete.c - a library that needs a function which is nowhere. */
int function_that_is_nowhere(void);

int needs_it(void)
{
    return function_that_is_nowhere();
}
