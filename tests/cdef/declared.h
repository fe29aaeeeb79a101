/* declared.h - what declared.c defines, and the tests of cdef read: one text for both. */

#define WORDS       3
#define NAME_LENGTH (4 * WORDS + 1)
#define GREETING                                                                                   \
    "good "                                                                                        \
    "day\n"

typedef enum level { LOW = -1, MIDDLE, HIGH = 0x10, HIGHEST } level_t;
enum { FIRST_FLAG = 1 << 4, SECOND_FLAG = FIRST_FLAG << 1 };

struct node;
typedef struct node *node_pointer;

struct node {
    int value;
    node_pointer next;
    struct node *children[2];
    union {
        long long whole;
        struct {
            unsigned short low, high;
        } parts;
    };
    struct {
        float x, y;
    } place;
};

struct bits {
    unsigned a : 3, b : 5;
    signed char c : 4;
    char d : 4;
    unsigned : 0;
    _Bool is_set : 1;
    level_t level : 6;
    unsigned long long wide : 40;
};

struct __attribute__((packed)) packed_front {
    char tag;
    double value;
};

struct packed_back {
    char tag;
    double value;
} __attribute__((__packed__, aligned(4)));

#pragma pack(push, 2)
typedef struct {
    char tag;
    long value;
} two_t;
#pragma pack(pop)

struct aligned_members {
    char tag;
    _Alignas(16) char wide;
    short word __attribute__((aligned(8)));
    int words[WORDS] __attribute__((__aligned__(sizeof(long))));
};

typedef struct {
    size_t length;
    uint16_t items[];
} flexible_t;

typedef union {
    int i;
    double d;
    char text[NAME_LENGTH];
} variant;

typedef int numbers_t[4];
typedef float quad __attribute__((vector_size(16)));
typedef int aligned_int __attribute__((aligned(16)));
typedef enum { SMALL, TINY } __attribute__((packed)) narrow;

struct mixed {
    narrow size;
    aligned_int number;
    numbers_t numbers;
    const char *name;
    char *text;
    void *anything;
    const void *fixed;
    wchar_t letter;
    long double real;
    double _Complex complex;
    __int128 huge;
    int (*compare)(const void *, const void *);
    two_t twos[2][3];
};

extern int counter;
extern const char *const title;
extern struct node root;
extern int table[WORDS];
extern numbers_t numbers;

int add(int a, int b);
double scale(double x, float factor);
struct packed_back make_packed(char tag, double value);
two_t swap(two_t given);
long sum(const int *values, size_t count);
int sum_rows(int rows[][2], int count);
void fill(unsigned char *buffer, unsigned char byte, size_t count);
unsigned checksum(const unsigned char *data, size_t count);
level_t next_level(level_t level);
struct node *tail(struct node *first);
int total(int count, ...);
const char *describe(const struct node *node);
void no_parameters(void);
extern int renamed(int n) __asm__("symbol_of_renamed");
typedef int operation(int, int);
operation multiply;
int apply(operation *what, int a, int b);
int fails(int code);
static inline __attribute__((unused)) int hidden(int x)
{
    return x + (int)sizeof("}");
}
__extension__ extern __attribute__((__noreturn__)) void leave(int, ...);
