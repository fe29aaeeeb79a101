/* launch.c - runs a command under a refusal:
 *
 *     launch REFUSAL COMMAND ARGUMENT...
 */
#include "refuse.h"

#include <stdio.h>
#include <unistd.h>

int main(int count, char **arguments)
{
    if (count < 3) {
        fprintf(stderr, "usage: launch REFUSAL COMMAND ARGUMENT...\n");
        return 2;
    }
    if (!refuse(arguments[1])) {
        return 125;
    }
    execvp(arguments[2], arguments + 2);
    perror(arguments[2]);
    return 127;
}
