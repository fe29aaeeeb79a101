/* empty.c - a library that exports nothing. */
__attribute__((visibility("hidden"))) int unseen = 1;
