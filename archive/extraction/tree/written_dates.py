"""Dates as pages write them, in the forms and languages of many blogs."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime

MAX_DATE_LENGTH = 120
"""Characters; in a longer text a date is a part of what is told."""

_YEARS = range(1990, 2100)
_ISO = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})"
    r"(?:[T ](\d{2}):(\d{2})(?::(\d{2}))?(?:[.,]\d+)?\s*(Z|[+-]\d{2}:?\d{2})?)?"
)
_YEAR_FIRST = re.compile(
    r"\b((?:19|20)\d{2})\s*[./年년-]\s*(\d{1,2})\s*[./月월-]\s*(\d{1,2})(?!\d)\s*[日일]?"
)
_YEAR_MONTH_DAY = re.compile(
    r"(?<!\d[ ,])(?<!\d, )\b((?:19|20)\d{2})\s+([^\W\d_]{3,12})\.?\s+(\d{1,2})\b"
)
MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january janv janvier januar jänner januari enero ene gennaio gen janeiro января"
            " stycznia ocak leden ledna január januára tammikuuta ianuarie ιανουαρίου січня"
            " siječnja jaanuar sausio gener ינואר يناير януари јануар",
            "feb february févr février februar februari febrero febbraio fevereiro fev февраля"
            " lutego şubat února február februára helmikuuta februarie φεβρουαρίου лютого"
            " veljače veebruar vasario febrer פברואר فبراير февруари фебруар",
            "mar march mars märz mrz maart marzo março марта marca mart března március marts"
            " maaliskuuta martie μαρτίου березня ožujka märts kovo març מרץ מרס مارس март maret",
            "apr april avr avril abril abr aprile апреля kwietnia nisan dubna április apríla"
            " huhtikuuta aprilie απριλίου квітня travnja aprill balandžio אפריל أبريل април",
            "may mai mei maj mayo maggio mag maio мая maja mayıs května május mája toukokuuta"
            " μαΐου травня svibnja gegužės maig מאי مايو май мај",
            "jun june juin juni junio giugno giu junho июня czerwca haziran června június júna"
            " kesäkuuta iunie ιουνίου червня lipnja juuni birželio juny יוני يونيو юни јун",
            "jul july juil juillet juli julio luglio lug julho июля lipca temmuz července július"
            " júla heinäkuuta iulie ιουλίου липня srpnja juuli liepos juliol יולי يوليو юли јул",
            "aug august augusti augustus août aout agosto ago августа sierpnia ağustos srpna"
            " augusztus augusta elokuuta αυγούστου серпня kolovoza rugpjūčio agost אוגוסט"
            " أغسطس август agustus",
            "sep sept september septembre septiembre settembre set setembro сентября września"
            " eylül září szeptember septembra syyskuuta septembrie σεπτεμβρίου вересня rujna"
            " rugsėjo setembre ספטמבר سبتمبر септември септембар",
            "oct october octobre oktober okt octubre ottobre ott outubro out октября"
            " października ekim října október októbra lokakuuta octombrie οκτωβρίου жовтня"
            " oktoober spalio אוקטובר أكتوبر октомври октобар",
            "nov november novembre noviembre novembro ноября listopada kasım listopadu novembra"
            " marraskuuta noiembrie νοεμβρίου листопада studenoga lapkričio נובמבר نوفمبر"
            " ноември новембар",
            "dec december décembre déc dezember dez diciembre dic dicembre dezembro декабря"
            " grudnia aralık prosince decembra joulukuuta decembrie δεκεμβρίου грудня prosinca"
            " desember detsember gruodžio desembre דצמבר ديسمبر декември децембар desember",
        ),
        start=1,
    )
    for name in names.split()
}
"""The months by their names, in the form that stands in a date (after CLDR)."""

_DAY_MONTH_YEAR = re.compile(
    r"\b(\d{1,2})(?:st|nd|rd|th|er|º|\.)?[\s-]+(?:(?:de|of)\s+|d[’']|ב)?([^\W\d_]{3,12})\.?,?[\s-]+"
    r"(?:de\s+)?(\d{4})\b"
)
_MONTH_DAY_YEAR = re.compile(r"\b([^\W\d_]{3,12})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})\b")
_NUMBERS = re.compile(r"\b(\d{1,2})([./-])\s?(\d{1,2})[./-]\s?((?:19|20)\d{2})\b")
_FORMS = (_ISO, _YEAR_FIRST, _DAY_MONTH_YEAR, _MONTH_DAY_YEAR, _YEAR_MONTH_DAY, _NUMBERS)
_DIGIT = re.compile(r"\d")
_RFC = re.compile(
    r"\s*(?:[a-z]{3,9},\s*)?\d{1,2}[\s-][a-z]{3}[\s-]\d{4}\s+\d{1,2}:\d{2}(?!.*[ap]\.?m)", re.I
)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEKDAY = re.compile(r"\b(mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6}\b")
_SENTENCE_END = re.compile(r"[^\W\d_]{2}[.!?\u2026]$")  # "p.m." is none
_WORD = re.compile(r"[^\W\d_]{2,}")
_FEWEST_WORDS = 3  # behind the date, of a sentence


def parse_date(value: str | None, *, day_first: bool | None = None) -> datetime | None:
    """Parse a date as pages write it; without a time zone it counts as UTC.

    The UTC offset that the page states is kept: its day is the day that the blog's readers saw.

    Args:
        value: an ISO 8601 date, an RFC 9110 date, or text with a day in it, its month written as a
            number or by name.
        day_first: whether 3/4/2021 is in April; None where nobody knows: then it is no date, unless
            the day of the week is named.

    Returns:
        An aware datetime of the years 1990 to 2099; None where the value holds none.
    """
    if not value or len(value) > MAX_DATE_LENGTH or not _DIGIT.search(value):
        return None
    try:
        found = _parse_iso(value) or _parse_rfc(value) or _parse_day(value, day_first)
    except (ValueError, OverflowError):  # the 31st of June
        return None
    return found if found is not None and found.year in _YEARS else None


def dates_within(text: str, *, day_first: bool | None = None) -> list[tuple[int, int, datetime]]:
    """Find all the dates in a text, each with where it begins and ends, in the text's order.

    Args:
        text: of at most `MAX_DATE_LENGTH` characters; a longer one counts as without dates.
        day_first: as for `parse_date`.
    """
    if len(text) > MAX_DATE_LENGTH:
        return []
    found: list[tuple[int, int, datetime]] = []
    for form in _FORMS:
        for match in form.finditer(text.lower()):
            start, end = match.span()
            day = parse_date(match[0], day_first=day_first)
            if day and all(end <= first or last <= start for first, last, _ in found):
                found.append((start, end, day))
    return sorted(found)


def tells_of_a_day(text: str) -> bool:
    """Tell whether a text is a sentence about a day, and no line that dates what it stands above.

    >>> tells_of_a_day("On 3 May 1999 the storm came.")
    True
    >>> tells_of_a_day("Posted on 3 May 1999.")
    False
    """
    found = dates_within(text) if _SENTENCE_END.search(text) else []
    return bool(found) and len(_WORD.findall(text[found[-1][1] :])) >= _FEWEST_WORDS


def writes_day_first(language: str | None) -> bool | None:
    """Tell whether a language writes 3/4/2021 for a day in April; None where both are usual.

    Args:
        language: BCP 47, or the form with an underscore that Open Graph uses.
    """
    if not language:
        return None
    name, _, region = language.lower().replace("_", "-").partition("-")
    if name == "en":
        return {"us": False, "ph": False, "gb": True, "ie": True, "au": True, "nz": True}.get(
            region
        )
    return True


def _parse_iso(value: str) -> datetime | None:
    match = _ISO.search(value)
    if match is None:
        return None
    year, month, day, hour, minute, second, zone = match.groups()
    return datetime(
        int(year),
        int(month),
        int(day),
        int(hour or 0),
        int(minute or 0),
        min(int(second or 0), 59),
        tzinfo=_parse_zone(zone),
    )


def _parse_zone(zone: str | None) -> timezone:
    if zone is None or zone == "Z":
        return UTC
    hours, minutes = int(zone[1:3]), int(zone[-2:])
    return timezone((1 if zone[0] == "+" else -1) * timedelta(hours=hours, minutes=minutes))


def _parse_rfc(value: str) -> datetime | None:
    if not _RFC.match(value):
        return None  # the parser takes what has another form for what it is not
    try:
        found = parsedate_to_datetime(value.strip())
    except (ValueError, IndexError):
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found


def _parse_day(value: str, day_first: bool | None) -> datetime | None:
    lowered = value.lower()
    if match := _YEAR_FIRST.search(lowered):
        return _day(*match.groups())
    if match := _YEAR_MONTH_DAY.search(lowered):
        year, month, day = match.groups()
        return _day(year, str(MONTHS.get(month, 0)), day)
    if match := _DAY_MONTH_YEAR.search(lowered):
        day, month, year = match.groups()
        return _day(year, str(MONTHS.get(month, 0)), day)
    if match := _MONTH_DAY_YEAR.search(lowered):
        month, day, year = match.groups()
        return _day(year, str(MONTHS.get(month, 0)), day)
    if match := _NUMBERS.search(lowered):
        first, mark, second, year = match.groups()
        if int(first) > 12 or mark == ".":
            return _day(year, second, first)
        if int(second) > 12:
            return _day(year, first, second)
        if day_first is not None:
            return _day(year, *((second, first) if day_first else (first, second)))
        return _by_weekday(lowered, _day(year, first, second), _day(year, second, first))
    return None


def _by_weekday(lowered: str, *readings: datetime | None) -> datetime | None:
    """Of two readings of 3/4/2021 the one that falls on the named day of the week."""
    match = _WEEKDAY.search(lowered)
    fit = [day for day in readings if day and match and WEEKDAYS[day.weekday()] == match[1]]
    return fit[0] if len(fit) == 1 else None


def _day(year: str, month: str, day: str) -> datetime | None:
    return datetime(int(year), int(month), int(day), tzinfo=UTC) if int(month) else None
