"""Every setting of the crawler, with its unit and its reason.

What is not listed here is Scrapy's default. Override any of them with ``-s NAME=VALUE``. The
same table, with examples, is in `docs/reference/settings.md`.
"""

import os
import sys

# --- what Scrapy needs to know of the project --------------------------------------------------
BOT_NAME = "blog-archiver"
SPIDER_MODULES = ["scraper.spiders"]
NEWSPIDER_MODULE = "scraper.spiders"
COMMANDS_MODULE = "scraper.commands"

# --- who we are ---------------------------------------------------------------------------------
CONTACT = ""  # URL or e-mail address of who runs this crawler; goes into User-Agent and warcinfo
ADDONS = {"scraper.identity.Identity": 100}  # builds USER_AGENT from CONTACT

# --- where things go ----------------------------------------------------------------------------
WARC_PREFIX = "blog"  # first part of each WARC file's name
WARC_MAX_SIZE_BYTES = 1024**3  # a file is closed and the next one begun past this size
DEDUPLICATE = "collection"  # a payload of an earlier crawl is a revisit; or "crawl", or "off"
REDACT_CREDENTIALS = False  # True: cookies and Authorization are left out of the WARC files
EXTRACTION_ENABLED = True  # False: capture only; `archive rebuild` makes the texts later

# --- extraction workers -------------------------------------------------------------------------
EXTRACTION_PROCESSES = os.cpu_count() or 1
EXTRACTION_DEADLINE_S = 60.0  # a page that takes longer costs one Failure row
EXTRACTION_MEMORY_LIMIT_BYTES = 2 * 1024**3  # address space of one worker

# --- politeness ---------------------------------------------------------------------------------
ROBOTSTXT_OBEY = True
ROBOTSTXT_USER_AGENT = "blog-archiver"  # the product token that robots.txt rules may name
CRAWL_DELAY_MAX_S = 60.0  # a longer Crawl-delay is cut to this
CONCURRENT_REQUESTS_PER_DOMAIN = 1  # one request at a time per host
DOWNLOAD_DELAY = 1.0  # seconds between two requests to one host, at least
DOWNLOAD_DELAY_JITTER = 0.0  # as Scrapy varies it, half of the delays would be shorter
AUTOTHROTTLE_ENABLED = True  # slower still where the server is slow
AUTOTHROTTLE_START_DELAY = 1.0
AUTOTHROTTLE_MAX_DELAY = 60.0
RETRY_AFTER_MAX_S = 300.0  # a crawl waits so long for a Retry-After; for longer, it ends
RETRY_GIVE_UP_LOG_LEVEL = "INFO"  # it is a Failure row: the report names it
OBEY_NOARCHIVE = True  # a page that says noarchive is not kept; it becomes a Failure row

# --- limits: every answer is hostile until it is read --------------------------------------------
ALLOW_PRIVATE_NETWORKS = False  # True: loopback and private addresses may be crawled too
DOWNLOAD_TIMEOUT = 60  # seconds for one whole answer, slow drips included
DOWNLOAD_MAXSIZE = 64 * 1024**2  # bytes of one answer, as received and again when decoded
DOWNLOAD_WARNSIZE = 0
REDIRECT_MAX_TIMES = 10
COMMENT_PAGES_MAX = 50  # of one post, beside its own page
REQUISITE_MAX_SIZE_BYTES = 16 * 1024**2  # of one image, style sheet, font or script
REQUISITES_MAX_PER_PAGE = 500  # that one page names, and again for one style sheet
REQUISITES_MAX_PER_CRAWL = 50_000  # addresses; each is held in memory until the crawl ends
URLLENGTH_LIMIT = 2083
CRAWL_MAX_S = 6 * 3600.0  # of one run of the schedule; the next takes up what is left
CRAWL_GRACE_S = 1800.0  # seconds past that, to read pages and seal; what hangs is ended then

# --- capture: exact bytes, so HTTP/1.1 and nothing that rewrites --------------------------------
DOWNLOAD_HANDLERS = {
    "http": "scraper.capture_handler.CaptureHandler",
    "https": "scraper.capture_handler.CaptureHandler",
    "ftp": None,
    "file": None,
    "s3": None,
    "data": None,
}
TWISTED_DNS_RESOLVER = "scraper.network_guard.GuardedResolver"
DOWNLOAD_FAIL_ON_DATALOSS = (
    False  # a body that was cut off is captured, marked, and read all the same
)
COOKIES_ENABLED = False  # the same page for everyone

# --- the parts, in the order in which a request passes them --------------------------------------
DOWNLOADER_MIDDLEWARES = {
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,  # `scope` decides
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    "scrapy.downloadermiddlewares.cookies.CookiesMiddleware": None,
    "scraper.politeness.RobotsMiddleware": 100,
    "scraper.cookies.OfflineCookies": 700,
    "scraper.requisites.gate.RequisiteGate": 740,  # next to the wire: before anything is retried
    "scraper.archived_answers.ArchivedAnswers": 745,  # nothing beyond is asked for what is there
    "scraper.network_guard.PrivateNetworkGuard": 760,  # past the proxy settings, next to the wire
}
# Scrapy's own, less the telnet console and the remote control: an extension that is switched off is
# imported all the same, and those two bring a web framework with them.
EXTENSIONS_BASE = {
    "scrapy.extensions.corestats.CoreStats": 0,
    "scrapy.extensions.logcount.LogCount": 0,
    "scrapy.extensions.memusage.MemoryUsage": 0,
    "scrapy.extensions.memdebug.MemoryDebugger": 0,
    "scraper.shutdown.CloseOnFetches": 0,  # in place of Scrapy's CloseSpider
    "scrapy.extensions.feedexport.FeedExporter": 0,
    "scrapy.extensions.spiderstate.SpiderState": 0,
}
EXTENSIONS = {
    "scraper.politeness.PoliteThrottle": 0,
    "scraper.politeness.OneAtATime": 0,
    "scraper.politeness.RetryAfter": 0,
    "scraper.shutdown.QuickStop": 0,
    "scraper.collection_keeper.CollectionKeeper": 10,
    "scraper.post_limit.PostLimit": 12,
    "scraper.requisites.fetching.RequisiteFetcher": 15,
    "scraper.progress.ProgressLine": 20,
    "scrapy.extensions.logstats.LogStats": None if sys.stderr.isatty() else 0,
}
ITEM_PIPELINES = {"scraper.pipelines.ExtractionPipeline": 100}
CONCURRENT_ITEMS = (
    2  # of one response; each yields one page, and Scrapy starts a task for each place
)
# Oldest first: posts are fetched in the order in which the blog lists them.
SCHEDULER_MEMORY_QUEUE = "scrapy.squeues.FifoMemoryQueue"
SCHEDULER = "scraper.post_limit.LimitedScheduler"  # asks for no more posts than are wanted

# --- no doors into the process --------------------------------------------------------------------
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False

# --- what is said while it runs -------------------------------------------------------------------
# On a terminal a progress line and the report say it all; a log file gets the usual account.
LOG_LEVEL = "WARNING" if sys.stderr.isatty() else "INFO"
STATS_DUMP = not sys.stderr.isatty()
DEFAULT_DROPITEM_LOG_LEVEL = "DEBUG"  # a page that is no article is in the report
FEED_EXPORT_ENCODING = "utf-8"
