"""Digit diagrams: functions of a digit string, kept as a graph in which equal parts are stored once.

A node is a label (what the function says when the string ends here) and ten followers (what it says after one more
digit). Nodes are stored once by their contents, so two strings that can never again be told apart lead to the same
node: the graph of a numbering plan with a billion members has a few thousand nodes, and it is the smallest there is.
A constant node says the same for every string and follows itself.

Two ways to make one: `build_language` reads the regular expressions in which numbering plans are written (digits,
classes, groups, alternatives, bounded repeats, an end mark), and `apply` joins diagrams point by point with any
function of their labels. From these the whole number parser can be tabulated, see `rulebook`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import dataclass
from typing import Any, TypeAlias

DIGITS = range(10)
EVERY_DIGIT = frozenset(DIGITS)

Label: TypeAlias = Any
"""A hashable value. One store holds diagrams of bits, of truth values and of verdicts, and a node is a plain number,
so the type of a node's label is known only to whoever built the diagram."""


class UnknownSyntax(ValueError):
    """A pattern uses something beyond digits, classes, groups, alternatives, bounded repeats and an end mark."""


@dataclass(frozen=True)
class Digit:
    """One digit out of a set."""

    allowed: frozenset[int]


@dataclass(frozen=True)
class End:
    """The mark `$`: nothing may follow."""


@dataclass(frozen=True)
class Alternatives:
    """Any one of several patterns."""

    branches: tuple[Pattern, ...]


@dataclass(frozen=True)
class Sequence:
    """Several patterns one after the other."""

    parts: tuple[Pattern, ...]


@dataclass(frozen=True)
class Repeat:
    """One pattern, `least` to `most` times in a row."""

    part: Pattern
    least: int
    most: int


Pattern: TypeAlias = Digit | End | Alternatives | Sequence | Repeat


class Diagrams:
    """A store of nodes. A diagram is the number of its first node."""

    def __init__(self) -> None:
        # No node has the number 0, so that "known or to be made" can be written as `or`.
        self.labels: list[Label] = [None]
        self.followers: list[tuple[int, ...]] = [()]
        self._known: dict[tuple[Label, tuple[int, ...]], int] = {}
        self._constants: dict[Label, int] = {}
        self._unions: dict[tuple[int, int], int] = {}
        self.nothing = self.add_constant(0)
        self._beginnings = {self.nothing: self.nothing}

    def copy(self) -> Diagrams:
        """Return a store with the same nodes, to which others can be added without filling this one."""
        twin = copy(self)
        for name, part in vars(self).items():
            setattr(twin, name, copy(part))
        return twin

    def add_constant(self, label: Label) -> int:
        """Return the diagram that says `label` for every string."""
        if label not in self._constants:
            number = len(self.labels)
            self.labels.append(label)
            self.followers.append((number,) * 10)
            self._constants[label] = number
        return self._constants[label]

    def add_node(self, label: Label, followers: tuple[int, ...]) -> int:
        """Return the diagram that says `label` for the empty string and `followers[d]` after the digit d."""
        key = (label, followers)
        number = self._known.get(key)
        if number is None:
            constant = self._constants.get(label)
            # A constant follows itself, so its number is in its own followers: the store already holds it.
            alike = constant is not None and followers == (constant,) * 10
            number = followers[0] if alike else self._add(label, followers)
            self._known[key] = number
        return number

    def _add(self, label: Label, followers: tuple[int, ...]) -> int:
        self.labels.append(label)
        self.followers.append(followers)
        return len(self.labels) - 1

    def follow(self, node: int, digits: str) -> int:
        """Return what the diagram says after `digits`, as a diagram of what follows them."""
        for digit in digits:
            node = self.followers[node][int(digit)]
        return node

    def graft(self, node: int, digits: str, new: int) -> int:
        """Return the same diagram, except that after `digits` it says what `new` says of the rest."""
        if not digits:
            return new
        followers = list(self.followers[node])
        digit = int(digits[0])
        followers[digit] = self.graft(followers[digit], digits[1:], new)
        return self.add_node(self.labels[node], tuple(followers))

    def apply(self, function: Callable[..., Label], *nodes: int) -> int:
        """Return the diagram that says `function(*labels)` wherever `nodes` say `labels`."""
        labels, followers = self.labels, self.followers
        done: dict[tuple[int, ...], int] = {}

        def join(nodes: tuple[int, ...]) -> int:
            label = function(*[labels[node] for node in nodes])
            below = list(zip(*[followers[node] for node in nodes], strict=True))
            if below[0] == nodes:
                made = self.add_constant(label)
            else:
                made = self.add_node(label, tuple([done.get(each) or join(each) for each in below]))
            done[nodes] = made
            return made

        return join(nodes)

    def apply_by_length(self, node: int, function: Callable[[Label, int], Label], horizon: int) -> int:
        """Return the diagram that says `function(label, length of the string)`; constant beyond `horizon` digits."""
        labels, followers = self.labels, self.followers
        done: dict[tuple[int, int], int] = {}

        def walk(node: int, length: int) -> int:
            label, longer = function(labels[node], length), length + 1
            if length > horizon:
                made = self.add_constant(label)
            else:
                made = self.add_node(label, tuple([done.get((n, longer)) or walk(n, longer) for n in followers[node]]))
            done[node, length] = made
            return made

        return walk(node, 0)

    def unite(self, left: int, right: int) -> int:
        """Return the diagram whose label, a set of bits, has the bits of both."""
        if left == right or right == self.nothing:
            return left
        if left == self.nothing:
            return right
        key = (left, right) if left < right else (right, left)
        made = self._unions.get(key)
        if made is None:
            label = self.labels[left] | self.labels[right]
            pairs = zip(self.followers[left], self.followers[right], strict=True)
            made = self.add_node(label, tuple([self.unite(one, other) for one, other in pairs]))
            self._unions[key] = made
        return made

    def build_language(self, pattern: str, bit: int = 1, end_bit: int = 0) -> int:
        """Return the diagram that labels the strings `pattern` matches from end to end.

        The label is `bit`, or `end_bit` where the pattern demands the end; all other strings are labelled 0.

        Raises UnknownSyntax where the pattern is more than numbering plans have needed so far.
        """
        nothing = (self.nothing,) * 10
        return self._build_match(parse(pattern), self.add_node(bit, nothing), self.add_node(end_bit or bit, nothing))

    def _build_match(self, pattern: Pattern, then: int, end: int) -> int:
        if isinstance(pattern, Digit):
            return self.add_node(0, tuple([then if digit in pattern.allowed else self.nothing for digit in DIGITS]))
        if isinstance(pattern, End):
            return end
        if isinstance(pattern, Alternatives):
            made = self.nothing
            for branch in pattern.branches:
                made = self.unite(made, self._build_match(branch, then, end))
            return made
        if isinstance(pattern, Sequence):
            for part in reversed(pattern.parts):
                then = self._build_match(part, then, end)
            return then
        return self._build_repeat(pattern, then, end)

    def _build_repeat(self, pattern: Repeat, then: int, end: int) -> int:
        made = then
        for _ in range(pattern.most - pattern.least):
            made = self.unite(then, self._build_match(pattern.part, made, end))
        for _ in range(pattern.least):
            made = self._build_match(pattern.part, made, end)
        return made

    def build_beginnings(self, node: int) -> int:
        """Return the diagram that is true for strings that begin with a member labelled 1, or are one labelled 2."""
        made = self._beginnings.get(node)
        if made is None:
            label = self.labels[node]
            followers = () if label & 1 else tuple([self.build_beginnings(n) for n in self.followers[node]])
            made = self.add_constant(True) if label & 1 else self.add_node(bool(label), followers)
            self._beginnings[node] = made
        return made

    def list_members(self, node: int, before: str = "") -> Iterator[str]:
        """Yield every string of a finite language, shortest digits first."""
        if self.labels[node]:
            yield before
        for digit, below in enumerate(self.followers[node]):
            if below != self.nothing:
                yield from self.list_members(below, before + str(digit))


_TOKEN = re.compile(r"\\d|\[[^\]]*\]|\(\?:|\{\d+(?:,\d+)?\}|[()|?$0-9]")


def parse(pattern: str) -> Pattern:
    """Return the tree of a numbering plan's regular expression. Raises UnknownSyntax."""
    tokens = _TOKEN.findall(pattern)
    if "".join(tokens) != pattern:
        raise UnknownSyntax(pattern)
    tokens.reverse()
    tree = _parse_alternatives(tokens)
    if tokens:
        raise UnknownSyntax(pattern)
    return tree


def _parse_alternatives(tokens: list[str]) -> Pattern:
    branches = [_parse_sequence(tokens)]
    while tokens and tokens[-1] == "|":
        tokens.pop()
        branches.append(_parse_sequence(tokens))
    return branches[0] if len(branches) == 1 else Alternatives(tuple(branches))


def _parse_sequence(tokens: list[str]) -> Pattern:
    parts = []
    while tokens and tokens[-1] not in ("|", ")"):
        part = _parse_atom(tokens)
        parts.append(_parse_quantifier(part, tokens))
    return parts[0] if len(parts) == 1 else Sequence(tuple(parts))


def _parse_atom(tokens: list[str]) -> Pattern:
    token = tokens.pop()
    if token in ("(", "(?:"):
        inside = _parse_alternatives(tokens)
        if not tokens or tokens.pop() != ")":
            raise UnknownSyntax("a group is not closed")
        return inside
    if token == "$":
        return End()
    if token == "\\d":
        return Digit(EVERY_DIGIT)
    if token[0] == "[":
        return Digit(_parse_digit_class(token[1:-1]))
    if token.isdigit():
        return Digit(frozenset([int(token)]))
    raise UnknownSyntax(token)


def _parse_digit_class(inside: str) -> frozenset[int]:
    if not re.fullmatch(r"(?:\d(?:-\d)?)+", inside):
        raise UnknownSyntax(inside)
    spans = re.findall(r"(\d)(?:-(\d))?", inside)
    return frozenset(digit for low, high in spans for digit in range(int(low), int(high or low) + 1))


def _parse_quantifier(part: Pattern, tokens: list[str]) -> Pattern:
    if not tokens or (tokens[-1] != "?" and tokens[-1][0] != "{"):
        return part
    token = tokens.pop()
    least, most = (0, 1) if token == "?" else _parse_bounds(token)
    return Repeat(part, least, most)


def _parse_bounds(token: str) -> tuple[int, int]:
    numbers = [int(number) for number in token[1:-1].split(",")]
    return numbers[0], numbers[-1]
