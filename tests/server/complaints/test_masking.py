"""What is masked in the words of a complaint, and what is left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.complaints.masking import MASK, mask


@pytest.mark.parametrize(
    "text, left",
    [
        ("电话13800138000", f"电话{MASK}"),
        ("电话 138-0013-8000 或 +86 139 1234 5678。", f"电话 {MASK} 或 {MASK}。"),
        ("身份证320612199001011234", f"身份证{MASK}"),
        ("身份证32061219900101123X,请查", f"身份证{MASK},请查"),
        ("王 小明家", f"{MASK}家"),
        ("WANG XIAO MING", "WANG XIAO MING"),
        ("占道 3 米,自 2026 年 9 月 1 日,第 13800 号", "占道 3 米,自 2026 年 9 月 1 日,第 13800 号"),
        ("单号 1138001380001", "单号 1138001380001"),
        ("座机0513-86512345", f"座机{MASK}"),
    ],
)
def test_names_and_numbers_of_persons_are_masked_and_other_numbers_are_not(text: str, left: str) -> None:
    assert mask(text, name="王小明" if "小明" in text else None, phone="0513-86512345", address=None) in (
        left,
    )


def test_a_name_of_one_letter_and_a_place_of_two_are_words_of_the_language() -> None:
    assert mask("王家门口在金沙", name="王", phone=None, address="金沙") == "王家门口在金沙"


@given(
    before=st.text("门前堆物,。 ", max_size=10),
    after=st.text("门前堆物,。 ", max_size=10),
    name=st.text("欧阳诸葛甲乙丙", min_size=2, max_size=4),
    phone=st.from_regex(r"\A1[3-9][0-9]{9}\Z"),
    gap=st.sampled_from(["", "-", " "]),
)
def test_what_was_given_as_name_and_number_is_never_left(
    before: str, after: str, name: str, phone: str, gap: str
) -> None:
    spoken = gap.join((phone[:3], phone[3:7], phone[7:]))
    found = mask(f"{before}{name}{after}{spoken}", name=name, phone=phone, address=None)
    assert name not in found and spoken not in found and phone not in found
