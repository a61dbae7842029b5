"""What a URL is by its own looks: one table of rules, and the identity of an address.

Each row of `RULES` names itself, says what it does, and carries an example that the tests run.
Rows are tried from top to bottom: the ones that take something off a URL first, then the ones that
judge what is left. A URL that no row knows is a page: `/archives/123` and `/?p=12` are addresses
that blogs use for posts. What a blog's own lists call a post is stronger than `AVOID` and
`LISTING` (see `scraper.discovery.plan`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from urllib.parse import SplitResult, unquote, unquote_plus

from scraper import addresses

MAX_URL_LENGTH = 2000  # characters; longer ones are refused by many servers and are mostly traps
MAX_REPEATS = 2  # of one path segment: /a/b/a/b/a/b is a relative link that climbs on itself
MAX_PARAMETERS = 6  # a permalink has one or two; filters that combine without end have more


Test = Callable[[str, list[str]], bool]


class Verdict(StrEnum):
    """What a rule does with a URL."""

    STRIP = "strip"  # the parameter or path part is taken off, and the rest is judged on
    NEVER = "never"  # no page for readers, whoever names it
    AVOID = "avoid"  # a page, but of no use and perhaps endless: not asked for
    LISTING = "listing"  # names posts and is none: followed where needed, never an article
    PAGE = "page"  # no rule speaks against it


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One row: what it catches, what it does then, and an example of each.

    Attributes:
        path: searched in the path (percent-decoded, case ignored).
        test: asked with the path (decoded) and the `name=value` parts.
        parameter: matched against a whole `name=value` of the query.
        example: path and query of a URL that the rule catches.
        becomes: what is left of the example, for `STRIP`.
        spares: path and query of a URL that looks alike and is not caught.
    """

    name: str
    verdict: Verdict
    example: str
    path: re.Pattern[str] | None = None
    test: Test | None = None
    parameter: re.Pattern[str] | None = None
    becomes: str = ""
    spares: str = "/archives/123"

    def catches(self, path: str, parameters: list[str]) -> bool:
        """Whether the rule speaks about this path (decoded) and these `name=value` pairs."""
        if self.path is not None and self.path.search(path):
            return True
        if self.test is not None and self.test(path, parameters):
            return True
        matches = self.parameter.fullmatch if self.parameter is not None else None
        return matches is not None and any(matches(pair) for pair in parameters)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What the table says about one URL.

    Attributes:
        url: the address to ask for: fragment, tracking and session parts are off.
        rule: name of the rule that gave the verdict; empty for `PAGE`.
    """

    url: str
    verdict: Verdict
    rule: str = ""


def _rule(  # noqa: PLR0913  (one argument per column of the table)
    name: str, verdict: Verdict, example: str, *, path: str = "", parameter: str = "",
    becomes: str = "", spares: str = "/archives/123", test: Test | None = None,
) -> Rule:  # fmt: skip
    return Rule(
        name=name,
        verdict=verdict,
        example=example,
        path=re.compile(path, re.I) if path else None,
        parameter=re.compile(parameter, re.I | re.S) if parameter else None,
        test=test,
        becomes=becomes,
        spares=spares,
    )


def _is_too_long(path: str, pairs: list[str]) -> bool:
    return len(path) + sum(map(len, pairs)) > MAX_URL_LENGTH


def _has_too_many_parameters(path: str, pairs: list[str]) -> bool:
    return len(pairs) > MAX_PARAMETERS


def _repeats_itself(path: str, pairs: list[str]) -> bool:
    names = (segment for segment in path.split("/") if segment and not segment.isdigit())
    return any(count > MAX_REPEATS for count in Counter(names).values())


_TRACKING = (
    r"(utm_\w+|mtm_\w+|pk_\w+|piwik_\w+|matomo_\w+|hsa_\w+|at_(medium|campaign|custom\d)|oly_\w+"
    r"|fb(clid|_action_ids|_action_types|_source|_ref)|g(clid|clsrc|braid|wbraid)|wbraid|dclid"
    r"|msclkid|yclid|twclid|ttclid|li_fat_id|igshid|igsh|mc_[ce]id|_ga|_gl|_hs(enc|mi)|_openstat"
    r"|hsctatracking|mkt_tok|vero_\w+|wt_\w?mc|xtor|ncid|cmpid|s_cid|trk\w*|spm|ref|ref_src|ref_url"
    r"|wickedid|rb_clid|doing_wp_cron|nowprocket|isfreemail|triedredirect)"
)
_ASSET = (
    r"\.(jpe?g|png|gif|webp|avif|svg|ico|bmp|tiff?|heic|css|m?js|map|json|xml|xsl|txt|csv|ics|vcf"
    r"|pdf|epub|mobi|docx?|xlsx?|pptx?|od[tsp]|zip|gz|tgz|bz2|xz|rar|7z|dmg|exe|apk|deb|rpm|iso"
    r"|mp[34]|m4[av]|ogg|og[av]|opus|wav|flac|webm|mov|avi|mkv|woff2?|ttf|otf|eot|wasm|bib)$"
)
_YEAR, _DAY_OR_MONTH = r"(19[89]\d|20\d\d)", r"\d{1,2}"
_PAGED = r"(/page/\d+)?"
S, N, A, L = Verdict.STRIP, Verdict.NEVER, Verdict.AVOID, Verdict.LISTING

RULES: tuple[Rule, ...] = (
    # --- taken off: another address of the same page
    _rule("tracking", S, "/a/?utm_source=x&id=7", parameter=_TRACKING + r"(=.*)?",
          becomes="/a/?id=7", spares="/a/?reference=7"),
    _rule("feed-source", S, "/a?source=rss-1f2e------2", parameter=r"source=(rss|.*---).*",
          becomes="/a", spares="/a?source=7"),
    _rule("session-parameter", S, "/a/?PHPSESSID=3f2a9c", becomes="/a/", spares="/?sid=12",
          parameter=r"(phpsessid|jsessionid|aspsessionid\w*|sessionid|session_id|cfid|cftoken"
                    r"|oscsid|zenid)=.*|(sid|s|session|sess)=[0-9a-f]{16,64}"),
    _rule("session-path", S, "/a;jsessionid=1A2B3C?p=1",
          path=r";(jsessionid|phpsessid|sid|sessionid)=[^/]*", becomes="/a?p=1", spares="/a;b=1"),
    _rule("session-segment", S, "/(S(lit3py55t21z5v55vlm25s55))/a", becomes="/a",
          path=r"/\([SFX]\(\w{8,}\)\)|/(sid|session|sess|sessionid|phpsessid)[-_=:]\w{8,}(?=/|$)",
          spares="/session-notes-2020/"),
    _rule("reply-to-comment", S, "/a/?replytocom=12", becomes="/a/",
          parameter=r"(replytocom|replyto|like_comment|unapproved|moderation-hash|showcomment"
                    r"|commentid|_wpnonce)=.*"),
    _rule("comment-page-parameter", S, "/?p=12&cpage=2", becomes="/?p=12",
          parameter=r"(cpage|comments?[-_]?page)=\d+"),
    _rule("comment-page", S, "/2020/a/comment-page-3/", path=r"/comment-page-\d+(?=/?$)",
          becomes="/2020/a/", spares="/the-comment-page/"),
    _rule("share", S, "/a/?share=mail&nb=1", becomes="/a/", spares="/how-to-share/",
          parameter=r"(share|nb|shared|sharesource|showshare)=.*"),
    _rule("print", S, "/a/?print=1", path=r"(?<=[^/])/print(\.html?)?/?$", becomes="/a/",
          parameter=r"(print|printable|printpage|output)(=(1|true|yes|print|pdf|y))?",
          spares="/print/"),
    _rule("other-view", S, "/2020/01/a.html?m=1", parameter=r"(m=[01]|amp(=1)?|noamp=\w+"
          r"|mobile=[01]|lightbox=.*)", becomes="/2020/01/a.html", spares="/?p=1"),
    # --- never: no page for readers
    _rule("too-long", N, "/" + "a" * 2100, test=_is_too_long),
    _rule("api", N, "/wp-json/wp/v2/posts", path=r"/wp-json(/|$)|/oembed(/|$)|/graphql/?$"
          r"|/_next/|/\.well-known/", parameter=r"rest_route=.*", spares="/wp-json-tips/"),
    _rule("admin", N, "/wp-admin/post.php", path=r"/wp-admin(/|$)|/wp-(login|signup|cron|trackback"
          r"|comments-post|links-opml)\.php|/xmlrpc\.php|/ghost/?$|/cgi-bin/|/cdn-cgi/",
          spares="/wp-admin-tips/"),
    _rule("trackback", N, "/2020/a/trackback/", path=r"/(trackback|pingback)/?$"),
    _rule("feed", A, "/a/feed/", path=r"/(feed|rss|atom|rdf|rss2)/?(\.xml|\.php)?$"
          r"|/feed/(rss2?|atom|rdf|json)/?$|/feeds/(posts|comments)/|\.(rss|atom|rdf)$",
          parameter=r"(feed|format)=(rss2?|atom|rdf|feed|json|comments-\w+).*", spares="/feed-me/"),
    _rule("asset", N, "/wp-content/uploads/a.jpg", path=_ASSET + r"|/wp-(content|includes)/",
          spares="/2020/notes-on-a.jpg.html"),
    _rule("repeated-segments", N, "/a/b/a/b/a/b/", spares="/2020/20/20/20/a/",
          test=_repeats_itself),
    # --- listings that the rows below would take for a search
    _rule("label", L, "/search/label/Maps", path=r"^(/[^/]+)?/search/label/"),
    _rule("older-posts", L, "/search?updated-max=2020-01-01", spares="/search?q=maps",
          parameter=r"(updated-(max|min)|by-date|start-index)=.*"),
    # --- avoided: of no use, or without end
    _rule("search", A, "/?s=maps", path=r"^(/\w{2})?/search(/|\.\w+)?($|[^/]+$)|/search/",
          parameter=r"(s|q|query|search|search_query|keyword|keywords)=.*", spares="/re-search/"),
    _rule("calendar", A, "/calendar/2031/05/", parameter=r"(ical|outlook-ical|tribe-bar-date"
          r"|eventdate|eventdisplay|cal|calendar|month|year|day|date|week|yr|mo|dy|time)=.*",
          path=r"/(calendar|kalender|calendrier|calendario|agenda)([/.-]?(\d|month|week|day).*|/?$)"
               r"|/events?/(\d{4}|month|week|day|list|today|category)(/|-|$)",
          spares="/2020/05/calendar-of-maps/"),
    _rule("attachment", A, "/?attachment_id=9", path=r"/attachment/",
          parameter=r"attachment_id=.*"),
    _rule("account", A, "/my-account/", path=r"^(/\w{2})?/(log-?(in|out)|sign-?(in|up|out)|register"
          r"|account|my-account|users?/(login|register|password)|cart|basket|checkout|wishlist"
          r"|subscribe|unsubscribe|lost-password|m/signin|members?)(/|\.\w+$|$)"
          r"|/comment/reply/", parameter=r"(add-to-cart|add_to_wishlist|redirect_to)=.*"
          r"|action=(login|logout|register|lostpassword|edit|history|raw|info).*",
          spares="/2020/my-account/"),
    _rule("sorted-view", A, "/posts?sort=date", parameter=r"(sort|sortby|sort_by|order|orderby|dir"
          r"|filter\w*|filter\[.*\]|per_page|limit|return|returnto|next|url|redirect)=.*"),
    _rule("too-many-parameters", A, "/?a=1&b=2&c=3&d=4&e=5&f=6&g=7",
          test=_has_too_many_parameters),
    # --- listings
    _rule("pagination", L, "/blog/page/2/", spares="/page-one/",
          path=r"/(page|seite|pagina|pag)([/:_-]?\d+)(\.html?)?/?$|/index[_-]?\d+\.html?$",
          parameter=r"(paged?|pg|offset|skip|from|start|before|after|tumblelog_page|page_num)"
                    r"=[\w:.%-]*"),
    _rule("tag", L, "/tag/maps/", path=r"/(tags?|tagged|labels?|keywords?|topics?|etiquetas?"
          r"|schlagwort|schlagwoerter|mot-cle|stichwort)(/[^/]+)*(\.html?)?/?$",
          spares="/tag-team/", parameter=r"(tag|tags|tag_id|label|topic|hashtag)=.*"),
    _rule("category", L, "/category/travel/", spares="/categorically/",
          path=r"/(categor(y|ies|ia|ias|ie)|cat|kategori(e|en|a)?|rubri(k|que|ka|cs?)|sections?|taxonomy)"
               r"(/[^/]+)*(\.html?)?/?$",
          parameter=r"(cat|category|category_name|taxonomy|term|cat_id)=.*"),
    _rule("author", L, "/author/ada/", spares="/authoring/", parameter=r"(author|author_name)=.*",
          path=r"/(authors?|autore?s?|auteurs?|autor|contributors?|writers?|users?)(/[^/]+)*(\.html?)?/?$"),
    _rule("date-listing", L, "/2020/05/", spares="/2020/05/maps",
          path=rf"(^|/){_YEAR}(/{_DAY_OR_MONTH}){{0,2}}{_PAGED}/?(index\.\w+)?$"
               rf"|/{_YEAR}[-_]\d\d(\.html?)?/?$|/{_YEAR}\.html?$|/{_YEAR}_\d\d_\d\d_archive\.html$",
          parameter=r"(m=\d{4,8}|year=\d{4}|monthnum=\d+)"),
    _rule("archive", L, "/archives/", spares="/archives/123",
          path=r"/(archives?|archiv|archivio|archivo|arkiv|all-posts|sitemap)(\.\w+)?/?$"),
)  # fmt: skip
_STRIPS = tuple(rule for rule in RULES if rule.verdict is S)
_JUDGES = tuple(rule for rule in RULES if rule.verdict is not S)

_INDEX_FILE = re.compile(r"/(index|default)\.(html?|php|aspx?|jsp|shtml)$", re.I)


@lru_cache(maxsize=addresses.CACHED_URLS)
def judge(url: str) -> Judgement:
    """Say what the table knows about an absolute URL; it never raises.

    >>> judge("https://example.org/a/?utm_source=feed#top").url
    'https://example.org/a/'
    >>> judge("https://example.org/tag/maps/").verdict
    <Verdict.LISTING: 'listing'>
    """
    parts = addresses.split_address(url)
    if parts is None:
        return Judgement(url=url[:MAX_URL_LENGTH], verdict=Verdict.NEVER, rule="not-a-web-address")
    path, pairs = _settled(_spelled_path(parts), _without_parts), _kept_pairs(parts)
    cleaned = addresses.join_address(parts.scheme, addresses.host_and_port(parts), path, pairs)
    decoded, decoded_pairs = unquote(path), [unquote_plus(pair) for pair in pairs]
    for rule in _JUDGES:
        if rule.catches(decoded, decoded_pairs):
            return Judgement(url=cleaned, verdict=rule.verdict, rule=rule.name)
    return Judgement(url=cleaned, verdict=Verdict.PAGE)


@lru_cache(maxsize=addresses.CACHED_URLS)
def canonicalize_url(url: str) -> str:
    """Give the identity of an address: two URLs of one page have the same.

    For comparing only, not for asking: http and https, `www.` and none, a slash at the end and
    none, `index.html` and its folder, the order of parameters, the spelling of percent escapes and
    of international names make no difference (RFC 3986 §6.2, UTS 46). It is idempotent; what is no
    web address comes back as it is.

    >>> canonicalize_url("HTTP://www.Bücher.example:80/%7eada/index.html?b=2&a=1&utm_medium=x#top")
    'https://xn--bcher-kva.example/~ada?a=1&b=2'
    """
    parts = addresses.split_address(url)
    if parts is None:
        return url
    path = _settled(_spelled_path(parts), lambda path: _bare(_without_parts(path)))
    return addresses.join_address(
        "https", addresses.site_authority(parts), path, sorted(_kept_pairs(parts))
    )


def _spelled_path(parts: SplitResult) -> str:
    return "/" + addresses.without_dots(addresses.escaped(parts.path or "/")).removeprefix("/")


def _kept_pairs(parts: SplitResult) -> list[str]:
    """The `name=value` parts of the query that no STRIP rule takes off."""
    pairs = [addresses.escaped(pair) for pair in parts.query.split("&") if pair]
    rules = [rule.parameter.fullmatch for rule in _STRIPS if rule.parameter is not None]
    return [pair for pair in pairs if not any(match(unquote_plus(pair)) for match in rules)]


def _settled(path: str, step: Callable[[str], str]) -> str:
    """Repeat a step until it changes nothing: what is taken off may bare more of it."""
    while (following := step(path)) != path:
        path = following
    return path


def _without_parts(path: str) -> str:
    for rule in _STRIPS:
        if rule.path is not None:
            path = rule.path.sub(_kept_slash, path)
    return addresses.without_dots("/" + path.removeprefix("/"))


def _bare(path: str) -> str:
    """Take the file name of an index off, and the slash at the end."""
    path = re.sub(r"/{2,}", "/", path)
    return _INDEX_FILE.sub("/", path).rstrip("/") or "/"


def _kept_slash(match: re.Match[str]) -> str:
    return "/" if match.group().endswith("/") else ""
