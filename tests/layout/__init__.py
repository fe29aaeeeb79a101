"""What the layout's tests and its fuzzer share: records, compilers to ask, the engine."""
