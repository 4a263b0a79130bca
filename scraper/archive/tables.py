"""The tables, the full text and the views, as the migrations of ``schema`` make them.  docs/archive.md is the contract.

Keys are ``id`` and ``<table>_id``; times are ISO 8601 UTC text with a ``Z``; lists and small objects are JSON text.
Statements of one migration are parted by a blank line.
"""

FIRST_TABLES = """
create table sites (
    id integer primary key,
    key text not null unique,
    name text not null,
    language text,
    start_url text not null,
    rules_hash text not null,
    active integer not null default 1,
    added_at text not null,
    walked_at text
) strict;

create table seeds (
    site_id integer not null references sites(id),
    url text not null,
    whole_site integer not null,
    primary key (site_id, url)
) strict, without rowid;

create table crawls (
    id integer primary key,
    started_at text not null,
    ended_at text,
    version text not null,
    arguments text not null,
    counts text,
    outcome text
) strict;

create table pages (
    id integer primary key,
    site_id integer not null references sites(id),
    crawl_id integer references crawls(id),
    url text not null,
    advertised_url text,
    key text not null unique,
    state text not null,
    reason text,
    detail text,
    found_by text not null,
    found_in text,
    found_at text not null,
    advertised_title text,
    advertised_at text,
    rank integer not null default 0,
    attempts integer not null default 0,
    status integer,
    fetched_at text,
    due_at text,
    etag text,
    last_modified text,
    alias_of integer references pages(id),
    article_id integer references articles(id)
) strict;

create index pages_frontier on pages (site_id, state, rank desc, id);

create index pages_due on pages (site_id, due_at) where due_at is not null;

create index pages_article on pages (article_id);

create index pages_alias on pages (alias_of) where alias_of is not null;

create table visits (
    id integer primary key,
    page_id integer not null references pages(id),
    crawl_id integer references crawls(id),
    at text not null,
    outcome text not null,
    reason text,
    status integer,
    detail text
) strict;

create index visits_page on visits (page_id);

create table listings (
    id integer primary key,
    site_id integer not null references sites(id),
    crawl_id integer references crawls(id),
    url text not null unique,
    found_in text,
    what text not null,
    links integer not null,
    problem text,
    read_at text not null
) strict;

create table blobs (
    id integer primary key,
    hash text not null unique,
    size integer not null,
    codec text not null,
    data blob not null
) strict;

create table snapshots (
    id integer primary key,
    page_id integer not null references pages(id),
    blob_id integer not null references blobs(id),
    hash text not null,
    size integer not null,
    url text not null,
    status integer not null,
    headers text not null,
    fetched_at text not null,
    seen_at text not null,
    unique (page_id, hash)
) strict;

create index snapshots_blob on snapshots (blob_id);

create table articles (
    id integer primary key,
    site_id integer not null references sites(id),
    page_id integer not null references pages(id),
    snapshot_id integer not null references snapshots(id),
    key text not null unique,
    canonical_key text not null,
    url text not null,
    canonical_url text,
    publisher_id text,
    kind text not null,
    title text,
    summary text,
    source text,
    published text,
    published_raw text,
    published_zone text,
    modified text,
    section text,
    language text,
    body text not null,
    body_html text not null,
    word_count integer not null,
    paywalled integer,
    provenance text not null,
    warnings text not null,
    first_seen_at text not null,
    changed_at text not null,
    deleted_at text
) strict;

create unique index articles_publisher on articles (site_id, publisher_id) where publisher_id is not null;

create index articles_canonical on articles (canonical_key);

create index articles_published on articles (published);

create index articles_site on articles (site_id, published);

create index articles_page on articles (page_id);

create table revisions (
    id integer primary key,
    article_id integer not null references articles(id),
    snapshot_id integer not null references snapshots(id),
    read_at text not null,
    version text not null,
    rules_hash text not null,
    hash text not null,
    title text,
    published text,
    modified text,
    word_count integer not null,
    record blob not null
) strict;

create index revisions_article on revisions (article_id);

create table authors (
    id integer primary key,
    name text not null unique
) strict;

create table article_authors (
    article_id integer not null references articles(id) on delete cascade,
    author_id integer not null references authors(id),
    position integer not null,
    primary key (article_id, author_id)
) strict, without rowid;

create index article_authors_author on article_authors (author_id);

create table tags (
    id integer primary key,
    name text not null unique
) strict;

create table article_tags (
    article_id integer not null references articles(id) on delete cascade,
    tag_id integer not null references tags(id),
    position integer not null,
    primary key (article_id, tag_id)
) strict, without rowid;

create index article_tags_tag on article_tags (tag_id);

create table links (
    id integer primary key,
    article_id integer not null references articles(id) on delete cascade,
    position integer not null,
    kind text not null,
    url text not null,
    key text not null,
    text text not null,
    target_id integer references articles(id)
) strict;

create index links_article on links (article_id);

create index links_key on links (key);

create index links_target on links (target_id) where target_id is not null;

create table images (
    id integer primary key,
    article_id integer not null references articles(id) on delete cascade,
    position integer not null,
    url text not null,
    alt text,
    caption text,
    credit text
) strict;

create index images_article on images (article_id)
""".strip()

# External content (sqlite.org/fts5.html section 4.4.3): the text is stored once, in articles.
# remove_diacritics 2 folds accents of all scripts' Latin letters; Arabic vowel marks are
# separators to no one: unicode61 leaves them in the word, as printed.
FULL_TEXT = """
create virtual table articles_fts using fts5 (
    title, summary, body,
    content='articles', content_rowid='id', tokenize="unicode61 remove_diacritics 2"
);

create trigger articles_fts_insert after insert on articles begin
    insert into articles_fts (rowid, title, summary, body) values (new.id, new.title, new.summary, new.body);
end;

create trigger articles_fts_delete after delete on articles begin
    insert into articles_fts (articles_fts, rowid, title, summary, body)
    values ('delete', old.id, old.title, old.summary, old.body);
end;

create trigger articles_fts_update after update of title, summary, body on articles begin
    insert into articles_fts (articles_fts, rowid, title, summary, body)
    values ('delete', old.id, old.title, old.summary, old.body);
    insert into articles_fts (rowid, title, summary, body) values (new.id, new.title, new.summary, new.body);
end
""".strip()

VIEWS = """
create view articles_per_day as
    select date(articles.published) as day, sites.key as site, count(*) as articles
    from articles join sites on sites.id = articles.site_id
    where articles.published is not null
    group by day, site order by day desc, site;

create view top_tags as
    select tags.name as tag, count(*) as articles
    from article_tags join tags on tags.id = article_tags.tag_id
    group by tags.id order by articles desc, tag;

create view tagged as
    select tags.name as tag, articles.published, articles.title, articles.url, articles.id as article_id
    from article_tags
    join tags on tags.id = article_tags.tag_id
    join articles on articles.id = article_tags.article_id
    order by articles.published desc;

create view link_graph as
    select origin.title as from_title, links.kind, links.text, target.title as to_title,
           links.url as to_url, links.article_id as from_id, links.target_id as to_id
    from links
    join articles as origin on origin.id = links.article_id
    left join articles as target on target.id = links.target_id
    order by links.article_id, links.position;

create view latest as
    select articles.section, articles.published, articles.title, articles.url, sites.key as site, articles.id as article_id
    from articles join sites on sites.id = articles.site_id
    order by articles.published desc;

create view missing as
    select sites.key as site, pages.state, pages.reason, pages.detail, pages.url, pages.found_by, pages.found_in, pages.attempts
    from pages join sites on sites.id = pages.site_id
    where pages.state not in ('archived', 'alias')
    order by site, pages.state, pages.reason, pages.url
""".strip()

BASES = """
alter table blobs add column level integer;

alter table blobs add column base_id integer references blobs(id);

create index blobs_base on blobs (base_id) where base_id is not null;

alter table sites add column reference_id integer references blobs(id);

alter table sites add column referenced_at text
""".strip()

CHANGES = """
alter table snapshots add column reader text;

create table changes (
    id integer primary key,
    article_id integer not null references articles(id),
    revision_id integer references revisions(id),
    since_id integer references revisions(id),
    at text not null,
    cause text not null,
    field text not null,
    before text,
    after text
) strict;

create index changes_article on changes (article_id);

create index changes_revision on changes (revision_id) where revision_id is not null;

create index changes_since on changes (since_id) where since_id is not null
""".strip()

MISSING = """
create view missing as
    select sites.key as site, pages.state, pages.reason, pages.detail, pages.url, pages.found_by, pages.found_in, pages.attempts
    from pages join sites on sites.id = pages.site_id
    where pages.state not in ('archived', 'alias') and pages.article_id is null
    order by site, pages.state, pages.reason, pages.url
"""

# A body that changes is no longer what was compared, and the copies that were linked to it have to find each other anew:
# articles without a fingerprint are those that the next look is about.
NEAR_DUPLICATES = """
create table fingerprints (
    article_id integer not null primary key references articles(id) on delete cascade,
    scheme integer not null,
    words integer not null,
    hash text not null,
    bits integer not null
) strict;

create index fingerprints_hash on fingerprints (hash);

create table fingerprint_bands (
    article_id integer not null references fingerprints(article_id) on delete cascade,
    hash integer not null,
    primary key (article_id, hash)
) strict, without rowid;

create index fingerprint_bands_hash on fingerprint_bands (hash);

create table near_duplicates (
    article_id integer not null references fingerprints(article_id) on delete cascade,
    other_id integer not null references fingerprints(article_id) on delete cascade,
    kind text not null,
    distance integer not null,
    resemblance real not null,
    primary key (article_id, other_id)
) strict, without rowid;

create index near_duplicates_other on near_duplicates (other_id);

create trigger fingerprints_stale after update of body on articles when new.body is not old.body begin
    delete from fingerprints where article_id = new.id
        or article_id in (select article_id from near_duplicates where other_id = new.id and kind = 'exact')
        or article_id in (select other_id from near_duplicates where article_id = new.id and kind = 'exact');
end
""".strip()

WALKS_AND_HOSTS = """
alter table sites add column walked_since text;

create table hosts (
    name text not null primary key,
    left_until text not null
) strict, without rowid
""".strip()

VISITED_SNAPSHOTS = """
alter table visits add column snapshot_id integer references snapshots(id);

create index visits_snapshot on visits (snapshot_id) where snapshot_id is not null;

create index pages_site on pages (site_id)
""".strip()
