"""What is said to settings that cannot be used."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from scrapy.settings import Settings

from scraper.setting_checks import SettingError, check_settings, refuse_misspelt


def _given(**changed: object) -> Callable[[str], object]:
    settings = Settings()
    settings.setmodule("scraper.settings", priority="project")
    settings.setdict(changed, priority="cmdline")
    return settings.get


_ABOVE_ZERO = [
    "DOWNLOAD_TIMEOUT",
    "EXTRACTION_DEADLINE_S",
    "EXTRACTION_MEMORY_LIMIT_BYTES",
    "EXTRACTION_PROCESSES",
    "REQUISITES_MAX_PER_CRAWL",
    "REQUISITES_MAX_PER_PAGE",
    "REQUISITE_MAX_SIZE_BYTES",
    "WARC_MAX_SIZE_BYTES",
    "CONCURRENT_REQUESTS_PER_DOMAIN",
]
_FROM_ZERO = [
    "AUTOTHROTTLE_MAX_DELAY",
    "AUTOTHROTTLE_START_DELAY",
    "CRAWL_DELAY_MAX_S",
    "DOWNLOAD_DELAY",
    "DOWNLOAD_DELAY_JITTER",
    "DOWNLOAD_MAXSIZE",
    "DOWNLOAD_WARNSIZE",
    "REDIRECT_MAX_TIMES",
    "RETRY_AFTER_MAX_S",
    "RETRY_TIMES",
    "URLLENGTH_LIMIT",
]


@pytest.mark.parametrize("name", _ABOVE_ZERO + _FROM_ZERO)
@pytest.mark.parametrize("value", ["-1", "-0.5", "many", "", "nan", "inf", "1e300", None])
def test_a_setting_that_is_no_usable_number_is_named(name: str, value: str | None) -> None:
    with pytest.raises(SettingError, match=f"^{name}={value} is not .*number above 0, up to"):
        check_settings(_given(**{name: value}))


@pytest.mark.parametrize("name", _ABOVE_ZERO)
def test_nothing_is_too_little_where_something_is_needed(name: str) -> None:
    check_settings(_given(**{name: "1"}))
    with pytest.raises(SettingError, match=f"^{name}=0 is not a .*number above 0, up to"):
        check_settings(_given(**{name: "0"}))


@pytest.mark.parametrize("name", _FROM_ZERO)
def test_nothing_will_do_where_it_has_a_meaning(name: str) -> None:
    check_settings(_given(**{name: "0"}))
    with pytest.raises(SettingError, match=f"^{name}=-1 is not"):
        check_settings(_given(**{name: "-1"}))


@pytest.mark.parametrize(
    "name",
    ["ALLOW_PRIVATE_NETWORKS", "AUTOTHROTTLE_ENABLED", "COOKIES_ENABLED",
     "DOWNLOAD_FAIL_ON_DATALOSS", "EXTRACTION_ENABLED", "OBEY_NOARCHIVE", "REDACT_CREDENTIALS",
     "ROBOTSTXT_OBEY", "STATS_DUMP"],
)  # fmt: skip
@pytest.mark.parametrize("value", ["yes", "no", "ja", "x", "", "TRUE", None])
def test_what_is_neither_on_nor_off_is_named(name: str, value: str | None) -> None:
    for usable in ("True", "false", "1", "0", False):
        check_settings(_given(**{name: usable}))
    with pytest.raises(SettingError, match=f"^{name}={value} is neither True nor False$"):
        check_settings(_given(**{name: value}))


@pytest.mark.parametrize("value", ["", "yes", "Crawl", "True", None])
def test_a_setting_that_is_none_of_its_words_is_named(value: str | None) -> None:
    check_settings(_given(DEDUPLICATE="crawl"))
    with pytest.raises(
        SettingError, match=f"^DEDUPLICATE={value} is none of collection, crawl, off$"
    ):
        check_settings(_given(DEDUPLICATE=value))


def test_a_level_that_logging_does_not_know_is_named() -> None:
    with pytest.raises(SettingError, match=r"^LOG_LEVEL=loud is none of CRITICAL, ERROR, "):
        check_settings(_given(LOG_LEVEL="loud"))


@pytest.mark.parametrize("prefix", ["a/b", "../x", "", ".x", "a\nb", "x" * 101, "ü"])
def test_a_prefix_that_cannot_begin_a_file_name_is_named(prefix: str) -> None:
    with pytest.raises(SettingError, match=r"^WARC_PREFIX=.* cannot begin a file name: use up"):
        check_settings(_given(WARC_PREFIX=prefix))


@pytest.mark.parametrize("name", ["CONTACT", "USER_AGENT", "ROBOTSTXT_USER_AGENT"])
@pytest.mark.parametrize("value", ["me\r\nX-Forged: 1", "a\nb", "a\x00", "a\udce9"])
def test_a_text_that_no_header_can_hold_is_named_on_one_line(name: str, value: str) -> None:
    with pytest.raises(SettingError, match=f"^{name}='.*' holds characters") as refusal:
        check_settings(_given(**{name: value}))
    assert str(refusal.value).isprintable()


@pytest.mark.parametrize(
    ("slip", "meant"),
    [
        ("REDACT_CREDENTIAL", "REDACT_CREDENTIALS"),
        ("DEDUPLICATION", "DEDUPLICATE"),
        ("OBEY_NO_ARCHIVE", "OBEY_NOARCHIVE"),
        ("DOWNLOAD_DELAI", "DOWNLOAD_DELAY"),
        ("contact", "CONTACT"),
        ("WARC_MAX_SIZE", "WARC_MAX_SIZE_BYTES"),
    ],
)
def test_a_slip_in_a_name_is_refused_with_the_name_that_is_meant(slip: str, meant: str) -> None:
    with pytest.raises(SettingError) as refusal:
        refuse_misspelt(["DOWNLOAD_DELAY", slip])
    assert str(refusal.value) == f"-s {slip}=…: no such setting; do you mean {meant}?"


def test_names_of_scrapy_and_of_its_add_ons_pass() -> None:
    names = ["RETRY_TIMES", "DOWNLOAD_SLOTS", "CLOSESPIDER_PAGECOUNT", "FEEDS", "SPLASH_URL"]
    refuse_misspelt([*names, "MYADDON_ENABLED", "CONTACT", "LOG_FILE"])
    with pytest.raises(SettingError, match="CONTACTS"):
        refuse_misspelt([*names, "CONTACTS"])
