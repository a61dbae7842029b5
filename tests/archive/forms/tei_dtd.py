"""The document type of TEI P5 that documents are validated against.

trafilatura brings the one of TEI's corpus module. It lacks the modules for figures and tables and
for code, which are declared here as the TEI Guidelines do (chapters 14 and 22).
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from io import StringIO

from lxml import etree

# Of two declarations of an entity the first counts.
_CLASSES = """
<!ENTITY % model.listLike "list |listOrg |listEvent |listPerson |listPlace |listRelation
 |listObject |listNym |table">
<!ENTITY % model.emphLike "foreign |emph |distinct |mentioned |soCalled |gloss |term |title |code">
<!ENTITY % model.global.edit "gap |ellipsis |figure">
"""
_MODULES = """
<!ELEMENT figure (%model.headLike;|%model.common;|figDesc|%model.graphicLike;|%model.global;)*>
<!ATTLIST figure %att.global.attributes; xmlns CDATA "http://www.tei-c.org/ns/1.0">
<!ELEMENT figDesc %macro.limitedContent;>
<!ATTLIST figDesc %att.global.attributes; xmlns CDATA "http://www.tei-c.org/ns/1.0">
<!ELEMENT table ((%model.headLike;|%model.global;)*,(row,(%model.global;)*)+)>
<!ATTLIST table %att.global.attributes; xmlns CDATA "http://www.tei-c.org/ns/1.0"
 rows CDATA #IMPLIED cols CDATA #IMPLIED>
<!ELEMENT row (cell)+>
<!ATTLIST row %att.global.attributes; xmlns CDATA "http://www.tei-c.org/ns/1.0"
 role CDATA #IMPLIED>
<!ELEMENT cell %macro.specialPara;>
<!ATTLIST cell %att.global.attributes; xmlns CDATA "http://www.tei-c.org/ns/1.0"
 role CDATA #IMPLIED>
<!ELEMENT code (#PCDATA)>
<!ATTLIST code %att.global.attributes; xmlns CDATA "http://www.tei-c.org/ns/1.0"
 lang CDATA #IMPLIED>
"""


@cache
def tei_dtd() -> etree.DTD:
    """Read the document type, once."""
    corpus = files("trafilatura").joinpath("data", "tei_corpus.dtd").read_text(encoding="utf-8")
    return etree.DTD(StringIO(_CLASSES + corpus + _MODULES))


def errors_of(document: etree._Element) -> list[str]:
    """List what in a document is not valid by TEI P5."""
    dtd = tei_dtd()
    return [] if dtd.validate(document) else [str(dtd.error_log)]
