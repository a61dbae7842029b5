"""A text is as long in one script as in another."""

from __future__ import annotations

import pytest

from archive.extraction.tree.letters import count_letters, count_words

SENTENCES = {
    "English": "The cat slept on the veranda of the old house all day long.",
    "Russian": "Кошка весь день спала на веранде старого дома.",
    "Chinese": "那只猫整天都在老房子的走廊上睡觉。",
    "Japanese": "猫は一日中、古い家の縁側で眠っていた。",
    "Korean": "고양이는 하루 종일 낡은 집 마루에서 잠을 잤다.",
    "Thai": "แมวนอนหลับบนระเบียงบ้านเก่าทั้งวัน",
    "Arabic": "نامت القطة طوال اليوم في شرفة البيت القديم.",
}


@pytest.mark.parametrize("language", SENTENCES)
def test_a_sentence_is_about_as_long_in_each_script(language: str) -> None:
    sentence = SENTENCES[language]
    assert 30 <= count_letters(sentence) <= 62
    assert 5 <= count_words(sentence) <= 14
