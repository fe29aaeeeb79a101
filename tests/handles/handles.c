/* Two opaque types, of which callers see nothing but pointers. */
#include <stdlib.h>

typedef struct database database;
typedef struct statement statement;

struct database {
    int count;
};

struct statement {
    database *owner;
    int number;
};

int database_open(int count, database **made)
{
    *made = count < 0 ? NULL : malloc(sizeof **made);
    if (*made != NULL) {
        (*made)->count = count;
    }
    return *made != NULL ? 0 : -1;
}

database *database_same(database *self)
{
    return self;
}

int database_count(const database *self)
{
    return self != NULL ? self->count : -1;
}

void database_close(database *self)
{
    free(self);
}

statement *statement_make(database *owner, int number)
{
    statement *made = malloc(sizeof *made);
    if (made != NULL) {
        *made = (statement){owner, number};
        owner->count++;
    }
    return made;
}

database *statement_close(statement *self)
{
    database *owner = self->owner;
    free(self);
    return owner;
}
