"""The tables of the catalogue."""

SCHEMA_VERSION = 5  # kept in the file's user_version; another version is rebuilt, not migrated

TABLES = """
CREATE TABLE crawls (
    crawl_id TEXT PRIMARY KEY,
    spider TEXT NOT NULL,
    seeds TEXT NOT NULL,            -- JSON list
    started TEXT NOT NULL,          -- ISO 8601, UTC, as every date in this file
    finished TEXT,
    reason TEXT,
    versions TEXT NOT NULL,         -- JSON list
    settings_digest TEXT NOT NULL,
    stats TEXT NOT NULL             -- JSON list of [name, number]
) STRICT;

CREATE TABLE captures (
    record_id TEXT PRIMARY KEY,
    crawl_id TEXT NOT NULL,
    record_type TEXT NOT NULL,
    target_uri TEXT NOT NULL,
    urlkey TEXT NOT NULL,
    date TEXT NOT NULL,
    status INTEGER,
    mime TEXT,
    payload_digest TEXT NOT NULL,
    filename TEXT NOT NULL,
    offset INTEGER NOT NULL,
    length INTEGER NOT NULL,
    refers_to TEXT,
    refers_to_target_uri TEXT,
    refers_to_date TEXT,
    truncated TEXT,
    role TEXT NOT NULL,             -- page, continuation, source, requisite
    page_type TEXT                  -- of a page; NULL while unknown
) STRICT;
CREATE INDEX captures_by_url ON captures (urlkey, date);
CREATE INDEX captures_by_payload ON captures (payload_digest) WHERE record_type = 'response';
CREATE INDEX captures_by_crawl ON captures (crawl_id, role, page_type);
CREATE INDEX captures_by_file ON captures (filename);
CREATE INDEX captures_cut_off ON captures (urlkey) WHERE truncated IS NOT NULL;

-- Of each capture that was read as an article; those that only repeat one are marked.
CREATE TABLE articles (
    article_id INTEGER PRIMARY KEY, -- rowid of article_text
    capture_id TEXT NOT NULL UNIQUE,
    crawl_id TEXT NOT NULL,
    url TEXT NOT NULL,
    urlkey TEXT NOT NULL,
    canonical_url TEXT,
    title TEXT,
    authors TEXT NOT NULL,          -- JSON list
    published TEXT,
    modified TEXT,
    language TEXT,
    site_name TEXT,
    tags TEXT NOT NULL,             -- JSON list
    captured TEXT NOT NULL,
    word_count INTEGER NOT NULL,
    comment_count INTEGER NOT NULL,
    text_digest TEXT NOT NULL,
    comment_digests BLOB NOT NULL,  -- 8 bytes for each comment, sorted
    warc_file TEXT NOT NULL,        -- its row lies in articles/<stem of warc_file>.parquet
    warc_offset INTEGER NOT NULL,   -- where rows are sorted by this
    version INTEGER NOT NULL,
    former TEXT,                    -- capture_id of the row before, of the same urlkey
    repeats INTEGER NOT NULL,       -- it says nothing new of the article, and has no row
    is_numbered INTEGER NOT NULL    -- whether the three columns before this one are settled
) STRICT;
CREATE INDEX articles_by_url ON articles (urlkey, captured);
CREATE INDEX articles_by_canonical ON articles (canonical_url) WHERE canonical_url IS NOT NULL;
CREATE INDEX articles_by_crawl ON articles (crawl_id);
CREATE INDEX articles_by_place ON articles (warc_file, warc_offset);
CREATE INDEX articles_not_numbered ON articles (urlkey) WHERE NOT is_numbered;
CREATE INDEX articles_by_published ON articles (published) WHERE published IS NOT NULL;

-- Contentless: the text itself lies in the article store, and only its index here.
CREATE VIRTUAL TABLE article_text USING fts5 (
    title, main_text, content = '', tokenize = 'unicode61 remove_diacritics 2'
);

CREATE TABLE failures (
    crawl_id TEXT NOT NULL,
    url TEXT NOT NULL,
    stage TEXT NOT NULL,
    error TEXT NOT NULL,
    message TEXT NOT NULL,
    date TEXT NOT NULL
) STRICT;
CREATE INDEX failures_by_url ON failures (crawl_id, url);

CREATE TABLE discoveries (
    crawl_id TEXT NOT NULL,
    url TEXT NOT NULL,
    methods TEXT NOT NULL,          -- JSON list
    via TEXT,
    hops_from_seed INTEGER NOT NULL,
    lastmod TEXT,
    hints TEXT NOT NULL,            -- JSON object
    outcome TEXT,                   -- as in FoundUrl; NULL: not reached
    PRIMARY KEY (crawl_id, url)
) STRICT, WITHOUT ROWID;
CREATE INDEX discoveries_by_outcome ON discoveries (crawl_id, outcome);

-- What a crawl asked for because it may name pages, in the order in which it did.
CREATE TABLE lists (
    crawl_id TEXT NOT NULL,
    url TEXT NOT NULL,
    taken_for TEXT NOT NULL,
    announced INTEGER NOT NULL,
    named INTEGER NOT NULL,
    dated INTEGER NOT NULL,
    kind TEXT,
    depth INTEGER NOT NULL,
    error TEXT,
    PRIMARY KEY (crawl_id, url)
) STRICT;

-- What is known of each page across crawls; folded from `discoveries` (archive.catalogue.folding).
CREATE TABLE pages (
    urlkey TEXT PRIMARY KEY,
    url TEXT NOT NULL,
    methods TEXT NOT NULL,          -- JSON list, as these five stand in its last line
    via TEXT,
    hops_from_seed INTEGER NOT NULL,
    lastmod TEXT,
    hints TEXT NOT NULL,            -- JSON object
    kind TEXT,                      -- page type, unread, skipped:<rule>; NULL: never answered
    first_found TEXT NOT NULL,
    checked TEXT,
    changed TEXT,
    check_count INTEGER NOT NULL,
    change_count INTEGER NOT NULL,
    fail_count INTEGER NOT NULL,
    gone TEXT,
    gone_reason TEXT,
    back TEXT,
    next_check TEXT                 -- '': at once; NULL: a rule leaves it out
) STRICT, WITHOUT ROWID;
CREATE INDEX pages_by_next_check ON pages (next_check) WHERE next_check IS NOT NULL;
-- What an index is to count must stand in it, even where its condition says what it is.
CREATE INDEX pages_by_via ON pages (via, methods, kind, gone)
    WHERE kind = 'article' AND gone IS NULL;
CREATE INDEX pages_named ON pages (methods, gone)
    WHERE gone IS NULL AND json_extract(hints, '$.kind') = 'post';
CREATE INDEX pages_captured ON pages (check_count, gone)
    WHERE check_count > 0 AND gone IS NULL;
CREATE INDEX pages_by_loss ON pages (gone) WHERE gone IS NOT NULL OR back IS NOT NULL;

-- The crawls that are in `pages`. When anything that was folded is written anew, all is to be.
CREATE TABLE folded_crawls (crawl_id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE TRIGGER discovery_added AFTER INSERT ON discoveries
    WHEN new.crawl_id IN (SELECT crawl_id FROM folded_crawls)
    BEGIN DELETE FROM folded_crawls; END;
CREATE TRIGGER outcome_changed AFTER UPDATE OF outcome ON discoveries
    WHEN new.outcome IS NOT old.outcome AND new.crawl_id IN (SELECT crawl_id FROM folded_crawls)
    BEGIN DELETE FROM folded_crawls; END;
CREATE TRIGGER discovery_removed AFTER DELETE ON discoveries
    WHEN old.crawl_id IN (SELECT crawl_id FROM folded_crawls)
    BEGIN DELETE FROM folded_crawls; END;
CREATE TRIGGER article_added AFTER INSERT ON articles
    WHEN new.crawl_id IN (SELECT crawl_id FROM folded_crawls)
    BEGIN DELETE FROM folded_crawls; END;
CREATE TRIGGER article_removed AFTER DELETE ON articles
    WHEN old.crawl_id IN (SELECT crawl_id FROM folded_crawls)
    BEGIN DELETE FROM folded_crawls; END;

-- Of each page that was read: what its site is learned from, and what it takes to read it again.
CREATE TABLE sketches (
    record_id TEXT PRIMARY KEY,     -- of the page's capture
    site TEXT NOT NULL,             -- its host
    address INTEGER NOT NULL,       -- hash of its urlkey
    frame INTEGER NOT NULL,         -- hash of the tags around its text
    is_post INTEGER NOT NULL,       -- by the page alone, as is the title
    title INTEGER NOT NULL,         -- hash; 0: none
    origin TEXT NOT NULL,           -- JSON object
    continuation_ids TEXT NOT NULL, -- JSON list
    extractor TEXT NOT NULL,
    sketch BLOB NOT NULL,
    wording INTEGER NOT NULL,       -- hash of the text
    loose_wording INTEGER NOT NULL, -- … without numbers and addresses
    settled TEXT NOT NULL           -- what else had a say in its row; '': the page alone
) STRICT;
CREATE INDEX sketches_by_site ON sketches (site, is_post, address, frame);
CREATE INDEX sketches_by_wording ON sketches (site, wording, address);
CREATE INDEX sketches_by_loose_wording ON sketches (site, loose_wording, address);

-- Captures that are no statement of their article, or not a whole one (archive.unheeded).
CREATE TABLE unheeded (
    record_id TEXT PRIMARY KEY,
    crawl_id TEXT NOT NULL,
    url TEXT,                       -- that failed; NULL: it is gone, or came later in the crawl
    date TEXT NOT NULL,
    error TEXT,
    is_kept INTEGER NOT NULL        -- it counts all the same
) STRICT, WITHOUT ROWID;

CREATE TABLE site_profiles (
    digest TEXT PRIMARY KEY,
    site TEXT NOT NULL,
    learned TEXT NOT NULL,          -- date of the last capture that it was learned from
    crawl_id TEXT NOT NULL,         -- … and its crawl
    profile TEXT NOT NULL           -- JSON object
) STRICT, WITHOUT ROWID;
"""
