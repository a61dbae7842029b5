"""Pages whose text is written in all forms."""

from __future__ import annotations

import lxml.html
from hypothesis import strategies as st
from lxml.etree import _Element

from archive.forms.parts import Parts
from archive.forms.reading import read_structure

URL = "https://blog.example/post/"

PAGES = {
    "paragraphs": "<p>One.</p><div>Two<br>lines<br><br>and a third.</div>Loose",
    "styles": "<p><b>B</b><i>I</i>, <b><i>both</i></b>, <code>a`b</code>, x<sup>2</sup>,"
    " <del>gone</del>, <mark>lit</mark>, <a href='/a(b)'>l[i]nk</a>, wow!<a href='/x'>y</a></p>",
    "signs-of-markdown": "<p># no head</p><p>1. no item</p><p>- nor this</p><p>+ nor</p>"
    "<p>*a* _b_ __init__ a_b ~~c~~ `d` [e](f) &lt;g&gt; &amp;amp; a|b \\ !</p>"
    "<p>Title<br>===<br>---<br>a|b<br>-|-<br>:--<br>&gt; quote<br>2) x<br># y</p><p>***</p>",
    "code-with-signs": "<p><code>``</code> <code>|</code> <code> * </code></p>"
    "<pre>```\n~~~\n# x\n</pre><pre class='lang-c++'>int *a;</pre>",
    "headings": "<h1>A # </h1><p>a</p><h3>B<br>b</h3><p>b</p><h2>C</h2><h4><img src=x></h4><p>c",
    "lists": "<ul><li>a<li><p>b</p><p>c</p><li>d<ol start=7><li>e<li>f</ol></ul><ul><li>g</ul>"
    "<ol><li># h<li>- i<li><pre>j\n\nk</pre><li><hr></ol>"
    "<ol><li>o</li><ol><li>p</ol><ol start=5><li>q</ol></ol>"
    "<ol start=10><li>r</li><ol><li><img src='/s.png'><p>s</p></ol></ol>"
    "<ul><ul><li>l</ul><li>m<ul><li>n</ul></ul>",
    "definitions": "<dl><dd>0<dt>a<dt>b<dd>c<dd><ul><li>d</ul><dt>e</dl>",
    "table": "<table><caption>C</caption><tr><th>a|b<th>c<tr><td><code>d|e\\|</code><td>f<br>g"
    "<tr><td><ul><li>h<li>i</ul><td><tr><td>only</table>",
    "table-of-boxes": "<table><tr><td><p>a</p><p>b</p><td>c</table>",
    "figure": "<figure><a href='/big'><img src='/s.png' alt='[x] *y*'></a><figcaption>See"
    " <b>it</b></figcaption></figure><p>And <img src='/t.png'> inside.</p>",
    "quotation": "<blockquote><p>a</p><ul><li>b</ul><blockquote>c</blockquote><h3>d</h3>"
    "</blockquote><blockquote>e</blockquote>",
    "embedded-post": "<blockquote class='twitter-tweet'><p>Said</p>&mdash; Me"
    " <a href='https://social.example/1'>May 1</a></blockquote>"
    "<iframe src='https://video.example/1' title='Film'></iframe>",
    "notes": "<p>a<sup><a href='#n1'>1</a></sup>: b<a href='#n2'>[2]</a></p><ol><li id=n1><p>c</p>"
    "<p>d</p><li id=n2>e <a href='#r'>↩</a></ol><p>f<a href='#n3'>*</a></p><p id=n3>g</p>",
    "verse": "<pre class='wp-block-verse'>One line\n   and one\n\nand another</pre>",
    "other-scripts": "<p dir=rtl>سلام <b>دنیا</b>!</p><p>　　中文，<em>重点</em>在<b>这里</b>。</p>"
    "<p>e\u0301<b>e\u0301</b>e</p>",
    "no-characters-of-xml": "<p>a\x01b\x1fc\ufffe</p><pre>\x02</pre>",
}

_TAGS = st.sampled_from([
    "p", "div", "b", "i", "a", "code", "ul", "ol", "li", "blockquote", "h2", "h5", "table", "tr",
    "td", "th", "dl", "dt", "dd", "pre", "figure", "figcaption", "br", "hr", "img", "sup", "span",
    "caption", "del", "nav", "section",
])  # fmt: skip
_SIGNS = (
    *("word", " ", "*", "_", "`", "|", "[", "]", "(", "\\", "!", "~", "=", "---", "+ ", "- ", "# "),
    *("1. ", ">", ":--", "&amp;amp;", "&lt;", "\u00a0", "\n", "\u4e2d", "e\u0301"),
)
_CHARACTERS = st.characters(
    exclude_categories=("Cs", "Cc", "Zs", "Zl", "Zp"), exclude_characters="<&"
)
_TEXTS = st.one_of(st.sampled_from(_SIGNS), st.text(alphabet=_CHARACTERS, max_size=6))
_ATTRIBUTES = st.sampled_from([
    "", "", "", " href='/a'", " href='#n'", " id='n'", " src='/a.png' alt='x*'", " class='lang-c'",
    " start='4'",
])  # fmt: skip


@st.composite
def elements(draw: st.DrawFn, depth: int = 4) -> str:
    """Draw a piece of HTML, of tags as they come."""
    pieces = [draw(_TEXTS)]
    for _ in range(draw(st.integers(0, 3)) if depth else 0):
        tag, attributes = draw(_TAGS), draw(_ATTRIBUTES)
        inner = draw(elements(depth=depth - 1))
        pieces += [f"<{tag}{attributes}>{inner}</{tag}>", draw(_TEXTS)]
    return "".join(pieces)


def page_of(html: str) -> _Element:
    """Parse a piece of HTML, and give the element that holds it."""
    (body,) = lxml.html.document_fromstring(f"<html><body>{html}</body></html>").findall("body")
    return body


def parts_of(html: str) -> Parts:
    """Read a piece of HTML as parts."""
    return read_structure(page_of(html), url=URL)


def words_of(text: str) -> list[str]:
    """The words of a text, without the marks of list items."""
    return [word for word in text.split() if word != "-"]
