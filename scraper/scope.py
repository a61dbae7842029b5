"""What belongs to a blog: its host, and below its path where the seed has one."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from urllib.parse import unquote, urlsplit, urlunsplit

from scraper.addresses import site_of
from scraper.urls import canonicalize_url

_FILE = re.compile(r"/[^/]+\.(html?|php|aspx?|jsp|shtml|xml|rss|atom|json)$", re.I)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The addresses of one blog.

    `www.` and none, http and https are one site; another port or another subdomain is another
    site. A seed with a path keeps the crawl below that path, at segment borders; a file name at
    the end of the seed does not count (`/blog/index.html` is `/blog`).

    Attributes:
        host: without `www.`, in ASCII form.
        port: None for 80 and 443.
        path: without a slash at its end; empty for the whole host.
        origin: scheme and authority that are asked, as `https://www.example.org`.
    """

    host: str
    port: int | None
    path: str
    origin: str

    @classmethod
    def of(cls, seed: str) -> Scope:
        """Make the scope of a seed.

        >>> Scope.of("https://www.example.org/blog/").path
        '/blog'

        Raises:
            ValueError: the seed is no absolute http or https URL.
        """
        host, port = site_of(seed)
        if not host:
            raise ValueError(f"not an http or https URL: {seed!r}")
        parts = urlsplit(seed.strip())
        path = urlsplit(canonicalize_url(urlunsplit((*parts[:2], parts.path, "", "")))).path
        authority = parts.netloc.rpartition("@")[2]
        return cls(
            host=host,
            port=port,
            path=_FILE.sub("", path).rstrip("/"),
            origin=f"{parts.scheme.lower()}://{authority}",
        )

    def moved_to(self, final: str, *, whole_host: bool = False) -> Scope:
        """Give the scope after the seed was answered.

        Args:
            final: where the seed's redirects ended: another scheme or `www.` of the same site, or
                the site that the blog has moved to.
            whole_host: the seed is a list and no folder, so its path says nothing.
        """
        new = Scope.of(final)
        path = self.path if self.same_site(final) else new.path
        return replace(new, path="" if whole_host else path)

    def same_site(self, url: str) -> bool:
        """Whether the URL is on the blog's host and port, whatever its path."""
        return site_of(url) == (self.host, self.port)

    def covers(self, url: str) -> bool:
        """Whether the URL belongs to the blog.

        >>> Scope.of("https://example.org/blog/").covers("http://www.example.org/blog/2020/maps")
        True
        >>> Scope.of("https://example.org/blog/").covers("https://example.org/blogroll/")
        False
        """
        if not self.same_site(url):
            return False
        if not self.path:
            return True
        path, own = (unquote(p) for p in (urlsplit(canonicalize_url(url)).path, self.path))
        return path == own or path.startswith(own + "/")

    def localized(self, url: str) -> str:
        """Write a URL of this site with the scheme and host that the seed is asked at.

        A list that names `http://` addresses of a site asked at `https://www.` would otherwise
        cost one redirect for each post. URLs of other sites come back as they are.
        """
        if not self.same_site(url):
            return url
        own, parts = urlsplit(self.origin), urlsplit(url)
        return urlunsplit((own.scheme, own.netloc, parts.path, parts.query, ""))

    def at_root(self, path: str) -> str:
        """Give the URL of a well-known path of the host.

        >>> Scope.of("https://example.org/blog/").at_root("/robots.txt")
        'https://example.org/robots.txt'
        """
        return self.origin + path

    def below(self, path: str) -> str:
        """Give the URL of a path below the blog's own.

        >>> Scope.of("https://example.org/blog/").below("/feed/")
        'https://example.org/blog/feed/'
        """
        return self.origin + self.path + path
