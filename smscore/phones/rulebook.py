"""The number parser of `phonenumbers`, tabulated for one region from the library's own metadata.

What the parser answers for a string of digits (is there an international prefix, a calling code, a national prefix to
drop; is the rest a number of its country; of which kind) is a function of these digits alone. Here that function is
put together as digit diagrams, step by step in the parser's own order, so that one walk along the digits gives the
answer. What the metadata says in a way that is not tabulated (national prefixes that rewrite the number) is labelled
ASK: such texts go to `phonenumbers` itself. Speed depends on this module; the answers do not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable
from copy import copy
from functools import cache
from typing import NamedTuple

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata, PhoneNumberDesc

from .dfa import Diagrams, UnknownSyntax
from .metadata import LONGEST_NATIONAL, TOO_SHORT, calling_code, length_reason, metadata_of
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

    def plus(self, skip: int = 0, calling: int = 0, trunk: int = 0) -> Verdict:
        """The same with more digits before the national number; refusals do not tell such digits apart."""
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
        self.always = self.store.constant(True)
        self.ask = self.store.constant(Verdict(ASK))
        self._shapes: dict[str, Shape] = {}
        self._national: dict[int, int] = {}
        self._dialled: dict[int, int] = {}
        self.international = self._calling_codes("")

    def scratch(self) -> Rulebook:
        """A copy to tabulate one region in, thrown away with its diagrams: regions would pile up in one store."""
        twin = copy(self)
        twin.store, twin._shapes = self.store.copy(), dict(self._shapes)
        return twin

    def _calling_codes(self, digits: str) -> int:
        """What follows a plus sign or an international prefix."""
        if digits and int(digits) in COUNTRY_CODE_TO_REGION_CODE and digits[0] != "0":
            return self.store.apply(lambda verdict: verdict.plus(calling=len(digits)), self.dialled(int(digits)))
        if len(digits) == 3:
            return self.store.constant(Verdict(UNKNOWN_CODE))
        followers = tuple(self._calling_codes(digits + str(digit)) for digit in range(10))
        return self.store.node(Verdict(TOO_SHORT), followers)

    def dialled(self, code: int) -> int:
        """What follows the calling code `code`: a national number, perhaps after a national prefix of its country."""
        if code not in self._dialled:
            main = COUNTRY_CODE_TO_REGION_CODE[code][0]
            try:
                self._dialled[code] = self._without_trunk(self.shape(code, main), self.national(code), checked=True)
            except UnknownSyntax:
                self._dialled[code] = self.ask
        return self._dialled[code]

    def national(self, code: int) -> int:
        """The national numbers of a calling code, without any prefix: Verdict of kind, or why it is none."""
        if code not in self._national:
            plan, *others = [self._plan(code, region) for region in COUNTRY_CODE_TO_REGION_CODE[code]]
            for other in others:
                plan = self.store.apply(lambda earlier, later: earlier or later, plan, other)
            reasons = [length_reason(code, length) for length in range(HORIZON + 2)]
            self._national[code] = self.store.measure(
                plan, lambda label, length: Verdict(label - 1 if label > 0 else reasons[length]), HORIZON
            )
        return self._national[code]

    def _plan(self, code: int, region: str) -> int:
        """Kind + 1 where `region` has such a number; claimed where its leading digits let no later region answer."""
        metadata = metadata_of(code, region)
        kinds = self.store.measure(self._matches(metadata), _kind_by(metadata), HORIZON)
        if metadata.leading_digits is None or len(COUNTRY_CODE_TO_REGION_CODE[code]) == 1:
            return kinds
        claimed = self.store.beginning_with(self.store.language(metadata.leading_digits))
        return self.store.apply(lambda claim, kind: (kind or _CLAIMED) if claim else _NO_MEMBER, claimed, kinds)

    def _matches(self, metadata: PhoneMetadata) -> int:
        """The set of descriptions (as bits) that match a national number, lengths left aside."""
        made = self.store.nothing
        for name, bit in _BITS.items():
            description = getattr(metadata, name)
            if description is not None and description.national_number_pattern:
                made = self.store.union(made, self.store.language(description.national_number_pattern, bit))
        return made

    def shape(self, code: int, region: str) -> Shape:
        """How numbers are written in `region`. Raises UnknownSyntax."""
        key = f"{code} {region}"
        if key not in self._shapes:
            metadata = metadata_of(code, region)
            general = metadata.general_desc
            trunks, odd_trunk = self.prefixes(metadata.national_prefix_for_parsing)
            self._shapes[key] = Shape(
                self.store.apply(lambda bits: bool(bits & _GENERAL), self._matches(metadata)),
                self.store.measure(self.always, lambda _, length: _keepable(general, length), HORIZON),
                self.store.measure(self.always, lambda _, length: length > max(general.possible_length), HORIZON),
                trunks,
                odd_trunk,
            )
        return self._shapes[key]

    def prefixes(self, pattern: str | None) -> tuple[tuple[str, ...], int]:
        """A prefix pattern as plain strings, or, if dropping it takes more than that, as a diagram that is true for
        every string on which it could have an effect."""
        if not pattern:
            return (), self.store.nothing
        language = self.store.language(pattern, 1, 2)
        if re.compile(pattern).groups == 0 and "$" not in pattern:
            strings = tuple(self.store.members(language))
            if "" not in strings and not any(a != b and b.startswith(a) for a in strings for b in strings):
                return strings, self.store.nothing
        nonempty = self.store.node(0, self.store.followers[language])
        return (), self.store.beginning_with(nonempty)

    def _without_trunk(self, shape: Shape, target: int, checked: bool) -> int:
        """`target` of a string from which the national prefix was dropped where the parser drops it.

        The prefix stays if the whole matches the general description and the rest does not, or (when `checked`) if
        the rest would have an impossible length; a rest too long is let through.
        """
        store, made = self.store, target
        keepable = shape.keepable if checked else self.always
        for trunk in shape.trunks:
            whole_fits, whole = store.after(shape.general, trunk), store.after(target, trunk)
            new = store.apply(_drop(trunk), whole_fits, shape.general, keepable, whole, target)
            made = store.graft(made, trunk, new)
        return self._asking(shape.odd_trunk, made)

    def _asking(self, where: int, made: int) -> int:
        """`made`, with ASK for the strings for which `where` is true."""
        if where == self.store.nothing:
            return made
        return self.store.apply(lambda asked, label: Verdict(ASK) if asked else label, where, made)

    def local(self, region: str) -> int:
        """Digits written without a plus sign by somebody in `region`: its whole parser."""
        code = calling_code(region)
        try:
            shape = self.shape(code, region)
            prefixes, odd_prefix = self.prefixes(metadata_of(code, region).international_prefix)
        except UnknownSyntax:
            return self.ask
        made = self._maybe_calling_code(code, shape)
        for prefix in prefixes:
            made = self.store.graft(made, prefix, self._after_prefix(made, prefix))
        return self._asking(odd_prefix, made)

    def _maybe_calling_code(self, code: int, shape: Shape) -> int:
        """National numbers of a region, or numbers that begin with its calling code without a plus sign. The parser
        then drops a national prefix twice: once to look whether a number is left, and again as always."""
        store, written = self.store, str(code)
        national = self._without_trunk(shape, self.national(code), checked=True)
        rest_fits = self._without_trunk(shape, shape.general, checked=False)
        coded = self._without_trunk(shape, self.dialled(code), checked=False)

        def choose(whole_fits, overlong, fits, coded, national):
            if fits == Verdict(ASK):
                return fits
            return coded.plus(calling=len(written)) if overlong or (fits and not whole_fits) else national

        whole = [store.after(node, written) for node in (shape.general, shape.overlong, national)]
        return store.graft(national, written, store.apply(choose, whole[0], whole[1], rest_fits, coded, whole[2]))

    def _after_prefix(self, local: int, prefix: str) -> int:
        """After an international prefix: a calling code, except that none begins with 0."""
        abroad = self.store.apply(lambda verdict: verdict.plus(skip=len(prefix)), self.international)
        followers = self.store.followers[abroad]
        return self.store.node(Verdict(TOO_SHORT), (self.store.after(local, prefix + "0"), *followers[1:]))

    def after_plus(self, region: str) -> int:
        """Digits after a plus sign. Where no calling code is found the parser looks once more without the plus sign,
        and then only an international prefix of `region` can help."""
        prefixes, odd_prefix = self.prefixes(metadata_of(calling_code(region), region).international_prefix)
        dialled = odd_prefix
        for prefix in prefixes:
            dialled = self.store.graft(dialled, prefix, self.always)
        unknown = Verdict(UNKNOWN_CODE)
        return self.store.apply(
            lambda prefix, label: Verdict(ASK) if prefix and label == unknown else label, dialled, self.international
        )


@cache
def rulebook() -> Rulebook:
    """The rule book of the installed `phonenumbers`, built once in about half a second."""
    return Rulebook()


def _kind_by(metadata: PhoneMetadata) -> Callable[[int, int], int]:
    """A function of (matching descriptions, length) to kind + 1, in the order in which `number_type` looks."""
    lengths = {bit: _possible(getattr(metadata, name)) for name, bit in _BITS.items()}
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


def _possible(description: PhoneNumberDesc | None) -> tuple[int, ...]:
    return description.possible_length if description is not None else ()


def _keepable(general: PhoneNumberDesc, length: int) -> bool:
    """Whether what is left after dropping a national prefix is kept: a possible length, or more than any."""
    if length in general.possible_length_local_only:
        return False
    return length in general.possible_length or length > max(general.possible_length)


def _drop(trunk: str) -> Callable[..., Hashable]:
    def choose(whole_fits: bool, rest_fits: bool, keepable: bool, whole: Hashable, rest: Hashable) -> Hashable:
        if not keepable or (whole_fits and not rest_fits):
            return whole
        return rest.plus(trunk=len(trunk)) if isinstance(rest, Verdict) else rest

    return choose
