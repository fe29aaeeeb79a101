/* stop.c - a function at which a debugger stops. */
int stop_here(double a, int b)
{
    return a > b;
}
