"""What the capturing callees in assembly tell of a call on this CPU: where in a block what is."""

from dataclasses import dataclass

from native.callees import IS_ARM64

STACK, WORDS = 30, 62  # the first word of stack arguments, and how many words there are in all


@dataclass(frozen=True)
class Machine:
    """The layout of a block, in words."""

    assembly: str
    """The file of the callees."""
    general: tuple[str, ...]
    """The general argument registers, which come first."""
    vector: tuple[str, ...]
    """The vector registers, two words each."""
    first_vector: int
    stack_pointer: int
    entry_sp: int
    """The stack pointer on entry, modulo 16."""
    char_is_signed: bool

    def word_of(self, register: str) -> int:
        if register in self.general:
            return self.general.index(register)
        return self.first_vector + 2 * self.vector.index(register)

    @property
    def integer_places(self) -> list[int]:
        """Where the integer arguments of a call are, one after the other."""
        return [*range(len(self.general)), *range(STACK, WORDS)]

    @property
    def floating_places(self) -> list[int]:
        return [*(self.word_of(register) for register in self.vector), *range(STACK, WORDS)]


X86_64 = Machine(
    assembly="capture.S",
    general=("rdi", "rsi", "rdx", "rcx", "r8", "r9"),
    vector=tuple(f"xmm{i}" for i in range(8)),
    first_vector=6,
    stack_pointer=23,
    entry_sp=8,
    char_is_signed=True,
)
ARM64 = Machine(
    assembly="capture_arm64.S",
    general=tuple(f"x{i}" for i in range(8)),  # behind them x8, which is for results
    vector=tuple(f"v{i}" for i in range(8)),
    first_vector=9,
    stack_pointer=25,
    entry_sp=0,
    char_is_signed=False,
)
THIS = ARM64 if IS_ARM64 else X86_64
