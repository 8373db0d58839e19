"""The number parser of `phonenumbers`, tabulated for one region from the library's own metadata.

What the parser answers for a string of digits (is there an international prefix, a calling code, a national prefix to
drop; is the rest a number of its country; of which kind) is a function of these digits alone. Here that function is
put together as digit diagrams, step by step in the parser's own order, so that one walk along the digits gives the
answer. What the metadata says in a way that is not tabulated (national prefixes that rewrite the number) is labelled
ASK: such texts go to `phonenumbers` itself. Speed depends on this module; the answers do not.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from copy import copy
from functools import cache
from typing import NamedTuple

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata, PhoneNumberDesc

from .dfa import Diagrams, Label, UnknownSyntax
from .metadata import LONGEST_NATIONAL, TOO_SHORT, explain_length, get_calling_code, get_metadata
from .types import REASON, NumberKind

ASK = -100
HORIZON = LONGEST_NATIONAL + 1
UNKNOWN_CODE = -REASON["unknown_calling_code"]


class Verdict(NamedTuple):
    """The answer for one string of digits. `answer`: a NumberKind, a negative reason index, or ASK. The digits are
    `skip` of international prefix, `calling` of calling code (0: the region's own, not written), `trunk` of national
    prefix, and the rest is the national number."""

    answer: int
    skip: int = 0
    calling: int = 0
    trunk: int = 0

    def add_digits(self, skip: int = 0, calling: int = 0, trunk: int = 0) -> Verdict:
        """Return the verdict with more digits before the national number; refusals do not tell such digits apart."""
        if self.answer < 0:
            return self
        return Verdict(self.answer, self.skip + skip, self.calling + calling, self.trunk + trunk)


class Shape(NamedTuple):
    """How numbers of one region are written: diagrams, and the national prefixes that can be dropped as they are."""

    general: int  # True where the general description matches
    keepable: int  # False where what is left after dropping a national prefix would have an impossible length
    overlong: int  # True where a number is longer than any of the region's
    trunks: tuple[str, ...]
    odd_trunk: int  # True where a national prefix is dropped or rewritten in a way that is not tabulated


_RANKED = ("premium_rate", "toll_free", "shared_cost", "voip", "personal_number", "pager", "uan", "voicemail")
_DESCRIPTIONS = ("general_desc", *_RANKED, "fixed_line", "mobile")
_BITS = {name: 1 << index for index, name in enumerate(_DESCRIPTIONS)}
_GENERAL, _FIXED, _MOBILE = _BITS["general_desc"], _BITS["fixed_line"], _BITS["mobile"]
_NO_MEMBER, _CLAIMED = 0, -1  # labels of a region's plan beside kind + 1


class Rulebook:
    """All numbering plans of the installed `phonenumbers`, as diagrams in one store."""

    def __init__(self) -> None:
        self.store = Diagrams()
        self.always = self.store.add_constant(True)
        self.ask = self.store.add_constant(Verdict(ASK))
        self._shapes: dict[str, Shape] = {}
        self._national: dict[int, int] = {}
        self._dialled: dict[int, int] = {}
        self.international = self._build_calling_codes("")

    def copy_for_region(self) -> Rulebook:
        """Return a copy to tabulate one region in, which is thrown away: regions would pile up in one store."""
        twin = copy(self)
        twin.store, twin._shapes = self.store.copy(), dict(self._shapes)
        return twin

    def _build_calling_codes(self, digits: str) -> int:
        """Return the diagram of what follows a plus sign or an international prefix, and there `digits`."""
        if digits and int(digits) in COUNTRY_CODE_TO_REGION_CODE and digits[0] != "0":
            return self.store.apply(
                lambda verdict: verdict.add_digits(calling=len(digits)), self.build_dialled(int(digits))
            )
        if len(digits) == 3:
            return self.store.add_constant(Verdict(UNKNOWN_CODE))
        followers = tuple(self._build_calling_codes(digits + str(digit)) for digit in range(10))
        return self.store.add_node(Verdict(TOO_SHORT), followers)

    def build_dialled(self, code: int) -> int:
        """Return the diagram of what follows a calling code: a national number, perhaps behind a national prefix."""
        if code not in self._dialled:
            main = COUNTRY_CODE_TO_REGION_CODE[code][0]
            try:
                self._dialled[code] = self._drop_trunk(
                    self.build_shape(code, main), self.build_national(code), checked=True
                )
            except UnknownSyntax:
                self._dialled[code] = self.ask
        return self._dialled[code]

    def build_national(self, code: int) -> int:
        """Return the diagram of a calling code's national numbers without a prefix: the kind, or why it is none."""
        if code not in self._national:
            plan, *others = [self._build_plan(code, region) for region in COUNTRY_CODE_TO_REGION_CODE[code]]
            for other in others:
                plan = self.store.apply(lambda earlier, later: earlier or later, plan, other)
            reasons = [explain_length(code, length) for length in range(HORIZON + 2)]
            self._national[code] = self.store.apply_by_length(
                plan, lambda label, length: Verdict(label - 1 if label > 0 else reasons[length]), HORIZON
            )
        return self._national[code]

    def _build_plan(self, code: int, region: str) -> int:
        """Return kind + 1 where `region` has such a number; _CLAIMED where its leading digits bar later regions."""
        metadata = get_metadata(code, region)
        kinds = self.store.apply_by_length(self._build_matches(metadata), _build_kind_finder(metadata), HORIZON)
        if metadata.leading_digits is None or len(COUNTRY_CODE_TO_REGION_CODE[code]) == 1:
            return kinds
        claimed = self.store.build_beginnings(self.store.build_language(metadata.leading_digits))
        return self.store.apply(lambda claim, kind: (kind or _CLAIMED) if claim else _NO_MEMBER, claimed, kinds)

    def _build_matches(self, metadata: PhoneMetadata) -> int:
        """Return the set of descriptions (as bits) that match a national number, lengths left aside."""
        made = self.store.nothing
        for name, bit in _BITS.items():
            description = getattr(metadata, name)
            if description is not None and description.national_number_pattern:
                made = self.store.unite(made, self.store.build_language(description.national_number_pattern, bit))
        return made

    def build_shape(self, code: int, region: str) -> Shape:
        """Return how numbers are written in `region`. Raises UnknownSyntax."""
        key = f"{code} {region}"
        if key not in self._shapes:
            metadata = get_metadata(code, region)
            general = metadata.general_desc
            if general is None:
                raise UnknownSyntax(f"{region} has no general description")
            trunks, odd_trunk = self.read_prefixes(metadata.national_prefix_for_parsing)
            self._shapes[key] = Shape(
                self.store.apply(lambda bits: bool(bits & _GENERAL), self._build_matches(metadata)),
                self.store.apply_by_length(self.always, lambda _, length: _is_keepable(general, length), HORIZON),
                self.store.apply_by_length(
                    self.always, lambda _, length: length > max(general.possible_length), HORIZON
                ),
                trunks,
                odd_trunk,
            )
        return self._shapes[key]

    def read_prefixes(self, pattern: str | None) -> tuple[tuple[str, ...], int]:
        """Return a prefix pattern as plain strings, or else as a diagram.

        The diagram is true for every string on which the prefix could have an effect. It stands for patterns whose
        dropping takes more than cutting off a string.
        """
        if not pattern:
            return (), self.store.nothing
        language = self.store.build_language(pattern, 1, 2)
        if re.compile(pattern).groups == 0 and "$" not in pattern:
            strings = tuple(self.store.list_members(language))
            if "" not in strings and not any(a != b and b.startswith(a) for a in strings for b in strings):
                return strings, self.store.nothing
        nonempty = self.store.add_node(0, self.store.followers[language])
        return (), self.store.build_beginnings(nonempty)

    def _drop_trunk(self, shape: Shape, target: int, checked: bool) -> int:
        """Return what `target` says of a string once the parser has dropped the national prefix from it.

        The prefix stays if the whole matches the general description and the rest does not, or (when `checked`) if
        the rest would have an impossible length; a rest too long is let through.
        """
        store, made = self.store, target
        keepable = shape.keepable if checked else self.always
        for trunk in shape.trunks:
            whole_fits, whole = store.follow(shape.general, trunk), store.follow(target, trunk)
            new = store.apply(_build_dropper(trunk), whole_fits, shape.general, keepable, whole, target)
            made = store.graft(made, trunk, new)
        return self._mark_asked(shape.odd_trunk, made)

    def _mark_asked(self, where: int, made: int) -> int:
        """Return `made`, with ASK for the strings for which `where` is true."""
        if where == self.store.nothing:
            return made
        return self.store.apply(lambda asked, label: Verdict(ASK) if asked else label, where, made)

    def build_local(self, region: str) -> int:
        """Return the diagram of digits written without a plus sign by somebody in `region`: its whole parser."""
        code = get_calling_code(region)
        try:
            shape = self.build_shape(code, region)
            prefixes, odd_prefix = self.read_prefixes(get_metadata(code, region).international_prefix)
        except UnknownSyntax:
            return self.ask
        made = self._allow_calling_code(code, shape)
        for prefix in prefixes:
            made = self.store.graft(made, prefix, self._build_after_prefix(made, prefix))
        return self._mark_asked(odd_prefix, made)

    def _allow_calling_code(self, code: int, shape: Shape) -> int:
        """Return the diagram of national numbers that may begin with their own calling code without a plus sign.

        The parser then drops a national prefix twice: once to look whether a number is left, and again as always.
        """
        store, written = self.store, str(code)
        national = self._drop_trunk(shape, self.build_national(code), checked=True)
        rest_fits = self._drop_trunk(shape, shape.general, checked=False)
        coded = self._drop_trunk(shape, self.build_dialled(code), checked=False)

        def choose(whole_fits: bool, overlong: bool, fits: Label, coded: Verdict, national: Verdict) -> Verdict:
            if fits == Verdict(ASK):
                return Verdict(ASK)
            return coded.add_digits(calling=len(written)) if overlong or (fits and not whole_fits) else national

        whole = [store.follow(node, written) for node in (shape.general, shape.overlong, national)]
        return store.graft(national, written, store.apply(choose, whole[0], whole[1], rest_fits, coded, whole[2]))

    def _build_after_prefix(self, local: int, prefix: str) -> int:
        """Return what follows an international prefix: a calling code, except that none begins with 0."""
        abroad = self.store.apply(lambda verdict: verdict.add_digits(skip=len(prefix)), self.international)
        followers = self.store.followers[abroad]
        return self.store.add_node(Verdict(TOO_SHORT), (self.store.follow(local, prefix + "0"), *followers[1:]))

    def build_after_plus(self, region: str) -> int:
        """Return the diagram of digits after a plus sign.

        Where no calling code is found the parser looks once more without the plus sign, and then only an
        international prefix of `region` can help.
        """
        prefixes, odd_prefix = self.read_prefixes(get_metadata(get_calling_code(region), region).international_prefix)
        dialled = odd_prefix
        for prefix in prefixes:
            dialled = self.store.graft(dialled, prefix, self.always)
        unknown = Verdict(UNKNOWN_CODE)
        return self.store.apply(
            lambda prefix, label: Verdict(ASK) if prefix and label == unknown else label, dialled, self.international
        )


@cache
def build_rulebook() -> Rulebook:
    """Return the rule book of the installed `phonenumbers`, built once in about half a second."""
    return Rulebook()


def _build_kind_finder(metadata: PhoneMetadata) -> Callable[[int, int], int]:
    """Return a function of (matching descriptions, length) to kind + 1, in the order in which `number_type` looks."""
    lengths = {bit: _get_possible_lengths(getattr(metadata, name)) for name, bit in _BITS.items()}
    same = metadata.same_mobile_and_fixed_line_pattern
    ranked = [(_BITS[name], NumberKind[name.upper()] + 1) for name in _RANKED]

    @cache
    def kind(bits: int, length: int) -> int:
        fits = {bit for bit in lengths if bits & bit and (not lengths[bit] or length in lengths[bit])}
        if _GENERAL not in fits:
            return _NO_MEMBER
        for bit, label in ranked:
            if bit in fits:
                return label
        if _FIXED in fits:
            both = same or _MOBILE in fits
            return 1 + (NumberKind.FIXED_LINE_OR_MOBILE if both else NumberKind.FIXED_LINE)
        return 1 + NumberKind.MOBILE if _MOBILE in fits and not same else _NO_MEMBER

    return kind


def _get_possible_lengths(description: PhoneNumberDesc | None) -> tuple[int, ...]:
    return description.possible_length if description is not None else ()


def _is_keepable(general: PhoneNumberDesc, length: int) -> bool:
    """Return whether what is left after dropping a national prefix is kept: a possible length, or more than any."""
    if length in general.possible_length_local_only:
        return False
    return length in general.possible_length or length > max(general.possible_length)


def _build_dropper(trunk: str) -> Callable[..., Label]:
    def choose(whole_fits: bool, rest_fits: bool, keepable: bool, whole: Label, rest: Label) -> Label:
        if not keepable or (whole_fits and not rest_fits):
            return whole
        return rest.add_digits(trunk=len(trunk)) if isinstance(rest, Verdict) else rest

    return choose
