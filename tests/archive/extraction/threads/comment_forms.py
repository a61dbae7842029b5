"""One small thread as many kinds of blog software write it.

Ada says "One." and "Two." on 2 January 2020, and Bea answers her. Each form keeps what its software
puts around the words: portraits, "says:", buttons, notices.
"""

from __future__ import annotations

WORDPRESS = """<section id="comments" class="comments-area"><ol class="comment-list">
<li id="comment-12" class="comment byuser comment-author-ada bypostauthor even depth-1 parent">
<article id="div-comment-12" class="comment-body"><footer class="comment-meta">
<div class="comment-author vcard"><img alt="" class="avatar"><b class="fn"><a class="url"
 href="https://ada.example/">Ada</a></b> <span class="says">says:</span></div>
<div class="comment-metadata"><a href="https://blog.example/soup/#comment-12">
<time datetime="2020-01-02T13:00:00+01:00">January 2, 2020 at 1:00 pm</time></a>
<span class="edit-link"><a class="comment-edit-link" href="/edit">Edit</a></span></div>
<em class="comment-awaiting-moderation">Your comment is awaiting moderation.</em></footer>
<div class="comment-content"><p>One.</p><p>Two.</p></div><p class="comment-likes">Like this</p>
<div class="reply"><a rel="nofollow" class="comment-reply-link" href="/soup/?replytocom=12#respond">
Reply</a></div></article><ol class="children"><li id="comment-13" class="comment odd alt depth-2">
<article id="div-comment-13" class="comment-body"><div class="comment-author vcard">
<b class="fn">Bea</b> <span class="says">says:</span></div><div class="comment-content">
<p>Answer.</p></div></article></li></ol></li>
<li id="comment-14" class="pingback even depth-1"><div class="comment-body">Pingback:
<a href="https://other.example/">Other</a></div></li></ol></section>"""

WORDPRESS_BLOCKS = """<div class="wp-block-comments"><ol class="wp-block-comment-template">
<li id="comment-12" class="comment even thread-even depth-1"><div class="wp-block-columns">
<div class="wp-block-avatar"><img alt=""></div><div class="wp-block-comment-author-name"><a
 href="https://ada.example/">Ada</a></div><div class="wp-block-comment-date">
<time datetime="2020-01-02T13:00:00+01:00"><a href="/soup/#comment-12">January 2</a></time></div>
<div class="wp-block-comment-edit-link"><a href="/edit">Edit</a></div>
<div class="wp-block-comment-content"><p>One.</p><p>Two.</p></div>
<div class="wp-block-comment-reply-link"><a class="comment-reply-link" href="#">Reply</a></div>
</div>
<ol><li id="comment-13" class="comment odd depth-2"><div class="wp-block-comment-author-name">Bea
</div><div class="wp-block-comment-content"><p>Answer.</p></div></li></ol></li></ol></div>"""

WORDPRESS_OLD = """<ol class="commentlist"><li class="comment even depth-1" id="comment-12">
<div id="div-comment-12" class="comment-body"><div class="comment-author vcard"><img alt="">
<cite class="fn">Ada</cite> <span class="says">says:</span></div>
<div class="comment-meta commentmetadata"><a href="/soup/#comment-12">January 2, 2020 at 1:00 pm</a>
<a class="comment-edit-link" href="/edit">(Edit)</a></div><p>One.</p><p>Two.</p>
<div class="reply"><a class="comment-reply-link" href="#">Reply</a></div></div></li>
<li class="comment odd depth-2" id="comment-13"><div class="comment-body"><div
 class="comment-author vcard"><cite class="fn">Bea</cite></div><p>Answer.</p></div></li></ol>"""

WPDISCUZ = """<div class="wpd-thread-list"><div id="wpd-comm-12_0" class="comment wpd-comment
 wpd_comment_level-1"><div class="wpd-comment-wrap"><div id="comment-12" class="wpd-comment-right">
<div class="wpd-comment-header"><div class="wpd-comment-author">Ada</div><div
 class="wpd-comment-date" title="January 2, 2020">4 years ago</div></div>
<div class="wpd-comment-text"><p>One.</p><p>Two.</p></div><div class="wpd-comment-footer">Vote 0
</div></div></div>
<div id="wpd-comm-13_12" class="comment wpd-comment wpd_comment_level-2 wpd-reply">
<div id="comment-13"><div class="wpd-comment-author">Bea</div>
<div class="wpd-comment-text"><p>Answer.</p></div></div></div></div></div>"""

BLOGGER = """<div id="comments" class="comments"><div id="comment-holder"><ol id="top-ra">
<li class="comment" id="c12"><div class="avatar-image-container"><img alt=""></div>
<div class="comment-block"><div class="comment-header"><cite class="user"><a href="/ada">Ada</a>
</cite><span class="icon user"></span><span class="datetime secondary-text">
<a href="/soup.html?showComment=1577966400000#c12">2. Januar, 13 Uhr</a></span></div>
<p class="comment-content">One.<br><br>Two.</p><span class="comment-actions secondary-text">
<a class="comment-reply" href="#">Reply</a><span class="item-control"><a href="/x">Delete</a></span>
</span></div><div class="comment-replies"><div class="comment-thread inline-thread"><ol><div>
<li class="comment" id="c13"><div class="comment-block"><cite class="user">Bea</cite>
<p class="comment-content">Answer.</p></div></li></div></ol></div></div></li>
<li class="comment" id="c14"><div class="comment-block"><cite class="user">Cem</cite>
<p class="comment-content"><span class="deleted-comment">Removed by the author.</span></p></div>
</li>
</ol></div></div>"""

BLOGGER_OLD = """<dl id="comments-block"><dt class="comment-author " id="c12"><a name="c12"></a>
<div class="avatar-image-container"><img alt=""></div><a href="/ada" rel="nofollow">Ada</a> said...
</dt><dd class="comment-body" id="Blog1_cmt-12"><p>One.<br><br>Two.</p></dd>
<dd class="comment-footer"><span class="comment-timestamp">
<a href="/soup.html?showComment=1577966400000#c12" title="comment permalink">2 January</a>
<span class="item-control"><a href="/x">Delete</a></span></span></dd>
<dt class="comment-author " id="c13" data-parent="c12">Bea said...</dt>
<dd class="comment-body"><p>Answer.</p></dd></dl>"""

DISQUS = """<div id="disqus_thread"><ul id="dsq-comments"><li class="comment" id="dsq-comment-12">
<div id="dsq-comment-header-12" class="dsq-comment-header"><cite><a href="/ada">Ada</a></cite></div>
<div class="dsq-comment-body"><div class="dsq-comment-message"><p>One.</p><p>Two.</p></div></div>
</li>
<ul class="children"><li class="comment" id="dsq-comment-13"><div class="dsq-comment-header"><cite>
Bea</cite></div><div class="dsq-comment-message"><p>Answer.</p></div></li></ul></ul></div>"""

DRUPAL = """<div id="comments" class="comment-wrapper"><a id="comment-12"></a>
<div class="comment clearfix" about="/comment/12#comment-12" typeof="sioc:Post sioct:Comment">
<h3><a href="/comment/12#comment-12" class="permalink" rel="bookmark">Subject</a></h3>
<div class="submitted"><span property="dc:date dc:created" content="2020-01-02T13:00:00+01:00">
Submitted by <span class="username" property="foaf:name">Ada</span> on Thu, 01/02/2020</span></div>
<div class="content"><span rel="sioc:reply_of" resource="/node/12" class="rdf-meta"></span>
<div class="field field-name-comment-body"><div class="field-items"><div property="content:encoded">
<p>One.</p><p>Two.</p></div></div></div></div><ul class="links inline">
<li class="comment-reply"><a href="/comment/reply/1/12">reply</a></li></ul></div>
<div class="indented"><div class="comment" typeof="sioc:Post sioct:Comment"><div class="submitted">
<span class="username" property="foaf:name">Bea</span></div><div class="content">
<div property="content:encoded"><p>Answer.</p></div></div></div></div></div>"""

DRUPAL_NEW = """<section class="comments"><article id="comment-12" class="comment js-comment">
<mark class="hidden" data-comment-timestamp="1577966400"></mark><footer class="comment__meta">
<p class="comment__author"><span>Ada</span></p><p class="comment__time">Thu, 01/02/2020 - 13:00</p>
<p class="comment__permalink"><a href="/comment/12#comment-12">Permalink</a></p></footer>
<div class="comment__content"><h3><a href="/comment/12#comment-12" class="permalink">Subject</a>
</h3>
<div class="text-formatted field field--name-comment-body"><p>One.</p><p>Two.</p></div>
<ul class="links inline"><li><a href="/comment/reply/node/1/comment/12">Reply</a></li></ul></div>
</article><article id="comment-13" class="comment js-comment"><footer class="comment__meta">
<p class="comment__author"><span>Bea</span></p><p class="parent visually-hidden">In reply to
<a href="/comment/12#comment-12" class="permalink">Subject</a> by <span>Ada</span></p></footer>
<div class="comment__content"><p>Answer.</p></div></article></section>"""

MOVABLE_TYPE = """<div class="comments-content"><div id="comment-12" class="comment">
<div class="comment-header"><span class="byline"><span class="vcard author"><a class="fn url"
 href="/ada">Ada</a></span> | <a href="#comment-12"><abbr class="published"
 title="2020-01-02T13:00:00+01:00">January 2, 1:00 PM</abbr></a> | <a href="#c">Reply</a></span>
</div>
<div class="comment-content"><p>One.</p><p>Two.</p></div></div><div id="comment-13" class="comment">
<div class="comment-header"><span class="byline"><span class="vcard author">Bea</span>
<a href="#comment-12">replied to comment from Ada</a></span></div>
<div class="comment-content"><p>Answer.</p></div></div></div>"""

TYPEPAD = """<div class="comments-content"><div class="comment comment-even"
 id="comment-6a00d8341c562c53ef"><div class="comment-avatar"><img alt=""></div>
<div class="comment-content"><p>One.</p><p>Two.</p></div><p class="comment-footer">Posted by:
<a href="/ada" rel="nofollow">Ada</a> |
<a href="#comment-6a00d8341c562c53ef">January 2, 2020 at 01:00 PM</a></p></div>
<div class="comment" id="comment-6a00d8341c562c53f0"><div class="comment-content"><p>Answer.</p>
</div>
<p class="comment-footer">Posted by: Bea | <a rel="in-reply-to" href="#comment-6a00d8341c562c53ef">
in reply</a></p></div></div>"""

MICRODATA = """<section><div itemprop="comment" itemscope itemtype="https://schema.org/Comment"
 id="c12"><h3 itemprop="author" itemscope><span itemprop="name">Ada</span></h3><p>
<time itemprop="dateCreated" datetime="2020-01-02T13:00:00+01:00">January</time></p>
<div itemprop="text"><p>One.</p><p>Two.</p></div><div itemprop="comment" itemscope
 itemtype="https://schema.org/Comment"><span itemprop="author">Bea</span>
<div itemprop="text"><p>Answer.</p></div></div></div></section>"""

USER_COMMENTS = """<div itemscope itemtype="http://schema.org/UserComments" id="c12">
<span itemprop="creator">Ada</span><meta itemprop="commentTime" content="2020-01-02">
<a itemprop="replyToUrl" href="#respond">Reply</a><div itemprop="commentText"><p>One.</p><p>Two.</p>
</div></div><div itemscope itemtype="http://schema.org/UserComments"><span itemprop="creator">Bea
</span><link itemprop="replyToUrl" href="#c12"><div itemprop="commentText">Answer.</div></div>"""

WEBMENTIONS = """<ol><li class="u-comment h-cite" id="mention-12"><a class="u-author h-card"
 href="/ada"><img class="u-photo" alt=""> Ada</a> <a class="u-url" href="https://ada.example/1">
<time class="dt-published" datetime="2020-01-02T13:00:00Z">January</time></a>
<div class="e-content p-name"><p>One.</p><p>Two.</p></div></li><li class="p-like h-cite">
<a class="p-author h-card" href="/cem">Cem</a></li><li class="u-comment h-cite"><a
 class="p-author h-card" href="/bea">Bea</a><a class="u-in-reply-to" href="#mention-12">in reply</a>
<div class="e-content">Answer.</div></li></ol>"""

STATICMAN = """<div class="comments"><article id="comment-1" class="static-comment">
<img class="comment-avatar" alt=""><h4 class="comment-author"><a href="/ada">Ada</a></h4>
<div class="comment-timestamp"><a href="#comment-1"><time datetime="2020-01-02">January</time></a>
</div>
<div class="comment-content"><p>One.</p><p>Two.</p></div><div class="comment-reply-btn">Reply</div>
</article><article class="static-comment" data-parent="comment-1">
<h4 class="comment-author">Bea</h4>
<div class="comment-content"><p>Answer.</p></div></article></div>"""

ISSO = """<section id="isso-thread"><div id="isso-root"><div class="isso-comment" id="isso-12">
<div class="isso-text-wrapper"><div class="isso-comment-header"><span class="isso-author">Ada</span>
<span class="isso-spacer">-</span><a class="isso-permalink" href="#isso-12">
<time datetime="2020-01-02T13:00:00Z">4 years ago</time></a></div><div class="isso-text"><p>One.</p>
<p>Two.</p></div><div class="isso-comment-footer"><a class="isso-reply" href="#">Reply</a></div>
<div class="isso-follow-up"><div class="isso-comment" id="isso-13"><div class="isso-text-wrapper">
<span class="isso-author">Bea</span><div class="isso-text"><p>Answer.</p></div></div></div></div>
</div>
</div></div></section>"""

FORMS = {
    name.lower().replace("_", "-"): form
    for name, form in list(globals().items())
    if name.isupper() and isinstance(form, str)
}
