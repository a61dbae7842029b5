"""The words by which pages everywhere tell what they are: declared types, addresses, class names.

They are the vocabulary of schema.org and Open Graph, of the addresses that shop, forum, wiki and
blog software gives out, and of the class names that themes share. None is a word of a page's text,
and none decides by itself: a model weighs how often each group occurs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

SCHEMA_TYPES: Mapping[str, re.Pattern[str]] = {
    "post": re.compile(r"^(?!tech|job|discussionforum).*(?:article|posting|report|recipe)$"),
    "manual": re.compile(r"techarticle|apireference|softwaresourcecode|howto"),
    "forum": re.compile(r"forumposting|qapage|^question$|^answer$"),
    "list": re.compile(r"collectionpage|searchresults|itemlist|offercatalog|^blog$|gallery"),
    "product": re.compile(r"product|offer$"),
    "rating": re.compile(r"review$|rating$"),
    "service": re.compile(
        r"service|business|course|event$|place$|address|store$|contactpage|aboutpage|jobposting"
        r"|softwareapplication"
    ),
    "faq": re.compile(r"faqpage"),
    "organization": re.compile(r"organization|corporation"),
    "person": re.compile(r"^person$"),
    "page": re.compile(r"^webpage$"),
    "site": re.compile(r"^website$"),
    "breadcrumb": re.compile(r"breadcrumblist"),
    "media": re.compile(r"(?:video|audio|image)object|podcast"),
}
"""Groups of schema.org types, in lower case."""

PATH_WORDS: Mapping[str, re.Pattern[str]] = {
    name: re.compile(rf"(?:{words})(?:\.\w{{2,5}})?", re.I)
    for name, words in {
        "post": r"blogs?|news|articles?|posts?|stor(?:y|ies)|opinion|magazine|press"
        r"|press-?releases?|features?|journal|insights?|resources?|guides?|weblog|reviews?|recipes?",
        "list": r"categor(?:y|ies)|tags?|topics?|authors?|archives?|search|labels?|page|index|list"
        r"|directory|browse|latest",
        "shop": r"products?|shop|store|items?|dp|collections?|sku|buy|catalog|sale|p|c",
        "forum": r"forums?|threads?|t|topics?|questions?|viewtopic|showthread|discussions?"
        r"|community|comments|r|answers|q|discuss|talk|boards?|viewforum|groups?|issues",
        "manual": r"docs?|documentation|reference|manual|api|guide|tutorials?|wiki|help|support|hc"
        r"|kb|learn|latest|stable|library|en|userguide|sdk|v?\d+(?:\.[\dx]+)*"
        r"|getting-?started|intro\w*|install\w*|concepts?|quickstart",
        "service": r"services?|about(?:-us)?|contact(?:-us)?|solutions?|pricing|company|team"
        r"|locations?|industries|platform|consulting|agency|use-cases?|careers?",
    }.items()
}
"""Groups of words that are one segment of a path."""

_CLASS_GROUPS = {
    "article": "article articles story stories news post posts blogpost blog blogs entry hentry",
    "content": "content body prose richtext markdown wysiwyg",
    "author": "author authors byline writer avatar",
    "date": "date dates dateline datetime timestamp published posted pubdate",
    "meta": "meta metadata",
    "share": "share sharing social sharedaddy addtoany addthis",
    "tags": "tag tags tagged category categories",
    "comment": "comment comments commentlist respond disqus",
    "related": "related recommended trending popular recent next prev",
    "caption": "caption credit figcaption",
    "deck": "dek deck standfirst subtitle subheading lede lead excerpt summary kicker eyebrow",
    "advert": "newsletter subscribe signup paywall ad ads advert advertisement sponsored",
    "product": "product products sku variant variants variation swatch shopify woocommerce",
    "price": "price prices pricing amount currency sale",
    "cart": "cart basket checkout wishlist addtocart buy",
    "rating": "review reviews rating ratings star stars testimonial testimonials",
    "forum": "forum forums thread threads topic reply replies vote votes upvote question answer "
    "answers discussion poster signature quote message messages karma",
    "manual": "doc docs documentation docsearch toc toctree sidebar highlight codehilite hljs "
    "language copy version api admonition headerlink anchor",
    "card": "card cards tile tiles teaser teasers grid item items list listing result results "
    "collection gallery carousel swiper slick slide",
    "filter": "filter filters facet facets sort pagination pager page pages loadmore refine",
    "hero": "hero banner cta feature features service services benefits client clients partner "
    "partners team faq accordion step steps plan plans logo logos icon icons",
    "contact": "contact phone address map form booking appointment hours location",
    "breadcrumb": "breadcrumb breadcrumbs crumb crumbs",
    "media": "video player playlist podcast audio episode",
    "event": "job jobs career careers event events recipe course",
    "builder": "elementor et vc wixui sqs wp fusion fl uagb kt framer css sc jsx mui chakra",
}
CLASS_WORDS: Mapping[str, str] = {
    word: group for group, words in _CLASS_GROUPS.items() for word in words.split()
}
"""The group of each word that class names are made of."""

CLASS_GROUPS = tuple(_CLASS_GROUPS)
