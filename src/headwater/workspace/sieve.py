"""A set of texts that says no for certain and yes only perhaps, in two bytes a text (a Bloom filter).

For lists that are asked about every event and hardly ever have whom they are asked about.
"""

FEWEST = 65_536  # texts that the first layer is made for; each further one is made for twice as many as the one before
BITS_OF_A_TEXT = 16
LOOKS = 4  # with 16 bits a text: one wrong yes in four hundred, and a full layer
HALF = 32
LOW = (1 << HALF) - 1


class Sieve:
    """Grows as texts are added; takes none back."""

    def __init__(self, *, fewest: int = FEWEST) -> None:
        self._layers: list[_Layer] = []
        self._fewest = fewest

    @property
    def is_empty(self) -> bool:
        return not self._layers

    def add(self, text: str) -> None:
        """Take a text in; once more is no harm."""
        number = hash(text)
        if any(layer.may_have(number) for layer in self._layers):
            return
        if not self._layers or self._layers[-1].room == 0:
            self._layers.append(_Layer(self._fewest << len(self._layers)))
        self._layers[-1].add(number)

    def may_have(self, text: str) -> bool:
        """Tell whether `text` may have been added; False is certain."""
        number = hash(text)  # with the process's own salt: nobody outside can choose texts that collide
        return any(layer.may_have(number) for layer in self._layers)


class _Layer:
    __slots__ = ("_bits", "_size", "room")

    def __init__(self, texts: int) -> None:
        self.room = texts
        self._size = texts * BITS_OF_A_TEXT
        self._bits = bytearray(self._size // 8)

    def add(self, number: int) -> None:
        self.room -= 1
        for place in self._places(number):
            self._bits[place >> 3] |= 1 << (place & 7)

    def may_have(self, number: int) -> bool:
        return all(self._bits[place >> 3] & 1 << (place & 7) for place in self._places(number))

    def _places(self, number: int) -> list[int]:
        first, step = number & LOW, number >> HALF & LOW | 1
        return [(first + look * step) % self._size for look in range(LOOKS)]
