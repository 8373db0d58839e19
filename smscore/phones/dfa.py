"""Digit diagrams: functions of a digit string, kept as a graph in which equal parts are stored once.

A node is a label (what the function says when the string ends here) and ten followers (what it says after one more
digit). Nodes are stored once by their contents, so two strings that can never again be told apart lead to the same
node: the graph of a numbering plan with a billion members has a few thousand nodes, and it is the smallest there is.
A constant node says the same for every string and follows itself.

Two ways to make one: `language` reads the regular expressions in which numbering plans are written (digits, classes,
groups, alternatives, bounded repeats, an end mark), and `apply` joins diagrams point by point with any function of
their labels. From these the whole number parser can be tabulated, see `rulebook`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterator
from copy import copy

DIGITS = range(10)
EVERY_DIGIT = frozenset(DIGITS)


class UnknownSyntax(ValueError):
    """A pattern uses something beyond digits, classes, groups, alternatives, bounded repeats and an end mark."""


class Diagrams:
    """A store of nodes. A diagram is the number of its first node."""

    def __init__(self) -> None:
        # No node has the number 0, so that "known or to be made" can be written as `or`.
        self.labels: list[Hashable] = [None]
        self.followers: list[tuple[int, ...]] = [()]
        self._known: dict[tuple, int] = {}
        self._constants: dict[Hashable, int] = {}
        self._unions: dict[tuple[int, int], int] = {}
        self.nothing = self.constant(0)
        self._beginnings = {self.nothing: self.nothing}

    def copy(self) -> Diagrams:
        """A store with the same nodes, to which others can be added without filling this one."""
        twin = copy(self)
        for name, part in vars(self).items():
            setattr(twin, name, copy(part))
        return twin

    def constant(self, label: Hashable) -> int:
        """The diagram that says `label` for every string."""
        if label not in self._constants:
            number = len(self.labels)
            self.labels.append(label)
            self.followers.append((number,) * 10)
            self._constants[label] = number
        return self._constants[label]

    def node(self, label: Hashable, followers: tuple[int, ...]) -> int:
        """The diagram that says `label` for the empty string and `followers[d]` after the digit d."""
        key = (label, followers)
        number = self._known.get(key)
        if number is None:
            constant = self._constants.get(label)
            alike = constant is not None and followers == (constant,) * 10
            number = constant if alike else self._add(label, followers)
            self._known[key] = number
        return number

    def _add(self, label: Hashable, followers: tuple[int, ...]) -> int:
        self.labels.append(label)
        self.followers.append(followers)
        return len(self.labels) - 1

    def after(self, node: int, digits: str) -> int:
        """What the diagram says after `digits`, as a diagram of what follows them."""
        for digit in digits:
            node = self.followers[node][int(digit)]
        return node

    def graft(self, node: int, digits: str, new: int) -> int:
        """The same diagram, except that after `digits` it says what `new` says of the rest."""
        if not digits:
            return new
        followers = list(self.followers[node])
        digit = int(digits[0])
        followers[digit] = self.graft(followers[digit], digits[1:], new)
        return self.node(self.labels[node], tuple(followers))

    def apply(self, function: Callable[..., Hashable], *nodes: int) -> int:
        """The diagram that says `function(*labels)` wherever `nodes` say `labels`."""
        labels, followers, done = self.labels, self.followers, {}

        def join(nodes: tuple[int, ...]) -> int:
            label = function(*[labels[node] for node in nodes])
            below = list(zip(*[followers[node] for node in nodes], strict=True))
            if below[0] == nodes:
                made = self.constant(label)
            else:
                made = self.node(label, tuple([done.get(each) or join(each) for each in below]))
            done[nodes] = made
            return made

        return join(nodes)

    def measure(self, node: int, function: Callable[[Hashable, int], Hashable], horizon: int) -> int:
        """The diagram that says `function(label, length of the string)`; constant beyond `horizon` digits."""
        labels, followers, done = self.labels, self.followers, {}

        def walk(node: int, length: int) -> int:
            label, longer = function(labels[node], length), length + 1
            if length > horizon:
                made = self.constant(label)
            else:
                made = self.node(label, tuple([done.get((n, longer)) or walk(n, longer) for n in followers[node]]))
            done[node, length] = made
            return made

        return walk(node, 0)

    def union(self, left: int, right: int) -> int:
        """Both diagrams' labels as sets of bits, joined."""
        if left == right or right == self.nothing:
            return left
        if left == self.nothing:
            return right
        key = (left, right) if left < right else (right, left)
        made = self._unions.get(key)
        if made is None:
            label = self.labels[left] | self.labels[right]
            pairs = zip(self.followers[left], self.followers[right], strict=True)
            made = self.node(label, tuple([self.union(one, other) for one, other in pairs]))
            self._unions[key] = made
        return made

    def language(self, pattern: str, bit: int = 1, end_bit: int = 0) -> int:
        """The strings that `pattern` matches from end to end, labelled `bit` (`end_bit` where it demands the end).

        Raises UnknownSyntax where the pattern is more than numbering plans have needed so far.
        """
        nothing = (self.nothing,) * 10
        return self._match(parse(pattern), self.node(bit, nothing), self.node(end_bit or bit, nothing))

    def _match(self, tree: tuple, then: int, end: int) -> int:
        kind, *parts = tree
        if kind == "digit":
            return self.node(0, tuple([then if digit in parts[0] else self.nothing for digit in DIGITS]))
        if kind == "end":
            return end
        if kind == "any of":
            made = self.nothing
            for part in parts[0]:
                made = self.union(made, self._match(part, then, end))
            return made
        if kind == "one by one":
            for part in reversed(parts[0]):
                then = self._match(part, then, end)
            return then
        return self._repeat(*parts, then, end)

    def _repeat(self, part: tuple, least: int, most: int, then: int, end: int) -> int:
        made = then
        for _ in range(most - least):
            made = self.union(then, self._match(part, made, end))
        for _ in range(least):
            made = self._match(part, made, end)
        return made

    def beginning_with(self, node: int) -> int:
        """True for every string that begins with a member labelled 1, or is a member labelled 2."""
        made = self._beginnings.get(node)
        if made is None:
            label = self.labels[node]
            followers = () if label & 1 else tuple([self.beginning_with(n) for n in self.followers[node]])
            made = self.constant(True) if label & 1 else self.node(bool(label), followers)
            self._beginnings[node] = made
        return made

    def members(self, node: int, before: str = "") -> Iterator[str]:
        """Every string of a finite language, shortest digits first."""
        if self.labels[node]:
            yield before
        for digit, below in enumerate(self.followers[node]):
            if below != self.nothing:
                yield from self.members(below, before + str(digit))


_TOKEN = re.compile(r"\\d|\[[^\]]*\]|\(\?:|\{\d+(?:,\d+)?\}|[()|?$0-9]")


def parse(pattern: str) -> tuple:
    """The tree of a numbering-plan pattern: ("digit", set), ("end",), ("any of", trees), ("one by one", trees) or
    ("repeat", tree, least, most). Raises UnknownSyntax."""
    tokens = _TOKEN.findall(pattern)
    if "".join(tokens) != pattern:
        raise UnknownSyntax(pattern)
    tokens.reverse()
    tree = _alternatives(tokens)
    if tokens:
        raise UnknownSyntax(pattern)
    return tree


def _alternatives(tokens: list[str]) -> tuple:
    branches = [_sequence(tokens)]
    while tokens and tokens[-1] == "|":
        tokens.pop()
        branches.append(_sequence(tokens))
    return branches[0] if len(branches) == 1 else ("any of", branches)


def _sequence(tokens: list[str]) -> tuple:
    parts = []
    while tokens and tokens[-1] not in ("|", ")"):
        part = _atom(tokens)
        parts.append(_quantify(part, tokens))
    return parts[0] if len(parts) == 1 else ("one by one", parts)


def _atom(tokens: list[str]) -> tuple:
    token = tokens.pop()
    if token in ("(", "(?:"):
        inside = _alternatives(tokens)
        if not tokens or tokens.pop() != ")":
            raise UnknownSyntax("a group is not closed")
        return inside
    if token == "$":
        return ("end",)
    if token == "\\d":
        return ("digit", EVERY_DIGIT)
    if token[0] == "[":
        return ("digit", _digit_class(token[1:-1]))
    if token.isdigit():
        return ("digit", frozenset([int(token)]))
    raise UnknownSyntax(token)


def _digit_class(inside: str) -> frozenset[int]:
    if not re.fullmatch(r"(?:\d(?:-\d)?)+", inside):
        raise UnknownSyntax(inside)
    spans = re.findall(r"(\d)(?:-(\d))?", inside)
    return frozenset(digit for low, high in spans for digit in range(int(low), int(high or low) + 1))


def _quantify(part: tuple, tokens: list[str]) -> tuple:
    if not tokens or (tokens[-1] != "?" and tokens[-1][0] != "{"):
        return part
    token = tokens.pop()
    least, most = (0, 1) if token == "?" else _bounds(token)
    return ("repeat", part, least, most)


def _bounds(token: str) -> tuple[int, int]:
    numbers = [int(number) for number in token[1:-1].split(",")]
    return numbers[0], numbers[-1]
