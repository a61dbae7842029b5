"""The Scrapy project: the only code here that talks to the web."""
