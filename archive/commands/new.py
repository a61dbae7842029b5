"""`archive new`."""

from __future__ import annotations

import shlex
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from archive.collection import COLLECTIONS, Collection, collection_path
from archive.commands.interruption import interruptible
from archive.counting import counted
from archive.errors import CollectionError

if TYPE_CHECKING:
    from archive.new_collections.making import CollectionMaker, NewCollection, Wishes
    from archive.new_collections.opml import ListedBlog

_BAD_ARGUMENTS = 2
_MANY_FEEDS = 20  # looking at as many takes some minutes


def new(  # noqa: PLR0913 - each is an argument or option of the command
    url: Annotated[
        str | None, typer.Argument(metavar="URL", help="Address of a blog.", show_default=False)
    ] = None,
    collection: Annotated[
        str | None,
        typer.Option("--collection", "-o", metavar="NAME", help="Its name, or a path with a /."),
    ] = None,
    opml: Annotated[
        Path | None,
        typer.Option("--opml", metavar="FILE", help="A file of feeds, in place of URL."),
    ] = None,
    root: Annotated[
        Path, typer.Option("--root", metavar="DIR", help="Where to.", show_default=False)
    ] = COLLECTIONS,
    contact: Annotated[
        str | None, typer.Option("--contact", help="Address at which you can be reached.")
    ] = None,
    look: Annotated[
        bool | None, typer.Option("--look/--no-look", help="Look at the blog first, or do not.")
    ] = None,
    allow_private_networks: Annotated[
        bool, typer.Option("--allow-private-networks", help="The blog lies in a private network.")
    ] = False,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", "-s", metavar="NAME=VALUE", help="A setting for the look."),
    ] = None,
) -> None:
    """Make a collection for a blog, with settings that fit it; nothing is crawled yet."""
    from archive.new_collections.making import Wishes

    if (url is None) == (opml is None):
        _refuse("say the address of one blog, or a file of feeds with --opml")
    if collection and (opml or root != COLLECTIONS):
        _refuse("--collection names one collection: leave out --opml and --root")
    _check_names(url, collection)
    wishes = Wishes(
        root=root.expanduser(),
        is_looked_at=look is not False,
        contact=_checked_contact(contact),
        private_networks=allow_private_networks,
        settings=tuple(settings or ()),
    )
    with interruptible("what was made stays; the same command makes the rest"):
        if url is not None:
            _make_one(url, wishes, collection)
        elif opml is not None and not _make_many(opml, wishes, is_forced=look is True):
            raise typer.Exit(1)


def _checked_contact(contact: str | None) -> str | None:
    from archive.collection_settings import parse_contact

    try:
        return parse_contact(contact) if contact else None
    except ValueError as error:
        _refuse(f"--contact {contact}: {error}")


def _check_names(url: str | None, collection: str | None) -> None:
    """Refuse what is no address and what can be no name of a collection."""
    from archive.collection_settings import parse_address

    try:
        if url is not None:
            parse_address(url)
        if collection:
            collection_path(collection)
    except (ValueError, CollectionError) as error:
        _refuse(str(error))


def _refuse(message: str) -> NoReturn:
    _warn(message)
    raise typer.Exit(_BAD_ARGUMENTS)


def _make_one(url: str, wishes: Wishes, name: str | None) -> None:
    from archive.new_collections.making import CollectionMaker

    made = CollectionMaker(wishes, _tell_look).make(url, name=name)
    if not made.is_new:
        raise CollectionError(
            f"there is a collection at {made.path} already: edit its collection.toml, "
            "or name another with --collection"
        )
    _tell(made)
    address = shlex.quote(Collection.open(made.path).address)
    typer.echo(f"next: scrapy crawl blog -a collection={address}")


def _make_many(path: Path, wishes: Wishes, *, is_forced: bool) -> bool:
    """Make a collection for each feed of a file; tells whether all could be made."""
    from archive.new_collections.making import CollectionMaker
    from archive.new_collections.opml import ListedBlog, iter_opml

    entries = list(iter_opml(path))
    blogs = [entry for entry in entries if isinstance(entry, ListedBlog)]
    problems = [entry for entry in entries if isinstance(entry, str)]
    if wishes.is_looked_at and len(blogs) > _MANY_FEEDS and not is_forced:
        wishes = replace(wishes, is_looked_at=False)
        _warn(f"{len(blogs):,} feeds: none of the blogs is looked at; --look has it done")
    for problem in problems:
        _warn(problem)
    maker = CollectionMaker(wishes, _tell_look)
    made = [outcome for blog in blogs if (outcome := _try_to_make(blog, maker))]
    new_count = sum(outcome.is_new for outcome in made)
    failed_count = len(entries) - len(made)
    _tell_sums(new_count, len(made) - new_count, failed_count)
    if new_count:
        root = "" if wishes.root == COLLECTIONS else f" --root {shlex.quote(str(wishes.root))}"
        typer.echo(f"next: scrapy crawl_due{root}")
    return not failed_count


def _try_to_make(blog: ListedBlog, maker: CollectionMaker) -> NewCollection | None:
    try:
        made = maker.make(blog.seed, title=blog.title)
    except CollectionError as error:
        _warn(f"{blog.place}: {error}")
        return None
    if made.is_new:
        _tell(made)
    elif maker.has_made(made.path):
        title = blog.title or "this feed"
        _warn(f"{blog.place}: {title} has the blog of a line before it: both are in {made.path}")
    return made


def _tell_look(url: str) -> None:
    _warn(f"looking at {url} …")


def _tell(made: NewCollection) -> None:
    from archive.new_collections.look import describe_posts, describe_rhythm
    from archive.terminal import printable

    seen: list[str | None] = []
    if look := made.look:
        seen = [look.title, look.platform, describe_posts(look), describe_rhythm(look.dates)]
    words = ", ".join(word for word in seen if word)
    typer.echo(printable(f"{made.path}: {words or 'not looked at'}"))


def _tell_sums(new_count: int, known_count: int, failed_count: int) -> None:
    sums = [counted(new_count, "new collection")]
    if known_count:
        sums.append(f"{known_count:,} there already")
    if failed_count:
        sums.append(f"{failed_count:,} left out")
    typer.echo(", ".join(sums))


def _warn(line: str) -> None:
    from archive.terminal import printable

    typer.echo(f"archive: {printable(line)}", err=True)
